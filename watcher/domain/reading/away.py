"""STUB."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from watcher.domain.reading.text import Text

AWAY_VERSION = 1


@dataclass(frozen=True)
class Away:
    returns: date | None = None
    because: str = ""


def read_away(text: Text, subject: str, written: date) -> Away:
    return Away()
