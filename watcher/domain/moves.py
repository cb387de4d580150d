"""A thread as a game: the moves that count, in the order of time (DESIGN 2.4).

Our mails to the customer, theirs to us, bounces of ours, what the rep says. Automatic mail never moves the
ball (an out-of-office reply that names a day back lets their clock rest); a third party's mail and a mail
among ourselves never become a move.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from watcher.domain.identity import Us
from watcher.domain.messages import Direction, Facts, Kind, Message
from watcher.domain.threads import CustomerOf, Thread


class Turn(StrEnum):
    """Whose foot the ball is at."""

    OURS = "ours"
    THEIRS = "theirs"
    NOBODY = "nobody"


class Play(StrEnum):
    """What a move does."""

    KICK = "kick"  # we write to them
    KICK_HOLDING = "kick_holding"  # "will check and revert tomorrow", from us
    KICK_CLOSING = "kick_closing"  # "noted, thanks", from us
    ANSWER = "answer"  # they write to us
    ANSWER_HOLDING = "answer_holding"  # "will check and revert", from them
    ANSWER_CLOSING = "answer_closing"  # "thanks!", from them
    RETURNED = "returned"  # our mail bounced
    AWAY = "away"  # an out-of-office reply of theirs that names the day back
    LOGGED = "logged"
    DONE = "done"
    SNOOZED = "snoozed"


@dataclass(frozen=True, slots=True)
class Word:
    """What the rep said about a thread: it wins (DESIGN 2.4.6).

    `anchor` is a message of that thread; None says it of the customer's newest thread.
    """

    id: int
    at: datetime
    play: Play  # LOGGED, DONE or SNOOZED
    anchor: int | None = None
    turn: Turn = Turn.THEIRS  # where a logged call left the ball
    until: datetime | None = None  # of a snooze

    @property
    def key(self) -> str:
        """What a reminder that follows from this word is keyed by."""
        return f"{self.play}:{self.id}"


@dataclass(frozen=True, slots=True)
class Move:
    """One move of the game. `key` is the Message-ID, or the rep's word, that made it."""

    at: datetime
    play: Play
    key: str
    contacts: tuple[str, ...] = ()  # the customer's addresses that were written to, or the one that wrote
    day: date | None = None  # of a kick or a call: the working day it counts for
    promised: date | None = None
    turn: Turn = Turn.THEIRS
    until: datetime | None = None
    back: date | None = None  # of an out-of-office reply: the first day back
    returned: str = ""  # of a bounce: the Message-ID that came back
    failed: tuple[str, ...] = ()  # and the customer's addresses that it did not reach
    in_junk: bool = False
    to_shared: bool = False
    stub: bool = False

    @property
    def contact(self) -> str:
        """The one the move was played with, "" where nobody is named."""
        return self.contacts[0] if self.contacts else ""


WorkingDay = Callable[[datetime], date]


def moves(
    thread: Thread, words: Iterable[Word], customer_of: CustomerOf, us: Us, working_day: WorkingDay
) -> tuple[Move, ...]:
    """The moves of a thread, in order: what its people wrote to each other, and what the rep said.

    `working_day` names the rep's working day a moment counts for.
    """
    written = (_written(one, thread, customer_of, us, working_day) for one in thread.messages)
    said = (_said(one, working_day) for one in words)
    # Sorting is stable: messages keep the order of their thread (a reply after its parent).
    return tuple(sorted((*filter(None, written), *said), key=lambda one: one.at))


def _said(word: Word, working_day: WorkingDay) -> Move:
    return Move(word.at, word.play, word.key, day=working_day(word.at), turn=word.turn, until=word.until)


def _written(
    message: Message, thread: Thread, customer_of: CustomerOf, us: Us, working_day: WorkingDay
) -> Move | None:
    if message.kind is Kind.BOUNCE:
        return _returned(message, thread, customer_of)
    if message.kind is Kind.AUTO_REPLY:
        return _away(message, thread, customer_of)
    if not message.personal or thread.customer is None:
        return None
    if message.direction is Direction.OUTBOUND:
        contacts = _contacts(message, thread, customer_of)
        return _our_move(message, contacts, working_day(message.at)) if contacts else None
    author = _author(message, thread, customer_of)
    return _their_move(message, author, us) if author else None


def _author(message: Message, thread: Thread, customer_of: CustomerOf) -> str:
    """Which of the customer's addresses wrote to us, "" where none did."""
    author = message.author.address if message.author and message.direction is Direction.INBOUND else ""
    return author if author and customer_of(author) == thread.customer else ""


def _away(message: Message, thread: Thread, customer_of: CustomerOf) -> Move | None:
    author = _author(message, thread, customer_of)
    back = message.facts.returns
    if not author or not back or thread.customer is None:
        return None
    return Move(message.at, Play.AWAY, message.message_id, (author,), back=back)


def _contacts(message: Message, thread: Thread, customer_of: CustomerOf) -> tuple[str, ...]:
    """Whom of the thread's customer a mail of ours went to."""
    return tuple(one for one in message.recipients if customer_of(one) == thread.customer)


def _our_move(message: Message, contacts: tuple[str, ...], day: date) -> Move:
    play = _by_text(message.facts, Play.KICK, Play.KICK_HOLDING, Play.KICK_CLOSING)
    promised = message.facts.promised
    return Move(message.at, play, message.message_id, contacts, day=day, promised=promised, stub=message.stub)


def _their_move(message: Message, contact: str, us: Us) -> Move:
    to_us = [one for one in message.recipients if one in us]
    return Move(
        message.at,
        _by_text(message.facts, Play.ANSWER, Play.ANSWER_HOLDING, Play.ANSWER_CLOSING),
        message.message_id,
        (contact,),
        promised=message.facts.promised,
        in_junk=message.in_junk,
        to_shared=bool(to_us) and all(one in us.shared for one in to_us),
    )


def _by_text(facts: Facts, plain: Play, holding: Play, closing: Play) -> Play:
    return holding if facts.holding else closing if facts.closing else plain


def _returned(message: Message, thread: Thread, customer_of: CustomerOf) -> Move | None:
    """A bounce that names somebody else's address says nothing about this customer."""
    name = message.references[-1] if message.references else ""
    sent = next((one for one in thread.messages if one.message_id == name), None)
    failed = _failed(message, sent, thread, customer_of) if sent else ()
    if not failed:
        return None
    return Move(message.at, Play.RETURNED, message.message_id, returned=name, failed=failed)


def _failed(bounce: Message, sent: Message, thread: Thread, customer_of: CustomerOf) -> tuple[str, ...]:
    """Whom of this customer a returned mail did not reach."""
    contacts = _contacts(sent, thread, customer_of)
    named = bounce.report.failed if bounce.report else ()
    hit = tuple(one for one in contacts if one in named)
    if hit or not named:
        return hit or contacts
    # Their server sent it on, and the report names where to: it is ours to know that nobody has it.
    sent_on = len(sent.recipients) == 1 or any(customer_of(one) == thread.customer for one in named)
    return contacts if sent_on else ()
