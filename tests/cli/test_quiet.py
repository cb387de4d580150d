"""`watcher quiet`: until when, off again, and told in the status."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.kept import Desk


@pytest.mark.parametrize(
    ("said", "until"),
    [
        ("2h", "2026-03-19T10:02:00+00:00"),
        ("tomorrow", "2026-03-20T08:00:00+00:00"),  # 9 o'clock in Berlin
        ("mon 14:00", "2026-03-23T13:00:00+00:00"),
        ("off", None),
        ("OFF", None),
    ],
)
def test_until_when(desk: Desk, said: str, until: str | None) -> None:
    assert desk.read("quiet", said) == {"quiet_until": until}
    assert desk.read("quiet") == {"quiet_until": until}
    assert desk.read("status")["quiet_until"] == until


def test_it_ends_by_itself_and_by_a_word(desk: Desk) -> None:
    assert desk.watcher("quiet").out == "Not quiet: pop-ups come in your working hours.\n"
    assert desk.watcher("quiet", "2h").out == "Quiet until 11:02. watcher quiet off\n"
    assert "Quiet until 11:02" in desk.watcher("status").out
    assert desk.watcher("quiet", "off").out.startswith("Not quiet")
    desk.watcher("quiet", "2h")
    desk.now = desk.now.replace(hour=10, minute=2)
    assert desk.read("quiet") == {"quiet_until": None}
    assert "Quiet" not in desk.watcher("status").out


def test_a_moment_gone_by_is_refused(desk: Desk) -> None:
    answer = desk.watcher("quiet", "2026-03-01")
    assert answer.code == 2
    assert "is over already" in answer.error
    assert desk.read("quiet") == {"quiet_until": None}


def test_a_look_back_is_not_quiet(desk: Desk) -> None:
    desk.watcher("quiet", "2h")
    assert desk.read("status", "--now", "2026-03-18T09:00:00Z")["quiet_until"] is None
