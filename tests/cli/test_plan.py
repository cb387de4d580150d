"""`watcher plan`: what is to do today, top first; on Mondays the week."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from tests.cli.kept import NOW, REP, Desk, Mail, days
from watcher.agenda import day_of


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [one["customer"] for one in rows]


@pytest.fixture(scope="module")
def staged(filled_desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Meyer is overdue since last week, Gulf since Monday, Sol's time runs out tomorrow."""
    home = tmp_path_factory.mktemp("staged") / "desk"
    shutil.copytree(filled_desk.home, home)
    for customer, stage in (("meyer.de", "pi"), ("gulf.ae", "opportunity"), ("sol.mx", "inquiry")):
        Desk(home).watcher("stage", customer, stage)
    return home


@pytest.fixture
def desk(staged: Path, tmp_path: Path) -> Desk:
    """A desk of one's own: a copy of the staged one."""
    shutil.copytree(staged, tmp_path / "desk")
    return Desk(tmp_path / "desk")


def test_today_is_top_down(desk: Desk) -> None:
    found = desk.read("plan")
    assert names(found["today"])[:2] == ["meyer.de", "gulf.ae"]
    stages = [one["stage"] for one in found["today"]]
    assert stages == sorted(stages, key=["won", "pi", "opportunity", "inquiry", "cold"].index)
    assert "sol.mx" not in names(found["today"])
    assert found["unsorted"] > 0
    assert found["week"] is None  # a Thursday


def test_what_is_overdue_is_what_status_says(desk: Desk) -> None:
    assert set(names(desk.read("status")["overdue"])) <= set(names(desk.read("plan")["today"]))


def test_what_we_owe_before_the_evening_is_for_today(desk: Desk) -> None:
    """They wrote yesterday: to answer until 16:00, which is not overdue at nine."""
    desk.receive(Mail("s5@sol.mx", "Luz <luz@sol.mx>", days(0.9), "Re: Bombas", answers="s4@acme.test"))
    assert "sol.mx" in names(desk.read("plan")["today"])
    assert "sol.mx" not in names(desk.read("status")["overdue"])


def test_whose_time_runs_out_today_is_expected(desk: Desk) -> None:
    # The second mail, on Monday: a follow-up, for which they have three days.
    desk.receive(Mail("m6@acme.test", REP, days(3), "Re: PI 2026-031", "anna@meyer.de", "m1@meyer.de"))
    found = desk.read("plan")
    assert names(found["expected"]) == ["meyer.de"]
    assert "meyer.de" not in names(found["today"])
    line = desk.watcher("plan").out.partition("EXPECTED TODAY\n")[2].splitlines()[0]
    thread = desk.thread_of("meyer.de")["thread"]
    assert line == f"    18:00  meyer.de (DE)  they owe · {thread} · PI 2026-031"


@pytest.mark.parametrize(("ahead", "week"), [(4, ["sol.mx"]), (5, None)])
def test_on_mondays_the_week(desk: Desk, ahead: int, week: list[str] | None) -> None:
    desk.watcher("snooze", str(desk.thread_of("sol.mx")["thread"]), "2026-03-26")
    desk.now = NOW + timedelta(days=ahead)
    found = desk.read("plan")
    assert (found["week"] and names(found["week"])) == week
    assert ("THIS WEEK" in desk.watcher("plan").out) is (week is not None)


def test_who_wakes_up_is_told(desk: Desk) -> None:
    """Fjord had the catalogue four months ago, and nobody wrote since. To answer by Friday, 16:00."""
    assert desk.read("plan")["woke"] == []
    desk.receive(Mail("f2@fjord.no", "X <x@fjord.no>", days(0.5), "Re: Catalogue", answers="old@acme.test"))
    assert names(desk.read("plan")["woke"]) == ["fjord.no"]
    assert names(desk.read("plan", "--now", "2026-03-19T08:02:00Z")["woke"]) == ["fjord.no"]
    assert "fjord.no" not in names(desk.read("plan")["today"])
    line = desk.watcher("plan").out.partition("WOKE UP\n")[2].splitlines()[0]
    assert " ".join(line.split()) == "Fri 20 Mar 16:00 fjord.no (NO) you owe · 1 · Catalogue"


def test_as_it_was(desk: Desk) -> None:
    found = desk.read("plan", "--now", "2026-03-10T09:00:00+01:00")
    assert found["as_of"] == "2026-03-10T08:00:00+00:00"
    assert "gulf.ae" not in names(found["today"])


