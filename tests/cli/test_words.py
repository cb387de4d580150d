"""What the rep says, and what each command answers: one line that says what happens next."""

from __future__ import annotations

import os
import pty
import select
import sys
from subprocess import Popen
from typing import TYPE_CHECKING

import pytest

from watcher.domain.stages import Stage

if TYPE_CHECKING:
    from tests.cli.kept import Desk

MEYER, GULF = "meyer.de", "gulf.ae"


def number(desk: Desk, customer: str) -> str:
    return str(desk.thread_of(customer)["thread"])


@pytest.mark.parametrize(
    ("stage", "says"),
    [
        ("cold", "Cold · meyer.de: their turn lasts 7 working days now, yours 2 working days."),
        ("inquiry", "Inquiry · meyer.de: their turn lasts 5 working days now, yours 1 working day."),
        ("opportunity", "Opportunity · meyer.de: their turn lasts 3 working days now, yours 1 working day."),
        ("pi", "PI · meyer.de: their turn lasts 2 working days now, yours 1 working day; payment is due "),
        ("won", "Won · meyer.de: their turn lasts 10 working days now, yours 1 working day."),
        ("lost", "Lost · meyer.de: the deal is off the pyramid, and nobody is asked for it. Nothing is due"),
        ("PI", "PI · meyer.de"),
    ],
)
def test_a_stage_says_what_it_means(desk: Desk, stage: str, says: str) -> None:
    answer = desk.watcher("stage", "meyer.de", stage)
    assert (answer.code, answer.error) == (0, "")
    assert answer.out.startswith(says)
    assert desk.thread_of(MEYER)["stage"] == Stage(stage.casefold())


def test_a_stage_said_of_the_past_begins_then(desk: Desk) -> None:
    said = desk.watcher("stage", MEYER, "pi", "--at", "2026-03-02").out
    assert "payment is due Mon 16 Mar 18:00" in said
    assert desk.read("customer", MEYER)["deals"][0]["moves"][-1]["at"] == "2026-03-02T08:00:00+00:00"


def test_an_older_step_does_not_undo_a_newer_one(desk: Desk) -> None:
    desk.watcher("stage", MEYER, "pi")
    desk.watcher("stage", MEYER, "opportunity", "--at", "2d")
    assert desk.thread_of(MEYER)["stage"] == "pi"


def test_snooze(desk: Desk) -> None:
    assert desk.thread_of(MEYER)["overdue"]
    said = desk.watcher("snooze", number(desk, MEYER), "mon")
    assert said.out == "meyer.de: asked again on Mon 23 Mar 09:00, or when they write.\n"
    found = desk.thread_of(MEYER)
    assert (found["due"], found["overdue"]) == ("2026-03-23T08:00:00+00:00", False)


def test_there_is_nothing_to_snooze_where_it_is_nobodys_turn(desk: Desk) -> None:
    thread = number(desk, MEYER)
    desk.watcher("done", thread)
    said = desk.watcher("snooze", thread, "2d")
    assert said.code == 2
    assert "nobody's turn" in said.error


def test_done(desk: Desk) -> None:
    thread = number(desk, MEYER)
    said = desk.watcher("done", thread)
    assert said.out == f"meyer.de, thread {thread}: done. Nothing is due with them.\n"
    assert (desk.thread_of(MEYER)["turn"], desk.thread_of(MEYER)["reason"]) == ("nobody", "done")


def test_done_near_the_top_keeps_a_next_date(desk: Desk) -> None:
    desk.watcher("stage", MEYER, "opportunity")
    said = desk.watcher("done", number(desk, MEYER), "--next", "3w")
    assert said.out.endswith("done. Back on Thu 9 Apr 09:00.\n")
    assert desk.read("customer", MEYER)["held_until"] == "2026-04-09T07:00:00+00:00"


def test_done_near_the_top_without_a_date_is_asked_for_when_it_idles(desk: Desk) -> None:
    desk.watcher("stage", MEYER, "opportunity")
    said = desk.watcher("done", number(desk, MEYER))  # nobody sits there to be asked
    assert said.out.endswith("done. Due Mon 30 Mar 18:00: the next step is yours.\n")


def test_hold(desk: Desk) -> None:
    said = desk.watcher("hold", "meyer", "--until", "2026-04-01", "--reason", "budget in Q2")
    assert said.out == "meyer.de: on hold until Wed 1 Apr 09:00 (budget in Q2).\n"
    assert not desk.thread_of(MEYER)["overdue"]


