"""When a turn has lasted too long, stage by stage (DESIGN 2.5), and what is then reminded of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.domain.play import START, play, rules, verdict
from watcher.domain.customers import Role
from watcher.domain.deals import Deal, Hold, StageMove
from watcher.domain.due import Rule
from watcher.domain.judgement import CustomerFile
from watcher.domain.reminders import Reach, plan
from watcher.domain.stages import DEFAULT_POLICIES, Stage


def file(stage: Stage, *holds: Hold, shipped: datetime | None = None) -> CustomerFile:
    return CustomerFile(Role.LEAD, deals=(Deal(1, (StageMove(START, stage),), shipped, holds),))


@pytest.mark.parametrize(
    ("stage", "script", "due"),
    [  # START is Monday 2 March 2026, 09:00; they end at 18:00, we at 16:00
        (Stage.PI, "out", "2026-03-04T18:00"),
        (Stage.OPPORTUNITY, "out", "2026-03-05T18:00"),
        (Stage.INQUIRY, "out", "2026-03-09T18:00"),
        (Stage.COLD, "out", "2026-03-11T18:00"),
        (Stage.WON, "out", "2026-03-16T18:00"),
        (Stage.PI, "in", "2026-03-03T16:00"),
        (Stage.COLD, "in", "2026-03-04T16:00"),
        (Stage.PI, "out +1d out", "2026-03-06T18:00"),  # the second kick waits three days
        (Stage.PI, "out +1d out +1d out", "2026-03-10T18:00"),  # the third four
        (Stage.PI, "out +4h bounce", "2026-03-02T13:02"),  # at once
        (Stage.PI, "out +4h junk", "2026-03-02T13:02"),
    ],
)
def test_the_due(stage: Stage, script: str, due: str) -> None:
    wait = verdict(play(script), file(stage)).threads[0].wait
    assert wait is not None
    assert f"{wait.due:%Y-%m-%dT%H:%M}" == due


def clocks(stage: Stage, script: str, **more: datetime) -> dict[Rule, datetime]:
    found = verdict(play(script), file(stage, **more))
    return {one.wait.rule: one.wait.due for one in found.waits}


def test_a_signed_pi_has_a_second_clock() -> None:
    assert clocks(Stage.PI, "out")[Rule.PAYMENT] == datetime(2026, 3, 16, 18, tzinfo=UTC)
    assert clocks(Stage.PI, "in")[Rule.PAYMENT] == datetime(2026, 3, 16, 18, tzinfo=UTC)
    assert Rule.PAYMENT not in clocks(Stage.WON, "out")


@pytest.mark.parametrize(
    ("stage", "idle"), [(Stage.PI, True), (Stage.OPPORTUNITY, True), (Stage.INQUIRY, False)]
)
def test_nothing_near_the_top_is_without_a_due(stage: Stage, idle: bool) -> None:
    assert (Rule.IDLE in clocks(stage, "shared")) is idle
    assert Rule.IDLE not in clocks(stage, "out")


def test_a_lost_deal_has_no_clock() -> None:
    assert clocks(Stage.LOST, "out") == {}


def test_an_old_customer_has_the_patient_clock() -> None:
    recent = clocks(Stage.WON, "out")[Rule.THEIRS]
    assert clocks(Stage.WON, "out", shipped=START)[Rule.THEIRS] > recent + timedelta(days=40)


def test_a_hold_moves_every_due_to_its_end() -> None:
    hold = Hold(1, START + timedelta(hours=1), datetime(2026, 5, 4, 9, tzinfo=UTC))
    found = verdict(play("out"), file(Stage.PI, hold))
    assert {one.wait.due for one in found.waits} == {hold.until}
    answered = verdict(play("out +3d in"), file(Stage.PI, hold)).threads[0].wait
    assert answered is not None
    assert answered.due < hold.until


@pytest.mark.parametrize(("stage", "quiet_days"), [(Stage.INQUIRY, 42), (Stage.PI, 84)])
def test_what_is_too_old_is_dormant(stage: Stage, quiet_days: int) -> None:
    wait = verdict(play("out"), file(stage)).threads[0].wait
    assert wait is not None
    assert (wait.dormant_from.date() - START.date()).days == quiet_days


@pytest.mark.parametrize(
    ("stage", "script", "reach", "days"),
    [
        (Stage.PI, "out", Reach.POP_UP, [0, 2, 7]),
        (Stage.OPPORTUNITY, "out", Reach.POP_UP, [0, 4, 7]),
        (Stage.INQUIRY, "out", Reach.DIGEST, [0]),
        (Stage.INQUIRY, "out +1h bounce", Reach.DIGEST, [0]),
        (Stage.OPPORTUNITY, "out +1h bounce", Reach.POP_UP, [0, 2, 7]),
    ],
)
def test_the_steps_of_a_reminder(stage: Stage, script: str, reach: Reach, days: list[int]) -> None:
    wait = verdict(play(script), file(stage)).threads[0].wait
    assert wait is not None
    plans = plan(wait, stage, DEFAULT_POLICIES[stage.value], rules().rep)
    assert {one.reach for one in plans} == {reach}
    assert [(one.fire_at.date() - wait.due.date()).days for one in plans] == days


def test_planning_twice_gives_the_same_keys() -> None:
    wait = verdict(play("out"), file(Stage.PI)).threads[0].wait
    assert wait is not None
    again = replace(wait)
    policy = DEFAULT_POLICIES["pi"]
    assert plan(wait, Stage.PI, policy, rules().rep) == plan(again, Stage.PI, policy, rules().rep)


def test_an_answer_that_may_exist_elsewhere_does_not_pop_up() -> None:
    wait = verdict(play("in +1d stub"), file(Stage.PI)).threads[0].wait
    assert wait is not None
    assert wait.quiet
