"""The one place that asks what time it is.

Everything else is given the time: aware, in UTC. A frozen clock is how `--now` and
the tests judge as of a moment.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The present moment, aware, UTC."""
    return datetime.now(UTC)


def frozen_clock(moment: datetime) -> Clock:
    """A clock that stands still at `moment` (aware; kept as UTC)."""
    at = moment.astimezone(UTC)
    return lambda: at


def monotonic_seconds() -> float:
    """Seconds on a clock that never goes back, and stops while the machine sleeps."""
    return time.monotonic()
