"""The day's one look: once a working day, at the rep's opening, and not on the first day."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.remind.desk import Desk, kicked, moment
from watcher.domain.stages import Stage
from watcher.domain.turns import Play

pytestmark = pytest.mark.wide


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, alerts={"digest": True})
    yield made
    made.close()


def test_once_a_working_day_from_the_opening_on(desk: Desk) -> None:
    """The inquiry is due on Monday the 9th at 18:00."""
    kicked(desk, Stage.INQUIRY)
    ats = [f"{day} {clock}" for day in range(9, 16) for clock in ("08:59", "09:00", "12:00", "18:30")]
    assert [at for at in ats if desk.round(at)] == [f"{day} 09:00" for day in (9, 10, 11, 12, 13)]
    assert {one.title for one in desk.channel.shown} == {"Today: nothing overdue near the top"}
    assert [one.text for one in desk.channel.shown] == ["1 due this week", *["1 more in the digest"] * 4]
    assert desk.ledger() == {("inquiry", "theirs", 0): ("delivered", 1)}


def test_it_names_what_pops_up_first(desk: Desk) -> None:
    kicked(desk)
    assert desk.round("6 09:00") == ["Opportunity · meyer.example: they owe a reply", "Today: 1 overdue"]


@pytest.mark.parametrize("begun", ["6 10:00", "6 20:00"])
def test_not_on_the_first_day(desk: Desk, begun: str) -> None:
    """Begun in the rep's hours or after them: the first digest is that of the next working day."""
    desk.sent("k1@acme.test", "2 09:00")
    desk.now = moment("6 07:00")
    desk.sent("k2@acme.test", "2 09:30", to="bo@late.example", subject="Other")
    assert desk.round(begun) == []
    desk.stage(Stage.INQUIRY)
    assert [at for at in ("6 17:00", "9 09:00", "10 09:00") if desk.round(at)] == ["9 09:00", "10 09:00"]


def test_whoever_writes_again_after_a_lost_deal_is_in_the_digest(desk: Desk) -> None:
    kicked(desk)
    desk.now = moment("3 09:00")
    desk.stage(Stage.LOST)
    assert desk.round("6 09:00") == []  # the offer would be due
    desk.got("a1@meyer.example", "9 09:00", answers="k1@acme.test", subject="Re: Offer")
    desk.round("9 10:00")
    assert desk.round("11 09:00") == ["Today: nothing overdue near the top"]
    assert desk.channel.shown[-1].text.startswith("1 more in the digest")
    assert desk.ledger()["lost", "ours", 0] == ("delivered", 1)


def test_what_we_owe_today_is_in_it_before_it_is_overdue(desk: Desk) -> None:
    desk.look()
    desk.sent("k1@acme.test", "2 09:00")
    desk.got("a1@meyer.example", "3 10:00", answers="k1@acme.test", subject="Re: Offer")
    desk.now = moment("3 11:00")
    desk.look()
    desk.stage(Stage.OPPORTUNITY)
    assert desk.round("4 09:00") == ["Today: nothing overdue near the top"]  # to answer until 16:00
    assert desk.channel.shown[-1].text == "1 more to do today"


def test_on_the_first_working_day_of_a_week_it_tells_the_week(tmp_path: Path) -> None:
    """Monday is leave, so Tuesday tells the week: one is due on Wednesday, one snoozed until Thursday."""
    desk = Desk(tmp_path, alerts={"digest": True}, rep={"time_zone": "UTC", "holidays": ["2026-03-09"]})
    kicked(desk, Stage.INQUIRY)
    desk.sent("k2@acme.test", "6 09:00", to="bo@late.example", subject="Other")
    desk.now = moment("6 09:30")
    desk.look()
    desk.stage(Stage.OPPORTUNITY, "late.example")
    desk.say(Play.SNOOZED, until="12 09:00")
    texts = {at: desk.channel.shown[-1].text for at in ("9 09:00", "10 09:00", "11 09:00") if desk.round(at)}
    assert texts == {"10 09:00": "2 due this week"}
    desk.close()


@pytest.mark.parametrize(
    ("answered", "told"),
    [("52 10:00", "Woke up: meyer.example; 1 more to do today"), ("20 10:00", "1 more to do today")],
)
def test_who_wakes_a_dormant_thread_is_named(desk: Desk, answered: str, told: str) -> None:
    """An offer of the 2nd of March; thirty working days on it is the 13th of April, the "44th"."""
    kicked(desk, Stage.INQUIRY)
    desk.got("a1@meyer.example", answered, answers="k1@acme.test", subject="Re: Offer")
    desk.now = moment(answered)
    desk.look()
    day = {"52 10:00": "53 09:00", "20 10:00": "23 09:00"}[answered]
    assert desk.round(day) == ["Today: nothing overdue near the top"]
    assert desk.channel.shown[-1].text == told


def test_an_unsorted_sender_is_counted(desk: Desk) -> None:
    desk.look()
    desk.got("q1@new.example", "2 11:00", sender="who@new.example", subject="Pumps?")
    assert desk.round("3 09:00") == ["Today: nothing overdue near the top"]
    assert desk.channel.shown[0].text == "1 unsorted sender never answered"


def test_nothing_to_say_is_not_said(desk: Desk) -> None:
    desk.look()
    assert [desk.round(f"{day} 09:00") for day in (3, 4, 5)] == [[], [], []]


def test_it_waits_until_everything_was_read(desk: Desk) -> None:
    kicked(desk, Stage.INQUIRY)
    desk.round("9 10:00")
    desk.now = moment("10 09:00")  # a night passed, and nothing was read
    assert desk.remind() == []
    assert desk.round("10 09:10") == ["Today: nothing overdue near the top"]


def test_it_is_tried_again_when_nobody_took_it(desk: Desk) -> None:
    kicked(desk, Stage.INQUIRY)
    desk.channel.refuses = "nobody"
    for minute in range(4):
        assert desk.round(f"10 09:0{minute}") == ["Today: nothing overdue near the top"]
    assert desk.channel.shown == []
    desk.channel.refuses = ""
    assert desk.round("10 09:10") == ["Today: nothing overdue near the top"]
    assert desk.round("10 09:15") == []


def test_the_config_can_switch_it_off(tmp_path: Path) -> None:
    off = Desk(tmp_path, alerts={"digest": False})
    kicked(off, Stage.INQUIRY)
    assert [off.round(f"{day} 09:00") for day in (10, 11)] == [[], []]
    off.close()


def test_it_waits_until_the_last_words_of_it_were_read(desk: Desk) -> None:
    """Given once a day, it would count somebody as silent who wrote "will revert on Friday"."""
    kicked(desk)
    with desk.last_words_unread():
        assert desk.round("6 09:00") == []
    assert desk.round("6 09:01") == ["Opportunity · meyer.example: they owe a reply", "Today: 1 overdue"]
