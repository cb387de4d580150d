"""What the shape of the pyramid and the rates say about the selling.

Each rule looks at its own numbers and stays silent where there are too few of them. A rate is weak where the
upper end of its interval lies below the floor: where bad luck alone does not explain it. The numbers that are
judged by stand in data/diagnosis.toml, the choices in docs/decisions/0026-what-a-rate-counts.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from operator import itemgetter
from types import MappingProxyType

from watcher.domain.history import DealHistory, Exchange
from watcher.domain.intervals import Rate
from watcher.domain.messages import Direction
from watcher.domain.passage import passage
from watcher.domain.pyramid import Pyramid, Standing, worth
from watcher.domain.rates import Conversion, Rates
from watcher.domain.stages import Stage
from watcher.domain.thresholds import DEFAULT, Thresholds

Tone = Mapping[int, tuple[str, ...]]
Number = float | int | str
_WEEK = timedelta(weeks=1)
_BOTTOM = (Stage.COLD, Stage.INQUIRY)
_NEARLY_WON = (Stage.OPPORTUNITY, Stage.PI)


class Rule(StrEnum):
    """What may be wrong, in the order it is told: the nearer to the money, the earlier."""

    CLOSING = "closing"
    NEGOTIATION = "negotiation"
    CARRIED = "carried"
    STUCK = "stuck"
    QUALIFICATION = "qualification"
    FOLLOW_UP = "follow_up"
    PROSPECTING = "prospecting"


@dataclass(frozen=True, slots=True)
class Behind:
    """A customer behind a finding: the key, what they are called, and which deal it is about."""

    customer: str
    called: str
    deal: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: the rule that says so, its numbers by name, and the customers behind it, those
    first who matter most. `stage` is set where a rule looks at one step. `watcher.domain.sentences` words it.
    """

    rule: Rule
    numbers: Mapping[str, Number]
    customers: tuple[Behind, ...]
    stage: Stage | None = None


def diagnose(
    shape: Pyramid,
    measured: Rates,
    histories: Sequence[DealHistory],
    now: datetime,
    tone: Tone = MappingProxyType({}),
    limits: Thresholds = DEFAULT,
) -> tuple[Finding, ...]:
    """What is wrong, the nearest to the money first; nothing where all is well or too little is known.

    `shape` and `measured` are of the same histories and the same `now`. `tone`: by number of a deal, the
    phrases of ours since the PI that hint at doubt.
    """
    seen = _Seen(shape, measured, histories, now, tone, limits)
    return tuple(finding for rule in _RULES for finding in rule(seen))


@dataclass(frozen=True)
class _Seen:
    shape: Pyramid
    rates: Rates
    histories: Sequence[DealHistory]
    now: datetime
    tone: Tone
    limits: Thresholds
    active: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        since = self.now - self.rates.window
        busy = {one.customer for one in self.histories if last_touch(one) > since}
        object.__setattr__(self, "active", frozenset(busy))

    @property
    def days(self) -> int:
        return self.rates.window // timedelta(days=1)

    def open(self, *stages: Stage) -> list[DealHistory]:
        """The deals on these steps, also those of customers who stand higher with another one."""
        return [one for one in self.histories if one.stage in stages]

    @property
    def bottom(self) -> list[Standing]:
        """Prospects and inquiries that anything happened with in the window: a list of addresses that nobody
        works on is no effort.
        """
        return [one for one in self.shape.on(*_BOTTOM) if one.customer in self.active]


def last_touch(deal: DealHistory) -> datetime:
    """When anything last happened with a deal: a move, a mail of theirs or ours."""
    last = deal.moves[-1].at
    for one in deal.exchanges:
        last = max(last, one.answered or one.asked)
    return last


# ── conversions ──


def _weak(rate: Rate, floor: float) -> bool:
    return rate.judged and rate.high < floor


def _numbers(seen: _Seen, conversion: Conversion) -> dict[str, Number]:
    rate = conversion.rate
    return {
        "days": seen.days,
        "reached": rate.reached,
        "of": rate.of,
        "share": rate.share or 0.0,
        "low": rate.low,
        "high": rate.high,
        "lost": conversion.lost,
    }


def _open_first(conversion: Conversion) -> list[DealHistory]:
    """Who did not go on: those that are not lost first, and of these the ones last heard of."""
    by_touch = sorted(conversion.waiting, key=last_touch, reverse=True)
    return sorted(by_touch, key=lambda one: one.stage is Stage.LOST)


def _closing(seen: _Seen) -> Iterator[Finding]:
    """PIs are signed and not paid: look at what is said after the PI."""
    paid = seen.rates.of(Stage.PI)
    if not _weak(paid.rate, seen.limits.paid_floor):
        return
    doubtful = [one for one in paid.waiting if seen.tone.get(one.id)]
    numbers = _numbers(seen, paid)
    if doubtful:
        phrases = [phrase for one in doubtful for phrase in seen.tone[one.id]]
        numbers |= {"doubtful": len(doubtful), "phrase": max(phrases, key=phrases.count)}
    first = sorted(_open_first(paid), key=lambda one: one not in doubtful)
    yield Finding(Rule.CLOSING, numbers, _behind(first), Stage.PI)


def _negotiation(seen: _Seen) -> Iterator[Finding]:
    """They want to order and do not sign."""
    signed, serious = seen.rates.of(Stage.OPPORTUNITY), seen.rates.of(Stage.INQUIRY)
    if not _weak(signed.rate, seen.limits.negotiated_floor):
        return
    numbers = _numbers(seen, signed)
    if serious.rate.judged and not _weak(serious.rate, seen.limits.qualified_floor):
        numbers["before"] = serious.rate.share or 0.0
    yield Finding(Rule.NEGOTIATION, numbers, _behind(_open_first(signed)), Stage.OPPORTUNITY)


