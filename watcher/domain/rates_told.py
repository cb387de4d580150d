"""The rates as tables of words, each figure with the count behind it: for the terminal and for a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from watcher.domain.intervals import JUDGED_FROM, Rate, Spread
from watcher.domain.rates import MOST_FOLLOW_UPS, Conversion, Rates
from watcher.domain.stages import Stage

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """One table: what it is of, its columns, its rows. Labels in it are the rep's own words."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def rates_told(measured: Rates, labels: Labels) -> tuple[Told, ...]:
    """All rates of a window: conversions, days at each step, who answers whom."""
    return (
        _conversions(measured, labels),
        _times(measured, labels),
        _answers(measured),
        _follow_ups(measured),
    )


def rate_told(rate: Rate) -> tuple[str, str]:
    """ "45%" with its interval "30% to 60%"; words in place of them where there are too few."""
    if not rate.of or rate.share is None:
        return "-", ""
    if not rate.judged:
        return f"{rate.reached} of {rate.of}", f"below {JUDGED_FROM}: not judged"
    return f"{rate.share:.0%}", f"{rate.low:.0%} to {rate.high:.0%}"


def _conversions(measured: Rates, labels: Labels) -> Told:
    rows = tuple(_conversion(one, labels) for one in reversed(measured.conversions))
    title = f"Who went on, of the deals that came in the last {measured.window.days} days"
    return Told(title, ("step", "went on", "95% interval", "deals", "besides"), rows)


def _conversion(one: Conversion, labels: Labels) -> tuple[str, ...]:
    paid = " (paid)" if one.stage is Stage.PI else ""
    besides = ((one.lost, "lost"), (one.fell, "fell back"), (one.young, "too young"))
    told = ", ".join(f"{many} {what}" for many, what in besides if many)
    rate, interval = rate_told(one.rate)
    return f"{labels[one.stage]} → {labels[one.to]}{paid}", rate, interval, str(one.rate.of), told


def _times(measured: Rates, labels: Labels) -> Told:
    rows = [(labels[one.stage], *_spread(one.days)) for one in reversed(measured.times) if one.days.count]
    paid = f"from {labels[Stage.PI]} to the payment"
    title = f"Calendar days at a step, of those who left it in the last {measured.window.days} days"
    head = ("step", "half of them", "four of five", "deals")
    return Told(title, head, (*rows, (paid, *_spread(measured.paid_after))))


def _spread(found: Spread) -> tuple[str, str, str]:
    if found.median is None or found.p80 is None:
        return "-", "-", "0"
    return f"{found.median:.1f}", f"{found.p80:.1f}", str(found.count)


def _answers(measured: Rates) -> Told:
    rows = (
        ("they answer you", *_spread(measured.their_answers)),
        ("you answer them", *_spread(measured.our_answers)),
    )
    title = f"Calendar days until an answer, of those of the last {measured.window.days} days"
    return Told(title, ("who", "half of them", "four of five", "answers"), rows)


def _follow_ups(measured: Rates) -> Told:
    asked = measured.follow_ups
    steps = [(_after(many), rate) for many, rate in enumerate(asked.after) if rate.of]
    rows = tuple((name, *rate_told(rate), str(rate.of)) for name, rate in [("at all", asked.rate), *steps])
    young = f"; {asked.young} too young" if asked.young else ""
    title = f"Whether they answer, of your mails of the last {measured.window.days} days{young}"
    return Told(title, ("they answered", "rate", "95% interval", "mails"), rows)


def _after(many: int) -> str:
    if not many:
        return "at once"
    more = " or more" if many == MOST_FOLLOW_UPS else ""
    return f"after {many}{more} follow-up{'s' if many > 1 else ''}"
