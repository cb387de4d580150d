"""Reps side by side: judged from ten on, against the median only where it is more than chance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from watcher.demo.past import histories, made_up
from watcher.domain.deals import StageMove
from watcher.domain.history import DealHistory
from watcher.domain.labels import labels
from watcher.domain.stages import Stage
from watcher.domain.team import Against, Rep, Team, team
from watcher.domain.team_told import help_told, notes, pyramids_told, rates_of_all_told, speeds_told

NOW = datetime(2026, 3, 19, 2, 0, tzinfo=UTC)


def signed(number: int, *, paid: bool) -> DealHistory:
    """A PI of fifty days ago, paid ten days later or not."""
    at = NOW - timedelta(days=50)
    moves = [StageMove(at - timedelta(days=9), Stage.OPPORTUNITY), StageMove(at, Stage.PI)]
    if paid:
        moves.append(StageMove(at + timedelta(days=10), Stage.WON))
    return DealHistory(number, f"c{number}.example", tuple(moves))


def rep(name: str, paid: int, of: int, as_of: datetime = NOW) -> Rep:
    return Rep(name, as_of, tuple(signed(one, paid=one < paid) for one in range(of)))


def against(found: Team) -> list[Against]:
    (step,) = [one for one in found.steps if one.stage is Stage.PI]
    return [step.against(place) for place in range(len(found.members))]


@pytest.mark.parametrize(
    ("reps", "median", "stands"),
    [
        ([(10, 10), (5, 10), (10, 10)], 1.0, ["like the team", "below", "like the team"]),
        ([(18, 20), (2, 20), (18, 20)], 0.9, ["like the team", "below", "like the team"]),
        ([(18, 20), (4, 20), (4, 20)], 0.2, ["above", "like the team", "like the team"]),
        ([(9, 9), (5, 10)], None, ["too few", "too few"]),  # one with enough is no team
        ([(1, 9), (9, 10), (9, 10)], 0.9, ["too few", "like the team", "like the team"]),
        ([(0, 0), (9, 10), (9, 10)], 0.9, ["too few", "like the team", "like the team"]),
    ],
)
def test_against_the_median(reps: list[tuple[int, int]], median: float | None, stands: list[str]) -> None:
    found = team([rep(f"R{place}", *one) for place, one in enumerate(reps)])
    assert next(one.median for one in found.steps if one.stage is Stage.PI) == median
    assert against(found) == stands


def test_who_is_below_the_team_without_a_finding_is_told_so() -> None:
    """16 of 20 is no weak closing; where the others have all of them it is worth a look."""
    found = team([rep("Anna", 16, 20), rep("Wei", 100, 100), rep("Luz", 100, 100)])
    needs = [one for one in found.help if one.below is not None]
    assert [(found.members[one.member].name, one.below and one.below.stage) for one in needs] == [
        ("Anna", Stage.PI)
    ]
    assert help_told(needs[0], labels()) == (
        "PI → won: 80% of 20, the team 100%. →"
        " The others are paid more often: read the mails after the PI together."
    )


def test_what_a_finding_says_is_not_said_twice() -> None:
    found = team([rep("Anna", 2, 20), rep("Wei", 20, 20), rep("Luz", 20, 20)])
    anna = [one for one in found.help if found.members[one.member].name == "Anna"]
    assert "closing" in [one.finding.rule.value for one in anna if one.finding]
    assert all(one.below is None for one in anna)


def test_each_finding_has_something_a_manager_does() -> None:
    for shape in ("bottom-wide", "top-heavy", "negotiation", "unpaid"):
        found = team([Rep("R", NOW, tuple(histories(made_up(shape, 1, 6, NOW))))])
        assert found.help
        assert all(" → " in help_told(one, labels()) for one in found.help)


def test_tables_stand_side_by_side() -> None:
    found = team([rep("Anna", 8, 10), rep("Wei", 3, 5)])
    assert pyramids_told(found, labels()).head == ("step", "Anna", "Wei")
    assert ("won", "8", "3") in pyramids_told(found, labels()).rows
    assert rates_of_all_told(found, labels()).rows[0] == ("PI → won (paid)", "80% of 10", "3 of 5", "-")
    assert speeds_told(found).rows[0] == ("from PI to payment", "10.0 days (8)", "10.0 days (3)")


def test_sheets_of_different_weeks_are_told() -> None:
    week, month = NOW - timedelta(days=7), NOW - timedelta(days=30)
    assert notes(team([rep("Anna", 1, 1), rep("Wei", 1, 1, week)])) == []
    (said,) = notes(team([rep("Anna", 1, 1), rep("Wei", 1, 1, month)]))
    assert said.startswith("The sheets are 30 days apart (Anna 19 Mar 2026, Wei 17 Feb 2026)")
