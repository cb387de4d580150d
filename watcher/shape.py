"""store → pyramid: where customers stand, what becomes of deals, what that says; and its JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from watcher.domain.diagnosis import Finding, Tone, diagnose
from watcher.domain.history import DealHistory
from watcher.domain.intervals import Rate, Spread
from watcher.domain.pyramid import Pyramid, Step, pyramid
from watcher.domain.rates import WINDOW, Conversion, Rates, TimeInStep, rates
from watcher.domain.sentences import sentence
from watcher.domain.thresholds import DEFAULT, Thresholds
from watcher.errors import UsageError

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Shape:
    """What `watcher pyramid` shows. `owner`: whose deals these are, "" for everybody's."""

    as_of: datetime
    pyramid: Pyramid
    rates: Rates
    findings: tuple[Finding, ...]
    blind: tuple[str, ...] = ()
    owner: str = ""


def shape_of(
    histories: Sequence[DealHistory],
    now: datetime,
    *,
    window: timedelta = WINDOW,
    owner: str = "",
    tone: Tone = MappingProxyType({}),
    limits: Thresholds = DEFAULT,
    blind: Sequence[str] = (),
) -> Shape:
    """Decide all of it, from the deals as they were at `now`. Raises UsageError for an owner nobody is."""
    deals = _of_owner(histories, owner) if owner else list(histories)
    stands, measured = pyramid(deals, now), rates(deals, now, window, limits)
    findings = diagnose(stands, measured, deals, now, tone, limits)
    return Shape(now, stands, measured, findings, tuple(blind), owner)


def _of_owner(histories: Sequence[DealHistory], owner: str) -> list[DealHistory]:
    wanted = owner.strip().casefold()
    found = [one for one in histories if one.owner.strip().casefold() == wanted]
    if not found:
        owners = sorted({one.owner for one in histories if one.owner})
        known = f"There are: {', '.join(owners[:10])}." if owners else "watcher deal CUSTOMER --owner NAME."
        raise UsageError(f"no deal is of {owner!r}.", known)
    return found


def shape_document(found: Shape, labels: Labels) -> dict[str, Any]:
    """The JSON of `watcher pyramid`. Shares are from 0 to 1, lengths in calendar days."""
    measured = found.rates
    return {
        "as_of": found.as_of.isoformat(),
        "blind": list(found.blind),
        "owner": found.owner or None,
        "window_days": measured.window / timedelta(days=1),
        "customers": found.pyramid.customers,
        "lost": found.pyramid.lost,
        "steps": [_step(one, labels) for one in found.pyramid.steps],
        "rates": {
            "conversions": [_conversion(one) for one in measured.conversions],
            "times": [_time(one) for one in measured.times],
            "paid_after": _spread(measured.paid_after),
            "answered": {**_rate(measured.follow_ups.rate), "young": measured.follow_ups.young},
            "answered_after_follow_ups": [_rate(one) for one in measured.follow_ups.after],
            "follow_ups_median": measured.follow_ups.median,
            "their_answers": _spread(measured.their_answers),
            "our_answers": _spread(measured.our_answers),
        },
        "diagnosis": [_finding(one, labels) for one in found.findings],
    }


def _step(one: Step, labels: Labels) -> dict[str, Any]:
    return {
        "stage": one.stage.value,
        "label": labels[one.stage],
        "customers": one.customers,
        "share": one.share,
        "old": one.old,
        "deals": one.deals,
        "valued": one.valued,
        "values": {currency: str(value) for currency, value in one.values.items()},
    }


def _rate(one: Rate) -> dict[str, Any]:
    return {
        "reached": one.reached,
        "of": one.of,
        "share": one.share,
        "low": one.low,
        "high": one.high,
        "judged": one.judged,
    }


def _spread(one: Spread) -> dict[str, Any]:
    return {"count": one.count, "median": one.median, "p80": one.p80, "judged": one.judged}


def _conversion(one: Conversion) -> dict[str, Any]:
    besides = {"lost": one.lost, "fell": one.fell, "young": one.young}
    return {"from": one.stage.value, "to": one.to.value, **_rate(one.rate), **besides}


def _time(one: TimeInStep) -> dict[str, Any]:
    return {"stage": one.stage.value, **_spread(one.days), "reached": one.reached, "left": one.left}


def _finding(one: Finding, labels: Labels) -> dict[str, Any]:
    return {
        "rule": one.rule.value,
        "stage": one.stage.value if one.stage else None,
        "sentence": sentence(one, labels),
        "numbers": dict(one.numbers),
        "customers": [
            {"customer": behind.customer, "name": behind.called, "deal": behind.deal}
            for behind in one.customers
        ],
    }
