"""What pops up, and when: never lost, never twice, one a customer, within the rep's hours (DESIGN 2.6)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.remind.desk import Desk, Recorder, kicked, moment
from watcher.alerts.channel import Delivery, PopUp
from watcher.alerts.wording import sign_in_refused
from watcher.domain.stages import Stage
from watcher.domain.turns import Play
from watcher.store import glance

THEY_OWE = "Opportunity · meyer.example: they owe a reply"
YOU_OWE = "Opportunity · meyer.example: you owe a reply"
THEIRS = [("opportunity", "theirs", step) for step in (0, 1, 2)]
WEEKDAYS = [f"{day} 09:00" for day in range(3, 20) if moment(f"{day} 09:00").isoweekday() < 6]


def test_three_steps_and_then_the_digest_only(desk: Desk) -> None:
    """Due on Thursday at 18:00, when the rep is gone: shown on Friday; then two and five working days on."""
    kicked(desk)
    assert {at: desk.round(at) for at in WEEKDAYS} == {
        at: [THEY_OWE] if at in ("6 09:00", "10 09:00", "13 09:00") else [] for at in WEEKDAYS
    }
    assert desk.channel.shown[-1].text.endswith("From now on in the digest only.")
    assert [desk.ledger()[one] for one in THEIRS] == [("delivered", 1)] * 3


def test_what_is_overdue_on_the_first_day_never_pops_up(desk: Desk) -> None:
    """The first review that saw every folder notes it; one that did not waits for one that does."""
    desk.sent("k1@acme.test", "2 09:00")
    desk.now = moment("19 09:00")
    desk.app.review()
    desk.stage(Stage.OPPORTUNITY)
    assert desk.report().held_back == "the mailbox was not read to the end yet"
    assert desk.round("19 09:05") == []
    assert [desk.ledger()[one] for one in THEIRS] == [("baseline", 0)] * 3
    assert desk.round("20 09:00") == []


def test_what_the_rep_says_after_the_first_look_is_news(desk: Desk) -> None:
    desk.sent("k1@acme.test", "2 09:00")
    desk.now = moment("19 09:00")
    desk.look()
    desk.stage(Stage.OPPORTUNITY)
    assert desk.round("19 09:05") == [THEY_OWE]


def test_the_steps_after_the_first_day_are_shown(desk: Desk) -> None:
    desk.sent("k1@acme.test", "2 09:00")
    desk.now = moment("6 09:00")
    desk.app.review()  # not read to the end: no baseline yet
    desk.stage(Stage.OPPORTUNITY)
    assert [desk.round(at) for at in ("6 09:05", "9 09:00", "10 09:00")] == [[], [], [THEY_OWE]]


def test_after_four_follow_ups_its_words_change(desk: Desk) -> None:
    """The first kick is none; each follow-up gives them longer; after four another one is no answer."""
    kicked(desk)
    for day in (3, 4, 5, 6):
        desk.sent(f"k{day}@acme.test", f"{day} 09:00", answers="k1@acme.test", subject="Re: Offer")
    assert desk.round("19 17:00") == []  # three days thrice: Thursday the 19th, 18:00
    assert desk.round("20 09:00") == ["Opportunity · meyer.example: silent after 4 follow-ups"]
    assert desk.channel.shown[0].text.endswith("Call them, or move them down.")


@pytest.mark.parametrize("answered", ["6 10:00", "6 20:00"])  # within the rep's hours and after them
def test_a_pop_up_is_taken_back_when_they_answer(desk: Desk, answered: str) -> None:
    kicked(desk)
    assert desk.round("6 09:00") == [THEY_OWE]
    desk.round("6 09:30")
    assert list(desk.channel.standing.values()) == [THEY_OWE]
    desk.got("a1@meyer.example", answered, answers="k1@acme.test", subject="Re: Offer")
    desk.round(answered)
    assert desk.channel.standing == {}
    told = {(one.step, one.state): one.pressed for one in glance.ledger(desk.app.store.path)}
    assert told[0, "delivered"] == "taken_down"
    desk.round("6 20:30")
    with desk.app.store.reading() as connection:
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM press").scalar_one() == 1


def test_the_next_step_speaks_of_the_same_wait(desk: Desk) -> None:
    kicked(desk)
    desk.round("6 09:00")
    first = list(desk.channel.standing)
    assert desk.round("10 09:00") == [THEY_OWE]
    assert list(desk.channel.standing) == first


def test_a_quiet_holds_everything_back_until_it_ends(desk: Desk) -> None:
    kicked(desk)
    desk.now = moment("6 09:00")
    desk.quiet("6 11:00")
    shown = {at: desk.round(at) for at in ("6 09:00", "6 10:59", "6 11:00", "6 11:01")}
    assert shown == {"6 09:00": [], "6 10:59": [], "6 11:00": [THEY_OWE], "6 11:01": []}
    assert desk.ledger()[THEIRS[0]] == ("delivered", 1)


def test_a_quiet_says_why_and_withdraws_what_was_settled_meanwhile(desk: Desk) -> None:
    kicked(desk)
    desk.quiet("9 09:00")
    desk.now = moment("6 09:00")
    desk.look()
    assert desk.report().held_back == "the rep wants quiet"
    desk.got("a1@meyer.example", "6 10:00", answers="k1@acme.test", subject="Re: Offer")
    assert desk.round("9 09:00") == []  # their answer came, and is ours until Monday afternoon
    assert desk.ledger()[THEIRS[0]] == ("withdrawn", 0)


def test_a_quiet_holds_back_what_is_about_no_customer_too(desk: Desk) -> None:
    refused = sign_in_refused("work", "no")
    desk.now = moment("6 09:00")
    desk.quiet("6 11:00")
    assert not desk.app.tell(refused)
    desk.now = moment("6 11:00")
    assert desk.app.tell(refused)


def test_one_pop_up_a_customer(desk: Desk) -> None:
    desk.look()
    desk.got("q1@meyer.example", "2 08:30", subject="Pumps")
    desk.got("q2@meyer.example", "2 08:40", subject="Spare parts", sender="bert@meyer.example")
    desk.sent("k1@acme.test", "2 09:00", to="carl@meyer.example", subject="Valves")
    desk.now = moment("2 10:00")
    desk.look()
    desk.stage(Stage.OPPORTUNITY)
    assert desk.round("6 09:00") == [YOU_OWE]
    assert {state for state, _ in desk.ledger().values()} >= {"delivered"}
    assert desk.round("6 09:05") == []


@pytest.mark.parametrize(
    ("customers", "titles"),
    [
        (1, ["Opportunity · c0.example: they owe a reply"]),
        (5, [f"Opportunity · c{one}.example: they owe a reply" for one in range(5)]),
        (6, ["6 customers are waiting: 6 opportunity"]),
    ],
)
def test_more_than_five_become_one(desk: Desk, customers: int, titles: list[str]) -> None:
    desk.look()
    for one in range(customers):
        desk.sent(f"k{one}@acme.test", f"2 09:0{one}", to=f"a@c{one}.example", subject=f"Offer {one}")
    desk.now = moment("2 10:00")
    desk.look()
    for one in range(customers):
        desk.stage(Stage.OPPORTUNITY, f"c{one}.example")
    assert desk.round("6 09:00") == titles
    assert len(desk.notified()) == customers
    assert desk.round("6 09:05") == []


def test_the_top_of_the_pyramid_comes_first(desk: Desk) -> None:
    desk.look()
    for name in ("low", "top", "mid"):
        desk.sent(f"{name}@acme.test", "2 09:00", to=f"a@{name}.example", subject=name)
    desk.now = moment("2 10:00")
    desk.look()
    for name, stage in (("low", Stage.OPPORTUNITY), ("mid", Stage.PI), ("top", Stage.WON)):
        desk.stage(stage, f"{name}.example")
    found = desk.round("17 09:00")
    assert [one.partition(":")[0] for one in found] == [
        "Won · top.example",
        "PI · mid.example",
        "Opportunity · low.example",
    ]


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        ("5 18:00", []),  # due, and the rep is gone
        ("6 08:59", []),
        ("6 09:00", [THEY_OWE]),
        ("6 17:59", [THEY_OWE]),
        ("6 18:00", []),
        ("7 10:00", []),  # Saturday
        ("9 09:00", [THEY_OWE]),
    ],
)
def test_it_waits_for_the_rep(desk: Desk, at: str, shown: list[str]) -> None:
    kicked(desk)
    assert desk.round(at) == shown


def test_outside_the_hours_is_said(desk: Desk) -> None:
    kicked(desk)
    desk.now = moment("6 07:00")
    desk.look()
    assert desk.report().held_back == "outside working hours"


def test_a_day_off_of_the_reps_is_no_working_day(tmp_path: Path) -> None:
    desk = Desk(tmp_path, rep={"time_zone": "UTC", "holidays": ["2026-03-06"]})
    kicked(desk)
    assert [desk.round(at) for at in ("6 10:00", "9 10:00")] == [[], [THEY_OWE]]
    desk.close()


# ── the ball moves ──


def test_withdrawn_when_the_ball_moves_and_planned_when_it_comes_back(desk: Desk) -> None:
    kicked(desk)
    desk.round("5 10:00")
    desk.say(Play.DONE)
    assert desk.round("6 09:00") == []
    assert [desk.ledger()[one][0] for one in THEIRS] == ["withdrawn"] * 3
    with desk.store.writing() as connection:  # the rep takes the word back
        connection.exec_driver_sql("DELETE FROM word")
        connection.exec_driver_sql("UPDATE customer SET said = 1")
    assert desk.round("6 09:05") == [THEY_OWE]


def test_an_answer_withdraws_for_good(desk: Desk) -> None:
    kicked(desk)
    desk.round("5 10:00")
    desk.got("a1@meyer.example", "5 17:59", answers="k1@acme.test", subject="Re: Offer")
    assert desk.round("6 09:00") == []
    assert desk.round("6 16:00") == [YOU_OWE]
    assert [desk.ledger()[one][0] for one in THEIRS] == ["withdrawn"] * 3


def test_what_the_rep_settles_while_another_pop_up_is_shown_is_not_shown(desk: Desk) -> None:
    desk.look()
    for name in ("one", "two"):
        desk.sent(f"{name}@acme.test", "2 09:00", to=f"a@{name}.example", subject=name)
    desk.now = moment("2 10:00")
    desk.look()
    for name in ("one", "two"):
        desk.stage(Stage.OPPORTUNITY, f"{name}.example")
    desk.channel.meanwhile = lambda: desk.say(Play.DONE, customer="two.example")
    assert desk.round("6 09:00") == ["Opportunity · one.example: they owe a reply"]
    assert len(desk.channel.shown) == 1


def test_a_new_stage_is_a_new_reminder(desk: Desk) -> None:
    kicked(desk)
    assert desk.round("6 09:00") == [THEY_OWE]
    desk.stage(Stage.PI)
    assert desk.round("6 09:05") == ["PI · meyer.example: they owe a reply"]
    assert desk.ledger()[("opportunity", "theirs", 0)] == ("delivered", 1)
    assert desk.ledger()[("opportunity", "theirs", 1)] == ("withdrawn", 0)


@pytest.mark.parametrize("way", ["snooze", "hold"])
def test_what_was_put_off_rings_at_its_end(desk: Desk, way: str) -> None:
    kicked(desk)
    assert desk.round("6 09:00") == [THEY_OWE]
    if way == "snooze":
        desk.say(Play.SNOOZED, until="17 14:00")
    else:
        desk.hold("17 14:00")
    ats = [f"{day} 09:00" for day in (9, 10, 13, 16, 17)]
    assert [one for at in ats for one in desk.round(at)] == []
    assert desk.round("17 14:00") == [THEY_OWE]


def test_an_inquiry_does_not_pop_up(desk: Desk) -> None:
    kicked(desk, Stage.INQUIRY)
    assert [one for at in WEEKDAYS for one in desk.round(at)] == []
    assert desk.ledger()[("inquiry", "theirs", 0)] == ("planned", 0)


def test_planning_twice_adds_nothing(desk: Desk) -> None:
    kicked(desk)
    desk.round("5 10:00")
    before = desk.ledger()
    desk.remind()
    desk.now = moment("5 11:00")
    desk.remind()
    assert desk.ledger() == before
    assert len(before) == 3


# ── nobody takes it ──


def test_what_nobody_took_is_tried_until_somebody_does(desk: Desk) -> None:
    kicked(desk)
    desk.channel.refuses = "no notification server"
    for minute in range(5):
        assert desk.round(f"6 09:0{minute}") == [THEY_OWE]  # tried
    assert desk.ledger()[THEIRS[0]] == ("planned", 0)
    assert desk.notified() == [("recorder", False, "no notification server")]  # said once
    desk.channel.refuses = ""
    assert desk.round("6 10:00") == [THEY_OWE]  # not "again": nobody saw it
    assert desk.ledger()[THEIRS[0]] == ("delivered", 1)
    assert desk.round("6 10:05") == []


class Deaf:
    """A channel that nobody listens at."""

    name = "deaf"

    def deliver(self, pop_up: PopUp) -> Delivery:
        return Delivery(False, self.name, f"nobody ({len(pop_up.title)})")


def test_one_channel_that_takes_it_is_enough(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.app.channels = (Deaf(), desk.channel)
    kicked(desk)
    assert desk.round("6 09:00") == [THEY_OWE]
    assert [(name, taken) for name, taken, _ in desk.notified()] == [("deaf", False), ("recorder", True)]
    assert desk.round("6 09:05") == []
    desk.close()


def test_asked_to_end_it_shows_nothing_more(desk: Desk) -> None:
    kicked(desk)
    desk.round("5 10:00")
    desk.app.stop()
    assert desk.round("6 09:00") == []
    assert desk.ledger()[THEIRS[0]] == ("planned", 0)


@pytest.mark.parametrize(
    ("at", "takes", "told"),
    [
        ("19 09:00", True, True),
        ("19 03:00", True, False),
        ("21 09:00", True, False),
        ("19 09:00", False, False),
    ],
)
def test_what_is_about_no_customer_keeps_the_hours_too(desk: Desk, at: str, takes: bool, told: bool) -> None:
    """Whoever was not told is told later: the daemon asks again each minute."""
    desk.now = moment(at)
    desk.channel.refuses = "" if takes else "nobody there"
    assert desk.app.tell(sign_in_refused("work", "mail.acme.test refused the password.")) is told
    assert len(desk.channel.shown) == told


class Picky(Recorder):
    """A channel that wants PIs alone."""

    def wants(self, pop_up: PopUp) -> bool:
        return "pi" in pop_up.stages


def test_a_channel_is_asked_for_what_it_wants_and_what_none_wants_is_not_said_again(tmp_path: Path) -> None:
    picky = Picky()
    desk = Desk(tmp_path, [picky])
    kicked(desk, Stage.OPPORTUNITY)
    assert desk.round("6 09:00") == ["Opportunity · meyer.example: they owe a reply"]
    assert picky.shown == []
    assert desk.notified() == [("none", True, "the config sends this stage nowhere")]
    assert desk.round("6 09:01") == []
    desk.close()


def test_a_pop_up_says_of_which_stages_and_customers_it_is(tmp_path: Path) -> None:
    picky = Picky()
    desk = Desk(tmp_path, [picky])
    kicked(desk, Stage.PI)
    desk.round("6 09:00")
    (shown,) = picky.shown
    assert (shown.stages, shown.names) == (("pi",), ("meyer.example",))
    desk.close()
