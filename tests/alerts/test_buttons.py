"""Pop-ups with buttons, pressed as a person does: through dunst's menu, and with the mouse on
notification-daemon, which draws them.
"""

from __future__ import annotations

import os
import queue
import signal
import threading
from collections.abc import Iterator

import pytest

from tests.alerts.conftest import sign_in
from tests.servers import need
from tests.servers.desktop import TOOLS, TOOLS_WITH_BUTTONS, Desktop
from watcher.alerts import buttons as with_buttons
from watcher.alerts.channel import Answer, PopUp, Press
from watcher.alerts.desktop import DesktopChannel, desktop_report

pytestmark = pytest.mark.desktop

THREE = (Answer.OPEN, Answer.SNOOZE, Answer.DONE)
TITLE = "PI · Meyer Armaturen: they owe a reply"
TEXT = "4 working days. Re: PI 2026-031. You wrote last on Fri 13 Mar."
WITHIN_SECONDS = 20.0


def about(*waits: str, rows: tuple[int, ...] = (7, 8), text: str = TEXT) -> PopUp:
    return PopUp(TITLE, text, about=frozenset(waits), buttons=THREE, rows=rows)


class Ear:
    """A channel, and what it heard."""

    def __init__(self) -> None:
        self._heard: queue.Queue[Press] = queue.Queue()
        self.channel = DesktopChannel()
        self.channel.listen(self._heard.put)

    def next(self) -> Press:
        return self._heard.get(timeout=WITHIN_SECONDS)

    def nothing(self) -> bool:
        return self._heard.empty()

    @property
    def remembered(self) -> int:
        """How many pop-ups desktop-notifier remembers."""
        assert self.channel._buttons and self.channel._buttons._backend
        backend = self.channel._buttons._backend
        return max(
            len(backend._notification_cache), len(backend._platform_to_interface_notification_identifier)
        )


@pytest.fixture
def ear() -> Iterator[Ear]:
    made = Ear()
    yield made
    made.channel.close()


