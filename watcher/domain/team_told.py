"""What a manager is told of a team, in words and tables: for the terminal and for the page."""

from __future__ import annotations

from collections.abc import Mapping

from watcher.domain.intervals import Rate
from watcher.domain.rates_told import Told, rate_told
from watcher.domain.sentences import sentence
from watcher.domain.stages import Stage
from watcher.domain.team import SAME_TIME, Against, Help, StepOfAll, Team

Labels = Mapping[str, str]

# What a manager does about it, by the rule of a finding.
_DO = {
    "closing": "Sit down with them over their mails since the PI: expect the order, and stop selling.",
    "negotiation": "Train negotiation with them, on the last deals that went to somebody else.",
    "carried": "Look for a second customer of that size with them.",
    "stuck": "Go through these with them, one by one: call, offer, or move down.",
    "qualification": "Work on the first answers with them: what is it for, how many, by when.",
    "follow_up": "Hold them to asking again, before any new list is bought.",
    "prospecting": "Give them time for hunting now, while the top still pays for it.",
}
_BELOW = {
    Stage.PI: "The others are paid more often: read the mails after the PI together.",
    Stage.OPPORTUNITY: "The others sign more often: let them hear how a good one negotiates.",
    Stage.INQUIRY: "The others win more of their inquiries: compare the first answers.",
    Stage.COLD: "The others warm up more prospects: compare the first mails and the lists.",
}


def help_told(one: Help, labels: Labels) -> str:
    """What a rep needs, and what to do about it."""
    if one.finding is not None:
        return f"{sentence(one.finding, labels)} → {_DO[one.finding.rule.value]}"
    if one.below is None or one.below.median is None:
        return ""
    step, rate = one.below, one.below.rates[one.member]
    went = f"{labels[step.stage]} → {labels[step.to]}"
    return f"{went}: {rate.share:.0%} of {rate.of}, the team {step.median:.0%}. → {_BELOW[step.stage]}"


def pyramids_told(found: Team, labels: Labels) -> Told:
    """The counts of all reps side by side."""
    head = ("step", *(one.name for one in found.members))
    stages = [one.stage for one in found.members[0].pyramid.steps]
    rows = [
        (labels[stage], *(str(one.pyramid.step(stage).customers) for one in found.members))
        for stage in stages
    ]
    lost = (labels[Stage.LOST], *(str(one.pyramid.lost) for one in found.members))
    return Told("Customers on each step", head, (*rows, lost))


def rates_of_all_told(found: Team, labels: Labels) -> Told:
    """Who went on from each step, rep by rep, beside the team's median."""
    days = found.members[0].rates.window.days
    head = ("step", *(one.name for one in found.members), "median")
    rows = tuple(_row(step, labels) for step in found.steps)
    return Told(f"Who went on, of the deals that came in the last {days} days of each sheet", head, rows)


_MARKS = {Against.BELOW: " ▼", Against.ABOVE: " ▲", Against.LIKE: "", Against.TOO_FEW: ""}


def _row(step: StepOfAll, labels: Labels) -> tuple[str, ...]:
    paid = " (paid)" if step.stage is Stage.PI else ""
    cells = (f"{_rate(rate)}{_MARKS[step.against(place)]}" for place, rate in enumerate(step.rates))
    middle = "-" if step.median is None else f"{step.median:.0%}"
    return (f"{labels[step.stage]} → {labels[step.to]}{paid}", *cells, middle)


def _rate(rate: Rate) -> str:
    told, _ = rate_told(rate)
    return f"{told} of {rate.of}" if rate.judged else told


def speeds_told(found: Team) -> Told:
    """Days and follow-ups, rep by rep; half of the cases took no longer."""
    head = ("half of the time within", *(one.name for one in found.members))

    def days(name: str) -> tuple[str, ...]:
        spreads = [getattr(one.rates, name) for one in found.members]
        return tuple("-" if one.median is None else f"{one.median:.1f} days ({one.count})" for one in spreads)

    asked = [one.rates.follow_ups for one in found.members]
    rows = (
        ("from PI to payment", *days("paid_after")),
        ("they answer", *days("their_answers")),
        ("we answer", *days("our_answers")),
        ("follow-ups until an answer", *("-" if one.median is None else str(one.median) for one in asked)),
    )
    return Told("How long things take, in calendar days, with their counts", head, rows)


def notes(found: Team) -> list[str]:
    """What makes the comparison less than fair."""
    if found.apart <= SAME_TIME:
        return []
    ages = ", ".join(f"{one.name} {one.as_of:%d %b %Y}" for one in found.members)
    return [f"The sheets are {found.apart.days} days apart ({ages}): ask for new ones."]
