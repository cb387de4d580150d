"""What people do with pop-ups: a press reaches the store as a word, does no harm when it comes too late, and
what nobody answered comes back once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.remind.desk import Desk, Recorder, kicked, moment
from watcher.alerts.channel import Answer, Delivery, PopUp, Press, deliver
from watcher.domain.stages import Stage
from watcher.domain.turns import Play
from watcher.store import glance

OPEN, SNOOZE, DONE, CLOSED = Answer.OPEN, Answer.SNOOZE, Answer.DONE, Answer.CLOSED
FIRST = ("opportunity", "theirs", 0)
TITLE = "Opportunity · meyer.example: they owe a reply"


class Screen(Recorder):
    """A channel whose pop-ups stand on a screen that outlives the process."""

    def __init__(self, *, heard: bool = True) -> None:
        super().__init__()
        self.heard = heard
        self.adopted: dict[frozenset[str], str] = {}

    def listen(self, hear: Callable[[Press], None]) -> None:
        self.hear = hear

    def adopt(self, standing: Mapping[frozenset[str], str]) -> None:
        self.adopted = dict(standing)

    def close(self) -> None:
        pass

    def deliver(self, pop_up: PopUp) -> Delivery:
        took = super().deliver(pop_up)
        return (
            replace(took, handle=f"bus :1.2 {len(self.shown)}", heard=self.heard) if took.delivered else took
        )

    def press(self, answer: Answer, number: int = -1) -> None:
        """As a person does, on the last pop-up."""
        self.hear(Press(self.shown[number].rows, answer))


class Rep(Desk):
    """A desk with such a screen, and somebody who presses at once."""

    def __init__(self, folder: Path, screen: Screen) -> None:
        super().__init__(folder, [screen])
        self.screen = screen
        self.opened: list[int | None] = []
        self.app._opened = lambda thread: self.opened.append(thread) or True  # type: ignore[func-returns-value, method-assign]
        self.app.listen(self.app.answer)

    def again(self) -> Rep:
        """The daemon ends, and is started once more, a new screen in its hands."""
        self.close()
        new = Rep(self.config.path.parent, Screen(heard=self.screen.heard))
        new.now, new._uid = self.now, self._uid
        return new

    def turn(self) -> tuple[str, str]:
        (one,) = glance.threads(self.store.path)
        return one.turn, one.reason

    def pressed(self) -> list[tuple[str, str]]:
        with self.store.reading() as connection:
            rows = connection.exec_driver_sql("SELECT answer, outcome FROM press ORDER BY id").all()
        return [(row[0], row[1]) for row in rows]


@pytest.fixture
def rep(tmp_path: Path) -> Iterator[Rep]:
    made = Rep(tmp_path, Screen())
    yield made
    made.close()


@pytest.fixture
def asked(rep: Rep) -> Rep:
    """Thursday, 17:59 the last poll, 18:00 the due of Anna's answer, Friday 9:00 the pop-up."""
    kicked(rep)
    assert rep.round("6 09:00") == [TITLE]
    return rep


# ── what a pop-up offers ──


def test_one_thread_can_be_opened_snoozed_and_done(asked: Rep) -> None:
    assert [one.buttons for one in asked.screen.shown] == [(OPEN, SNOOZE, DONE)]


@pytest.mark.daemon
def test_many_customers_and_a_deal_without_a_thread_are_only_opened(rep: Rep) -> None:
    rep.look()
    for number in range(6):
        rep.sent(f"k{number}@acme.test", "2 09:00", to=f"anna@c{number}.example")
    rep.now = moment("2 10:00")
    rep.look()
    for number in range(6):
        rep.stage(Stage.OPPORTUNITY, f"c{number}.example")
    (title,) = rep.round("6 09:00")
    assert title.startswith("6 customers")
    assert rep.screen.shown[-1].buttons == (OPEN,)
    rep.screen.press(OPEN)
    assert rep.opened == [None]
    rep.screen.press(DONE)  # no server shows it; it would do nothing
    assert {one.turn for one in glance.threads(rep.store.path)} == {"theirs"}


# ── what a press does ──


def test_done_is_the_rep_s_word(asked: Rep) -> None:
    asked.screen.press(DONE)
    assert asked.turn() == ("nobody", "done")
    assert asked.pressed() == [("done", "thread 1")]
    assert asked.ledger()[FIRST] == ("pressed", 1)
    assert asked.round("6 12:00") == []


