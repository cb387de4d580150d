"""The steps of the pyramid and how long a turn may last on each (DESIGN 2.5, 2.9).

The higher a deal stands, the more it is worth and the better the odds, so work goes from the top
down: won with an open order and old customers, then PI, opportunity, inquiry, cold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Stage(StrEnum):
    """The deal's step on the pyramid; `lost` stands beside it."""

    COLD = "cold"
    INQUIRY = "inquiry"
    OPPORTUNITY = "opportunity"
    PI = "pi"
    WON = "won"
    LOST = "lost"

    @property
    def height(self) -> int:
        """0 for cold up to 4 for won; -1 for lost. Top-down order is by falling height."""
        return _HEIGHTS[self]


_HEIGHTS = {
    Stage.LOST: -1,
    Stage.COLD: 0,
    Stage.INQUIRY: 1,
    Stage.OPPORTUNITY: 2,
    Stage.PI: 3,
    Stage.WON: 4,
}

# A won deal whose goods left this many days ago is an old customer's: it gets the patient clock.
OLD_AFTER_SHIPPED_DAYS = 30

# After so many unanswered follow-ups, writing once more is not the answer: call them, or move them down.
CALL_AFTER_FOLLOW_UPS = 4

# Where a deal goes that is moved down one step; an order in hand is not moved down.
BELOW = MappingProxyType({"pi": "opportunity", "opportunity": "inquiry", "inquiry": "cold", "cold": "lost"})


@dataclass(frozen=True, slots=True)
class Policy:
    """How long a turn may last, in working days of the side whose turn it is.

    `idle_days` counts from the last contact either way, None where the stage has no idle clock.
    `payment_days` counts from the signature to the payment, whatever the turn ("they answered" is
    not "they paid"); None where nothing is owed. `pop_up` False means the daily digest.
    """

    theirs_days: int
    ours_days: int
    idle_days: int | None
    pop_up: bool
    payment_days: int | None = None


# Keyed by the config's table names: the stages, and `old` for a customer whose goods have shipped.
DEFAULT_POLICIES: Mapping[str, Policy] = MappingProxyType(
    {
        "won": Policy(theirs_days=10, ours_days=1, idle_days=None, pop_up=True),
        "pi": Policy(theirs_days=2, ours_days=1, idle_days=5, pop_up=True, payment_days=10),
        "opportunity": Policy(theirs_days=3, ours_days=1, idle_days=7, pop_up=True),
        "inquiry": Policy(theirs_days=5, ours_days=1, idle_days=None, pop_up=False),
        "cold": Policy(theirs_days=7, ours_days=2, idle_days=None, pop_up=False),
        "old": Policy(theirs_days=60, ours_days=1, idle_days=None, pop_up=False),
    }
)
