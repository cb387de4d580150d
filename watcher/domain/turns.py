"""Whose foot is the ball at? (DESIGN 2.4)

A thread is a game. Its moves (moves.py) are played one after the other, from the first mail to the last;
what stands at the end is the verdict: whose turn, since when, why, and which move decided it.

We write: the ball is theirs. They write: it is ours, from their first unanswered mail on. Everything
else on this page is what keeps that from being wrong: short replies that pass nothing, mail that came
back, several mails that are one kick, and the rep, who knows better.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import reduce

from watcher.domain.moves import Move, Play, Turn, Word, moves
from watcher.domain.stages import Stage

__all__ = ["Move", "Play", "Reason", "Turn", "TurnDecision", "Word", "decide", "moves"]


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
    reached: tuple[str, ...] = ()  # where the last of them went, without what came back
    we_wrote: bool = False
    asked_again: tuple[tuple[str, int], ...] = ()  # every follow-up there was, with its number in its wait
    away: tuple[tuple[str, date], ...] = ()  # who of them is out of office, and the first day back

    @property
    def away_until(self) -> date | None:
        """The first day back of the contact we wait for, None where nothing says that they are out. A
        colleague's absence says nothing of them, unless nobody else was written to.
        """
        if self.turn is not Turn.THEIRS:
            return None
        back = dict(self.away)
        alone = max(back.values(), default=None) if len(set(self.reached)) == 1 else None
        return back.get(self.contact, alone)


def decide(played: Iterable[Move], stage: Stage, nothing: Reason = Reason.NOT_PERSONAL) -> TurnDecision:
    """Play the moves of one thread; `nothing` is the reason where there are none."""

    def play(state: TurnDecision, move: Move) -> TurnDecision:
        return _PLAYS[_at_stage(move, stage)](state, move)

    game = tuple(played)
    contacts = [one.at for one in game if one.play not in _NO_CONTACT]
    end = reduce(play, game, TurnDecision(Turn.NOBODY, nothing))
    return replace(end, last_contact=max(contacts, default=None), stubs=sum(one.stub for one in game))


_NO_CONTACT = frozenset({Play.RETURNED, Play.AWAY, Play.DONE, Play.SNOOZED})


def _at_stage(move: Move, stage: Stage) -> Play:
    """Only at `won` does a bare thanks end a thread; before that it is an acknowledgement."""
    if move.play is Play.ANSWER_CLOSING and stage is not Stage.WON:
        return Play.ANSWER_HOLDING
    return move.play


# ── we play ───────────────────────────────────────────────────────────────────────────────────────


def _kick(state: TurnDecision, move: Move) -> TurnDecision:
    """We wrote: the ball is theirs. Who is away is still away: many machines say so once only."""
    return replace(_kicked(state, move, Reason.SENT_LAST), away=_still(state.away, move.at))


def _still(away: Iterable[tuple[str, date]], at: datetime) -> tuple[tuple[str, date], ...]:
    return tuple((address, back) for address, back in away if back > at.date())


def _kicked(state: TurnDecision, move: Move, reason: Reason) -> TurnDecision:
    """What we do on one working day is one kick; a later one restarts their clock and is a follow-up."""
    again = state.turn is Turn.THEIRS and bool(state.kicks)
    same_kick = again and state.kick_day == move.day
    follow_up = again and not same_kick
    after = replace(
        _ball(state, Turn.THEIRS, reason, move),
        follow_ups=state.follow_ups + follow_up,
        asked_again=(*state.asked_again, *([(move.key, state.follow_ups + 1)] if follow_up else [])),
        snoozed_until=_still_snoozed(state, move),
        kicks=(*state.kicks, move.key),
        kick_day=move.day,
        reached=(*(state.reached if same_kick else ()), *(move.contacts or (move.key,))),  # a call reaches
        we_wrote=True,
    )
    return replace(after, since=state.since, begun_by=state.begun_by) if same_kick else after


def _still_snoozed(state: TurnDecision, move: Move) -> datetime | None:
    """A snooze of their turn outlives our kick; one of ours ends when we write, and so does one that rang."""
    until = state.snoozed_until
    return until if until and until > move.at and state.turn is Turn.THEIRS else None


def _kick_holding(state: TurnDecision, move: Move) -> TurnDecision:
    """Our short promise does not pass the ball: still ours, due when we said."""
    if state.turn is not Turn.OURS and state.reason is not Reason.SHARED:
        return _kick(state, move)
    return replace(_ball(state, Turn.OURS, Reason.WE_PROMISED, move), due_on=_named_day(move), we_wrote=True)


def _kick_closing(state: TurnDecision, move: Move) -> TurnDecision:
    """Our "noted, thanks" to a closing mail is nobody's ball; whoever said "will revert" still owes that."""
    if state.reason is Reason.ACKNOWLEDGED:
        return state
    if state.reason is Reason.CLOSING:
        return replace(state, decided_by=move.key, we_wrote=True)
    return _kick(state, move)


