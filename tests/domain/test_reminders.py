"""What is reminded of, and how: never lost, never twice (DESIGN 2.6)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.week import ANNA, OUT, clock, customer, judged, mail, moment, rules
from watcher.domain.judgement import ReviewedCustomer
from watcher.domain.reminders import ReminderPlan, plan
from watcher.domain.stages import DEFAULT_POLICIES, Stage

PI, OPPORTUNITY, INQUIRY = Stage.PI, Stage.OPPORTUNITY, Stage.INQUIRY


def plans(found: ReviewedCustomer) -> list[ReminderPlan]:
    return [
        step
        for one in found.waits
        for step in plan(one.wait, one.deal.stage, DEFAULT_POLICIES[one.policy], rules().rep)
    ]


def keys(happened: str, stage: Stage = PI) -> list[str]:
    return [one.key for one in plans(customer(happened, stage))]


@pytest.mark.parametrize(
    ("stage", "happened", "reach", "fires"),
    [
        # at the due, after two more of the rep's working days, after five
        (OPPORTUNITY, "Mon out", "pop_up", ["Thu 17:00", "Mon2 17:00", "Thu2 17:00"]),
        (OPPORTUNITY, "Mon in", "pop_up", ["Tue 08:00", "Thu 08:00", "Tue2 08:00"]),
        (INQUIRY, "Mon out", "digest", ["Mon2 17:00"]),
        (INQUIRY, "Mon in", "digest", ["Tue 08:00"]),
        (Stage.WON, "Mon in", "pop_up", ["Tue 08:00", "Thu 08:00", "Tue2 08:00"]),
        # a mail that came back pops up near the top
        (OPPORTUNITY, "Mon out; Tue 09:00 bounce", "pop_up", ["Tue 09:00", "Thu 09:00", "Tue2 09:00"]),
        (INQUIRY, "Mon out; Tue 09:00 bounce", "digest", ["Tue 09:00"]),
        (OPPORTUNITY, "Mon out; Mon 09:00 bounce", "pop_up", ["Mon 09:00", "Wed 09:00", "Mon2 09:00"]),
        (INQUIRY, "Mon out; Mon 09:00 bounce", "digest", ["Mon 09:00"]),
    ],
)
def test_the_steps(stage: Stage, happened: str, reach: str, fires: list[str]) -> None:
    found = plans(customer(happened, stage))
    assert {one.reach.value for one in found} == {reach}
    assert [clock(one.fire_at) for one in found] == fires
    assert [one.step for one in found] == list(range(len(fires)))


def test_at_pi_the_thread_and_the_payment_have_steps_of_their_own() -> None:
    found = plans(customer("Mon out", PI))
    assert {one.reach.value for one in found} == {"pop_up"}
    assert [clock(one.fire_at) for one in found] == [
        *("Wed 17:00", "Sun 17:00", "Wed2 17:00"),  # Thursday, Monday and Thursday in Shanghai
        *("Mon3 17:00", "Wed3 17:00", "Mon4 17:00"),
    ]


def test_our_turn_with_an_answer_that_nobody_saw_goes_to_the_digest() -> None:
    seen = "Mon in; Wed in(references=<m1>,<gone@acme.test>)"
    assert {one.reach.value for one in plans(customer(seen, OPPORTUNITY))} == {"digest"}


def test_their_turn_pops_up_all_the_same() -> None:
    seen = "Mon in; Wed in(references=<m1>,<gone@acme.test>); Thu out"
    assert {one.reach.value for one in plans(customer(seen, OPPORTUNITY))} == {"pop_up"}


def test_an_idle_deal_pops_up_and_again_after_a_snooze() -> None:
    snoozed = "Mon in; Tue done; Wed snooze(until=Fri3)"
    assert not set(keys("Mon in; Tue done", OPPORTUNITY)) & set(keys(snoozed, OPPORTUNITY))
    assert [one.reach.value for one in plans(customer("Mon in; Tue done", OPPORTUNITY))] == ["pop_up"] * 3


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("Mon out", "Mon out; Tue auto-in; Wed third-in", True),
        ("Mon in", "Mon in; Wed in", True),  # one wait
        ("Mon out", "Mon out; Mon out", True),  # one kick
        ("Mon out", "Mon out; Wed out", False),
        ("Mon out", "Mon out; Wed in", False),
        ("Mon out", "Mon out; Tue snooze(until=Fri)", False),  # it rings again
        ("Mon out", "Mon out; Tue hold-in", False),
        ("Mon out; Tue bounce", "Mon out; Tue bounce; Wed out; Thu bounce", False),
    ],
)
def test_a_reminder_is_new_when_the_wait_is_new(before: str, after: str, same: bool) -> None:
    first, second = (set(keys(text, OPPORTUNITY)) for text in (before, after))
    assert (first == second) is same
    assert same or not first & second


def test_the_stage_is_part_of_a_reminder() -> None:
    assert not set(keys("Mon out", PI)) & set(keys("Mon out", OPPORTUNITY))


def test_a_mail_to_two_customers_reminds_of_each() -> None:
    found = judged([mail("a", "Mon", OUT, to=(ANNA, "bo@other.example"))])
    every = [one.key for each in found.customers for one in plans(each)]
    assert len(set(every)) == len(every) == 2


EVENTS = ("out", "in", "auto-in", "hold-in", "hold-out", "junk-in", "shared-in", "bounce", "done", "log")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Mon2", "Tue2")
SCRIPTS = st.lists(st.sampled_from(EVENTS), max_size=6).map(
    lambda events: "; ".join(f"{day} {event}" for day, event in zip(DAYS, ("out", *events), strict=False))
)


@given(SCRIPTS, st.sampled_from([PI, OPPORTUNITY, INQUIRY]))
def test_planning_twice_adds_nothing(happened: str, stage: Stage) -> None:
    first, again = (plans(customer(happened, stage)) for _ in range(2))
    assert again == first
    assert len({one.key for one in first}) == len(first)


@given(SCRIPTS)
def test_no_reminder_comes_before_its_wait(happened: str) -> None:
    for one in customer(happened, OPPORTUNITY).waits:
        fires = [step.fire_at for step in plan(one.wait, OPPORTUNITY, DEFAULT_POLICIES["pi"], rules().rep)]
        assert fires == sorted(fires)
        assert min(fires) >= one.wait.since >= moment("Mon")