def test_a_snooze_asks_again_at_the_next_opening(asked: Rep) -> None:
    asked.screen.press(SNOOZE)
    assert asked.pressed() == [("snooze", "thread 1 until 2026-03-07T09:00:00+00:00")]
    assert asked.round("6 17:00") == []
    assert asked.round("9 08:59") == []  # the 7th is a Saturday
    assert asked.round("9 09:00") == [TITLE]


def test_open_opens_the_thread_and_leaves_the_ball_where_it_is(asked: Rep) -> None:
    asked.screen.press(OPEN)
    assert asked.opened == [1]
    assert asked.turn() == ("theirs", "sent_last")
    assert asked.pressed() == [("open", "thread 1")]


def test_closing_is_an_answer_that_says_nothing(asked: Rep) -> None:
    asked.screen.press(CLOSED)
    assert (asked.turn()[0], asked.ledger()[FIRST]) == ("theirs", ("pressed", 1))
    assert asked.opened == []


@pytest.mark.daemon
def test_a_pressed_pop_up_is_followed_by_the_next_nudge(asked: Rep) -> None:
    asked.screen.press(OPEN)
    assert asked.round("9 18:00") == []
    assert asked.round("10 09:00") == [TITLE]
    assert asked.ledger()[("opportunity", "theirs", 1)] == ("delivered", 1)


# ── too late ──


@pytest.mark.parametrize("answer", [DONE, SNOOZE])
def test_a_press_after_they_wrote_is_only_noted(asked: Rep, answer: Answer) -> None:
    """Read, and not judged yet: the press comes before the next round."""
    asked.got("a1@meyer.example", "6 09:30", answers="k1@acme.test")
    asked.now = moment("6 09:31")
    asked.screen.press(answer)
    assert asked.turn() == ("ours", "received_last")
    assert asked.pressed() == [(answer.value, "nothing: the ball had moved since")]


def test_a_press_before_their_mail_was_read_silences_it_not(asked: Rep) -> None:
    """They wrote at 9:30, it is pressed at 9:31, and read at 9:35."""
    asked.now = moment("6 09:31")
    asked.screen.press(DONE)
    assert asked.turn() == ("nobody", "done")
    asked.got("a1@meyer.example", "6 09:30", answers="k1@acme.test")
    asked.round("6 09:35")
    assert asked.turn() == ("ours", "received_last")


@pytest.mark.daemon
def test_a_snooze_before_their_mail_was_read_ends_with_it(asked: Rep) -> None:
    asked.now = moment("6 09:31")
    asked.screen.press(SNOOZE)
    asked.got("a1@meyer.example", "6 09:30", answers="k1@acme.test")
    asked.round("6 09:35")
    assert [(one.turn, one.snoozed_until) for one in glance.threads(asked.store.path)] == [("ours", None)]


@pytest.mark.daemon
def test_what_is_pressed_twice_is_said_once(asked: Rep) -> None:
    asked.screen.press(OPEN)
    asked.screen.press(DONE)
    assert asked.pressed()[1:] == [("done", "nothing: it was answered before")]
    assert asked.turn()[0] == "theirs"


@pytest.mark.daemon
def test_a_press_after_the_stage_was_moved_is_only_noted(asked: Rep) -> None:
    asked.stage(Stage.PI)
    asked.screen.press(DONE)
    assert asked.pressed() == [("done", "nothing: the ball had moved since")]


@pytest.mark.daemon
def test_a_press_after_the_rep_s_own_word_is_only_noted(asked: Rep) -> None:
    asked.say(Play.LOGGED)
    asked.screen.press(DONE)
    assert asked.pressed() == [("done", "nothing: the ball had moved since")]
    assert asked.turn() == ("theirs", "logged")


@pytest.mark.daemon
def test_a_press_on_rows_that_are_gone_is_nothing(asked: Rep) -> None:
    for answer in Answer:
        asked.screen.hear(Press((4711,), answer))
        asked.screen.hear(Press((), answer))
    assert asked.pressed() == []
    assert asked.opened == [None, None]


