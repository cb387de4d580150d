"""STUB."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from watcher.domain.messages import Direction
from watcher.domain.reading.text import Text

EVIDENCE_VERSION = 1


class EvidenceKind(StrEnum):
    A = "a"


@dataclass(frozen=True)
class Evidence:
    kind: EvidenceKind
    because: str = ""


def read_evidence(text: Text, subject: str, direction: Direction) -> tuple[Evidence, ...]:
    return ()