@pytest.mark.parametrize(
    ("arguments", "turn", "says"),
    [
        ((), "theirs", "meyer.de: whatsapp noted. Due Tue 31 Mar 18:00: they owe a reply."),
        (("--turn", "ours"), "ours", "meyer.de: whatsapp noted. Due Fri 20 Mar 16:00: you owe a reply."),
        (("--turn", "nobody"), "nobody", "meyer.de: whatsapp noted. Nothing is due with them."),
        (("--at", "yesterday 16:00"), "theirs", "meyer.de: whatsapp noted. Due Mon 30 Mar 18:00: they owe"),
    ],
)
def test_log_and_asking_again_gives_them_longer(
    desk: Desk, arguments: tuple[str, ...], turn: str, says: str
) -> None:
    said = desk.watcher("log", "meyer", "whatsapp", "they will call back", *arguments)
    assert said.out.startswith(says)
    assert (desk.thread_of(MEYER)["turn"], desk.thread_of(MEYER)["reason"]) == (turn, "logged")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("snooze", "17x", "2d"), "'17x' is no thread number"),
        (("snooze", "9999", "2d"), "no thread 9999"),
        (("snooze", "1", "2026-03-18"), "is over already"),
        (("hold", "meyer", "--until", "yesterday"), "is over already"),
        (("log", "meyer", "call", "x", "--at", "tomorrow"), "has not come yet"),
        (("log", "nobody", "call", "x"), "no customer begins with"),
        (("stage", "meyer", "pi", "--at", "2030-01-01"), "has not come yet"),
        (("stage", "meyer", "pi", "--deal", "99"), "deal 99 is not one of meyer.de"),
        (("stage", "meyer", "sold"), "is no stage"),
        (("stage", "sol", "pi"), "'sol' is several customers: sol.mx, solar.example"),
    ],
)
def test_what_cannot_be_is_refused(desk: Desk, arguments: tuple[str, ...], says: str) -> None:
    before = desk.read("threads")
    answer = desk.watcher(*arguments)
    assert answer.code == 2
    assert says in answer.error
    assert desk.read("threads") == before


def test_a_call_is_not_logged_in_anothers_thread(desk: Desk) -> None:
    answer = desk.watcher("log", "meyer", "call", "x", "--thread", number(desk, GULF))
    assert (answer.code, "is not one of meyer.de" in answer.error) == (2, True)


def test_several_open_deals_are_told_apart(desk: Desk) -> None:
    desk.watcher("deal", "meyer", "--new", "spare parts", "--stage", "opportunity")
    answer = desk.watcher("stage", "meyer", "pi")
    assert answer.code == 2
    assert "opportunity spare parts" in answer.error
    second = str(desk.read("deal", "meyer")[1]["deal"])
    assert desk.watcher("stage", "meyer", "pi", "--deal", second).code == 0
    assert [one["stage"] for one in desk.read("deal", "meyer")] == ["inquiry", "pi"]


# ── on a terminal people are asked ──


def on_a_terminal(desk: Desk, *arguments: str, typed: str, after: str) -> str:
    """Run a command on a terminal of its own; type once it has said `after`."""
    ours, theirs = pty.openpty()
    environment = {
        **os.environ,
        "WATCHER_CONFIG": str(desk.config),
        "TERM": "dumb",
        "PYTHONUTF8": "1",
    }
    command = [sys.executable, "-m", "watcher", *arguments]
    process = Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    said, answered = b"", False
    while select.select([ours], [], [], 30)[0]:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # Linux says EIO once the other end is closed
            break
        said += piece
        if not answered and after.encode() in said:
            os.write(ours, typed.encode() + b"\n")
            answered = True
    os.close(ours)
    assert process.wait(30) == 0, said.decode()
    return said.decode()


@pytest.mark.daemon
def test_a_name_that_fits_several_asks(desk: Desk) -> None:
    said = on_a_terminal(desk, "stage", "sol", "opportunity", typed="2", after="Which")
    assert "1  sol.mx" in said
    assert "Opportunity · solar.example" in said


@pytest.mark.daemon
def test_done_near_the_top_asks_for_the_next_date(desk: Desk) -> None:
    desk.watcher("stage", MEYER, "pi")
    thread = number(desk, MEYER)
    said = on_a_terminal(desk, "done", thread, typed="3w", after="come back to meyer.de")
    assert "done. Back on" in said
