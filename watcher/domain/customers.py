"""Customers: what an outside company is to us, and where it starts on the pyramid (DESIGN 2.1.6).

A guess stands until the rep says otherwise. It depends on all conversations of the customer together,
never on the order in which they were read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from watcher.domain.messages import Direction
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
    the Message-ID that shows it. `stage` is None where nobody who counts wrote.
    """

    role: Role
    stage: Stage | None = None
    at: datetime | None = None
    evidence: str = ""


def first_contact(
    customer: str, held: Iterable[tuple[Conversation, Standing]], customer_of: CustomerOf
) -> FirstContact:
    """Guess a role from everything between us and one customer.

    Whoever we wrote to is a lead: they stand on `cold` if we wrote first, on `inquiry` if they did. Whoever
    wrote first and was never answered is unsorted. Whoever our own forward brought into another customer's
    conversation (a factory, a forwarder) is a partner; who came to us by themselves is never brought in.
    """
    talks = list(held)
    if any(customer in who.introduced for _, who in talks):
        return FirstContact(Role.PARTNER)
    own = (talk for talk, who in talks if customer in who.customers)
    exchanged = [one for talk in own for one in _exchanged(customer, talk, customer_of)]
    if not exchanged:
        return FirstContact(Role.UNSORTED)
    at, stage, evidence = min(exchanged)
    written_to = any(stage is Stage.COLD for _, stage, _ in exchanged)
    return FirstContact(Role.LEAD if written_to else Role.UNSORTED, stage, at, evidence)


def _exchanged(
    customer: str, conversation: Conversation, customer_of: CustomerOf
) -> list[tuple[datetime, Stage, str]]:
    """What people wrote to and fro: when, the stage it would begin on, and the Message-ID."""
    found = []
    for message in conversation.messages:
        if not message.personal or customer not in companies(message, customer_of):
            continue
        if message.direction is Direction.OUTBOUND:
            found.append((message.at, Stage.COLD, message.message_id))
        elif author_company(message, customer_of) == customer:
            found.append((message.at, Stage.INQUIRY, message.message_id))
    return found
