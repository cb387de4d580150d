"""`watcher customer --proposals`, accept and refuse: what two witnesses suggest, and the rep decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from tests.cli.kept import REP, Mail, days
from watcher.store.facts import keep_facts
from watcher.store.tables import message

if TYPE_CHECKING:
    from tests.cli.kept import Desk

PRIVATE = "anna.m@gmail.com"
OWN = "wei.c@gmail.com"


@pytest.fixture
def proposed(desk: Desk) -> Desk:
    """Anna writes from home, signed with her company; the rep writes from a private address."""
    desk.receive(
        Mail("h1@gmail.com", f"Anna Meyer <{PRIVATE}>", days(3), "From home"),
        Mail("w1@gmail.com", f"Wei Chen <{OWN}>", days(2), "Photos of the fair"),
        Mail("b1@gmail.com", "Bo Berg <bo@gmail.com>", days(2), "Hello"),
    )
    sign(desk, "h1@gmail.com", "meyer.de")
    sign(desk, "b1@gmail.com", "meyer.de")  # his agent's mail names them too, and nobody there is called Bo
    return desk


def sign(desk: Desk, name: str, *hosts: str, phones: tuple[str, ...] = ()) -> None:
    """What reading the mail's text would have kept."""
    with desk.app() as app, app.store.writing() as connection:
        number = connection.scalar(select(message.c.id).where(message.c.message_id == f"<{name}>"))
        assert number is not None
        keep_facts(connection, number, "signature", {"hosts": list(hosts), "phones": list(phones)}, 1)


def proposals(desk: Desk) -> dict[str, dict[str, Any]]:
    return {one["other"]: one for one in desk.read("customer", "--proposals")}


def test_what_is_proposed(proposed: Desk) -> None:
    found = proposals(proposed)
    assert {other: (one["kind"], one["customer"], one["evidence"]) for other, one in found.items()} == {
        PRIVATE: ("join", "meyer.de", "name"),
        OWN: ("alias", None, "name"),
    }
    lines = proposed.watcher("customer", "--proposals").out
    assert f"{PRIVATE} is part of meyer.de?" in lines
    assert f"{OWN} is you?" in lines


def test_the_list_of_customers_says_that_something_is_to_be_decided(proposed: Desk) -> None:
    last = proposed.watcher("customer").out.splitlines()[-1]
    assert last == "Who may be whom: 2 to decide, watcher customer --proposals"


def test_asking_twice_proposes_nothing_new(proposed: Desk) -> None:
    assert proposals(proposed) == proposals(proposed)


def test_an_accepted_join_is_a_merge(proposed: Desk) -> None:
    said = proposed.watcher("customer", "accept", str(proposals(proposed)[PRIVATE]["proposal"]))
    assert said.out.startswith(f"{PRIVATE} is part of meyer.de now.")
    assert proposed.read("customer", "meyer")["aliases"] == [PRIVATE]
    assert PRIVATE not in proposals(proposed)


def test_a_merge_by_hand_accepts_it(proposed: Desk) -> None:
    proposals(proposed)
    assert proposed.watcher("customer", "merge", "meyer", PRIVATE).code == 0
    assert list(proposals(proposed)) == [OWN]
    with proposed.app() as app, app.store.reading() as connection:
        states = connection.exec_driver_sql("SELECT other, state FROM proposal").all()
    assert (PRIVATE, "accepted") in [tuple(one) for one in states]


def test_an_accepted_alias_is_ours_from_now_on(proposed: Desk) -> None:
    said = proposed.watcher("customer", "accept", str(proposals(proposed)[OWN]["proposal"]))
    assert said.out == f"{OWN} is yours now. Put it into aliases in the config.\n"
    (mine,) = [one for one in proposed.read("threads") if one["subject"] == "Photos of the fair"]
    assert (mine["turn"], mine["reason"], mine["customer"]) == ("nobody", "internal", None)
    assert OWN not in proposals(proposed)


@pytest.mark.parametrize("other", [PRIVATE, OWN])
def test_what_was_refused_is_not_proposed_again(proposed: Desk, other: str) -> None:
    said = proposed.watcher("customer", "refuse", str(proposals(proposed)[other]["proposal"]))
    assert said.out.startswith("Refused: ")
    assert other not in proposals(proposed)


def test_a_number_that_waits_for_nobody(proposed: Desk) -> None:
    answer = proposed.watcher("customer", "accept", "99")
    assert (answer.code, "no proposal 99 waits for you" in answer.error) == (2, True)


def test_nothing_to_decide(desk: Desk) -> None:
    assert desk.watcher("customer", "--proposals").out == "Nothing to decide.\n"


def test_two_domains_of_one_company_by_their_telephone(desk: Desk) -> None:
    desk.receive(
        Mail("x1@meyer-service.example", "Max Vogt <max@meyer-service.example>", days(3), "Spare parts"),
        Mail("x2@acme.test", REP, days(2), "Re: Spare parts", "max@meyer-service.example"),
    )
    sign(desk, "x1@meyer-service.example", "meyer-service.example", "meyer.de", phones=("4940123456",))
    sign(desk, "m1@meyer.de", "meyer.de", phones=("4940123456",))
    assert proposals(desk)["meyer-service.example"]["evidence"] == "phone"
