"""Whose foot is the ball at? (DESIGN 2.4)

A thread is played as a list of moves in the order of time: our mails to the customer, theirs to us, what
the rep says. `decide` plays them one after the other; what stands at the end is the verdict, with
its reason and the move that decided it. Only people move the ball: automatic mail never becomes a
move, nor does a third party's, nor a mail among ourselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import reduce

from watcher.domain.identity import Us
from watcher.domain.messages import Direction, Kind, Message
from watcher.domain.stages import Stage
from watcher.domain.threads import CustomerOf, Thread


class Turn(StrEnum):
    """Whose foot the ball is at."""

    OURS = "ours"
    THEIRS = "theirs"
    NOBODY = "nobody"


class Reason(StrEnum):
    """Why the turn is what it is."""

    SENT_LAST = "sent_last"  # our mail is the last one a person wrote
    RECEIVED_LAST = "received_last"  # theirs is
    ACKNOWLEDGED = "acknowledged"  # they said they would come back to us
    WE_PROMISED = "we_promised"  # we said we would come back to them
    UNDELIVERED = "undelivered"  # our mail came back
    ANSWER_IN_JUNK = "answer_in_junk"  # their answer lies in Junk
    LOGGED = "logged"  # the rep logged a call or a chat
    CLOSING = "closing"  # a bare thanks at the end of a won order
    DONE = "done"  # the rep said so
    SUPERSEDED = "superseded"  # the wait runs on a newer thread of the deal
    SETTLED = "settled"  # answered in a new mail with the same subject
    SHARED = "shared"  # written to a shared address, and not ours so far
    IGNORED = "ignored"  # mail of somebody the rep does not watch
    NOT_PERSONAL = "not_personal"  # no person wrote in it
    INTERNAL = "internal"  # among ourselves
    NO_MAIL = "no_mail"  # a lead that was entered by hand
    IDLE = "idle"  # near the top, and nothing is due
    PAYMENT = "payment"  # signed, and not paid


class Play(StrEnum):
    """What a move does."""

    KICK = "kick"  # we write to them
    KICK_HOLDING = "kick_holding"  # "will check and revert tomorrow", from us
    KICK_CLOSING = "kick_closing"  # "noted, thanks", from us
    ANSWER = "answer"  # they write to us
    ANSWER_HOLDING = "answer_holding"  # "will check and revert", from them
    ANSWER_CLOSING = "answer_closing"  # "thanks!", from them
    RETURNED = "returned"  # our mail bounced
    LOGGED = "logged"
    DONE = "done"
    SNOOZED = "snoozed"


@dataclass(frozen=True, slots=True)
class Word:
    """What the rep said about a thread: it wins (DESIGN 2.4.6). `anchor` is a message of that thread."""

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
    contact: str = ""  # the customer's address that wrote or was written to
    day: date | None = None  # of a kick: the working day it counts for
    promised: date | None = None
    turn: Turn = Turn.THEIRS
    until: datetime | None = None
    returned: str = ""  # of a bounce: the Message-ID that came back
    failed: tuple[str, ...] = ()
    in_junk: bool = False
    to_shared: bool = False
    stub: bool = False


@dataclass(frozen=True, slots=True)
class TurnDecision:
    """The verdict on one thread.

    `decided_by` is the Message-ID or word that decided; `begun_by` the one that began this wait (several
    mails in a row are one wait) and what its reminders are keyed by. `due_on` is a day somebody named,
    `snoozed_until` a moment the rep named. `follow_ups` counts our kicks since they last wrote, the
    first one not included. `stubs` counts answers of ours that we never saw.
    """

    turn: Turn
    reason: Reason
    since: datetime | None = None
    decided_by: str | None = None
    begun_by: str = ""
    contact: str = ""
    follow_ups: int = 0
    due_on: date | None = None
    snoozed_until: datetime | None = None
    last_contact: datetime | None = None
    failed: tuple[str, ...] = ()
    stubs: int = 0
    kicks: tuple[str, ...] = ()  # our mails since they last wrote
    kick_day: date | None = None
    we_wrote: bool = False


def decide(moves: Iterable[Move], stage: Stage, nothing: Reason = Reason.NOT_PERSONAL) -> TurnDecision:
    """Play the moves of one thread; `nothing` is the reason where there are none."""

    def play(state: TurnDecision, move: Move) -> TurnDecision:
        after = _PLAYS[_at_stage(move, stage)](state, move)
        contact = state.last_contact if move.play in _NO_CONTACT else move.at
        return replace(after, last_contact=contact, stubs=state.stubs + move.stub)

    return reduce(play, moves, TurnDecision(Turn.NOBODY, nothing))


_NO_CONTACT = frozenset({Play.RETURNED, Play.DONE, Play.SNOOZED})


def _at_stage(move: Move, stage: Stage) -> Play:
    """Only at `won` does a bare thanks end a thread; before that it is an acknowledgement."""
    if move.play is Play.ANSWER_CLOSING and stage is not Stage.WON:
        return Play.ANSWER_HOLDING
    return move.play


def _kick(state: TurnDecision, move: Move) -> TurnDecision:
    """We wrote: the ball is theirs. Mails of one working day are one kick; a later one is a follow-up."""
    kicks = (*state.kicks, move.key)
    if state.turn is Turn.THEIRS and state.kick_day == move.day and state.reason is Reason.SENT_LAST:
        return replace(state, decided_by=move.key, contact=move.contact, kicks=kicks)
    again = state.turn is Turn.THEIRS and bool(state.kicks)
    return replace(
        _ball(state, Turn.THEIRS, Reason.SENT_LAST, move),
        follow_ups=state.follow_ups + 1 if again else 0,
        snoozed_until=state.snoozed_until,
        kicks=kicks,
        kick_day=move.day,
        we_wrote=True,
    )


def _kick_holding(state: TurnDecision, move: Move) -> TurnDecision:
    """Our short promise does not pass the ball: still ours, due when we said."""
    if state.turn is not Turn.OURS:
        return _kick(state, move)
    return replace(_ball(state, Turn.OURS, Reason.WE_PROMISED, move), due_on=move.promised, we_wrote=True)


def _kick_closing(state: TurnDecision, move: Move) -> TurnDecision:
    """Our "noted, thanks" to their closing mail leaves the ball with nobody."""
    if state.reason is not Reason.CLOSING:
        return _kick(state, move)
    return replace(state, decided_by=move.key, we_wrote=True)


def _answer(state: TurnDecision, move: Move) -> TurnDecision:
    """They wrote: the ball is ours, from their first unanswered mail on."""
    if move.to_shared and not state.we_wrote:
        return _ball(state, Turn.NOBODY, Reason.SHARED, move)
    if state.turn is Turn.OURS and state.reason in (Reason.RECEIVED_LAST, Reason.WE_PROMISED):
        return replace(
            state, reason=Reason.RECEIVED_LAST, decided_by=move.key, contact=move.contact, due_on=None,
            snoozed_until=None,
        )  # fmt: skip
    return _ball(state, Turn.OURS, Reason.ANSWER_IN_JUNK if move.in_junk else Reason.RECEIVED_LAST, move)


def _answer_holding(state: TurnDecision, move: Move) -> TurnDecision:
    """Their short acknowledgement does not pass the ball: still theirs, and their clock restarts."""
    if state.turn is not Turn.THEIRS:
        return _answer(state, move)
    return replace(_ball(state, Turn.THEIRS, Reason.ACKNOWLEDGED, move), due_on=move.promised)


def _answer_closing(state: TurnDecision, move: Move) -> TurnDecision:
    return _ball(state, Turn.NOBODY, Reason.CLOSING, move)


def _returned(state: TurnDecision, move: Move) -> TurnDecision:
    """The mail that came back was never delivered; an answer or a later mail to another address heals it."""
    came_back = move.returned in state.kicks
    reached = came_back and state.kicks[-1] != move.returned and state.contact not in move.failed
    if state.turn is not Turn.THEIRS or not came_back or reached:
        return state
    after = _ball(state, Turn.OURS, Reason.UNDELIVERED, move)
    return replace(after, contact=state.contact, failed=move.failed)


def _logged(state: TurnDecision, move: Move) -> TurnDecision:
    """A call or a chat moves the ball to where the rep says it lies; asking again counts as a follow-up."""
    again = state.turn is Turn.THEIRS and move.turn is Turn.THEIRS and bool(state.kicks)
    return replace(
        _ball(state, move.turn, Reason.LOGGED, move),
        contact=state.contact,
        follow_ups=state.follow_ups + 1 if again else 0,
        kicks=(*state.kicks, move.key) if move.turn is Turn.THEIRS else (),
        we_wrote=True,
    )


def _done(state: TurnDecision, move: Move) -> TurnDecision:
    return replace(_ball(state, Turn.NOBODY, Reason.DONE, move), contact=state.contact)


def _snoozed(state: TurnDecision, move: Move) -> TurnDecision:
    """Due when the rep said, or when they write; its reminder is a new one."""
    if state.turn is Turn.NOBODY:
        return state
    return replace(state, snoozed_until=move.until, begun_by=move.key)


_PLAYS: dict[Play, Callable[[TurnDecision, Move], TurnDecision]] = {
    Play.KICK: _kick,
    Play.KICK_HOLDING: _kick_holding,
    Play.KICK_CLOSING: _kick_closing,
    Play.ANSWER: _answer,
    Play.ANSWER_HOLDING: _answer_holding,
    Play.ANSWER_CLOSING: _answer_closing,
    Play.RETURNED: _returned,
    Play.LOGGED: _logged,
    Play.DONE: _done,
    Play.SNOOZED: _snoozed,
}


def _ball(state: TurnDecision, turn: Turn, reason: Reason, move: Move) -> TurnDecision:
    """The ball changes hands: a new wait begins with this move."""
    return TurnDecision(
        turn=turn,
        reason=reason,
        since=move.at,
        decided_by=move.key,
        begun_by=move.key,
        contact=move.contact,
        last_contact=state.last_contact,
        stubs=state.stubs,
        we_wrote=state.we_wrote,
    )


def moves(
    thread: Thread,
    words: Iterable[Word],
    customer_of: CustomerOf,
    us: Us,
    working_day: Callable[[datetime], date],
) -> tuple[Move, ...]:
    """The moves of a thread, in order: what its people wrote to each other, and what the rep said.

    `working_day` names the rep's working day a moment counts for.
    """
    written = (_move(one, thread, customer_of, us, working_day) for one in thread.messages)
    said = (Move(one.at, one.play, one.key, turn=one.turn, until=one.until) for one in words)
    # Sorting is stable: messages keep the order of their thread (a reply after its parent).
    return tuple(sorted((*filter(None, written), *said), key=lambda one: one.at))


def _move(
    message: Message,
    thread: Thread,
    customer_of: CustomerOf,
    us: Us,
    working_day: Callable[[datetime], date],
) -> Move | None:
    if message.kind is Kind.BOUNCE:
        return _bounce(message, thread, customer_of)
    if not message.personal or thread.customer is None:
        return None
    if message.direction is Direction.OUTBOUND:
        contact = next((one for one in message.recipients if customer_of(one) == thread.customer), None)
        return (contact and _our_move(message, contact, working_day(message.at))) or None
    author = message.author
    if (
        message.direction is not Direction.INBOUND
        or not author
        or customer_of(author.address) != thread.customer
    ):
        return None
    return _their_move(message, author.address, us)


def _our_move(message: Message, contact: str, day: date) -> Move:
    facts = message.facts
    play = Play.KICK_HOLDING if facts.holding else Play.KICK_CLOSING if facts.closing else Play.KICK
    return Move(
        message.at, play, message.message_id, contact, day=day, promised=facts.promised, stub=message.stub
    )


def _their_move(message: Message, contact: str, us: Us) -> Move:
    facts = message.facts
    play = Play.ANSWER_HOLDING if facts.holding else Play.ANSWER_CLOSING if facts.closing else Play.ANSWER
    to_us = [one for one in message.recipients if one in us]
    return Move(
        message.at,
        play,
        message.message_id,
        contact,
        promised=facts.promised,
        in_junk=message.in_junk,
        to_shared=bool(to_us) and all(one in us.shared for one in to_us),
    )


def _bounce(message: Message, thread: Thread, customer_of: CustomerOf) -> Move | None:
    """A bounce that names somebody else's address says nothing about this customer."""
    failed = message.report.failed if message.report else ()
    customers = {customer_of(one) for one in failed}
    if (failed and thread.customer not in customers) or not message.references:
        return None
    return Move(message.at, Play.RETURNED, message.message_id, returned=message.references[-1], failed=failed)
