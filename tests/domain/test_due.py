"""When a turn has lasted too long: stage, what happened, and the due in UTC.

They end at 18:00 in Germany (17:00 UTC in March), we two hours before 18:00 in Shanghai (08:00 UTC).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.week import (
    CUSTOMER,
    FACTORY,
    LATER,
    OUT,
    ZHOU,
    by_key,
    clock,
    customer,
    deal,
    hold,
    judged,
    mail,
    moment,
    play,
    rules,
    told,
)
from watcher.domain.customers import Role
from watcher.domain.deals import Deal, StageMove
from watcher.domain.due import Rule
from watcher.domain.judgement import CustomerFile, ReviewedCustomer
from watcher.domain.messages import Facts, Kind, Message
from watcher.domain.stages import Stage
from watcher.domain.turns import Play, Word

COLD, INQUIRY, OPPORTUNITY, PI, WON = (
    Stage.COLD,
    Stage.INQUIRY,
    Stage.OPPORTUNITY,
    Stage.PI,
    Stage.WON,
)


BOTH = "out(to=anna@cust.de,ben@cust.de)"


def dues(found: ReviewedCustomer) -> dict[str, str]:
    """Rule to due: "Wed 17:00"."""
    return {one.wait.rule.value: clock(one.wait.due) for one in found.waits}


def thread_due(happened: str, stage: Stage, **file: object) -> str:
    found = customer(happened, stage, **file)
    (due,) = (clock(one.wait.due) for one in found.waits if one.wait.conversation is not None)
    return due


@pytest.mark.parametrize(
    ("stage", "happened", "due"),
    [
        # their turn
        (PI, "Mon out", "Wed 17:00"),
        (OPPORTUNITY, "Mon out", "Thu 17:00"),
        (INQUIRY, "Mon out", "Mon2 17:00"),
        (COLD, "Mon out", "Wed2 17:00"),
        (WON, "Mon out", "Mon3 17:00"),
        (PI, "Thu out", "Mon2 17:00"),  # over their weekend
        (PI, "Sat out", "Tue2 17:00"),
        # our turn
        (PI, "Mon in", "Tue 08:00"),
        (COLD, "Mon in", "Wed 08:00"),
        (WON, "Fri in", "Mon2 08:00"),
        (PI, "Mon 17:00 in", "Wed 08:00"),  # it is Tuesday in Shanghai already
        (PI, "Mon in; Wed in", "Tue 08:00"),  # one wait from the first unanswered mail
        # each follow-up stretches the next wait: x1, x1.5, x2
        (PI, "Mon out; Tue out", "Fri 17:00"),
        (PI, "Mon out; Tue out; Wed out", "Tue2 17:00"),
        (PI, "Mon out; Tue out; Wed out; Thu out; Fri out", "Mon3 17:00"),  # x3 after the fourth
        (PI, "Mon out; Mon out", "Wed 17:00"),
        (PI, "Mon out; Tue in; Wed out", "Fri 17:00"),
        # days that somebody named
        (PI, "Mon out; Tue hold-in(day=Wed2)", "Wed2 17:00"),
        (PI, "Mon out; Tue hold-in(day=Fri2)", "Fri2 17:00"),
        (PI, "Mon out; Tue hold-in", "Thu 17:00"),
        (PI, "Mon out; Tue hold-in(day=Mon)", "Thu 17:00"),  # a day that was past is misread
        (PI, "Mon out; Tue hold-in(day=Wed2); Wed thanks-out", "Wed2 17:00"),
        (PI, "Mon in; Tue hold-out(day=Fri)", "Fri 08:00"),
        (PI, "Mon in; Tue hold-out", "Wed 08:00"),
        (PI, "Mon in; Tue hold-out(day=Wed2); Wed in", "Thu 08:00"),  # they press
        (PI, "Mon in; Tue hold-out(day=Wed); Wed in", "Wed 08:00"),  # and our word holds
        (PI, "Mon in; Tue hold-out(day=Wed); Wed in; Thu in", "Wed 08:00"),
        (PI, "Mon out; Tue 18:30 hold-in(day=Tue)", "Thu 17:00"),  # "today", after hours
        # at once
        (PI, "Mon out; Tue 09:00 bounce", "Tue 09:00"),
        (PI, "Mon out; Mon 12:02 bounce(failed=anna@cust.de)", "Mon 12:02"),
        (PI, "Mon out; Tue 09:00 junk-in", "Tue 09:00"),
        (PI, "Mon out; Mon 12:02 junk-in", "Mon 12:02"),
        # the rep
        (PI, "Mon out; Tue snooze(until=Fri)", "Fri 08:00"),
        (COLD, "Mon out; Tue snooze(until=Wed)", "Wed 08:00"),  # sooner is fine too
        (PI, "Mon out; Tue snooze(until=Fri); Wed in", "Thu 08:00"),
        (PI, "Mon out; Sat snooze(until=Sun3)", "Sun3 08:00"),  # on a day off, if the rep says so
        (PI, "Mon out; Sat snooze(until=Sun3); Tue2 in", "Wed2 08:00"),
        (PI, "Mon in; Tue snooze(until=Fri); Wed out", "Fri 17:00"),
        (PI, "Mon out; Tue snooze(until=Wed); Thu out", "Tue2 17:00"),
        (PI, "Mon out; Tue log", "Fri 17:00"),
        (PI, "Mon out; Tue log(turn=ours)", "Wed 08:00"),
        # machines
        (PI, "Mon out; Tue auto-in; Wed delay-in; Thu calendar-in", "Wed 17:00"),
        # who is out of office has as many working days, from the day they are back
        (PI, "Mon out; Mon away-in(back=Fri)", "Tue2 17:00"),
        (PI, "Mon out; Mon away-in(back=Tue)", "Thu 17:00"),
        (PI, "Mon out; Mon away-in(back=Sat)", "Tue2 17:00"),
        (PI, "Mon out; Thu away-in(back=Mon)", "Wed 17:00"),  # an old note
        (PI, "Mon out; Mon away-in(back=Fri); Tue away-in(back=Wed)", "Fri 17:00"),  # the last word holds
        (PI, "Mon out; Mon away-in(author=office@cust.de back=Fri)", "Tue2 17:00"),  # the same under an alias
        (PI, "Mon out; Mon away-in(author=zhou@pumps.example back=Fri)", "Wed 17:00"),
        (PI, f"Mon {BOTH}; Mon away-in(author=ben@cust.de back=Fri)", "Wed 17:00"),  # Anna has it
        (PI, f"Mon {BOTH}; Mon away-in(back=Fri)", "Tue2 17:00"),
        (PI, f"Mon {BOTH}; Mon away-in(author=ben@cust.de back=Thu); Mon away-in(back=Fri)", "Tue2 17:00"),
        (PI, "Mon out; Mon away-in(back=Wed2); Thu out", "Mon3 17:00"),  # their machine says it once
        (PI, "Mon out; Mon away-in(back=Wed); Thu out", "Tue2 17:00"),
        (PI, "Mon out; Mon away-in(back=Wed2); Tue in; Wed out", "Fri 17:00"),  # they write themselves
        (PI, "Mon out; Mon away-in(back=Wed2); Tue hold-in", "Thu 17:00"),
        (PI, "Mon out; Mon away-in(back=Wed2); Tue log", "Fri 17:00"),  # the call reached them
        (PI, "Mon out; Mon away-in(back=Wed2); Tue snooze(until=Fri)", "Fri 08:00"),
        (PI, "Mon in; Tue hold-out; Tue away-in(back=Wed2)", "Wed 08:00"),  # our turn does not rest
        (PI, "Mon in; Tue away-in(back=Wed2)", "Tue 08:00"),
    ],
)
def test_the_due_of_a_thread(stage: Stage, happened: str, due: str) -> None:
    assert thread_due(happened, stage) == due


@pytest.mark.parametrize(
    "happened", ["Mon out", "Mon in; Tue out; Fri out", "Mon out; Tue hold-in", "Mon out; Wed in"]
)
@given(st.dates(date(2026, 2, 1), date(2027, 3, 1)))
def test_an_absence_moves_no_ball_and_never_makes_a_due_earlier(happened: str, back: date) -> None:
    away = mail("away", "Fri 10:00", kind=Kind.AUTO_REPLY, references="m1", facts=Facts(returns=back))
    without = by_key(judged(play(happened).messages))[CUSTOMER].threads[0]
    found = by_key(judged([*play(happened).messages, away]))[CUSTOMER].threads[0]
    assert told(found.decision) == told(without.decision)
    assert without.wait is None or (found.wait is not None and found.wait.due >= without.wait.due)


@pytest.mark.parametrize(
    ("stage", "happened", "expected"),
    [
        (PI, "Mon out", {"theirs": "Wed 17:00", "payment": "Mon3 17:00"}),
        (PI, "Mon in", {"ours": "Tue 08:00", "payment": "Mon3 17:00"}),  # they answered, and did not pay
        (PI, "Mon in; Tue done", {"payment": "Mon3 17:00", "idle": "Tue2 17:00"}),
        (PI, "Mon out; Tue bounce", {"undelivered": "Tue 08:01", "payment": "Mon3 17:00"}),
        (PI, "Mon shared-in", {"payment": "Mon3 17:00", "idle": "Mon2 17:00"}),
        (OPPORTUNITY, "Mon in; Tue done", {"idle": "Thu2 17:00"}),
        (OPPORTUNITY, "Mon shared-in", {"idle": "Wed2 17:00"}),
        (OPPORTUNITY, "Mon in; Tue log(turn=nobody)", {"idle": "Thu2 17:00"}),
        (OPPORTUNITY, "Mon out", {"theirs": "Thu 17:00"}),  # no idle clock where a thread has one
        (INQUIRY, "Mon out", {"theirs": "Mon2 17:00"}),
        (INQUIRY, "Mon shared-in", {}),  # it is not near the top
        (INQUIRY, "Mon in; Tue done", {}),
        (WON, "Mon out", {"theirs": "Mon3 17:00"}),  # signed, and paid
        (WON, "Mon in; Tue done", {}),
        (WON, "Mon out; Tue thanks-in", {}),
        (Stage.LOST, "Mon out", {}),
        # a snooze of nobody's thread moves the idle clock
        (OPPORTUNITY, "Mon in; Tue done; Wed snooze(until=Fri3)", {"idle": "Fri3 08:00"}),
        (OPPORTUNITY, "Mon in; Tue done; Wed snooze(until=Fri)", {"idle": "Thu2 17:00"}),
    ],
)
def test_the_clocks_of_a_deal(stage: Stage, happened: str, expected: dict[str, str]) -> None:
    assert dues(customer(happened, stage)) == expected


@pytest.mark.parametrize("role", [Role.PARTNER, Role.IGNORED, Role.UNSORTED])
def test_only_leads_have_clocks(role: Role) -> None:
    assert dues(customer("Mon out", PI, role=role)) == {}


def test_whoever_was_never_answered_has_no_clock() -> None:
    assert dues(customer("Mon in")) == {}


@pytest.mark.parametrize(
    ("happened", "expected"),
    [  # the deal was lost on Tuesday, 12:00
        ("Mon out", {}),
        ("Mon out; Wed out", {}),  # their turn is not timed
        ("Mon in", {}),  # "we bought elsewhere": nothing to answer
        ("Mon out; Wed in", {"ours": "Thu 08:00"}),
        ("Mon in; Wed in", {"ours": "Thu 08:00"}),  # from then on
        ("Mon in; Wed in; Thu in", {"ours": "Fri 08:00"}),
        ("Wed in; Thu in", {"ours": "Thu 08:00"}),  # one wait, from the first
        ("Mon out; Wed in; Thu out", {}),
        ("Mon out; Wed in; Thu done", {}),
        ("Mon out; Wed 09:00 junk-in", {"ours": "Wed 09:00"}),
        ("Mon out; Wed out; Thu 09:00 bounce", {"undelivered": "Thu 09:00"}),
        ("Mon out; Wed in; Thu hold-out(day=Wed2)", {"ours": "Wed2 08:00"}),
        ("Mon out; Wed auto-in", {}),
    ],
)
def test_whoever_writes_again_after_a_lost_deal_asks_anew(happened: str, expected: dict[str, str]) -> None:
    lost = Deal(1, (StageMove(moment("Mon 00:00"), PI), StageMove(moment("Tue 12:00"), Stage.LOST)))
    found = customer(happened, deals=(lost,))
    assert dues(found) == expected
    assert {one.policy for one in found.waits} <= {"inquiry"}


def test_payment_runs_from_when_pi_was_entered() -> None:
    moves = StageMove(moment("Mon"), OPPORTUNITY), StageMove(moment("Wed"), PI), StageMove(moment("Thu"), PI)
    found = customer("Mon out", deals=(Deal(1, moves),))
    assert dues(found)["payment"] == "Wed3 17:00"


def test_a_deal_without_mail_is_idle_from_when_it_was_entered() -> None:
    found = customer("", OPPORTUNITY)
    assert (found.threads, dues(found)) == ((), {"idle": "Wed2 17:00"})


def test_a_call_logged_of_a_customer_without_mail_is_a_wait() -> None:
    word = judged_call(deal(OPPORTUNITY))
    assert dues(word) == {"theirs": "Fri 17:00"}
    assert [one.wait.conversation or None for one in word.waits] == [None]


def judged_call(*deals: Deal) -> ReviewedCustomer:
    said = Word(1, moment("Tue"), Play.LOGGED)
    return by_key(judged([], {CUSTOMER: CustomerFile(deals=deals, words=(said,))}))[CUSTOMER]


# ── old customers ──


@pytest.mark.parametrize(
    ("shipped", "now", "policy"),
    [(None, "Mon3", "won"), ("Mon", "Mon3", "won"), ("Mon", "Wed5", "old"), ("Mon", "Tue5", "won")],
)
def test_a_customer_is_old_a_month_after_the_goods_left(shipped: str | None, now: str, policy: str) -> None:
    goods = deal(WON, shipped_at=moment(shipped) if shipped else None)
    found = customer("Mon out", deals=(goods,), now=moment(now))
    assert [one.policy for one in found.waits] == [policy]


def test_the_patient_clock_of_an_old_customer_rings_before_anybody_calls_it_dormant() -> None:
    goods = deal(WON, shipped_at=moment("Mon"))
    (only,) = customer("Mon out", deals=(goods,)).waits
    assert only.wait.due == datetime(2026, 6, 1, 16, tzinfo=UTC)  # 60 working days, five holidays
    assert only.wait.dormant_from > only.wait.due + timedelta(days=30)


# ── holds ──

LONG = hold("Tue", "Mon12")


@pytest.mark.parametrize(
    ("happened", "due"),
    [
        ("Mon out", "Mon12 08:00"),
        ("Mon in", "Mon12 08:00"),
        ("Mon out; Wed out", "Mon12 08:00"),
        ("Mon out; Tue bounce", "Tue 08:01"),  # it came after the word: the rep did not know
        ("Mon out; Wed in", "Thu 08:00"),
        ("Mon out; Thu in", "Fri 08:00"),
        ("Mon in; Wed in", "Tue 08:00"),  # they asked before, and ask again
        ("Mon out; Wed hold-in", "Mon12 08:00"),
    ],
)
def test_a_hold_moves_a_due_to_its_end_until_they_write(happened: str, due: str) -> None:
    assert thread_due(happened, PI, deals=(deal(PI, holds=(LONG,)),)) == due


@pytest.mark.parametrize(
    ("happened", "clocks"), [("Mon in; Mon done", {"payment", "idle"}), ("Mon out", {"theirs", "payment"})]
)
def test_a_hold_moves_every_clock_and_wakes_them_for_a_month(happened: str, clocks: set[str]) -> None:
    found = customer(happened, deals=(deal(PI, holds=(LONG,)),))
    assert dues(found) == dict.fromkeys(clocks, "Mon12 08:00")
    assert all(one.wait.dormant_from > moment("Mon17") for one in found.waits)
    assert all(one.wait.begun_by.startswith("hold:1 ") for one in found.waits)


@pytest.mark.parametrize(
    ("holds", "due"),
    [
        ((hold("Tue", "Mon12"), hold("Wed", "Mon4", 2)), "Mon4 08:00"),  # the last word counts
        ((hold("Tue", "Sat3 03:00"),), "Mon4 01:00"),  # when the rep is at work again
        ((hold("Tue", "Mon10"),), "Wed10 01:00"),  # Labour Day in China
        ((hold("Tue", "Tue 09:00"),), "Wed 17:00"),  # over before the due
    ],
)
def test_where_a_hold_ends(holds: tuple[object, ...], due: str) -> None:
    assert thread_due("Mon out", PI, deals=(deal(PI, holds=holds),)) == due


def test_after_a_hold_a_new_mail_is_a_new_reason_to_ring() -> None:
    before = customer("Mon in", deals=(deal(PI),)).threads[0].wait
    after = customer("Mon in; Wed in", deals=(deal(PI, holds=(LONG,)),)).threads[0].wait
    assert before is not None
    assert after is not None
    assert before.begun_by != after.begun_by


# ── dormant ──


@pytest.mark.parametrize(
    ("stage", "happened", "days"),
    [
        (INQUIRY, "Mon out", 30),
        (PI, "Mon out", 60),
        (INQUIRY, "Mon out; Tue auto-in; Tue done", 30),
    ],
)
def test_a_quiet_thread_is_dormant_after_so_many_working_days(stage: Stage, happened: str, days: int) -> None:
    thread = customer(happened, stage).threads[0]
    assert thread.dormant_from is not None
    rep_days, day = 0, date(2026, 3, 2)
    while day < thread.dormant_from.date():
        day += timedelta(days=1)
        rep_days += rules().rep.is_working_day(day)
    assert rep_days == days


def test_a_new_mail_wakes_a_dormant_thread() -> None:
    asleep, awake = (customer(text, INQUIRY).threads[0] for text in ("Mon out", "Mon out; Mon20 in"))
    assert asleep.dormant_from is not None
    assert awake.dormant_from is not None
    assert asleep.dormant_from < moment("Mon20") < awake.dormant_from


def test_a_snooze_keeps_a_thread_awake_for_a_month_after_it_rang() -> None:
    wait = customer("Mon out; Tue snooze(until=Mon4)", INQUIRY).threads[0].wait
    assert wait is not None
    assert wait.dormant_from > wait.due + timedelta(days=40)


def test_a_promise_far_away_keeps_a_thread_awake() -> None:
    wait = customer("Mon out; Tue hold-in(day=Mon20)", PI).threads[0].wait
    assert wait is not None
    assert wait.dormant_from > wait.due


# ── whose days ──


@pytest.mark.parametrize(
    ("mails", "country", "due"),
    [
        ([mail("a", "Mon", offset_minutes=60)], None, "Wed2 17:00"),
        ([mail("a", "Mon", offset_minutes=-300)], None, "Wed2 23:00"),  # Anna travels
        ([mail("a", "Mon", offset_minutes=60)], "JP", "Wed2 17:00"),  # they write on European time
        ([mail("a", "Mon")], "JP", "Wed2 09:00"),
        (
            [
                mail("a", "Mon", offset_minutes=60),
                mail("c", "Tue", author="zhou@pumps.example", references="<a>", offset_minutes=480),
            ],
            None,
            "Wed2 17:00",  # the factory's clock is not the customer's
        ),
    ],
)
def test_their_clock_runs_in_their_days(mails: list[Message], country: str | None, due: str) -> None:
    answer = mail("b", "Wed", OUT, references="<a>")
    known = CustomerFile(Role.LEAD, country, (deal(INQUIRY),))
    found = by_key(judged([*mails, answer], {CUSTOMER: known}))[CUSTOMER]
    assert dues(found) == {"theirs": due}


def test_a_customer_of_no_known_country_has_no_holidays_and_the_clock_of_the_rep() -> None:
    known = {FACTORY: CustomerFile(Role.LEAD, deals=(deal(INQUIRY),))}
    found = by_key(judged([mail("a", "Mon", OUT, to=ZHOU)], known))[FACTORY]
    assert dues(found) == {"theirs": "Mon2 10:00"}


def test_a_wait_is_counted_in_the_days_of_whose_turn_it_is() -> None:
    ours, theirs = (customer(text, INQUIRY, now=LATER).waits[0] for text in ("Mon in", "Mon out"))
    assert (ours.calendar.country, theirs.calendar.country) == ("CN", "DE")
    assert (ours.wait.rule, theirs.wait.rule) == (Rule.OURS, Rule.THEIRS)
