"""Leads that are entered by hand, and what the rep calls the steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.kept import Mail, days

if TYPE_CHECKING:
    from tests.cli.kept import Desk


def overdue(desk: Desk, customer: str, at: str) -> dict[str, Any]:
    found = [
        one for one in desk.read("status", "--all", "--now", at)["overdue"] if one["customer"] == customer
    ]
    assert found, customer
    return found[0]


@pytest.mark.parametrize(
    ("stage", "due"),
    [
        ("cold", "Mon 30 Mar 18:00"),  # 7 working days
        ("inquiry", "Thu 26 Mar 18:00"),
        ("opportunity", "Mon 30 Mar 18:00"),  # 7, its idle clock
        ("pi", "Thu 26 Mar 18:00"),
        ("won", "Thu 2 Apr 18:00"),
    ],
)
def test_a_lead_without_mail_has_a_due_on_every_step(desk: Desk, stage: str, due: str) -> None:
    said = desk.watcher("customer", "add", "Importadora Sol", "--stage", stage)
    assert (said.code, said.error) == (0, "")
    assert said.out.endswith(f"· Importadora Sol: on your list. Due {due}: the next step is yours.\n")


def test_it_is_overdue_in_time_and_says_why(desk: Desk) -> None:
    desk.watcher("customer", "add", "fair@gulf.example", "--name", "Gulf", "--stage", "opportunity")
    found = overdue(desk, "gulf.example", "2026-04-08T09:00:00+02:00")
    assert (found["reason"], found["turn"], found["thread"]) == ("no_mail", "nobody", None)
    shown = desk.watcher("status", "--now", "2026-04-08T09:00:00+02:00", environment={"COLUMNS": "140"}).out
    assert "no mail yet, on your list since Thu 19 Mar 09:02: write, or log a call" in shown


def test_a_call_is_a_contact_without_any_mail(desk: Desk) -> None:
    desk.watcher("customer", "add", "gulf.example", "--stage", "inquiry")
    said = desk.watcher("log", "gulf.example", "call", "they want a price", "--turn", "ours")
    assert said.out == "gulf.example: call noted. Due Fri 20 Mar 16:00: you owe a reply.\n"
    found = overdue(desk, "gulf.example", "2026-03-23T09:00:00+01:00")
    assert (found["reason"], found["turn"]) == ("logged", "ours")


def test_their_mail_joins_the_lead_that_was_entered(desk: Desk) -> None:
    desk.watcher("customer", "add", "buyer@gulf.example", "--country", "AE", "--stage", "opportunity")
    desk.receive(Mail("q1@gulf.example", "Buyer <buyer@gulf.example>", days(0), "Pumps"))
    found = desk.thread_of("gulf.example")
    assert (found["stage"], found["turn"], found["role"]) == ("opportunity", "ours", "lead")
    assert desk.read("customer", "gulf.example")["country"] == "AE"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("meyer.de",), "meyer.de is a customer already"),
        (("new.example", "--country", "XX"), "no country code"),
        (("new.example", "--stage", "sold"), "'sold' is no stage."),
        (("  ",), "is no customer"),
    ],
)
def test_what_cannot_be_entered_is_refused(desk: Desk, arguments: tuple[str, ...], says: str) -> None:
    answer = desk.watcher("customer", "add", *arguments)
    assert answer.code == 2
    assert says in answer.error


# ── what the steps are called ──


def call(desk: Desk, lines: str) -> None:
    desk.config.write_text(f"{desk.config.read_text('utf-8')}\n{lines}\n", "utf-8")


def test_a_step_is_said_in_any_language(desk: Desk) -> None:
    assert desk.watcher("stage", "meyer.de", "机会客户").out.startswith("Opportunity · meyer.de")
    call(desk, '[stages]\nlanguage = "zh"')
    assert desk.watcher("stage", "meyer.de", "pi").out.startswith("PI客户 · meyer.de")
    assert "  PI客户\n" in desk.watcher("status", "--now", "2026-04-08T09:00:00+02:00").out


def test_the_reps_own_label_is_shown_and_understood(desk: Desk) -> None:
    call(desk, '[stages.opportunity]\nlabel = "hot"')
    assert desk.watcher("stage", "meyer.de", "HOT").out.startswith("Hot · meyer.de")
    assert desk.thread_of("meyer.de")["stage"] == "opportunity"
    assert " · hot · " in desk.watcher("show", str(desk.thread_of("meyer.de")["thread"])).out


def test_whose_deal_it_is_is_kept(desk: Desk) -> None:
    number = desk.read("customer", "meyer.de")["deals"][0]["deal"]
    said = desk.watcher("deal", str(number), "--owner", "Wei")
    assert "with Wei" in said.out
    assert desk.read("deal", str(number))[0]["owner"] == "Wei"
