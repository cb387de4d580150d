"""Whose turn, and why: every rule of DESIGN 2.4 as a line of a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.play import ANNA, FACTORY, START, WEI, judged, play, rules, verdict
from watcher.domain.customers import Role
from watcher.domain.deals import Deal, StageMove
from watcher.domain.judgement import CustomerFile, judge
from watcher.domain.messages import Address, Direction, Kind, Message
from watcher.domain.moves import Play, Turn, Word
from watcher.domain.stages import Stage


def at_stage(stage: Stage, *words: Word) -> CustomerFile:
    return CustomerFile(Role.LEAD, deals=(Deal(1, (StageMove(START, stage),)),), words=words)


@pytest.mark.parametrize(
    ("script", "turn", "reason", "decided_by", "follow_ups"),
    [
        ("out", "theirs", "sent_last", "<m1@acme.test>", 0),
        ("out +1d in", "ours", "received_last", "<m2@meyer.example>", 0),
        ("in +1d out", "theirs", "sent_last", "<m2@acme.test>", 0),
        ("out +1d out", "theirs", "sent_last", "<m2@acme.test>", 1),
        ("out +1h out", "theirs", "sent_last", "<m2@acme.test>", 0),  # one working day, one kick
        ("out +3d out +4d out", "theirs", "sent_last", "<m3@acme.test>", 2),
        ("out +5d out +1d out", "theirs", "sent_last", "<m3@acme.test>", 1),  # a weekend belongs to Monday
        ("out +3d out +1d in +1d out", "theirs", "sent_last", "<m4@acme.test>", 0),
        ("in +1d colleague", "theirs", "sent_last", "<m2@acme.test>", 0),
        ("in +1d internal", "ours", "received_last", "<m1@meyer.example>", 0),
        ("out +1d auto", "theirs", "sent_last", "<m1@acme.test>", 0),
        ("out +1d delay +1d receipt +1d calendar", "theirs", "sent_last", "<m1@acme.test>", 0),
        ("out +1d third", "theirs", "sent_last", "<m1@acme.test>", 0),
        ("out +1d in:holding", "theirs", "acknowledged", "<m2@meyer.example>", 0),
        ("in +1d out:holding", "ours", "we_promised", "<m2@acme.test>", 0),
        ("out +1d in:closing", "theirs", "acknowledged", "<m2@meyer.example>", 0),  # thanks for a quote
        ("out +1h bounce", "ours", "undelivered", "<m2@meyer.example>", 0),
        ("out +1h bounce +1d out", "theirs", "sent_last", "<m3@acme.test>", 0),
        ("out +1h bounce +1d in", "ours", "received_last", "<m3@meyer.example>", 0),
        ("out +1h in +4h bounce", "ours", "received_last", "<m2@meyer.example>", 0),
        ("out +1d junk", "ours", "answer_in_junk", "<m2@meyer.example>", 0),
        ("shared", "nobody", "shared", "<m1@meyer.example>", 0),
        ("shared +1d out +1d shared", "ours", "received_last", "<m3@meyer.example>", 0),
        ("in +1d stub", "ours", "received_last", "<m2@meyer.example>", 0),
    ],
)
def test_the_turn(script: str, turn: str, reason: str, decided_by: str, follow_ups: int) -> None:
    decision = verdict(play(script)).threads[0].decision
    found = (decision.turn, decision.reason, decision.decided_by, decision.follow_ups)
    assert found == (turn, reason, decided_by, follow_ups)


def test_a_bounce_of_somebody_elses_copy_says_nothing_of_the_customer() -> None:
    sent, bounce = play(f"out +1h bounce:{FACTORY}")
    decision = verdict([replace(sent, cc=(FACTORY,)), bounce]).threads[0].decision
    assert decision.turn is Turn.THEIRS


def test_several_of_theirs_are_one_wait_from_the_first() -> None:
    messages = play("out +1d in +1d in +1d in")
    decision = verdict(messages).threads[0].decision
    assert decision.since == messages[1].at
    assert decision.begun_by == "<m2@meyer.example>"
    assert decision.decided_by == "<m4@meyer.example>"


def test_a_bare_thanks_ends_a_won_order_only() -> None:
    messages = play("in +1d out +1d in:closing")
    decision = verdict(messages, at_stage(Stage.WON)).threads[0].decision
    assert (decision.turn, decision.reason) == ("nobody", "closing")


def test_a_promised_day_is_the_due() -> None:
    wait = verdict(play("out +1d in:friday"), at_stage(Stage.PI)).threads[0].wait
    assert wait is not None
    assert wait.due.date() == date(2026, 3, 13)


def test_a_missing_answer_of_ours_enters_as_a_stub() -> None:
    thread = verdict(play("in +1d stub")).threads[0]
    assert [one.stub for one in thread.thread.messages] == [False, True, False]
    assert thread.decision.stubs == 1


@pytest.mark.parametrize(
    ("play_", "turn", "reason"),
    [(Play.DONE, "nobody", "done"), (Play.LOGGED, "theirs", "logged")],
)
def test_what_the_rep_says_wins_until_the_next_mail(play_: Play, turn: str, reason: str) -> None:
    messages = play("out +1d in")
    word = Word(1, messages[-1].at + timedelta(hours=1), play_, anchor=2)
    decision = verdict(messages, at_stage(Stage.INQUIRY, word)).threads[0].decision
    assert (decision.turn, decision.reason) == (turn, reason)
    later = play("out +1d in +3d in")
    decision = verdict(later, at_stage(Stage.INQUIRY, word)).threads[0].decision
    assert (decision.turn, decision.reason) == ("ours", "received_last")


def test_a_snooze_is_due_when_it_ends_or_when_they_write() -> None:
    messages = play("out")
    until = START + timedelta(days=20)
    word = Word(1, START + timedelta(days=5), Play.SNOOZED, anchor=1, until=until)
    wait = verdict(messages, at_stage(Stage.PI, word)).threads[0].wait
    assert wait is not None
    assert wait.due == until
    answered = verdict(play("out +8d in"), at_stage(Stage.PI, word)).threads[0]
    assert answered.decision.turn is Turn.OURS
    assert answered.wait is not None
    assert answered.wait.due < until


def test_an_older_wait_is_superseded_by_a_newer_thread() -> None:
    older = play("out")
    newer = [
        replace(one, id=9, message_id="<n@acme.test>", subject="Other")
        for one in play("out", START + timedelta(days=3))
    ]
    threads = verdict([*older, *newer]).threads
    assert sorted(one.decision.reason for one in threads) == ["sent_last", "superseded"]


def test_an_answer_in_a_new_mail_settles() -> None:
    new = replace(
        play("out", START + timedelta(days=2))[0], id=9, message_id="<n@acme.test>", subject="Offer"
    )
    asked_first = play("in")
    reasons = sorted(one.decision.reason for one in verdict([*asked_first, new]).threads)
    assert reasons == ["sent_last", "settled"]


def test_one_mail_to_many_is_a_thread_each() -> None:
    hidden = tuple(f"buyer@customer{number}.example" for number in range(50))
    mail = replace(play("internal")[0], direction=Direction.OUTBOUND, to=(WEI,), bcc=hidden)
    found = judged([mail])
    assert len(found.customers) == 50
    assert {one.threads[0].decision.turn for one in found.customers} == {Turn.THEIRS}
    assert len({one.waits[0].wait.begun_by for one in found.customers}) == 50


def test_a_stripped_bcc_is_seen_by_its_answer() -> None:
    sent = replace(play("internal")[0], to=(WEI,))
    answer = play("internal +1d in")[1]
    thread = verdict([sent, answer]).threads[0]
    assert [one.direction for one in thread.thread.messages] == ["outbound", "inbound"]
    assert verdict([sent, answer]).role is Role.LEAD


def test_the_factory_behind_our_forward_is_no_customer() -> None:
    asked = play("in")[0]
    forward = replace(
        play("in +1d out")[1], subject="Fwd: Offer", to=(FACTORY,), message_id="<f@acme.test>", id=2
    )
    quote = replace(
        play("in +1d out +1d third")[2],
        cc=(),
        references=(asked.message_id, "<f@acme.test>"),
        in_reply_to="<f@acme.test>",
    )
    found = judged([asked, forward, quote])
    by_key = {one.key: one for one in found.customers}
    assert by_key["meyer.example"].threads[0].decision.turn is Turn.OURS
    assert len(by_key["meyer.example"].threads[0].thread.messages) == 3
    assert by_key["factory.example"].role is Role.PARTNER
    assert by_key["factory.example"].threads == ()


def test_whoever_was_never_answered_is_unsorted() -> None:
    found = verdict(play("in"))
    assert found.role is Role.UNSORTED
    assert found.waits == ()
    assert verdict(play("in +1d out")).role is Role.LEAD


def test_a_newsletter_is_nobodys_and_a_known_persons_list_mail_is_theirs() -> None:
    found = judged(play("bulk"))
    assert found.customers == ()
    assert found.others[0].thread.customer is None
    known = verdict(play("out +1d bulk"), known={ANNA: START}).threads[0]
    assert known.decision.turn is Turn.OURS


# ── properties ──

SCRIPTS = st.lists(
    st.sampled_from(["out", "in", "auto", "third", "colleague", "internal", "receipt", "+1d", "+5h"]),
    min_size=1,
    max_size=12,
).filter(lambda words: any(not one.startswith("+") for one in words))


def told(messages: list[Message]) -> list[object]:
    """Verdicts by Message-ID: numbers depend on the order of arrival, these may not."""
    found = judge(messages, {}, rules(), START + timedelta(days=300))
    threads = [
        (one.key, one.role, each.decision.turn, each.decision.reason, each.decision.since,
         each.decision.decided_by, each.wait and each.wait.due,
         tuple(part.message_id for part in each.thread.messages))
        for one in found.customers for each in one.threads
    ]  # fmt: skip
    others = [tuple(part.message_id for part in one.thread.messages) for one in found.others]
    return [sorted(threads, key=repr), sorted(others)]


@given(SCRIPTS, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(words: list[str], chance: object) -> None:
    messages = play(" ".join(words))
    other = [
        replace(one, subject="Else", message_id=f"<x{one.id}>", references=(), id=one.id + 50)
        for one in messages
    ]
    arrived = [*messages, *other]
    before = told(arrived)
    chance.shuffle(arrived)  # type: ignore[attr-defined]
    assert told([replace(one, id=number) for number, one in enumerate(arrived, 1)]) == before


@given(
    SCRIPTS, st.sampled_from([Kind.AUTO_REPLY, Kind.DELAY, Kind.RECEIPT, Kind.CALENDAR]), st.integers(0, 400)
)
def test_automatic_mail_never_moves_the_turn(words: list[str], kind: Kind, hours: int) -> None:
    messages = play("out " + " ".join(words))
    parent = messages[0]
    extra = replace(
        play("out +1h auto")[1], id=99, kind=kind, message_id="<auto@meyer.example>",
        at=parent.at + timedelta(hours=hours), references=(parent.message_id,),
    )  # fmt: skip
    before, after = verdict(messages), verdict([*messages, extra])
    assert before.threads[0].decision == after.threads[0].decision
    assert [one.wait.due for one in before.waits] == [one.wait.due for one in after.waits]


@given(SCRIPTS, st.integers(0, 400))
def test_a_third_party_never_moves_the_turn(words: list[str], hours: int) -> None:
    messages = play("out " + " ".join(words))
    parent = messages[0]
    extra = replace(
        play("out +1h third")[1], id=99, message_id="<third@factory.example>", author=Address(FACTORY),
        at=parent.at + timedelta(hours=hours), references=(parent.message_id,), in_reply_to=parent.message_id,
    )  # fmt: skip
    assert verdict(messages).threads[0].decision == verdict([*messages, extra]).threads[0].decision


@given(SCRIPTS)
def test_done_wins(words: list[str]) -> None:
    messages = play("out " + " ".join(words))
    word = Word(1, messages[-1].at + timedelta(days=1), Play.DONE, anchor=1)
    assert verdict(messages, at_stage(Stage.PI, word)).threads[0].decision.turn is Turn.NOBODY
