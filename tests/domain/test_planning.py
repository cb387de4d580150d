"""The work of days: top-down, within what a day holds, nothing of theirs before it is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from watcher.domain.calendars import rep_calendar
from watcher.domain.planning import WorkDay, plan_days
from watcher.domain.worktime import working_days_of_week

MONDAY = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Job:
    customer: str
    stage: str
    due: datetime
    turn: str = "theirs"
    rule: str = "theirs"


def job(name: str, stage: str, day: int, turn: str = "theirs", rule: str = "") -> Job:
    """Due at 18:00, so many days after Monday."""
    return Job(name, stage, MONDAY + timedelta(days=day, hours=9), turn, rule or turn)


def days(count: int) -> list[WorkDay]:
    first = MONDAY.replace(hour=0)
    return [
        WorkDay((first + timedelta(days=one)).date(), first + timedelta(days=one + 1)) for one in range(count)
    ]


def planned(jobs: list[Job], count: int = 3, capacity: int = 2) -> tuple[list[list[str]], list[str]]:
    found = plan_days(jobs, days(count), capacity)
    assert all(one.room == capacity - len(one.jobs) for one in found.days)
    return [[job.customer for job in one.jobs] for one in found.days], [one.customer for one in found.left]


FIVE = [job(step[0], step, 0) for step in ("cold", "inquiry", "opportunity", "pi", "won")]
MANY = [job(str(one), "cold", 0) for one in range(8)]


@pytest.mark.parametrize(
    ("jobs", "each_day", "left"),
    [
        ([], [[], [], []], []),
        # The method's order, whatever the order given.
        (FIVE, [["w", "p"], ["o", "i"], ["c"]], []),
        (FIVE[::-1], [["w", "p"], ["o", "i"], ["c"]], []),
        # Theirs is not asked for before it is due.
        ([job("p", "pi", 2), job("c", "cold", 0)], [["c"], [], ["p"]], []),
        # Ours may be done early, behind what is due.
        ([job("p", "pi", 2, "ours"), FIVE[0], FIVE[1]], [["i", "c"], ["p"], []], []),
        ([job("p", "pi", 2, "ours")], [["p"], [], []], []),
        # What comes due higher up goes before what was put off.
        ([*MANY[:3], job("p", "pi", 1)], [["0", "1"], ["p", "2"], []], []),
        # Within a step what hurts most, then the older.
        ([job("old", "pi", -3), job("unpaid", "pi", -1, rule="payment")], [["unpaid", "old"], [], []], []),
        # Of equal ones the name decides, and not the order given.
        (MANY[3::-1], [["0", "1"], ["2", "3"], []], []),
        # What is due and does not fit is named, what is not due is not.
        ([*MANY, job("x", "cold", 9)], [["0", "1"], ["2", "3"], ["4", "5"]], ["6", "7"]),
    ],
)
def test_days(jobs: list[Job], each_day: list[list[str]], left: list[str]) -> None:
    assert planned(jobs) == (each_day, left)


@pytest.mark.parametrize(
    ("today", "week"),
    [
        ("2026-03-16", ["16", "17", "18", "19", "20"]),
        ("2026-03-19", ["19", "20"]),
        ("2026-03-20", ["20"]),
        ("2026-03-21", ["23", "24", "25", "26", "27"]),  # Saturday: the coming week
        ("2026-04-02", ["02"]),  # Maundy Thursday: Good Friday and Easter Monday are off
        ("2026-04-03", ["07", "08", "09", "10"]),
    ],
)
def test_the_days_of_the_week_are_those_that_are_worked(today: str, week: list[str]) -> None:
    noon = datetime.combine(date.fromisoformat(today), MONDAY.timetz())
    assert [f"{one:%d}" for one in working_days_of_week(noon, rep_calendar("DE", UTC))] == week
