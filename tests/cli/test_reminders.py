"""`watcher reminders`: what is planned next, what was shown, over which channel, with what answer."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import takewhile
from typing import TYPE_CHECKING

import pytest

from tests.cli.kept import NOW
from watcher.alerts.channel import Answer, Delivery, PopUp, Press
from watcher.remind import remind

if TYPE_CHECKING:
    from tests.cli.kept import Desk


@dataclass
class Voice:
    """A channel that takes pop-ups, or says why it does not."""

    delivered: bool = True
    answer: str = "dunst 1.9.0"
    name: str = "desktop"
    taken: list[PopUp] = field(default_factory=list)

    def deliver(self, pop_up: PopUp) -> Delivery:
        self.taken.append(pop_up)
        return Delivery(self.delivered, self.name, self.answer)


def speak(desk: Desk, voice: Voice) -> None:
    with desk.app() as app:
        remind(app.store, app.config, [voice], desk.now, lambda: False)


@pytest.fixture
def reminded(desk: Desk) -> Desk:
    """A desk after its first day: Meyer stands at PI, was asked of, and the next nudges are planned."""
    speak(desk, Voice())
    desk.watcher("stage", "meyer", "pi")
    speak(desk, Voice())
    return desk


def section(said: str, title: str) -> list[str]:
    """The lines beneath a title."""
    _, found, rest = f"\n{said}".partition(f"\n{title}")
    lines = rest.splitlines()[1:] if found else []
    return list(takewhile(lambda line: line.startswith("  "), lines))


def test_nothing_yet(desk: Desk) -> None:
    out = desk.watcher("reminders", "--now", "2020-01-01T00:00:00+00:00").out
    assert out == "Nothing planned, nothing shown.\n"


def test_what_was_shown_and_who_took_it(reminded: Desk) -> None:
    shown = section(reminded.watcher("reminders").out, "SHOWN")
    thread = reminded.thread_of("meyer.de")["thread"]
    assert f"  09:02  meyer.de  theirs, thread {thread} · desktop: dunst 1.9.0" in shown
    row = next(one for one in reminded.read("reminders") if one["state"] == "delivered")
    assert (row["customer"], row["channel"], row["answer"]) == ("meyer.de", "desktop", "dunst 1.9.0")


def test_what_comes_next_is_told_soonest_first(reminded: Desk) -> None:
    rows = [one for one in reminded.read("reminders") if one["state"] == "planned"]
    assert rows
    said = section(reminded.watcher("reminders").out, "NEXT")
    assert len(said) == len(rows)
    assert min(rows, key=lambda one: one["fire_at"])["customer"] in said[0]


def test_what_was_withdrawn_is_told_on_request(reminded: Desk) -> None:
    planned = [one for one in reminded.read("reminders") if one["state"] == "planned"]
    stopped = next(one for one in planned if one["rule"] in ("theirs", "ours"))
    reminded.watcher("done", str(stopped["thread"]))
    speak(reminded, Voice())
    assert section(reminded.watcher("reminders").out, "WITHDRAWN") == []
    withdrawn = section(reminded.watcher("reminders", "--all").out, "WITHDRAWN")
    assert withdrawn
    assert all(stopped["customer"] in line for line in withdrawn)


def test_the_first_day_is_told_on_request(reminded: Desk) -> None:
    assert section(reminded.watcher("reminders", "--all").out, "FIRST DAY")


def test_a_refusal_is_told_with_its_reason(desk: Desk) -> None:
    speak(desk, Voice())
    desk.watcher("stage", "meyer", "pi")
    speak(desk, Voice(delivered=False, answer="no notification server"))
    row = next(one for one in desk.read("reminders") if one["answer"])
    assert (row["state"], row["answer"]) == ("planned", "no notification server")


def test_as_of_a_moment_nothing_later_is_told(reminded: Desk) -> None:
    before = (NOW - timedelta(minutes=1)).isoformat()
    assert reminded.read("reminders", "--all", "--now", before) == []
    assert reminded.read("reminders", "--all", "--now", NOW.isoformat())


def test_planning_twice_adds_nothing(reminded: Desk) -> None:
    before = reminded.read("reminders", "--all")
    speak(replace(reminded), Voice())
    assert reminded.read("reminders", "--all") == before


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer.CLOSED, "closed"),
        (Answer.DONE, "Done: thread"),
        (Answer.SNOOZE, "Snooze a day: thread"),
    ],
)
def test_what_was_pressed_and_what_came_of_it(reminded: Desk, answer: Answer, told: str) -> None:
    with reminded.app() as app:
        with app.store.reading() as connection:
            query = "SELECT id FROM reminder WHERE state = 'delivered' AND thread_id IS NOT NULL"
            shown = connection.exec_driver_sql(query).scalars().all()
        app.answer(Press((shown[0],), answer))
    (line,) = section(reminded.watcher("reminders").out, "ANSWERED")
    assert told in line
    rows = json.loads(reminded.watcher("reminders", "--json").out)
    pressed = [one for one in rows if one["pressed"]]
    assert [(one["state"], one["pressed"]) for one in pressed] == [("pressed", answer.value)]
