"""The promises of the judgement: what holds whatever happened, and in whatever order it arrived."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.week import (
    ANNA,
    CUSTOMER,
    LATER,
    OUT,
    SALES,
    WEI,
    ZHOU,
    Played,
    by_key,
    clock,
    customer,
    deal,
    ids,
    mail,
    moment,
    numbered,
    play,
    rules,
    told,
)
from watcher.domain.judgement import CustomerFile, judge
from watcher.domain.messages import Kind, Message
from watcher.domain.stages import Stage
from watcher.domain.turns import Word

BO = "bo@gmail.com"

EVENTS = (
    *("out", "in", "colleague-out", "internal", "hold-in", "hold-out", "thanks-in", "junk-in", "shared-in"),
    *("third-in", "third-out", "auto-in", "receipt-in", "bounce", "done", "log", "snooze(until=Fri2)"),
    *(
        "in(author=bo@gmail.com)",
        "out(to=bo@gmail.com)",
        "out(references=)",
        "in(references= subject=Valves)",
    ),
)
FIRST = ("out", "in", "internal", "colleague-out", "third-in", "auto-in", "receipt-in")
GAPS = [timedelta(minutes=1), timedelta(hours=5), timedelta(days=1), timedelta(days=1, hours=5)]


@st.composite
def scripts(draw: st.DrawFn, first: Sequence[str] = ("out",)) -> str:
    """ "Mon 08:00 out; Mon 13:00 in; Tue 13:00 done", all of it before the snooze ends."""
    at = moment("Mon")
    events = [f"{clock(at)} {draw(st.sampled_from(first))}"]
    for event, gap in draw(st.lists(st.tuples(st.sampled_from(EVENTS), st.sampled_from(GAPS)), max_size=8)):
        at += gap
        events.append(f"{clock(at)} {event}")
    return "; ".join(events)


SCRIPTS = scripts()
STAGES = st.sampled_from([None, Stage.OPPORTUNITY, Stage.PI, Stage.WON])
CHANCE = st.randoms(use_true_random=False)


def verdicts(
    messages: Iterable[Message], words: Iterable[Word] = (), stage: Stage | None = None
) -> list[str]:
    """Everything decided, told by Message-IDs: numbers depend on the order of arrival, this must not."""
    arrived = numbered(messages)
    number = {one.message_id: one.id for one in arrived}
    anchored = tuple(replace(one, anchor=number["<m1>"]) for one in words)
    known = CustomerFile(deals=(deal(stage),) if stage else (), words=anchored)
    found = judge(arrived, {CUSTOMER: known}, rules(), LATER)
    threads = [
        f"{one.key} {one.role} {ids(each.thread.messages)} {each.decision} {each.wait and each.wait.due}"
        for one in found.customers
        for each in one.threads
    ]
    clocks = [
        f"{one.key} {replace(each.wait, conversation=None)}" for one in found.customers for each in one.waits
    ]
    others = [f"{ids(one.thread.messages)} {one.decision}" for one in found.others]
    return sorted([*threads, *clocks, *others])


@given(scripts(FIRST), STAGES, CHANCE)
def test_the_order_of_arrival_does_not_matter(
    happened: str, stage: Stage | None, chance: random.Random
) -> None:
    played = play(happened)
    shuffled = list(played.messages)
    chance.shuffle(shuffled)
    assert verdicts(shuffled, played.words, stage) == verdicts(played.messages, played.words, stage)


@given(scripts(FIRST), CHANCE)
def test_nor_does_it_where_every_second_has_two_mails(happened: str, chance: random.Random) -> None:
    messages = play(happened).messages
    twins = [replace(one, message_id=f"<x{one.id}>", subject="Valves", references=()) for one in messages]
    shuffled = [*messages, *twins]
    chance.shuffle(shuffled)
    assert verdicts(shuffled) == verdicts([*messages, *twins])


@given(CHANCE)
def test_nor_does_it_for_mails_of_one_second_that_share_a_message_id(chance: random.Random) -> None:
    twins = [mail("m1", "Mon", author=one) for one in (ANNA, BO, ZHOU)]
    mails = [*twins, *(mail(f"m{one}", "Mon", OUT, references="<m1>") for one in (2, 3))]
    shuffled = list(mails)
    chance.shuffle(shuffled)
    assert verdicts(shuffled) == verdicts(mails)


def kernel(played: Played, stage: Stage | None) -> list[object]:
    """Turn, reason, since, follow-ups and dues, without what is only shown."""
    known = CustomerFile(deals=(deal(stage),) if stage else (), words=tuple(played.words))
    found = by_key(judge(played.messages, {CUSTOMER: known}, rules(), LATER))[CUSTOMER]
    clocks = [(one.wait.rule, one.wait.due, one.wait.begun_by, one.wait.dormant_from) for one in found.waits]
    return [*(one.decision for one in found.threads), *clocks]


HOURS = st.integers(0, 400)
AUTHORS = st.sampled_from(["x@forwarder.example", ZHOU])  # nobody we know, or the factory
MACHINES = st.sampled_from([Kind.AUTO_REPLY, Kind.DELAY, Kind.RECEIPT, Kind.CALENDAR, Kind.BULK])


@given(SCRIPTS, STAGES, st.lists(MACHINES, min_size=1, max_size=3), HOURS)
def test_automatic_mail_moves_neither_the_turn_nor_the_clock(
    happened: str, stage: Stage | None, kinds: list[Kind], hours: int
) -> None:
    played = play(happened)
    at = moment("Mon") + timedelta(hours=hours)
    machines = [
        mail(f"auto{number}", at, kind=kind, references="<m1>", id=90 + number)
        for number, kind in enumerate(kinds)
    ]
    assert kernel(Played([*played.messages, *machines], played.words), stage) == kernel(played, stage)


@given(SCRIPTS, STAGES, st.sampled_from([(WEI,), (WEI, ANNA), (SALES,)]), AUTHORS, HOURS)
def test_a_third_party_moves_neither_the_turn_nor_the_clock(
    happened: str, stage: Stage | None, to: tuple[str, ...], author: str, hours: int
) -> None:
    played = play(happened)
    at = moment("Mon") + timedelta(hours=hours)
    third = mail("third", at, id=90, author=author, to=to, references="<m1>", offset_minutes=480)
    assert kernel(Played([*played.messages, third], played.words), stage) == kernel(played, stage)


@given(SCRIPTS, STAGES)
def test_what_the_rep_says_last_wins(happened: str, stage: Stage | None) -> None:
    done = play(f"{happened}; Mon4 done")
    first = customer_threads(done, stage)[0]
    assert told(first) == "nobody done Mon4"
    after = play(f"{happened}; Mon4 done; Tue4 in(references=<m1>)")
    assert told(customer_threads(after, stage)[0]) == "ours received_last Tue4"


def customer_threads(played: Played, stage: Stage | None) -> list[object]:
    known = CustomerFile(deals=(deal(stage),) if stage else (), words=tuple(played.words))
    found = by_key(judge(played.messages, {CUSTOMER: known}, rules(), LATER))[CUSTOMER]
    return [one.decision for one in found.threads]


@given(SCRIPTS, STAGES)
def test_every_message_stands_in_a_thread(happened: str, stage: Stage | None) -> None:
    played = play(happened)
    found = judge(played.messages, {CUSTOMER: CustomerFile(words=tuple(played.words))}, rules(), LATER)
    every = [each.thread for one in found.customers for each in one.threads]
    every += [one.thread for one in found.others]
    assert {one.thread.customer for one in found.others} <= {None}
    assert {one.id for each in every for one in each.messages} == {one.id for one in played.messages}


@given(SCRIPTS)
def test_nothing_near_the_top_escapes(happened: str) -> None:
    assert customer(happened, Stage.OPPORTUNITY).waits
    assert any(one.wait.conversation is not None or one.wait.reason == "idle" for one in
               customer(happened, Stage.PI).waits)  # fmt: skip
