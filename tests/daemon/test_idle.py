"""Listeners: when they knock, when they speak up, what they do about a link that is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.daemon.process import USER, until
from tests.remind.desk import Desk
from tests.servers.scripted import Idling, ScriptedServer
from watcher.config import Account
from watcher.daemon import Daemon
from watcher.idle import Listener
from watcher.refusals import TRIES

pytestmark = pytest.mark.daemon

FOLDERS = (b'(\\HasNoChildren) "/" INBOX', b'(\\HasNoChildren \\Sent) "/" Sent', b'() "/" Other')


def server_that_idles(idling: Idling = "well") -> ScriptedServer:
    return ScriptedServer(3, capabilities="IMAP4rev1 IDLE", listing=FOLDERS, idling=idling)


def account(server: ScriptedServer) -> dict[str, object]:
    return {
        "name": "work",
        "address": USER,
        "host": server.host,
        "port": server.port,
        "tls": "off",
        "password_command": "echo any",
    }


class Ears:
    """A listener, what it said, and after how many failures in a row it waited.

    `always` lets it in whenever it asks, as a daemon does whose rounds succeed.
    """

    def __init__(self, server: ScriptedServer, pause: float, always: bool) -> None:
        self.said, self.waits = 0, list[int]()
        self._pause, self._always = pause, always
        known = [Account(**account(server))]  # type: ignore[arg-type]
        self.listener = Listener(known, self._say, self._say, wait=self._wait)

    def _say(self) -> None:
        self.said += 1
        if self._always:
            self.let_in()

    def _wait(self, failures: int) -> float:
        self.waits.append(failures)
        return self._pause

    def let_in(self) -> None:
        self.listener.let_in({"work"})


@contextmanager
def ears(server: ScriptedServer, pause: float = 0.01, *, always: bool = False) -> Iterator[Ears]:
    with server:
        made = Ears(server, pause, always)
        made.listener.start()
        try:
            yield made
        finally:
            made.listener.stop()
            until(lambda: not any(one.name.startswith("idle-") for one in threading.enumerate()))


def knocks(server: ScriptedServer) -> int:
    return sum(one.startswith("LOGIN") for one in server.commands)


# ── who listens ──


def test_inbox_and_sent_are_heard_once_a_round_was_let_in() -> None:
    server = server_that_idles()
    with ears(server) as made:
        made.listener.let_in({"another"})
        assert knocks(server) == 0
        made.let_in()
        until(lambda: server.listeners == 2)
        assert {one.split()[1].strip('"') for one in server.commands if one.startswith("EXAMINE")} == {
            "INBOX",
            "Sent",
        }
        assert (knocks(server), made.said) == (2, 2)  # what came before it listened is to be read


def test_new_mail_is_told() -> None:
    server = server_that_idles()
    with ears(server) as made:
        made.let_in()
        until(lambda: server.listeners == 2)
        server.tell(b"* 4 EXISTS")
        until(lambda: made.said == 4)


def test_a_folder_that_is_not_there_is_looked_for_seldom() -> None:
    server = server_that_idles()
    server.listing = FOLDERS[:1]
    with ears(server, always=True) as made:
        made.let_in()
        until(lambda: server.listeners == 1 and bool(made.waits))
        assert knocks(server) == 2


# ── a link that is lost ──


def test_it_comes_back_once_a_round_was_let_in_again() -> None:
    """The round is the one that knocks: it asks for one, and again."""
    server = server_that_idles()
    with ears(server) as made:
        made.let_in()
        until(lambda: server.listeners == 2)
        server.hang_up()
        until(lambda: made.said >= 8)
        assert knocks(server) == 2
        made.let_in()
        until(lambda: server.listeners == 2)
        assert knocks(server) == 4


@pytest.mark.parametrize("idling", ["bye", "garbage"])
def test_a_server_that_breaks_each_link_is_left_alone_longer_and_longer(idling: Idling) -> None:
    server = server_that_idles(idling)
    with ears(server, always=True) as made:
        made.let_in()
        until(lambda: len(made.waits) >= 16)
        assert max(made.waits) >= 4  # two folders, and each asks twice a failure: to stay away, to be let in


def test_a_pause_is_kept() -> None:
    """Whoever is let in by other rounds meanwhile: a server that hangs up at once is not hammered."""
    server = server_that_idles("bye")
    with ears(server, pause=1000, always=True) as made:
        made.let_in()
        until(lambda: len(made.waits) == 2)
        for _ in range(100):
            made.let_in()
        assert (knocks(server), made.waits) == (2, [1, 1])


def test_a_refused_password_is_not_tried_again_soon() -> None:
    """By no round that is let in: the password may be right for the round and wrong a moment later."""
    server = server_that_idles()
    server.refusals["LOGIN"] = "[AUTHENTICATIONFAILED] wrong"
    with ears(server, always=True) as made:
        made.let_in()
        until(lambda: len(made.waits) == 2)
        for _ in range(100):
            made.let_in()
        assert knocks(server) == 2


def test_three_refusals_and_it_listens_no_more() -> None:
    server = server_that_idles()
    server.refusals["LOGIN"] = "[AUTHENTICATIONFAILED] wrong"
    with ears(server, always=True) as made:
        made.let_in()
        for times in range(1, TRIES + 1):
            until(lambda times=times: knocks(server) == 2 * times)
            made.listener.renew()  # the machine slept: ten minutes are over
        until(lambda: not any(one.name.startswith("idle-") for one in threading.enumerate()))


# ── sleep, and the end ──


def test_after_a_sleep_links_are_made_anew_without_a_pause() -> None:
    server = server_that_idles()
    with ears(server, pause=1000, always=True) as made:
        made.let_in()
        until(lambda: server.listeners == 2)
        made.listener.renew()
        until(lambda: knocks(server) == 4 and server.listeners == 2)


@pytest.mark.daemon
@pytest.mark.parametrize("idling", ["well", "chatter", "hang", "bye"])
def test_it_ends_at_once_whatever_it_waits_for(idling: Idling) -> None:
    server = server_that_idles(idling)
    with ears(server, pause=1000) as made:
        made.let_in()
        until(lambda: made.said >= 2 and (idling == "bye" or server.listeners == 2))
        begun = time.monotonic()
    assert time.monotonic() - begun < 5


@pytest.mark.daemon
def test_a_quiet_evening_costs_nothing() -> None:
    server = server_that_idles()
    with ears(server) as made:
        made.let_in()
        until(lambda: server.listeners == 2)
        commands = len(server.commands)
        before = time.process_time()
        threading.Event().wait(0.5)
        assert time.process_time() - before < 0.05
        assert len(server.commands) == commands


# ── with the daemon ──


@contextmanager
def running(folder: Path, server: ScriptedServer, after_round: Callable[[], None]) -> Iterator[Daemon]:
    """A daemon that polls once a day, in a thread."""
    desk = Desk(folder, account=[account(server)], sync={"poll_seconds": 86400})
    daemon = Daemon(desk.app, after_round)
    thread = threading.Thread(target=daemon.run)
    thread.start()
    try:
        yield daemon
    finally:
        daemon.stop()
        thread.join(20)
        desk.close()


@pytest.mark.daemon
def test_news_during_a_round_is_read_by_one_more(tmp_path: Path) -> None:
    server, ended, go_on = server_that_idles(), threading.Semaphore(0), threading.Semaphore(0)

    def after_round() -> None:
        ended.release()
        go_on.acquire(timeout=20)

    with server, running(tmp_path, server, after_round):
        assert ended.acquire(timeout=20)
        until(lambda: server.listeners == 2)  # let in by the round that is still at work
        server.tell(b"* 4 EXISTS")
        until(lambda: server.commands.count("DONE") >= 2)
        go_on.release(100)
        assert ended.acquire(timeout=20)
        until(lambda: any(one.startswith("UID FETCH 4 ") for one in server.commands))


@pytest.mark.daemon
def test_a_password_that_was_changed_is_tried_by_rounds_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who polls stays signed in: that proves nothing to those whose link is lost."""
    monkeypatch.setattr("watcher.idle.pause", lambda failures, _: 0.02 * failures)
    server, ended = server_that_idles(), threading.Semaphore(0)
    with server, running(tmp_path, server, ended.release):
        until(lambda: server.listeners == 2)
        assert knocks(server) == 3
        server.refusals["LOGIN"] = "[AUTHENTICATIONFAILED] wrong"
        asked = len(server.commands)
        server.hang_up()
        until(lambda: knocks(server) == 4)
        for _ in range(20):  # those that lost a link ask again and again
            assert ended.acquire(timeout=20)
        assert knocks(server) == 4, server.commands[asked:]


@pytest.mark.daemon
def test_where_the_server_cannot_tell_nobody_listens(tmp_path: Path) -> None:
    ended = threading.Semaphore(0)
    with (
        ScriptedServer(3, listing=FOLDERS) as server,
        running(tmp_path, server, ended.release) as daemon,
    ):
        for rounds in (1, 2, 3):
            assert ended.acquire(timeout=20)
            assert knocks(server) == 1, "who polls stays signed in"
            assert len([one for one in server.commands if one.startswith("LIST")]) == rounds
            daemon.scheduler.modify_job("poll", next_run_time=datetime.now(UTC))


@pytest.mark.daemon
def test_a_resume_makes_the_links_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock that stops during suspend falls behind by an hour: the next beat notices."""
    behind = 0
    monkeypatch.setattr("watcher.daemon.monotonic_seconds", lambda: time.monotonic() - behind)
    monkeypatch.setenv("WATCHDOG_USEC", "1500000")  # three beats in a second and a half
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    server = server_that_idles()
    with server, running(tmp_path, server, lambda: None):
        until(lambda: server.listeners == 2)
        idled = server.commands.count("IDLE")
        behind = 3600
        until(lambda: server.commands.count("IDLE") >= idled + 2 and server.listeners == 2)
