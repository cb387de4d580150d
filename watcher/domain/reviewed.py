"""What the judgement is given besides mail, and what it gives back: plain frozen values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time

from watcher.domain.customers import FirstContact, Role
from watcher.domain.deals import Deal
from watcher.domain.due import Wait
from watcher.domain.identity import Us
from watcher.domain.messages import Message
from watcher.domain.stages import Policy
from watcher.domain.threads import CustomerOf, Thread
from watcher.domain.turns import TurnDecision, Word
from watcher.domain.worktime import Calendar, Corrections


@dataclass(frozen=True, slots=True)
class CustomerFile:
    """What is known of a customer besides mail. `role` is None where nobody said; `deal_of` names the deal of
    the thread that a message stands in, where the rep did.
    """

    role: Role | None = None
    country: str | None = None
    deals: tuple[Deal, ...] = ()
    words: tuple[Word, ...] = ()
    deal_of: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What the judgement goes by: who we are, whose an address is, calendars and policies.

    `known_since` says when we first wrote to an address; `our_making` whether the mail that a message
    answers was written by us; `ignored` whether the config ignores a customer, by key.
    """

    us: Us
    customer_of: CustomerOf
    known_since: Callable[[str], datetime | None]
    our_making: Callable[[Message], bool]
    rep: Calendar
    opening: time
    closing: time
    policies: Mapping[str, Policy]
    ignored: Callable[[str], bool] = lambda _: False
    corrections: Corrections = frozenset()


@dataclass(frozen=True, slots=True)
class ReviewedThread:
    """A thread with its verdict, its clock where one runs, and when it is too old to speak of."""

    thread: Thread
    decision: TurnDecision
    deal: Deal | None
    wait: Wait | None
    dormant_from: datetime | None


@dataclass(frozen=True, slots=True)
class ReviewedWait:
    """A clock that runs: of which deal, under which policy, and in whose calendar its overdue days count."""

    deal: Deal
    wait: Wait
    policy: str
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class ReviewedCustomer:
    """Everything judged about one customer. `opening` is where a first deal starts by rule."""

    key: str
    role: Role
    opening: FirstContact | None
    threads: tuple[ReviewedThread, ...]
    waits: tuple[ReviewedWait, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The customers, and the threads that belong to none."""

    customers: tuple[ReviewedCustomer, ...]
    others: tuple[ReviewedThread, ...]