def test_no_line_is_wider_than_the_terminal(desk: Desk) -> None:
    desk.now = NOW + timedelta(days=4)
    said = desk.watcher("plan").out.partition("to do, top first")[2]  # what could not be read is told whole
    assert max(map(cell_len, said.splitlines())) <= 80


def test_a_quiet_day_is_one_line(desk: Desk) -> None:
    said = desk.watcher("plan", "--now", "2025-10-01T09:00:00Z").out
    assert "0 to do, top first" in said
    assert "Nothing is due." in said


def test_our_own_mail_takes_it_off_the_list(desk: Desk) -> None:
    desk.receive(Mail("g3@acme.test", REP, days(0.1), "Re: Offer 7", "omar@gulf.ae", "g2@gulf.ae"))
    assert "gulf.ae" not in names(desk.read("plan")["today"])


# ── as much as a day holds ──


def hold(desk: Desk, capacity: int) -> None:
    desk.config.write_text(f"{desk.config.read_text('utf-8')}\n[plan]\ncapacity = {capacity}\n", "utf-8")


def test_a_day_holds_so_many_and_the_rest_is_counted(desk: Desk) -> None:
    many = len(desk.read("plan")["today"])
    hold(desk, 2)
    found = desk.read("plan")
    assert names(found["days"][0]["tasks"]) == ["meyer.de", "gulf.ae"]
    assert (len(found["today"]), len(found["left"])) == (many, many - 2)
    said = desk.watcher("plan").out
    assert f"{many - 2} customers more than a day holds: watcher plan --week" in said
    assert "haichuan" not in said


def test_time_that_is_left_is_for_new_prospects(desk: Desk) -> None:
    many = len(desk.read("plan")["today"])
    assert f"Time left for {20 - many} new prospects." in desk.watcher("plan").out


def test_the_week_spreads_it(desk: Desk) -> None:
    hold(desk, 2)
    desk.now = NOW + timedelta(days=4)  # Monday
    found = desk.read("plan", "--week")
    assert [one["day"] for one in found["days"]] == [f"2026-03-{day}" for day in range(23, 28)]
    planned = [name for one in found["days"] for name in names(one["tasks"])]
    assert planned[:2] == ["meyer.de", "gulf.ae"]
    assert len(planned) == len(set(planned))
    assert all(len(one["tasks"]) + one["room"] == 2 for one in found["days"])
    said = desk.watcher("plan", "--week").out
    assert "  Monday 23 Mar\n" in said
    assert "  Friday 27 Mar · time left for" in said
    assert max(map(cell_len, said.partition("this week")[2].splitlines())) <= 80


@pytest.mark.parametrize(
    ("customer", "says"),
    [
        ("meyer.de", "they owe a reply since Mon 9 Mar, 8 working days: ask again"),
        ("gulf.ae", "you owe a reply since Fri 13 Mar"),
    ],
)
def test_each_has_a_reason(desk: Desk, customer: str, says: str) -> None:
    (found,) = [one for one in desk.read("plan")["today"] if one["customer"] == customer]
    assert found["because"] == says


def test_a_signed_pi_that_is_not_paid_says_so(desk: Desk) -> None:
    desk.watcher("stage", "meyer.de", "pi", "--at", "2026-03-02")
    desk.watcher("done", str(desk.thread_of("meyer.de")["thread"]))
    (found,) = [one for one in desk.read("plan")["today"] if one["customer"] == "meyer.de"]
    assert found["because"] == "PI signed 13 working days ago, unpaid: they owe the slip"
    assert "PI signed 13 working days ago, unpaid" in desk.watcher("plan").out


@pytest.mark.parametrize("ahead", [0, 1, 4, 5, 12])
def test_the_digest_tells_of_the_same_customers_in_the_same_order(desk: Desk, ahead: int) -> None:
    desk.receive(Mail("f2@fjord.no", "X <x@fjord.no>", days(0.5), "Re: Catalogue", answers="old@acme.test"))
    desk.now = NOW + timedelta(days=ahead)
    found = desk.read("plan")
    with desk.app() as app, app.store.reading() as connection:
        agenda = day_of(connection, app.config.rep_calendar(), desk.now)
    overdue = [one["customer"] for one in found["today"] if one["due"] <= desk.now.isoformat()]
    assert [one.customer for one in agenda.overdue] == overdue
    assert [one.customer for one in agenda.woke] == names(found["woke"])
    assert agenda.owed == len(found["today"]) - len(overdue)
    assert agenda.unsorted == found["unsorted"]
