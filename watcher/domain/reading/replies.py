"""STUB."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from watcher.domain.reading.text import Text

REPLY_VERSION = 1


@dataclass(frozen=True)
class Reply:
    holding: bool = False
    closing: bool = False
    promised: date | None = None
    because: str = ""


def read_reply(text: Text, written: date) -> Reply:
    return Reply()
