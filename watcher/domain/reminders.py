"""What to remind of, and when: never lost, never twice (DESIGN 2.6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from watcher.domain.due import Rule, Wait
from watcher.domain.stages import Policy, Stage
from watcher.domain.worktime import Calendar, due_at

# Step 0 is at the due; the later ones come so many of the rep's working days after it. Then the digest.
STEPS = (0, 2, 5)
_LOUD_WHEN_UNDELIVERED = Stage.OPPORTUNITY.height


class Reach(StrEnum):
    """How a reminder reaches the rep."""

    POP_UP = "pop_up"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class ReminderPlan:
    """One planned nudge. `key` makes it unique for ever: what began the wait, rule, stage and step."""

    key: str
    step: int
    fire_at: datetime
    reach: Reach


def plan(wait: Wait, stage: Stage, policy: Policy, rep: Calendar) -> list[ReminderPlan]:
    """The reminders of one wait. Planning twice gives the same keys."""
    reach = _reach(wait, stage, policy)
    steps = STEPS if reach is Reach.POP_UP else STEPS[:1]
    at = wait.due.astimezone(rep.zone).time()
    return [
        ReminderPlan(
            key=f"{wait_key(wait, stage)}|{step}",
            step=step,
            fire_at=wait.due if days == 0 else due_at(wait.due, days, rep, time(at.hour, at.minute)),
            reach=reach,
        )
        for step, days in enumerate(steps)
    ]


def wait_key(wait: Wait, stage: Stage) -> str:
    """What the reminders of one wait have in common: what began it, rule and stage."""
    return f"{wait.begun_by}|{wait.rule}|{stage}"


def wait_of(key: str) -> str:
    """The `wait_key` of a reminder's key: all of it but the step."""
    return key.rpartition("|")[0]


def _reach(wait: Wait, stage: Stage, policy: Policy) -> Reach:
    if wait.quiet:
        return Reach.DIGEST
    if wait.rule is Rule.UNDELIVERED:
        return Reach.POP_UP if stage.height >= _LOUD_WHEN_UNDELIVERED else Reach.DIGEST
    return Reach.POP_UP if policy.pop_up else Reach.DIGEST
