"""How far a pass over a mailbox is, and how it ends when asked to."""

from __future__ import annotations

from dataclasses import dataclass

TEXTS = "texts"  # what a pass over texts is called in place of a folder


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a pass is: `done` of `total` messages of one folder, or texts of one account."""

    folder: str
    done: int
    total: int


class Stopped(Exception):
    """The pass was asked to end; everything kept so far is whole."""
