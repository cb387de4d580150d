"""The status table: who, what stage, whose turn, how long; readable at 80 columns."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click
import pytest
from click.testing import CliRunner
from rich.cells import cell_len, chop_cells

from watcher.cli.table import print_status
from watcher.domain.labels import labels
from watcher.report import Status
from watcher.store.glance import Clock

if TYPE_CHECKING:
    from tests.cli.kept import Desk

NOW = datetime(2026, 3, 19, 8, 2, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")

CLOCK = Clock(
    customer="meyer.de",
    name="Meyer Armaturen",
    country="",
    stage="pi",
    policy="pi",
    rule="theirs",
    turn="theirs",
    reason="sent_last",
    since=NOW - timedelta(days=6),
    due=NOW - timedelta(days=1),
    dormant_from=NOW + timedelta(days=60),
    thread=17,
    subject="Re: PI 2026-031",
    contact="anna@meyer.de",
    decided_by="<m2@acme.test>",
    follow_ups=0,
    waited=4,
    overdue_days=1,
)
QUIET = Status(NOW, (), 0, 214, 0, (), (), None)


def printed(
    *clocks: Clock, columns: int = 80, everyone: bool = False, color: bool = False, **fields: object
) -> str:
    """The table with these overdue clocks, as a terminal of so many columns would get it."""
    read_at = fields.pop("read_at", None)
    found = replace(QUIET, overdue=clocks, **fields)  # type: ignore[arg-type]

    @click.command()
    def show() -> None:
        print_status(found, BERLIN, labels(), everyone=everyone, read_at=read_at)  # type: ignore[arg-type]

    return CliRunner(env={"COLUMNS": str(columns)}).invoke(show, color=color).stdout


@pytest.mark.parametrize(
    ("clock", "line"),
    [
        (CLOCK, "● Meyer Armaturen (DE)  they owe · 4 days  17  Re: PI 2026-031"),
        (
            replace(CLOCK, name="", customer="gulf.test"),
            "● gulf.test  they owe · 4 days  17  Re: PI 2026-031",
        ),
        (replace(CLOCK, country="AT"), "● Meyer Armaturen (AT)  they owe · 4 days  17  Re: PI 2026-031"),
        (replace(CLOCK, waited=1), "● Meyer Armaturen (DE)  they owe · 1 day  17  Re: PI 2026-031"),
        (
            replace(CLOCK, turn="ours", rule="ours", reason="received_last", subject="Price?"),
            "◐ Meyer Armaturen (DE)  you owe · 4 days  17  Price?",
        ),
        (
            replace(CLOCK, rule="payment", reason="payment", thread=None, waited=11),
            "● Meyer Armaturen (DE)  unpaid · 11 days    signed, and no payment yet",
        ),
        (
            replace(CLOCK, rule="idle", turn="nobody", reason="idle", thread=None),
            "○ Meyer Armaturen (DE)  idle · 4 days    what is the next step?",
        ),
        (
            replace(CLOCK, rule="undelivered", turn="ours", reason="undelivered"),
            "◐ Meyer Armaturen (DE)  not delivered  17  Re: PI 2026-031",
        ),
        (
            replace(CLOCK, turn="ours", rule="ours", reason="answer_in_junk"),
            "◐ Meyer Armaturen (DE)  you owe · 4 days  17  in Junk: Re: PI 2026-031",
        ),
        (
            replace(CLOCK, follow_ups=2),
            "● Meyer Armaturen (DE)  they owe · 4 days  17  Re: PI 2026-031 · 2 follow-ups",
        ),
        (
            replace(CLOCK, follow_ups=4),
            "● Meyer Armaturen (DE)  they owe · 4 days  17  call them: 4 follow-ups",
        ),
    ],
)
def test_a_row(clock: Clock, line: str) -> None:
    assert printed(clock).splitlines()[3] == f"  {line}"


@pytest.mark.parametrize(
    ("clock", "end"),
    [
        (CLOCK, "Re: PI 2026-031 · your mail Fri 13 Mar 09:02"),
        (replace(CLOCK, turn="ours", rule="ours", reason="received_last"), "· their mail Fri 13 Mar 09:02"),
        (replace(CLOCK, rule="undelivered", turn="ours"), "Re: PI 2026-031 · did not reach anna@meyer.de"),
        (replace(CLOCK, follow_ups=5), "5 follow-ups unanswered: call them, or move them down"),
        (replace(CLOCK, rule="payment"), "signed Fri 13 Mar 09:02, no payment noted: ask for the slip"),
    ],
)
def test_a_wide_terminal_is_told_more(clock: Clock, end: str) -> None:
    assert printed(clock, columns=120).splitlines()[3].endswith(end)


WIDE = replace(
    CLOCK,
    customer="haichuan.cn",
    name="海川贸易有限公司",
    subject="询价：不锈钢自吸泵 三十台 报价单 二零二六",
    thread=4,
)
LONG = replace(
    CLOCK,
    customer="long.example",
    name="An uncommonly long company name with no end in sight Ltd",
    subject="Re: Re: Re: a subject that goes on and on and on and never comes to what it is about",
    thread=1204,
)


@pytest.mark.parametrize("columns", [60, 80, 100, 120])
def test_nothing_is_wider_than_the_terminal_and_columns_stand_straight(columns: int) -> None:
    rows = printed(CLOCK, WIDE, LONG, columns=columns).splitlines()[3:6]
    assert max(map(cell_len, rows)) <= columns
    places = {cell_len(row[: row.index("they owe")]) for row in rows}
    assert len(places) == 1


def test_the_country_survives_a_name_that_is_cut() -> None:
    row = printed(replace(LONG, country="GB")).splitlines()[3]
    assert "… (GB)  they owe" in row


def test_what_is_left_over_goes_to_the_subject() -> None:
    short = replace(CLOCK, name="Ott", subject=LONG.subject, waited=4)
    row = printed(short).splitlines()[3]
    assert len(chop_cells(row, 80)) == 1
    assert LONG.subject[:40] in row


# ── around the rows ──


def test_the_heading_says_when_it_was_read() -> None:
    assert printed(read_at=NOW - timedelta(seconds=90)).splitlines()[0] == (
        "Thu 19 Mar 09:02 · 214 customers · all folders read 1 min ago"
    )
    assert "read just now" in printed(read_at=NOW)
    assert "read 3 hours ago" in printed(read_at=NOW - timedelta(hours=3))
    assert printed(read_at=NOW + timedelta(1)).splitlines()[0].endswith("all folders read")


def test_blindness_stands_in_place_of_the_time() -> None:
    blind = "Sent not read since 09:10 (server refuses sign-in): this list may be incomplete. watcher check"
    first = printed(blind=(blind,), read_at=NOW).splitlines()[0]
    assert first == blind


def test_nothing_overdue_is_one_line_and_what_is_next() -> None:
    gulf = replace(CLOCK, name="Gulf Trading", due=NOW + timedelta(hours=30))
    assert printed(upcoming=gulf).splitlines()[-1] == "Nothing overdue. Next: Gulf Trading, Fri 20 Mar 15:02."
    assert printed().splitlines()[-1] == "Nothing overdue."


def test_the_digest_is_counted() -> None:
    quiet = [replace(CLOCK, customer=f"{n}.test", stage="inquiry") for n in range(6)]
    said = printed(CLOCK, *quiet, replace(CLOCK, customer="x.test", stage="cold"))
    assert "  INQUIRY   6 in today's digest · watcher status --all" in said
    assert "  COLD      1 in today's digest · watcher status --all" in said
    assert "8 overdue, top first. watcher show 17 · watcher snooze 17 2d · watcher done 17" in said
    assert "in today's digest" not in printed(*quiet, everyone=True)


def test_stages_are_headings_in_their_order() -> None:
    said = printed(replace(CLOCK, stage="won"), CLOCK, replace(CLOCK, stage="opportunity"))
    assert [line.strip() for line in said.splitlines() if line.strip().isupper()] == [
        "WON",
        "PI",
        "OPPORTUNITY",
    ]


def test_dormant_ones_are_shown_on_request() -> None:
    assert "DORMANT" not in printed(dormant=(CLOCK,))
    assert "  DORMANT\n  ● Meyer" in printed(dormant=(CLOCK,), everyone=True)


def test_a_quiet_that_was_asked_for_is_told() -> None:
    said = printed(quiet_until=NOW + timedelta(hours=2))
    assert "\nQuiet until 11:02, as you said: nothing pops up. watcher quiet off\n" in said
    assert "Quiet" not in printed()


def test_what_was_set_aside_and_who_was_never_answered() -> None:
    said = printed(quarantined=1, unsorted=2)
    assert "1 message could not be read and was set aside." in said
    assert "2 senders never answered: watcher threads --unsorted" in said


# ── colour ──


def test_colour_is_for_terminals(desk: Desk) -> None:
    assert "\x1b[" in printed(CLOCK, color=True)
    assert "\x1b[" not in printed(CLOCK)


@pytest.mark.parametrize(("no_color", "coloured"), [("1", False), ("", True)])
def test_no_color_is_honoured(desk: Desk, no_color: str, coloured: bool) -> None:
    desk.watcher("stage", "meyer", "pi")
    said = desk.watcher("status", environment={"NO_COLOR": no_color}, color=True).out
    assert "meyer.de" in said
    assert ("\x1b[" in said) is coloured
