"""Pop-ups on a real desktop: what a notification server took, and what nobody did."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
from pathlib import Path

import pytest

from tests.alerts.conftest import PlainServer, sign_in
from tests.servers import need
from tests.servers.desktop import TOOLS, Desktop
from watcher.alerts.channel import Delivery, PopUp
from watcher.alerts.desktop import DesktopChannel, desktop_report
from watcher.alerts.wording import Waiting, pop_up_for

pytestmark = pytest.mark.desktop

MEYER = Waiting("Meyer Armaturen", "PI", "theirs", "theirs", 4, "Re: PI 2026-031", "Fri 13 Mar")
TITLE = "PI · Meyer Armaturen: they owe a reply"
TEXT = "4 working days. Re: PI 2026-031. You wrote last on Fri 13 Mar."


def deliver(title: str = TITLE, text: str = TEXT) -> Delivery:
    return DesktopChannel().deliver(PopUp(title, text))


def put_first_on_path(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_a_pop_up_arrives_once_and_word_for_word(desktop: Desktop) -> None:
    took = DesktopChannel().deliver(pop_up_for(MEYER))

    assert (took.delivered, took.channel) == (True, "desktop")
    assert re.fullmatch(rf"dunst \S+ \({desktop.owner()}\)", took.answer)
    assert desktop.shown() == [(TITLE, TEXT)]
    assert [(kept["summary"], kept["body"], kept["appname"]) for kept in desktop.kept()] == [
        (TITLE, TEXT, "watcher")
    ]


@pytest.mark.parametrize(
    ("title", "text", "shown_title", "shown_text"),
    [
        ("-u critical", "--help", "\u2010u critical", "\u2010-help"),
        ("--help", "-t 1", "\u2010-help", "\u2010t 1"),
        ("<b>x</b>", "<b>x</b> & <a href='http://ads.example'>y</a>", "<b>x</b>",
         "&lt;b&gt;x&lt;/b&gt; &amp; &lt;a href='http://ads.example'&gt;y&lt;/a&gt;"),
        ("\u202ecod.exe\u2066", "a\u200bb\u2028c\r\nd", "cod.exe", "ab c d"),
        (r"\033[31m", r"\033[31m red \n \"", r"\033[31m", r"\033[31m red \n \""),
        ("\x1b[31mred\x07", "\x1b]0;owned\x07ok\x00", "red", "ok"),
        ("'; touch /tmp/x; $(id) `id`", "\ud83d half", "'; touch /tmp/x; $(id) `id`", "\ufffd half"),
        ("%s%n%d", "%b %s", "%s%n%d", "%b %s"),
        ("x" * 10_000, "报价" * 5_000, "x" * 99 + "…", ("报价" * 150)[:299] + "…"),
        ("", "", "watcher", ""),
    ],
)  # fmt: skip
def test_hostile_words_arrive_inert(
    desktop: Desktop, title: str, text: str, shown_title: str, shown_text: str
) -> None:
    assert deliver(title, text).delivered
    assert desktop.shown() == [(shown_title, shown_text)]


@pytest.mark.parametrize(("urgent", "level"), [(False, 1), (True, 2)])
def test_urgency_reaches_the_server(desktop: Desktop, urgent: bool, level: int) -> None:
    assert DesktopChannel().deliver(PopUp(TITLE, TEXT, urgent)).delivered
    assert [call[6]["urgency"] for call in desktop.calls()] == [("y", level)]


def test_a_pop_up_stays_until_it_is_dismissed(desktop: Desktop) -> None:
    assert deliver().delivered
    assert [call[7] for call in desktop.calls()] == [0]


def about(*waits: str) -> PopUp:
    return PopUp(f"about {' and '.join(waits)}", TEXT, about=frozenset(waits))


def test_what_is_settled_is_taken_back_before_it_is_read(desktop: Desktop) -> None:
    channel = DesktopChannel()
    for one in (about("a"), about("b", "c"), PopUp("of no wait", TEXT)):
        assert channel.deliver(one).delivered
    stood = [desktop.on_screen()]
    for running in ({"a", "c"}, {"c"}, set[str](), set[str]()):
        channel.recall(running)
        stood.append(desktop.on_screen())
    assert stood == [3, 3, 2, 1, 1]


def test_a_later_nudge_stands_in_place_of_the_earlier(desktop: Desktop) -> None:
    channel = DesktopChannel()
    for one in (about("a"), about("a"), about("b"), about("a", "b", "c")):
        assert channel.deliver(one).delivered
    assert desktop.on_screen() == 1
    assert len(desktop.shown()) == 4


def test_another_server_s_pop_ups_are_left_alone(desktop: Desktop) -> None:
    """Its numbers begin anew: what we would close is somebody else's."""
    channel = DesktopChannel()
    assert channel.deliver(about("a")).delivered
    desktop.kill_server()
    channel.recall({"a"})
    desktop.start_server()
    assert deliver().delivered
    channel.recall(set())
    assert desktop.on_screen() == 1


