"""The history of deals, read from a store that mail and a rep have filled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.remind.desk import Desk, moment
from watcher.domain.history import DealHistory
from watcher.domain.stages import Stage
from watcher.store import words
from watcher.store.history import deal_histories


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


def histories(desk: Desk, at: str) -> list[DealHistory]:
    with desk.store.reading() as connection:
        return deal_histories(connection, moment(at))


def talked(desk: Desk) -> None:
    """We wrote on the 2nd, asked again on the 5th; Anna answered on the 6th, a forwarder on the 9th."""
    desk.sent("k1@acme.test", "2 09:00")
    desk.sent("k2@acme.test", "5 09:00", answers="k1@acme.test")
    desk.got("a1@meyer.example", "6 10:00", answers="k2@acme.test")
    desk.got("f1@forwarder.example", "9 10:00", sender="f@forwarder.example", answers="a1@meyer.example")
    desk.now = moment("10 08:00")
    desk.look()


def test_a_deal_has_its_moves_and_its_exchanges(desk: Desk) -> None:
    talked(desk)
    desk.stage(Stage.OPPORTUNITY)
    (deal,) = [one for one in histories(desk, "10 09:00") if one.customer == "meyer.example"]
    assert [(one.at, one.stage, one.source) for one in deal.moves] == [
        (moment("2 09:00"), Stage.COLD, "rule"),
        (moment("10 08:00"), Stage.OPPORTUNITY, "rep"),
    ]
    ours, theirs = deal.exchanges
    assert (ours.by, ours.asked, ours.answered, ours.follow_ups) == (
        "outbound",
        moment("2 09:00"),
        moment("6 10:00"),
        1,
    )
    # The forwarder's mail is no word of theirs, and no answer.
    assert (theirs.by, theirs.asked, theirs.answered) == ("inbound", moment("6 10:00"), None)


def test_what_came_later_is_left_out(desk: Desk) -> None:
    talked(desk)
    desk.stage(Stage.OPPORTUNITY)
    assert histories(desk, "1 09:00") == []
    (deal,) = [one for one in histories(desk, "5 12:00") if one.customer == "meyer.example"]
    assert deal.stage is Stage.COLD
    assert [(one.answered, one.follow_ups) for one in deal.exchanges] == [(None, 1)]


def test_what_is_noted_of_a_deal_comes_along(desk: Desk) -> None:
    talked(desk)
    with desk.store.writing() as connection:
        found = words.find_customer(connection, "meyer.example")
        words.change_customer(connection, found, {"name": "Meyer", "country": "DE"})
        noted = {"value": "12000.50", "currency": "EUR", "expected_on": "2026-04-01", "owner": "wei"}
        words.change_deal(connection, found.deals[0][0], noted)
    deal = next(one for one in histories(desk, "10 09:00") if one.customer == "meyer.example")
    assert (deal.called, deal.country, deal.owner) == ("Meyer", "DE", "wei")
    assert (deal.value, deal.currency, deal.expected_on) == (Decimal("12000.50"), "EUR", date(2026, 4, 1))
