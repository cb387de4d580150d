"""Months of selling that are made up: deals with their moves and their mail, out of a seed.

What is drawn is how a rep works (how often prospects are written to, whether the silent are asked again) and
what comes of it; the shape of the pyramid follows. The same seed, shape and moment make the same past.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from types import MappingProxyType

from watcher.domain.deals import StageMove
from watcher.domain.history import DealHistory, Spoken, exchanges
from watcher.domain.messages import Direction
from watcher.domain.stages import Stage

_WEEK, _DAY = timedelta(weeks=1), timedelta(days=1)
_MOST_FOLLOW_UPS = 4


@dataclass(frozen=True, slots=True)
class Manner:
    """How a rep sells. `cold` and `inquiries` come each week; the shares say how many go on to the next step;
    `ask_again` is how often somebody silent is asked once more, `left` how often a deal that came to nothing
    is left standing; from `hunt_ends` weeks before the end on, hardly anybody new comes.
    """

    cold: float = 6.0
    inquiries: float = 4.0
    warmed: float = 0.30
    qualified: float = 0.42
    signed: float = 0.62
    paid: float = 0.95
    ask_again: float = 0.9
    left: float = 0.03
    hunt_ends: int = 0


SHAPES: Mapping[str, Manner] = MappingProxyType(
    {
        "healthy": Manner(),
        "bottom-wide": Manner(
            cold=12, inquiries=8, warmed=0.1, qualified=0.05, signed=0.1, ask_again=0.1, left=0.2
        ),
        "top-heavy": Manner(cold=3, inquiries=7, warmed=0.7, qualified=0.85, hunt_ends=8),
        "negotiation": Manner(inquiries=6, qualified=0.55, signed=0.08),
        "unpaid": Manner(qualified=0.6, signed=0.8, paid=0.35, left=0.6),
    }
)


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail of a deal's thread. `follow_up`: which follow-up of ours it is, 0 for none."""

    at: datetime
    by: Direction
    follow_up: int = 0


@dataclass(frozen=True, slots=True)
class PastDeal:
    """One deal: who it is with, how it went and what was written, both in order of time."""

    name: str
    domain: str
    country: str
    product: str
    moves: tuple[tuple[datetime, Stage], ...]
    letters: tuple[Letter, ...]
    value: Decimal | None
    shipped_at: datetime | None = None

    @property
    def stage(self) -> Stage:
        """Where it stands."""
        return self.moves[-1][1]


def made_up(shape: str, seed: int, months: int, now: datetime) -> list[PastDeal]:
    """The deals of so many months of 30 days before `now`. Raises KeyError for a shape there is none of."""
    chance = Random(f"{shape} {seed} {months}")  # noqa: S311 - nothing secret is made of it
    manner, names = SHAPES[shape], _Names(chance)
    begin = now - timedelta(days=30 * months)
    starts = [
        (at, first)
        for first, a_week in ((Stage.COLD, manner.cold), (Stage.INQUIRY, manner.inquiries))
        for at in _arrivals(chance, begin, now, a_week, manner.hunt_ends)
    ]
    return [_Course(chance, manner, now).deal(names, at, first) for at, first in sorted(starts)]


def histories(deals: list[PastDeal]) -> list[DealHistory]:
    """The same, as the store would give them back: for tests and pictures that need no store."""
    return [_history(number, one) for number, one in enumerate(deals, start=1)]


def _history(number: int, deal: PastDeal) -> DealHistory:
    first, *later = deal.moves
    moves = [StageMove(*first, source="rule"), *(StageMove(at, to) for at, to in later)]
    return DealHistory(
        id=number,
        customer=deal.domain,
        moves=tuple(moves),
        name=deal.name,
        country=deal.country,
        value=deal.value,
        currency="USD" if deal.value else "",
        shipped_at=deal.shipped_at,
        exchanges=exchanges(Spoken(one.at, one.by, one.follow_up) for one in deal.letters),
    )


def _arrivals(
    chance: Random, begin: datetime, now: datetime, a_week: float, hunt_ends: int
) -> Iterator[datetime]:
    """When deals begin: by chance, so many a week, and one in twelve of them once the hunt has ended."""
    at = begin
    while True:
        rate = a_week if at < now - hunt_ends * _WEEK else a_week / 12
        at = _in_hours(chance, at + chance.expovariate(rate) * _WEEK)
        if at >= now - _DAY:
            return
        yield at


def _in_hours(chance: Random, at: datetime) -> datetime:
    """On a weekday between nine and five in Shanghai, eight hours east of UTC."""
    day = at + timedelta(days=max(at.weekday() - 4, 0) and 7 - at.weekday())
    return day.replace(hour=chance.randrange(1, 9), minute=chance.randrange(60), second=0, microsecond=0)


