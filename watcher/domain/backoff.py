"""How long to wait before a lost link is tried again."""

from __future__ import annotations

FIRST_SECONDS, LONGEST_SECONDS = 5.0, 300.0
_DOUBLINGS = 6  # 5, 10, 20, 40, 80, 160, and then the longest


def pause(failures: int, chance: float) -> float:
    """Seconds to wait after so many failures in a row: five, doubling, five minutes at most.

    `chance`, 0 to 1, takes up to a quarter off: many links that broke together do not come back together.
    """
    doublings = min(max(failures - 1, 0), _DOUBLINGS)
    return min(FIRST_SECONDS * (1 << doublings), LONGEST_SECONDS) * (1 - chance / 4)
