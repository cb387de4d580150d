"""Several reps side by side: their pyramids, their rates against the team's median, who needs which help.

The way the method's manager reads sheets: the same step of each rep beside the others'. A rep is judged on
a step only where the count is enough (ten), and against the others only where that is more than chance: the
whole interval lies on one side of the median.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

from watcher.domain.diagnosis import Finding, Rule, diagnose
from watcher.domain.history import DealHistory
from watcher.domain.intervals import Rate
from watcher.domain.pyramid import TOP_DOWN, Pyramid, pyramid
from watcher.domain.rates import WINDOW, Rates, rates
from watcher.domain.stages import Stage
from watcher.domain.thresholds import DEFAULT, Thresholds

# Sheets that were exported further apart tell of different weeks.
SAME_TIME = timedelta(days=7)
_COMPARED_FROM = 2  # reps with enough deals on a step: of one there is no median


@dataclass(frozen=True, slots=True)
class Rep:
    """One rep's sheet: what is in it, as it was at `as_of`."""

    name: str
    as_of: datetime
    histories: tuple[DealHistory, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """One rep as the team's page shows them."""

    name: str
    as_of: datetime
    pyramid: Pyramid
    rates: Rates
    findings: tuple[Finding, ...]


class Against(StrEnum):
    """A rep's rate against the team's median."""

    TOO_FEW = "too few"
    BELOW = "below"
    LIKE = "like the team"
    ABOVE = "above"


@dataclass(frozen=True, slots=True)
class StepOfAll:
    """One step of all reps: who went on from it, in the order of the members. `median` is of those who have
    enough deals there, None for fewer than two of them.
    """

    stage: Stage
    to: Stage
    rates: tuple[Rate, ...]
    median: float | None

    def against(self, member: int) -> Against:
        """How a member stands against the median."""
        rate = self.rates[member]
        if not rate.judged or self.median is None:
            return Against.TOO_FEW
        if rate.high < self.median:
            return Against.BELOW
        return Against.ABOVE if rate.low > self.median else Against.LIKE


@dataclass(frozen=True, slots=True)
class Help:
    """What a rep needs: a finding of their own, or a step on which they stand `below` the team."""

    member: int
    finding: Finding | None = None
    below: StepOfAll | None = None


@dataclass(frozen=True, slots=True)
class Team:
    """The reps in the order given, the steps from the top down, the help each needs in the reps' order."""

    members: tuple[Member, ...]
    steps: tuple[StepOfAll, ...]
    help: tuple[Help, ...]

    @property
    def apart(self) -> timedelta:
        """How far the oldest and the newest sheet lie apart."""
        moments = [one.as_of for one in self.members]
        return max(moments) - min(moments)


def team(reps: Sequence[Rep], window: timedelta = WINDOW, limits: Thresholds = DEFAULT) -> Team:
    """All of it. Each rep is seen as of the moment of their sheet; at least one."""
    members = tuple(_member(one, window, limits) for one in reps)
    steps = tuple(_step(stage, members) for stage in TOP_DOWN if stage is not Stage.WON)
    return Team(
        members, steps, tuple(one for place in range(len(members)) for one in _help(place, members, steps))
    )


def _member(rep: Rep, window: timedelta, limits: Thresholds) -> Member:
    shape, measured = pyramid(rep.histories, rep.as_of), rates(rep.histories, rep.as_of, window, limits)
    findings = diagnose(shape, measured, rep.histories, rep.as_of, limits=limits)
    return Member(rep.name, rep.as_of, shape, measured, findings)


def _step(stage: Stage, members: Sequence[Member]) -> StepOfAll:
    found = [one.rates.of(stage) for one in members]
    judged = [one.rate.share for one in found if one.rate.judged and one.rate.share is not None]
    middle = median(judged) if len(judged) >= _COMPARED_FROM else None
    return StepOfAll(stage, found[0].to, tuple(one.rate for one in found), middle)


def _help(place: int, members: Sequence[Member], steps: Sequence[StepOfAll]) -> list[Help]:
    """A rep's own findings first; then the steps on which the others do better, unless a finding says it."""
    own = [Help(place, finding=one) for one in members[place].findings]
    said = {_STEP_OF.get(one.rule) for one in members[place].findings}
    below = [one for one in steps if one.against(place) is Against.BELOW and one.stage not in said]
    return own + [Help(place, below=one) for one in below]


# The step that a finding about a rate has spoken of.
_STEP_OF = {
    Rule.CLOSING: Stage.PI,
    Rule.NEGOTIATION: Stage.OPPORTUNITY,
    Rule.QUALIFICATION: Stage.INQUIRY,
}