class _Course:
    """How one deal goes: drawn step by step until it stops, or until now."""

    def __init__(self, chance: Random, manner: Manner, now: datetime) -> None:
        self._chance, self._manner, self._now = chance, manner, now
        self._moves: list[tuple[datetime, Stage]] = []
        self._letters: list[Letter] = []

    def deal(self, names: _Names, at: datetime, first: Stage) -> PastDeal:
        """One that begins at a moment on a step."""
        self._begin(at, first)
        while (going := self._goes_on()) is not None:
            self._step(*going)
        stage = self._moves[-1][1]
        if stage not in (Stage.WON, Stage.LOST):
            self._end()
        name, domain, country = names.draw()
        worth = Decimal(self._chance.randrange(20, 400)) * 100
        shipped = self._moves[-1][0] + self._days(25) if stage is Stage.WON else None
        return PastDeal(
            name=name,
            domain=domain,
            country=country,
            product=self._chance.choice(_PRODUCTS),
            moves=tuple(self._moves),
            letters=tuple(self._letters),
            value=worth if stage.height >= Stage.OPPORTUNITY.height else None,
            shipped_at=shipped if shipped and shipped < self._now else None,
        )

    def _begin(self, at: datetime, first: Stage) -> None:
        self._moves.append((at, first))
        by = Direction.OUTBOUND if first is Stage.COLD else Direction.INBOUND
        self._letters.append(Letter(at, by))
        if first is Stage.INQUIRY:
            self._answer(at)

    def _goes_on(self) -> tuple[datetime, Stage] | None:
        """The next step and its moment; None where it stops here, or has not come so far yet."""
        at, stage = self._moves[-1]
        manner = self._manner
        ahead = {
            Stage.COLD: (manner.warmed, 11, Stage.INQUIRY),
            Stage.INQUIRY: (manner.qualified, 9, Stage.OPPORTUNITY),
            Stage.OPPORTUNITY: (manner.signed, 11, Stage.PI),
            Stage.PI: (manner.paid, 6, Stage.WON),
        }
        if stage not in ahead:
            return None
        share, days, to = ahead[stage]
        then = _in_hours(self._chance, max(at + self._days(days), self._letters[-1].at + _DAY))
        return (then, to) if self._chance.random() < share and then < self._now else None

    def _days(self, mean: float) -> timedelta:
        """A span of about so many days, seldom more than the double."""
        return timedelta(days=max(self._chance.gammavariate(4, mean / 4), 1))

    def _step(self, at: datetime, to: Stage) -> None:
        """They write, and stand a step higher; we answer."""
        self._ask_again(until=at)
        self._letters.append(Letter(at, Direction.INBOUND))
        self._moves.append((at, to))
        self._answer(at)

    def _answer(self, at: datetime) -> None:
        """Within hours, or in the course of the next day."""
        soon = at + timedelta(minutes=self._chance.randrange(20, 180))
        answered = soon if soon.hour < 9 and soon.date() == at.date() else _in_hours(self._chance, at + _DAY)
        if answered < self._now:
            self._letters.append(Letter(answered, Direction.OUTBOUND))

    def _ask_again(self, until: datetime) -> None:
        """Follow-ups, each after a longer wait, as long as the rep goes on asking."""
        number, days = 0, 7.0
        while number < _MOST_FOLLOW_UPS and self._chance.random() < self._manner.ask_again:
            at = _in_hours(self._chance, self._letters[-1].at + timedelta(days=days))
            if at >= min(until, self._now):
                return
            number, days = number + 1, days * 1.5
            self._letters.append(Letter(at, Direction.OUTBOUND, number))

    def _end(self) -> None:
        """It stops here: asked again for a while, then mostly given up, unless it is new."""
        at, stage = self._moves[-1]
        self._ask_again(until=self._now)
        given_up = _in_hours(self._chance, self._letters[-1].at + self._days(30))
        left = 0.35 if stage is Stage.COLD else self._manner.left
        if given_up < self._now and self._chance.random() > left:
            self._moves.append((max(given_up, at + timedelta(hours=1)), Stage.LOST))


_FIRST = (
    *(
        "Adria",
        "Alpine",
        "Amber",
        "Andes",
        "Arctic",
        "Atlas",
        "Baltic",
        "Boreal",
        "Caspian",
        "Coral",
        "Delta",
    ),
    *(
        "Dorado",
        "Emerald",
        "Falcon",
        "Fjord",
        "Gulf",
        "Hansa",
        "Iberia",
        "Ionia",
        "Jade",
        "Kestrel",
        "Lagoon",
    ),
    *(
        "Levant",
        "Lotus",
        "Meridian",
        "Mistral",
        "Nile",
        "Nordic",
        "Oasis",
        "Orient",
        "Pacific",
        "Pampa",
        "Polar",
    ),
    *("Rhine", "Sahara", "Sierra", "Tagus", "Taiga", "Tundra", "Vistula", "Volga", "Zenith"),
)
_SECOND = (
    *(
        "Armaturen",
        "Bombas",
        "Commerce",
        "Distribution",
        "Engineering",
        "Hydraulics",
        "Imports",
        "Industrial",
    ),
    *("Marine", "Pumps", "Supplies", "Systems", "Technik", "Tools", "Trading", "Valves", "Waterworks"),
)
_COUNTRIES = ("DE", "ES", "AE", "MX", "BR", "PL", "IT", "NL", "TR", "SA", "ZA", "VN", "US", "GB", "FR", "CL")
_PRODUCTS = (
    "Stainless pumps",
    "Gate valves",
    "Submersible pumps",
    "Pressure tanks",
    "Control boxes",
    "Spare parts",
)


class _Names:
    """Companies, each once; on `.example`, where nobody can have one (RFC 2606)."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._left = [f"{first} {second}" for first in _FIRST for second in _SECOND]
        chance.shuffle(self._left)
        self._round = 1

    def draw(self) -> tuple[str, str, str]:
        """Name, domain and country of the next one."""
        if not self._left:
            self._round += 1
            self._left = [f"{first} {second} {self._round}" for first in _FIRST for second in _SECOND]
        name = self._left.pop()
        return name, f"{name.lower().replace(' ', '-')}.example", self._chance.choice(_COUNTRIES)