# ── they play ─────────────────────────────────────────────────────────────────────────────────────


def _answer(state: TurnDecision, move: Move) -> TurnDecision:
    """They wrote: the ball is ours, from their first unanswered mail on."""
    if move.to_shared and not state.we_wrote:
        return _ball(state, Turn.NOBODY, Reason.SHARED, move)
    after = _ball(state, Turn.OURS, Reason.ANSWER_IN_JUNK if move.in_junk else Reason.RECEIVED_LAST, move)
    if _unanswered(state):
        return replace(after, since=state.since, begun_by=state.begun_by, due_on=state.due_on)
    # They ask again after our promise: the day we named holds, unless their new mail is due before.
    return replace(after, due_on=state.due_on if state.reason is Reason.WE_PROMISED else None)


def _unanswered(state: TurnDecision) -> bool:
    """Whether something of theirs, a mail or a call, waits for us already."""
    asked = (Reason.RECEIVED_LAST, Reason.ANSWER_IN_JUNK, Reason.LOGGED)
    return state.turn is Turn.OURS and state.reason in asked


def _answer_holding(state: TurnDecision, move: Move) -> TurnDecision:
    """Their short acknowledgement does not pass the ball: still theirs, and their clock restarts."""
    if state.turn is Turn.OURS or not state.we_wrote:
        return _answer(state, move)
    return replace(_ball(state, Turn.THEIRS, Reason.ACKNOWLEDGED, move), due_on=_named_day(move))


def _answer_closing(state: TurnDecision, move: Move) -> TurnDecision:
    """Their bare thanks ends a thread, unless we owe them something: an answer, or what we promised."""
    owed = state.turn is Turn.OURS
    return _answer(state, move) if owed else _ball(state, Turn.NOBODY, Reason.CLOSING, move)


def _returned(state: TurnDecision, move: Move) -> TurnDecision:
    """Our mail was never delivered, unless they answered since, or it reached another address of theirs."""
    if state.turn is not Turn.THEIRS or move.returned not in state.kicks:
        return state
    reached = tuple(one for one in state.reached if one not in move.failed)
    if reached:
        return replace(state, reached=reached)
    after = _ball(state, Turn.OURS, Reason.UNDELIVERED, move)
    return replace(after, contact=state.contact, failed=move.failed)


def _away(state: TurnDecision, move: Move) -> TurnDecision:
    """They are out of office: the ball stays where it is, and their clock rests until they are back."""
    if state.turn is not Turn.THEIRS or not state.kicks or move.back is None or move.back <= move.at.date():
        return state
    return replace(
        state, away=(*(one for one in state.away if one[0] != move.contact), (move.contact, move.back))
    )


# ── the rep speaks ────────────────────────────────────────────────────────────────────────────────


def _logged(state: TurnDecision, move: Move) -> TurnDecision:
    """A call or a chat moves the ball to where the rep says it lies; asking again counts as a follow-up."""
    if move.turn is Turn.THEIRS:
        after = _kicked(state, move, Reason.LOGGED)
    else:
        after = replace(_ball(state, move.turn, Reason.LOGGED, move), we_wrote=True)
    return replace(after, contact=state.contact)


def _done(state: TurnDecision, move: Move) -> TurnDecision:
    """Nobody's turn until a new message."""
    return replace(_ball(state, Turn.NOBODY, Reason.DONE, move), contact=state.contact)


def _snoozed(state: TurnDecision, move: Move) -> TurnDecision:
    """Due when the rep said, or when they write; its reminder is a new one."""
    return replace(state, snoozed_until=move.until, begun_by=move.key)


_PLAYS: dict[Play, Callable[[TurnDecision, Move], TurnDecision]] = {
    Play.KICK: _kick,
    Play.KICK_HOLDING: _kick_holding,
    Play.KICK_CLOSING: _kick_closing,
    Play.ANSWER: _answer,
    Play.ANSWER_HOLDING: _answer_holding,
    Play.ANSWER_CLOSING: _answer_closing,
    Play.RETURNED: _returned,
    Play.AWAY: _away,
    Play.LOGGED: _logged,
    Play.DONE: _done,
    Play.SNOOZED: _snoozed,
}


def _named_day(move: Move) -> date | None:
    """The day a holding reply names; one that was past already was misread."""
    return move.promised if move.promised and move.promised >= move.at.date() else None


def _ball(state: TurnDecision, turn: Turn, reason: Reason, move: Move) -> TurnDecision:
    """The ball changes hands: a new wait begins with this move, and nothing of the old one counts in it."""
    return TurnDecision(
        turn=turn,
        reason=reason,
        since=move.at,
        decided_by=move.key,
        begun_by=move.key,
        contact=move.contact,
        we_wrote=state.we_wrote,
        asked_again=state.asked_again,
    )
