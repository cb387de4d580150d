"""Customers: what an outside company is to us, and where it starts on the pyramid (DESIGN 2.1.6).

A guess stands until the rep says otherwise. It depends on all conversations of the customer together,
never on the order in which they were read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from watcher.domain.messages import Direction, Message
from watcher.domain.reading.opening import read_opening
from watcher.domain.reading.text import Text
from watcher.domain.stages import Stage
from watcher.domain.threads import Conversation, CustomerOf, Standing, author_company, companies


class Role(StrEnum):
    """What a customer is to us."""

    LEAD = "lead"
    PARTNER = "partner"
    IGNORED = "ignored"
    UNSORTED = "unsorted"


@dataclass(frozen=True, slots=True)
class FirstContact:
    """How a customer came to us: the guessed role, and the stage a first deal starts on, with its moment and
    the Message-ID that shows it. `stage` is None where nobody who counts wrote, and for those whom our own
    forward brought in.
    """

    role: Role
    stage: Stage | None = None
    at: datetime | None = None
    evidence: str = ""

    @property
    def settled(self) -> bool:
        """Whether no call or unseen answer of ours can change the guess: a lead, or brought in by us."""
        return self.role is Role.LEAD or (self.role is Role.PARTNER and self.stage is None)


# What somebody is who was never answered, by what all their mails want. One mail that wants something else
# and they are unsorted again: nobody is put aside by half of what they wrote.
_NEVER_ANSWERED = {frozenset({"supplier"}): Role.PARTNER, frozenset({"pitch"}): Role.IGNORED}


def first_contact(
    customer: str, held: Iterable[tuple[Conversation, Standing]], customer_of: CustomerOf
) -> FirstContact:
    """Guess a role from everything between us and one customer.

    Whoever we wrote to is a lead: they stand on `cold` if we wrote first, on `inquiry` if they did. Whoever
    wrote first and was never answered is unsorted, unless a mail of theirs is an inquiry: that makes a lead
    too. Who offers us goods is a partner, who pitches a service is ignored. Whoever our own forward brought
    into another customer's conversation (a factory, a forwarder) is a partner; who came to us by themselves
    is never brought in.
    """
    talks = list(held)
    if any(customer in who.introduced for _, who in talks):
        return FirstContact(Role.PARTNER)
    own = (talk for talk, who in talks if customer in who.customers)
    exchanged = [one for talk in own for one in _exchanged(customer, talk, customer_of)]
    if not exchanged:
        return FirstContact(Role.UNSORTED)
    if any(one.direction is Direction.OUTBOUND for one in exchanged):
        return _starting_with(exchanged, Role.LEAD)
    asked = [one for one in exchanged if wants(one) == "inquiry"]
    if asked:
        return _starting_with(asked, Role.LEAD)
    wanted = frozenset(map(wants, exchanged))
    return _starting_with(exchanged, _NEVER_ANSWERED.get(wanted, Role.UNSORTED))


def wants(message: Message) -> str:
    """What a mail of theirs wants: by its text where that was read, else by its subject."""
    read = message.facts.opening
    return read_opening(Text(), message.subject).word if read is None else read


def _starting_with(exchanged: Iterable[Message], role: Role) -> FirstContact:
    at, stage, evidence = min((one.at, _stage(one), one.message_id) for one in exchanged)
    return FirstContact(role, stage, at, evidence)


def _stage(message: Message) -> Stage:
    return Stage.COLD if message.direction is Direction.OUTBOUND else Stage.INQUIRY


def _exchanged(customer: str, conversation: Conversation, customer_of: CustomerOf) -> list[Message]:
    """What people wrote to and fro."""
    return [
        one
        for one in conversation.messages
        if one.personal
        and customer in companies(one, customer_of)
        and (one.direction is Direction.OUTBOUND or author_company(one, customer_of) == customer)
    ]
