"""How right the judgement is, as numbers: what a measure brings back, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`right` of `of` in one set. `floor` is the least share that passes, None for a baseline or a count
    that is only told; `note` says what a reader needs to know of how it was counted.
    """

    set: str
    name: str
    right: int
    of: int
    floor: float | None = None
    note: str = ""

    @property
    def share(self) -> float:
        """0 to 1; 1 where there was nothing to get wrong."""
        return self.right / self.of if self.of else 1.0

    @property
    def kept(self) -> bool:
        """Whether the floor is kept; a baseline has none."""
        return self.floor is None or self.share >= self.floor