def _qualification(seen: _Seen) -> Iterator[Finding]:
    """They ask and do not become serious."""
    serious = seen.rates.of(Stage.INQUIRY)
    if _weak(serious.rate, seen.limits.qualified_floor):
        yield Finding(
            Rule.QUALIFICATION, _numbers(seen, serious), _behind(_open_first(serious)), Stage.INQUIRY
        )


# ── shapes ──


def _follow_up(seen: _Seen) -> Iterator[Finding]:
    """A wide bottom and few PIs: much effort in hunting, little in following up.

    Where mails show that the silent ones are asked again, that is not it.
    """
    limits, bottom = seen.limits, seen.bottom
    signed = seen.rates.time(Stage.PI).reached
    if len(bottom) < limits.bottom_from or len(bottom) <= limits.bottom_per_pi * signed:
        return
    silent = [one for standing in bottom for one in standing.deals if _silent(one, seen)]
    unasked = [one for one in silent if not _last_wait(one).follow_ups]
    again = Rate(len(unasked), len(silent))
    if again.judged and (again.share or 0) < limits.unasked_share:
        return
    numbers: dict[str, Number] = {"days": seen.days, "bottom": len(bottom), "signed": signed}
    if again.judged:
        numbers |= {"silent": again.of, "unasked": again.reached}
    behind = unasked or [one for standing in bottom for one in standing.deals]
    yield Finding(Rule.FOLLOW_UP, numbers, _behind(sorted(behind, key=last_touch)))


def _silent(deal: DealHistory, seen: _Seen) -> bool:
    """Our last mail got no answer, and it is time to ask again."""
    if not deal.exchanges:
        return False
    last, patience = _last_wait(deal), timedelta(days=seen.limits.silent_after_days)
    return last.by is Direction.OUTBOUND and last.answered is None and seen.now - last.asked >= patience


def _last_wait(deal: DealHistory) -> Exchange:
    return max(deal.exchanges, key=lambda one: one.asked)


def _prospecting(seen: _Seen) -> Iterator[Finding]:
    """The pyramid stands on its head: nothing comes after what is being won now."""
    top, bottom = seen.shape.on(*_NEARLY_WON), seen.bottom
    count = len(top) + len(bottom)
    if count < seen.limits.shape_from or len(top) <= seen.limits.top_heavy * len(bottom):
        return
    standing = len(seen.shape.on(Stage.OPPORTUNITY))
    left = seen.rates.time(Stage.OPPORTUNITY).left
    numbers: dict[str, Number] = {"top": len(top), "bottom": len(bottom), "days": seen.days}
    if left and standing:
        a_week = left / (seen.rates.window / _WEEK)
        numbers |= {"opportunities": standing, "a_week": a_week, "weeks": max(round(standing / a_week), 1)}
    yield Finding(
        Rule.PROSPECTING,
        numbers,
        _behind(sorted(_carrying(top), key=lambda one: (-one.stage.height, one.entered))),
    )


def _carried(seen: _Seen) -> Iterator[Finding]:
    """One customer is half of what is nearly won. Money of two currencies is not added up: the one in which
    most customers may order decides, where they are at least half of them.
    """
    deals = seen.open(*_NEARLY_WON)
    currency, by_customer = _main_currency(deals)
    known = len(by_customer)
    if known < seen.limits.carried_among or 2 * known < len({one.customer for one in deals}):
        return
    customer, value = max(by_customer.items(), key=lambda item: item[1])
    share = float(value / sum(by_customer.values()))
    if share < seen.limits.carried_share:
        return
    theirs = [one for one in deals if one.customer == customer]
    numbers: dict[str, Number] = {
        "name": theirs[0].called,
        "share": share,
        "value": float(value),
        "currency": currency,
        "customers": known,
    }
    yield Finding(Rule.CARRIED, numbers, _behind(theirs))


def _main_currency(deals: Iterable[DealHistory]) -> tuple[str, Mapping[str, Decimal]]:
    """The currency that most customers' deals are in, and what each of them is worth in it."""
    found: defaultdict[str, dict[str, Decimal]] = defaultdict(dict)
    for one in deals:
        if value := worth(one):
            held = found[one.currency]
            held[one.customer] = held.get(one.customer, Decimal()) + value
    return max(found.items(), key=lambda item: len(item[1]), default=("", {}))


def _stuck(seen: _Seen) -> Iterator[Finding]:
    """Deals stand on a step longer than four of five that left it, and they are too many to be chance."""
    for stage in (Stage.PI, Stage.OPPORTUNITY, Stage.INQUIRY):
        usual = seen.rates.time(stage).days
        if usual.p80 is None or not usual.judged:
            continue
        standing = [(passage(one).stays[-1].began, one) for one in seen.open(stage)]
        limit = seen.now - timedelta(days=usual.p80)
        stuck = sorted(((began, one) for began, one in standing if began < limit), key=itemgetter(0))
        share = Rate(len(stuck), len(standing))
        if len(stuck) < seen.limits.stuck_from or share.low <= seen.limits.stuck_share:
            continue
        numbers: dict[str, Number] = {
            "stuck": len(stuck),
            "standing": len(standing),
            "p80": usual.p80,
            "of": usual.count,
        }
        yield Finding(Rule.STUCK, numbers, _behind(one for _, one in stuck), stage)


_RULES = (_closing, _negotiation, _carried, _stuck, _qualification, _follow_up, _prospecting)


def _carrying(standings: Iterable[Standing]) -> list[DealHistory]:
    return [deal for one in standings for deal in one.deals]


def _behind(deals: Iterable[DealHistory]) -> tuple[Behind, ...]:
    return tuple(Behind(one.customer, one.called, one.id) for one in deals)
