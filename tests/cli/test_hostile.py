"""Every shown string from a mail is hostile: in every command it comes out as inert, visible text."""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING

import pytest

from tests.cli.kept import HOSTILE

if TYPE_CHECKING:
    from tests.cli.kept import Desk

EVIL = "evil.example"


@pytest.fixture
def attacked(desk: Desk) -> Desk:
    """A hostile subject and sender, a hostile name and note, a stage that makes the status show them."""
    desk.watcher("customer", EVIL, "--name", HOSTILE.replace("\x00", ""))
    desk.watcher("deal", EVIL, "--new", HOSTILE.replace("\x00", ""), "--stage", "pi", "--note", HOSTILE)
    thread = str(desk.thread_of(EVIL)["thread"])
    number = str(desk.read("deal", EVIL)[-1]["deal"])
    assert desk.watcher("deal", number, "--thread", thread).code == 0
    return desk


def commands(desk: Desk) -> list[tuple[str, ...]]:
    threads = [str(one["thread"]) for one in desk.read("threads") if one["customer"] == EVIL]
    return [
        ("status", "--all"),
        ("plan",),
        ("plan", "--now", "2026-03-16T08:00:00Z"),  # a Monday: the week, too
        ("quiet", HOSTILE.replace("\x00", "")),
        ("threads", "--all"),
        *(("show", one) for one in threads),
        ("customer",),
        ("customer", EVIL),
        ("deal", EVIL),
        ("stage", "e", "pi", "--deal", "1"),
        ("log", EVIL, HOSTILE.replace("\x00", ""), HOSTILE.replace("\x00", "")),
        ("hold", EVIL, "--until", "2d", "--reason", HOSTILE.replace("\x00", "")),
        ("snooze", threads[0], HOSTILE.replace("\x00", "")),
        ("reminders", "--all"),
        ("done", threads[-1]),
    ]


def test_nothing_reaches_the_terminal_but_visible_text(attacked: Desk) -> None:
    told = 0
    for command in commands(attacked):
        answer = attacked.watcher(*command)
        told += "Pay" in answer.out
        for line in answer.out.split("\n"):
            unseen = {
                f"U+{ord(one):04X}" for one in line if unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp")
            }
            assert not unseen, command
    assert told >= 5  # the hostile text was there, made harmless


def test_a_line_of_theirs_never_begins_a_line_of_ours(attacked: Desk) -> None:
    for command in commands(attacked):
        assert not any(line.startswith("Subject2") for line in attacked.watcher(*command).out.splitlines())


def test_json_escapes_what_a_terminal_would_obey(attacked: Desk) -> None:
    for command in (("threads",), ("status", "--all"), ("customer",), ("deal", EVIL)):
        said = attacked.watcher(*command, "--json").out
        assert not {one for one in said if unicodedata.category(one) == "Cc"} - {"\n"}
        assert "Pay" in said or command == ("deal", EVIL) or command == ("customer",)
        json.loads(said)