def test_taking_back_without_a_bus_is_no_failure(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = DesktopChannel()
    assert channel.deliver(about("a")).delivered
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    channel.recall(set())


def test_without_a_server_nothing_is_delivered(bare_desktop: Desktop) -> None:
    took = deliver()

    assert not took.delivered
    assert took.answer == (
        "no notification server on the session bus: "
        "install and start one (dunst, mako or your desktop's own), then: watcher check"
    )
    assert bare_desktop.shown() == []


@pytest.mark.usefixtures("no_session")
def test_without_a_bus_nothing_is_delivered() -> None:
    assert deliver() == Delivery(
        False,
        "desktop",
        "no desktop session bus (DBUS_SESSION_BUS_ADDRESS is not set): "
        "start watcher inside the desktop session, or as a user service: watcher service install",
    )


@pytest.mark.parametrize("address", ["unix:path=/nowhere/bus", "tcp:host=127.0.0.1,port=9", "nonsense"])
@pytest.mark.usefixtures("no_session")
def test_a_bus_that_is_gone_is_told_with_its_address(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    took = deliver()
    assert not took.delivered
    assert took.answer.startswith("the desktop session bus does not answer")
    assert address in took.answer


def test_the_runtime_folder_s_bus_is_found_without_the_variable(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(desktop.env["DBUS_SESSION_BUS_ADDRESS"].removeprefix("unix:path=")).parent
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    assert deliver().delivered
    assert desktop.shown() == [(TITLE, TEXT)]


def test_a_server_killed_before_it_is_asked_took_nothing(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kill = f'kill -9 {desktop.pid("dunst")}; exec {shutil.which("notify-send")} "$@"'
    put_first_on_path(monkeypatch, tmp_path, "notify-send", kill)
    took = deliver()
    assert not took.delivered
    # Which of the two depends on who is faster: the bus that notices, or the sender that asks.
    assert took.answer.startswith(("dunst ended while the pop-up was sent", "dunst refused the pop-up"))


def test_a_bus_that_ends_in_between_is_an_answer(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    put_first_on_path(monkeypatch, tmp_path, "notify-send", f"kill -9 {desktop.pid('bus')}")
    took = deliver()
    assert not took.delivered
    assert took.answer.startswith("the desktop session bus went silent")


def test_a_server_that_hangs_is_not_waited_for(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watcher.alerts.session_bus.START_SECONDS", 0.2)
    os.kill(desktop.pid("dunst"), signal.SIGSTOP)
    assert deliver().answer == "the notification server does not answer: restart it, then: watcher check"


@pytest.mark.parametrize("script", ["exit 0", "exit 1"])
def test_a_sender_that_says_nothing_delivered_nothing(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str
) -> None:
    put_first_on_path(monkeypatch, tmp_path, "notify-send", script)
    assert deliver().answer == "dunst was not seen to take the pop-up: restart it, then: watcher check"
    assert desktop.shown() == []


def test_another_program_s_pop_up_is_not_taken_for_ours(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = shutil.which("notify-send")
    put_first_on_path(monkeypatch, tmp_path, "notify-send", f"exec {real} 'Battery low' '5 minutes left'")
    assert not deliver().delivered
    assert desktop.shown() == [("Battery low", "5 minutes left")]


def test_a_server_that_refuses_did_not_take_it(refusing_server: PlainServer) -> None:
    took = deliver("Gulf Trading", "valves < 2 bar & flanges")
    assert took == Delivery(
        False, "desktop", "plain refused the pop-up (enough): restart it, then: watcher check"
    )
    assert refusing_server.asked == [("Gulf Trading", "valves < 2 bar & flanges")]


def test_a_bus_that_starts_its_server_on_demand_is_a_desktop(monkeypatch: pytest.MonkeyPatch) -> None:
    need(*TOOLS)
    with Desktop(server=False, activatable=True) as desktop:
        sign_in(desktop, monkeypatch)
        assert deliver().delivered
        assert desktop.shown() == [(TITLE, TEXT)]


def test_where_monitors_are_refused_a_standing_server_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    need(*TOOLS)
    with Desktop(monitors=False) as desktop:
        sign_in(desktop, monkeypatch)
        assert re.fullmatch(rf"dunst \S+ \({desktop.owner()}\), not watched", deliver().answer)
        assert [kept["summary"] for kept in desktop.kept()] == [TITLE]


def test_the_report_of_a_good_desktop(desktop: Desktop) -> None:
    report = desktop_report()
    assert (report.bus, report.sender, report.missing, report.mend) == (True, "notify-send", "", "")
    assert report.server.endswith(f"({desktop.owner()})")
    assert desktop.shown() == []


@pytest.mark.usefixtures("bare_desktop")
def test_the_report_names_a_missing_server() -> None:
    report = desktop_report()
    assert (report.bus, report.server) == (True, "")
    assert report.missing.startswith("no notification server")
    assert report.mend.startswith("install and start one")


@pytest.mark.usefixtures("no_session")
def test_the_report_names_a_missing_bus() -> None:
    report = desktop_report()
    assert (report.bus, report.server) == (False, "")
    assert report.missing == "no desktop session bus (DBUS_SESSION_BUS_ADDRESS is not set)"


def test_the_report_names_a_missing_sender(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setitem(sys.modules, "dbus", None)
    assert (desktop_report().buttons, desktop_report().missing) == (True, "")  # desktop-notifier does
    monkeypatch.setattr("watcher.alerts.buttons.available", lambda: False)
    report = desktop_report()
    assert (report.bus, report.sender) == (True, "")
    assert report.missing == "nothing can carry a pop-up to the desktop"
    assert "libnotify-bin" in report.mend
    assert not deliver().delivered
    assert desktop.shown() == []


def test_dbus_python_carries_where_notify_send_is_missing(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(sys, "path", [*sys.path, "/usr/lib/python3/dist-packages"])  # Debian's python3-dbus
    pytest.importorskip("dbus", exc_type=ImportError)
    assert desktop_report().sender == "dbus-python"
    assert DesktopChannel().deliver(PopUp("-u Meyer", r"\033 <b>", urgent=True)).delivered
    assert desktop.shown() == [("\u2010u Meyer", r"\033 &lt;b&gt;")]
    assert [call[6]["urgency"] for call in desktop.calls()] == [("y", 2)]