@pytest.fixture(params=["dunst", "notification-daemon"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desktop]:
    """A desktop with the one server, and with the other."""
    draws = request.param == "notification-daemon"
    need(*(TOOLS_WITH_BUTTONS if draws else TOOLS))
    with Desktop(notification_daemon=draws) as desktop:
        sign_in(desktop, monkeypatch)
        yield desktop


@pytest.mark.parametrize(
    ("label", "answer"), [("Open", Answer.OPEN), ("Snooze a day", Answer.SNOOZE), ("Done", Answer.DONE)]
)
def test_a_pressed_button_is_heard(either: Desktop, ear: Ear, label: str, answer: Answer) -> None:
    took = ear.channel.deliver(about("a"))
    assert (took.delivered, took.heard, took.handle != "") == (True, True, True)
    assert [call[5] for call in either.calls()] == [
        ["default", "", "open", "Open", "snooze", "Snooze a day", "done", "Done"]
    ]
    either.press(label)
    assert ear.next() == Press((7, 8), answer)
    assert ear.nothing()
    assert ear.remembered == 0


def test_a_pop_up_closed_by_the_person_is_answered(either: Desktop, ear: Ear) -> None:
    assert ear.channel.deliver(about("a")).heard
    either.close_pop_up()
    assert ear.next() == Press((7, 8), Answer.CLOSED)
    assert ear.remembered == 0


def test_what_we_take_back_is_no_answer(either: Desktop, ear: Ear) -> None:
    """And what was remembered of it is given up: no daemon may grow with its pop-ups."""
    for number in range(5):
        assert ear.channel.deliver(about("a", rows=(number,))).heard
    assert ear.channel.deliver(about("b", rows=(9,))).heard
    ear.channel.recall({"b"})
    either.close_pop_up()
    assert ear.next() == Press((9,), Answer.CLOSED)
    assert ear.nothing()
    assert ear.remembered == 0
    assert either.closed() == 6


def test_a_later_process_takes_back_what_an_earlier_one_left(either: Desktop, ear: Ear) -> None:
    earlier = Ear()
    handle = earlier.channel.deliver(about("a")).handle
    earlier.channel.close()
    ear.channel.adopt({frozenset({"a"}): handle})
    assert ear.channel.deliver(about("a", rows=(9,))).heard  # in its place
    either.close_pop_up()
    assert ear.next() == Press((9,), Answer.CLOSED)
    assert either.closed() == 2


def test_a_handle_of_another_login_closes_nothing(either: Desktop, ear: Ear) -> None:
    bus, owner, number = ear.channel.deliver(about("a")).handle.split()
    ear.channel.adopt({frozenset({"b"}): f"{'0' * len(bus)} {owner} {number}", frozenset({"c"}): "x"})
    ear.channel.recall({"a"})
    either.close_pop_up()
    assert ear.next().answer is Answer.CLOSED


@pytest.mark.parametrize(
    ("title", "text", "shown_title", "shown_text"),
    [
        ("-u critical", "--help", "\u2010u critical", "\u2010-help"),
        ("<b>x</b>", "<b>x</b> & y", "<b>x</b>", "&lt;b&gt;x&lt;/b&gt; &amp; y"),
        ("\u202ecod.exe\u2066", "a\u200bb\u2028c\r\nd", "cod.exe", "ab c d"),
        (r"\033[31m", r"\033[31m red \n \"", r"\033[31m", r"\033[31m red \n \""),
        ("\x1b[31mred\x07", "\x1b]0;owned\x07ok\x00", "red", "ok"),
        ("%s%n", "\ud83d half", "%s%n", "\ufffd half"),
        ("x" * 10_000, "报价" * 5_000, "x" * 99 + "…", ("报价" * 150)[:299] + "…"),
        ("", "", "watcher", ""),
    ],
)  # fmt: skip
def test_hostile_words_arrive_inert(
    desktop: Desktop, ear: Ear, title: str, text: str, shown_title: str, shown_text: str
) -> None:
    assert ear.channel.deliver(PopUp(title, text, buttons=THREE, rows=(1,))).heard
    assert desktop.shown() == [(shown_title, shown_text)]


def test_hostile_words_are_shown_by_the_server_that_draws_them(
    monkeypatch: pytest.MonkeyPatch, ear: Ear
) -> None:
    """notification-daemon ends on nothing of it, and its buttons stay where they are."""
    need(*TOOLS_WITH_BUTTONS)
    with Desktop(notification_daemon=True) as desktop:
        sign_in(desktop, monkeypatch)
        words = "<b>x</b> & <a href='http://ads.example'>y \u202e \x1b[31m \ud83d" + "报" * 10_000
        assert ear.channel.deliver(PopUp("-" + "x " * 5_000, words, buttons=THREE, rows=(1,))).heard
        desktop.press("Done")
        assert ear.next() == Press((1,), Answer.DONE)


def test_urgency_and_stay_reach_the_server(desktop: Desktop, ear: Ear) -> None:
    assert ear.channel.deliver(PopUp(TITLE, TEXT, urgent=True, buttons=THREE)).heard
    assert [(call[6]["urgency"], call[7]) for call in desktop.calls()] == [(("y", 2), 0)]


def test_after_the_server_was_started_anew_buttons_are_heard(desktop: Desktop, ear: Ear) -> None:
    assert ear.channel.deliver(about("a")).heard
    desktop.kill_server()
    desktop.start_server()
    assert ear.channel.deliver(about("b", rows=(9,))).heard
    assert ear.remembered == 1  # what the other server showed is given up
    desktop.press("Done")
    assert ear.next() == Press((9,), Answer.DONE)


def test_after_another_login_buttons_are_heard(monkeypatch: pytest.MonkeyPatch, ear: Ear) -> None:
    need(*TOOLS)
    for row in (1, 2):
        with Desktop() as desktop:
            sign_in(desktop, monkeypatch)
            assert ear.channel.deliver(about("a", rows=(row,))).heard
            desktop.press("Done")
            assert ear.next() == Press((row,), Answer.DONE)


def test_a_server_without_buttons_is_given_none(
    desktop: Desktop, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watcher.alerts.session_bus.BUTTONS", "of-another-world")
    took = ear.channel.deliver(about("a"))
    assert (took.delivered, took.heard) == (True, False)
    assert [call[5] for call in desktop.calls()] == [[]]
    assert not desktop_report().buttons


def test_without_desktop_notifier_plyer_shows_it(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(with_buttons, "available", lambda: False)
    ear = Ear()
    took = ear.channel.deliver(about("a"))
    assert (took.delivered, took.heard) == (True, False)
    assert desktop.shown() == [(TITLE, TEXT)]


def test_where_desktop_notifier_fails_plyer_shows_it_once(
    desktop: Desktop, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the bus is found by the runtime folder alone, which dbus-fast does not look for."""
    runtime = desktop.env["DBUS_SESSION_BUS_ADDRESS"].removeprefix("unix:path=").removesuffix("/bus")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
    for times in (1, 2):
        took = ear.channel.deliver(about("a"))
        assert (took.delivered, took.heard) == (True, False)
        assert desktop.shown() == [(TITLE, TEXT)] * times


def test_a_server_that_hangs_is_not_waited_for(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor asked a second time: it may show the first when it wakes."""
    monkeypatch.setattr("watcher.alerts.buttons.SEND_SECONDS", 0.2)
    ear = Ear()
    assert ear.channel.deliver(about("a")).heard
    pid = desktop.pid("dunst")
    monkeypatch.setattr(
        "watcher.alerts.session_bus.Watch.taker", lambda *_: pytest.fail("nobody was to be asked")
    )
    send = with_buttons.Buttons.send

    def stop_first(self: with_buttons.Buttons, *what: object) -> None:
        os.kill(pid, signal.SIGSTOP)
        send(self, *what)  # type: ignore[arg-type]

    monkeypatch.setattr(with_buttons.Buttons, "send", stop_first)
    took = ear.channel.deliver(about("b"))
    assert (took.delivered, took.answer.partition(":")[0]) == (
        False,
        "the notification server does not answer",
    )
    ear.channel.close()
    assert not [one for one in threading.enumerate() if one.name == "pop-ups"]


def test_who_listens_last_hears_of_earlier_pop_ups_too(desktop: Desktop, ear: Ear) -> None:
    assert ear.channel.deliver(about("a")).heard
    later: queue.Queue[Press] = queue.Queue()
    ear.channel.listen(later.put)
    desktop.press("Done")
    assert later.get(timeout=WITHIN_SECONDS) == Press((7, 8), Answer.DONE)
    assert ear.nothing()


def test_it_ends_at_once_and_leaves_pop_ups_standing(desktop: Desktop) -> None:
    ear = Ear()
    assert ear.channel.deliver(about("a")).heard
    ear.channel.close()
    assert not [one for one in threading.enumerate() if one.name == "pop-ups"]
    assert desktop.on_screen() == 1
    ear.channel.close()  # twice is no harm
