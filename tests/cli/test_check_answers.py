"""`watcher check` compares what they answer with what Sent holds (DESIGN 2.4.5, 2.7)."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.cli.kept import NOW, REP, Desk, Mail, days
from watcher.store_checks import reading_lines

if TYPE_CHECKING:
    from pathlib import Path

    from watcher.checks import CheckLine

BO = "Bo <bo@berg.example>"


@pytest.fixture
def empty_desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def answers(desk: Desk) -> CheckLine:
    lines = reading_lines(desk.store, timedelta(hours=1), NOW, UTC, [REP])
    return next(one for one in lines if one.name == "answers")


def answered(number: int, *, held: bool, ago: timedelta) -> list[Mail]:
    """A mail of ours that they answered, in Sent or in no folder."""
    ours = Mail(f"o{number}@acme.test", REP, ago + days(1), f"Offer {number}", "bo@berg.example")
    reply = Mail(f"r{number}@berg.example", BO, ago, f"Re: Offer {number}", answers=f"o{number}@acme.test")
    return [ours, reply] if held else [reply]


@pytest.mark.parametrize(
    ("held", "missing", "ok", "says"),
    [
        pytest.param(12, 0, True, "none of yours is missing", id="all held"),
        pytest.param(18, 2, False, "2 of yours in no folder", id="nine tenths held: told, and no more"),
        pytest.param(17, 3, False, "only 17 of the 20 mails", id="fewer"),
        pytest.param(2, 2, False, "2 of yours in no folder", id="too few to be called a share"),
    ],
)
def test_replies_are_compared_with_sent(
    empty_desk: Desk, held: int, missing: int, ok: bool, says: str
) -> None:
    old = Mail("old@acme.test", REP, days(200), "Catalogue", "bo@berg.example")
    every = [
        one
        for number in range(held + missing)
        for one in answered(number, held=number < held, ago=days(10) + timedelta(minutes=number))
    ]
    empty_desk.receive(old, *every)
    line = answers(empty_desk)
    assert (line.ok, line.says.startswith(says)) == (ok, True), line.says
    assert ok or "Your answers from other devices" in line.mend


def test_what_they_answered_long_ago_says_nothing_of_today(empty_desk: Desk) -> None:
    old = Mail("old@acme.test", REP, days(400), "Catalogue", "bo@berg.example")
    lost = [one for number in range(20) for one in answered(number, held=False, ago=days(100 + number))]
    fine = [one for number in range(20, 40) for one in answered(number, held=True, ago=days(number))]
    empty_desk.receive(old, *lost, *fine)
    assert answers(empty_desk).says.startswith("20 of yours in no folder")
