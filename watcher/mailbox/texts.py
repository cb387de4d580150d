"""STUB."""

from __future__ import annotations

from watcher.domain.reading.text import Text


def read_text(source: bytes) -> Text:
    return Text()