def test_a_press_while_the_pop_up_is_still_being_noted_counts(rep: Rep) -> None:
    """A person may be faster than the channel's answer."""
    kicked(rep)
    deliver_first = rep.screen.deliver

    def pressed_at_once(pop_up: PopUp) -> Delivery:
        took = deliver_first(pop_up)
        rep.screen.press(DONE)
        return took

    rep.screen.deliver = pressed_at_once  # type: ignore[method-assign]
    assert rep.round("6 09:00") == [TITLE]
    assert rep.ledger()[FIRST] == ("pressed", 1)
    assert rep.turn() == ("nobody", "done")


# ── after a start ──


@pytest.mark.daemon
def test_what_nobody_answered_comes_back_once_and_says_so(asked: Rep) -> None:
    for expected in ([f"{TITLE} (again)"], [], []):
        asked = asked.again()
        assert asked.round("6 10:00") == expected
    assert asked.ledger()[FIRST] == ("delivered", 2)
    asked.close()


@pytest.mark.daemon
def test_it_comes_back_in_place_of_the_one_that_stands(asked: Rep) -> None:
    (shown,) = asked.screen.shown
    asked = asked.again()
    asked.round("6 10:00")
    assert asked.screen.adopted == {shown.about: "bus :1.2 1"}
    assert asked.screen.shown[0].about == shown.about
    asked.close()


@pytest.mark.daemon
@pytest.mark.parametrize("answer", list(Answer))
def test_what_was_answered_does_not_come_back(asked: Rep, answer: Answer) -> None:
    asked.screen.press(answer)
    asked = asked.again()
    assert asked.round("6 10:00") == []
    asked.close()


@pytest.mark.daemon
def test_it_waits_for_working_hours(asked: Rep) -> None:
    asked = asked.again()
    assert asked.round("6 18:30") == []
    assert asked.round("7 10:00") == []
    assert asked.round("9 09:00") == [f"{TITLE} (again)"]
    asked.close()


@pytest.mark.daemon
def test_a_wait_that_ended_meanwhile_does_not_come_back(asked: Rep) -> None:
    asked = asked.again()
    asked.got("a1@meyer.example", "6 09:30", answers="k1@acme.test")
    assert asked.round("6 10:00") == []
    assert asked.screen.adopted != {}  # and is taken off the screen
    assert asked.screen.standing == {}
    asked.close()


@pytest.mark.daemon
def test_where_no_answer_would_be_heard_nobody_is_asked_again(tmp_path: Path) -> None:
    """Through plyer: it may have been read and closed."""
    rep = Rep(tmp_path, Screen(heard=False))
    kicked(rep)
    assert rep.round("6 09:00") == [TITLE]
    rep = rep.again()
    assert rep.round("6 10:00") == []
    assert rep.screen.adopted != {}
    rep.close()


# ── the ladder ──


class Deaf(Recorder):
    name = "deaf"

    def deliver(self, pop_up: PopUp) -> Delivery:
        self.shown.append(pop_up)
        return Delivery(False, self.name, "nobody is there")


@pytest.mark.parametrize(
    ("channels", "otherwise", "asked_of"),
    [
        ("tt", "t", "tt-"),  # all of them, and none of the others
        ("dt", "t", "dt-"),
        ("dd", "dtt", "dd-dt"),  # one by one, until one takes it
        ("d", "d", "d-d"),
        ("", "t", "-"),  # [] is silence
    ],
)
def test_all_channels_then_the_first_of_the_others_that_takes_it(
    channels: str, otherwise: str, asked_of: str
) -> None:
    always, others = ([{"t": Recorder, "d": Deaf}[one]() for one in each] for each in (channels, otherwise))
    told = deliver(PopUp("a", "b"), always, others)
    asked = ["".join(name for name, one in zip(names, each, strict=True) if one.shown)
             for names, each in ((channels, always), (otherwise, others))]  # fmt: skip
    assert "-".join(asked) == asked_of
    assert len(told) == len(asked_of) - 1


def test_a_reminder_that_only_the_last_rung_took_is_delivered(desk: Desk) -> None:
    last = Recorder()
    desk.app.channels, desk.app.otherwise = (Deaf(),), (last,)
    kicked(desk)
    assert desk.round("6 09:00") == [TITLE]
    assert [one.title for one in last.shown] == [TITLE]
    assert desk.notified() == [("deaf", False, "nobody is there"), ("recorder", True, "taken")]
    assert desk.ledger()[FIRST] == ("delivered", 1)
