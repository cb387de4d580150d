"""Top-down: what comes first in every list and pop-up (DESIGN 2.9).

`watcher status` imports this: no calendars here.
"""

from __future__ import annotations

from datetime import datetime

# Orders in hand and old customers, then PI, opportunity, inquiry, cold.
STAGE_ORDER = ("won", "pi", "opportunity", "inquiry", "cold", "lost")
# Within a stage what hurts most comes first.
RULE_ORDER = ("undelivered", "payment", "ours", "theirs", "idle")


Rank = tuple[int, int, datetime, str]


def rank(stage: str, rule: str, due: datetime, customer: str) -> Rank:
    """Where a clock stands: the higher stage first, then what hurts most, then the older. Of equal ones the
    name decides, and not which of their mails was read first.
    """
    return (STAGE_ORDER.index(stage), RULE_ORDER.index(rule), due, customer)
