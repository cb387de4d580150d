"""`watcher customer` and `watcher deal`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len

if TYPE_CHECKING:
    from tests.cli.kept import Desk


def test_the_list(desk: Desk) -> None:
    found = {one["customer"]: one for one in desk.read("customer")}
    assert (found["meyer.de"]["role"], found["meyer.de"]["threads"]) == ("lead", 1)
    assert found["stranger.example"]["role"] == "unsorted"
    lines = desk.watcher("customer").out.splitlines()
    assert len(lines) == len(found) + 1
    assert max(map(cell_len, lines)) <= 80


def test_one_customer(desk: Desk) -> None:
    desk.watcher("stage", "meyer", "pi")
    desk.watcher("hold", "meyer", "--until", "2026-04-01", "--reason", "budget")
    changed = desk.watcher("customer", "meyer", "--name", "Meyer", "--country", "at", "--role", "lead")
    number = desk.read("deal", "meyer")[0]["deal"]
    assert changed.out.splitlines()[:4] == [
        "Meyer (AT) · meyer.de · lead",
        "  on hold until Wed 1 Apr 09:00: budget",
        f"  deal {number} · PI",
        "     inquiry 27 Feb 2026 → PI 19 Mar 2026",
    ]
    found = desk.read("customer", "meyer")
    assert (found["country"], found["held_because"], len(found["threads"])) == ("AT", "budget", 1)


@pytest.mark.parametrize("arguments", [("meyer", "--json"), ("--json", "meyer"), ("show", "meyer", "--json")])
def test_a_name_stands_where_a_command_might(desk: Desk, arguments: tuple[str, ...]) -> None:
    assert '"customer": "meyer.de"' in desk.watcher("customer", *arguments).out


def test_merge_and_split(desk: Desk) -> None:
    merged = desk.watcher("customer", "merge", "meyer", "gulf")
    assert merged.out.startswith("gulf.ae is part of meyer.de now.")
    assert desk.read("customer", "meyer")["aliases"] == ["gulf.ae"]
    assert {one["subject"] for one in desk.read("threads", "--customer", "meyer")} == {
        "PI 2026-031",
        "Offer 7",
    }
    split = desk.watcher("customer", "split", "Omar@gulf.ae")
    assert split.out == "omar@gulf.ae is a customer of its own now, apart from meyer.de.\n"
    assert [one["subject"] for one in desk.read("threads", "--customer", "omar@")] == ["Offer 7"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("customer", "nobody"), "no customer begins with"),
        (("customer", "meyer", "--country", "XX"), "'XX' is no country code"),
        (("customer", "meyer", "--role", "friend"), "is not one of"),
        (("customer", "merge", "meyer", "meyer"), "is that customer already"),
        (("customer", "split", "gulf"), "is no address"),
        (("deal", "9999"), "there is no deal 9999"),
        (("deal", "meyer", "--value", "12"), "'meyer' is no deal number"),
        (("deal", "meyer", "--stage", "pi"), "--stage says where a new deal begins"),
    ],
)
def test_what_cannot_be_is_refused(desk: Desk, arguments: tuple[str, ...], says: str) -> None:
    answer = desk.watcher(*arguments)
    assert answer.code == 2
    assert says in answer.error


# ── deals ──


def test_a_further_deal_begins_where_it_is_said_to(desk: Desk) -> None:
    desk.watcher("deal", "meyer", "--new", "spare parts", "--stage", "opportunity", "--value", "12,000.50")
    first, second = desk.read("deal", "meyer")
    assert (first["name"], first["stage"], first["value"]) == ("", "inquiry", None)
    assert (second["name"], second["stage"], second["value"]) == ("spare parts", "opportunity", "12000.50")


def test_everything_that_may_be_noted(desk: Desk) -> None:
    number = str(desk.read("deal", "gulf")[0]["deal"])
    said = desk.watcher(
        *("deal", number, "--name", "pump set", "--value", "12000", "--currency", "usd"),
        *("--expected", "2026-05-01", "--shipped", "2026-03-02", "--note", "by sea"),
    )
    noted = "pump set · 12000 USD · expected 2026-05-01 · shipped 2 Mar 2026 · by sea"
    assert f"deal {number} · cold · {noted}" in said.out
    found: dict[str, Any] = desk.read("deal", number)[0]
    assert (found["expected"], found["shipped"]) == ("2026-05-01", "2026-03-02T08:00:00+00:00")


def test_a_thread_is_about_a_deal(desk: Desk) -> None:
    desk.watcher("deal", "meyer", "--new", "spare parts", "--stage", "pi")
    number = desk.read("deal", "meyer")[1]["deal"]
    thread = desk.thread_of("meyer.de")
    assert thread["stage"] == "inquiry"
    assert desk.watcher("deal", str(number), "--thread", str(thread["thread"])).code == 0
    assert (desk.thread_of("meyer.de")["deal"], desk.thread_of("meyer.de")["stage"]) == (number, "pi")
    others = str(desk.thread_of("gulf.ae")["thread"])
    assert desk.watcher("deal", str(number), "--thread", others).code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("--value", "much"),
        ("--value", "-1"),
        ("--value", "NaN"),
        ("--value", "1e99"),
        ("--currency", "euro"),
        ("--shipped", "2026-04-01"),
        ("--expected", "soon"),
    ],
)
def test_nonsense_is_not_noted(desk: Desk, arguments: tuple[str, ...]) -> None:
    before = desk.read("deal", "gulf")
    assert desk.watcher("deal", str(before[0]["deal"]), *arguments).code == 2
    assert desk.read("deal", "gulf") == before
