"""A figure of the page: what was measured, side by side, and the goal it is held against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """`ratio` is what the goal is about, `most` the goal; `told` says what was measured, in plain words."""

    name: str
    told: str
    ratio: float
    most: float
    unit: str = "x"

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        return self.ratio <= self.most


def alternating(runs: Sequence[Callable[[], float]], times: int) -> list[float]:
    """The median of each, run in turns: what else the machine does falls on all alike."""
    took: list[list[float]] = [[] for _ in runs]
    for _ in range(times):
        for place, run in enumerate(runs):
            took[place].append(run())
    return [median(one) for one in took]
