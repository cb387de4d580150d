"""The main job, end to end: a customer near the top goes quiet, and a pop-up is seen on a desktop."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.daemon.entry import set_clock
from tests.daemon.process import USER, Watcher, config_text, mail, until
from tests.servers import need
from tests.servers.desktop import TOOLS, TOOLS_WITH_BUTTONS, Desktop
from watcher.demo.server import DemoServer
from watcher.domain.stages import Stage
from watcher.store import words
from watcher.store.engine import open_store

pytestmark = pytest.mark.desktop

ENTRY = str(Path(__file__).with_name("entry.py"))
# A Monday, whatever day it is today.
SENT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TITLE = "PI · meyer.example: they owe a reply"


def say_stage(watcher: Watcher, customer: str, stage: Stage, at: datetime) -> None:
    """As `watcher stage` does, said at that moment."""
    store = open_store(watcher.store)
    with store.writing() as connection:
        found = words.find_customer(connection, customer)
        words.move(connection, found.deals[0][0], stage, at)
    store.close()


@pytest.fixture(params=["dunst", "notification-daemon"])
def desktop(request: pytest.FixtureRequest) -> Iterator[Desktop]:
    draws = request.param == "notification-daemon"
    need(*(TOOLS_WITH_BUTTONS if draws else TOOLS))
    with Desktop(notification_daemon=draws) as started:
        yield started


def ledger(watcher: Watcher) -> list[tuple[str, str, str]]:
    """State, what was pressed and what came of it, of each reminder that is no longer planned."""
    rows = json.loads(watcher.ask("reminders", "--all", "--json").stdout)
    return [(one["state"], one["pressed"], one["outcome"]) for one in rows if one["state"] != "planned"]


def test_a_pi_customer_gone_quiet_pops_up_and_is_done(tmp_path: Path, desktop: Desktop) -> None:
    """Once; once more after a start of the daemon, for nobody answered; and never after a press on Done."""
    with DemoServer(user=USER, password="demo") as server:
        server.create("Sent")
        for name in ("meyer", "fischer"):
            raw = mail(USER, f"anna@{name}.example", f"Offer {name}", SENT, f"<{name}@acme-pumps.test>")
            server.append("Sent", raw, SENT)
        text = config_text(server.port, channel="desktop")
        with Watcher(tmp_path, text, {**desktop.env, "XDG_RUNTIME_DIR": str(tmp_path)}) as watcher:
            clock = tmp_path / "clock"
            set_clock(clock, SENT + timedelta(hours=1))
            process = watcher.start_ready(ENTRY, str(watcher.config), str(clock))
            watcher.hears_from_now("all folders read")
            say_stage(watcher, "meyer.example", Stage.PI, SENT + timedelta(hours=1))
            watcher.hears_from_now("all folders read", times=2)
            assert desktop.shown() == []

            set_clock(clock, SENT + timedelta(days=2, hours=10))  # Wednesday, past the due at 18:00
            until(lambda: len(desktop.shown()) > 0)
            watcher.hears_from_now("all folders read", times=2)
            stop(process)

            process = watcher.start_ready(ENTRY, str(watcher.config), str(clock))  # the ledger remembers
            until(lambda: len(desktop.shown()) > 1)
            until(lambda: desktop.closed() == 1)  # in place of the one that nobody hears any more
            watcher.hears_from_now("all folders read", times=2)
            desktop.press("Done")
            until(lambda: watcher.turns()["meyer.example"] == "nobody")
            (pressed,) = [one for one in ledger(watcher) if one[0] == "pressed"]
            assert pressed[1:] in [("done", f"thread {number}") for number in (1, 2)]
            stop(process)

            process = watcher.start_ready(ENTRY, str(watcher.config), str(clock))
            watcher.hears_from_now("all folders read", times=2)
            stop(process)
            assert "ERROR" not in watcher.log()
        (title, body), (again, _) = desktop.shown()
    assert (title, again) == (TITLE, f"{TITLE} (again)")
    assert body.startswith("2 working days. Offer meyer.")


def test_a_pressed_open_opens_the_mail_in_the_mail_program(tmp_path: Path) -> None:
    need(*TOOLS)
    told = tmp_path / "told"
    for name, script in (("xdg-mime", "echo mail.desktop"), ("xdg-open", f'echo "$*" >{told}')):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    with Desktop() as desktop, DemoServer(user=USER, password="demo") as server:
        server.create("Sent")
        raw = mail(USER, "anna@meyer.example", "Offer", SENT, "<a;b@acme-pumps.test>")
        server.append("Sent", raw, SENT)
        environment = {**desktop.env, "XDG_RUNTIME_DIR": str(tmp_path), "PATH": path}
        with Watcher(tmp_path, config_text(server.port, channel="desktop"), environment) as watcher:
            clock = tmp_path / "clock"
            set_clock(clock, SENT + timedelta(hours=1))
            process = watcher.start_ready(ENTRY, str(watcher.config), str(clock))
            watcher.hears_from_now("all folders read")
            say_stage(watcher, "meyer.example", Stage.PI, SENT + timedelta(hours=1))
            set_clock(clock, SENT + timedelta(days=2, hours=10))
            until(lambda: len(desktop.shown()) > 0)
            desktop.press("Open")
            until(told.exists)
            until(lambda: ("pressed", "open", "thread 1") in ledger(watcher))
            stop(process)
    assert told.read_text() == "mid:a%3Bb@acme-pumps.test\n"


def stop(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM; whatever listens to buttons ends with it (0.2 s on an idle machine)."""
    began = time.monotonic()
    process.terminate()
    assert process.wait(5) == 0
    assert time.monotonic() - began < 2.5
