"""A session that listens (IDLE), to servers that do it well, badly or not at all."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from tests.servers import need
from tests.servers.dovecot import Dovecot
from tests.servers.scripted import Idling, ScriptedServer
from watcher.errors import ServerUnreachable
from watcher.mailbox.session import ImapSession, Tls, connect

pytestmark = pytest.mark.daemon

LONG = 20.0  # seconds that no test waits out


@contextmanager
def listening(
    server: ScriptedServer, seconds: float = LONG, timeout_read: float = LONG
) -> Iterator[tuple[ImapSession, Callable[[], bool]]]:
    """A session that listens to the INBOX in a thread, and what it will have heard."""
    with (
        ThreadPoolExecutor(1) as pool,
        connect(
            server.host, server.port, "off", server.user, server.password, timeout_read=timeout_read
        ) as session,
    ):
        session.examine("INBOX")
        heard = pool.submit(session.wait_for_news, seconds)
        yield session, lambda: heard.result(LONG)


def idling(server: ScriptedServer) -> None:
    deadline = time.monotonic() + LONG
    while not server.listeners:
        assert time.monotonic() < deadline
        time.sleep(0.001)


@pytest.mark.parametrize(
    ("told", "news"),
    [
        ((b"* 4 EXISTS",), True),
        ((b"* OK still here", b"* 2 FETCH (FLAGS (\\Seen))", b"* 4 EXISTS"), True),
        ((b"* 2 EXPUNGE", b"* 3 EXISTS"), True),  # one went and one came
        ((b"* 5 EXISTS", b"* 5 EXPUNGE"), True),
        ((b"* 3 EXISTS",), False),  # what EXAMINE said
        ((b"* 2 EXPUNGE", b"* 2 EXISTS"), False),  # one went
        ((b"* 2 FETCH (FLAGS (\\Seen))",), False),
        ((b"* OK still here", b"* 0 RECENT"), False),
    ],
)
def test_what_is_news(told: tuple[bytes, ...], news: bool) -> None:
    server = ScriptedServer(3, capabilities="IMAP4rev1 IDLE")
    with server, listening(server, seconds=LONG if news else 0.1) as (_, heard):
        idling(server)
        server.tell(b"\r\n".join(told))
        assert heard() is news
        assert server.commands[-2:] == ["IDLE", "DONE"]


def test_what_comes_with_the_servers_consent_is_heard() -> None:
    """The line then lies in a buffer of ours, where nobody looks before the socket has more."""
    server = ScriptedServer(3, capabilities="IMAP4rev1 IDLE", idling="hasty")
    with server, listening(server) as (_, heard):
        assert heard()


def test_a_quiet_link_costs_nothing() -> None:
    server = ScriptedServer(3, capabilities="IMAP4rev1 IDLE")
    with server, listening(server, seconds=0.1) as (_, heard):
        assert heard() is False
        assert server.commands[-3:] == ["NOOP", "IDLE", "DONE"]


@pytest.mark.parametrize("how", ["bye", "garbage", "hang"])
def test_a_link_that_breaks_is_never_silence(how: Idling) -> None:
    """imapclient's idle_check answers "nothing" at once on a dead link, and DONE may wait for ever."""
    server = ScriptedServer(3, capabilities="IMAP4rev1 IDLE", idling=how)
    with (
        server,
        listening(server, seconds=0.1, timeout_read=0.2) as (_, heard),
        pytest.raises(ServerUnreachable),
    ):
        heard()


def test_a_link_that_is_cut_meanwhile_is_noticed_at_once() -> None:
    server = ScriptedServer(3, capabilities="IMAP4rev1 IDLE")
    with server, listening(server) as (_, heard):
        idling(server)
        server.hang_up()
        with pytest.raises(ServerUnreachable):
            heard()


def test_a_server_that_refuses_to_idle_is_an_error() -> None:
    server = ScriptedServer(3, capabilities="IMAP4rev1 IDLE", refusals={"IDLE": "not now"})
    with server, listening(server) as (_, heard), pytest.raises(ServerUnreachable):
        heard()


def test_it_can_be_aborted_from_another_thread() -> None:
    server = ScriptedServer(3, capabilities="IMAP4rev1 IDLE")
    with server, listening(server) as (session, heard):
        idling(server)
        session.abort()
        with pytest.raises(ServerUnreachable):
            heard()


def test_a_server_that_never_stops_talking_costs_little() -> None:
    """Two thousand lines a second, heard ten times a second: what counts is the work of the thread."""
    server = ScriptedServer(3, capabilities="IMAP4rev1 IDLE", idling="chatter")
    with (
        server,
        connect(server.host, server.port, "off", server.user, server.password) as session,
    ):
        session.examine("INBOX")
        before = time.thread_time()
        assert session.wait_for_news(0.3) is False
        assert time.thread_time() - before < 0.15


@pytest.mark.parametrize(
    ("option", "seconds"), [("TCP_KEEPIDLE", 20), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3)]
)
def test_a_silent_peer_is_asked_whether_it_is_there(option: str, seconds: int) -> None:
    """20 + 3 x 10 s: a dead link is noticed within a minute."""
    if not hasattr(socket, option):
        pytest.skip(f"no {option} on this platform")
    with (
        ScriptedServer() as server,
        connect(server.host, server.port, "off", server.user, server.password) as session,
    ):
        link = session._socket
        assert link.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert link.getsockopt(socket.IPPROTO_TCP, getattr(socket, option)) == seconds


_CUT = """
import subprocess, threading, time
from tests.servers.scripted import ScriptedServer
from watcher.errors import ServerUnreachable
from watcher.mailbox import session

subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
session._KEEPALIVE = {"TCP_KEEPIDLE": 1, "TCP_KEEPINTVL": 1, "TCP_KEEPCNT": 1, "TCP_USER_TIMEOUT": 2000}
server = ScriptedServer(3, capabilities="IMAP4rev1 IDLE")
link = session.connect(server.host, server.port, "off", server.user, server.password)
link.examine("INBOX")

def cut():
    while not server.listeners:
        time.sleep(0.001)
    subprocess.run(["ip", "link", "set", "lo", "down"], check=True)

threading.Thread(target=cut).start()
begun = time.monotonic()
try:
    link.wait_for_news(60)
except ServerUnreachable:
    print("noticed" if time.monotonic() - begun < 30 else "late")
"""


@pytest.mark.daemon
def test_a_peer_that_falls_silent_is_noticed() -> None:
    """In a network of its own, whose one link goes down: no packet comes any more, not even a reset. The
    seconds are shortened here.
    """
    need("unshare", "ip")
    own = ("unshare", "--map-root-user", "--net")
    if subprocess.run([*own, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody make a network of his own")
    found = subprocess.run(
        [*own, sys.executable, "-c", _CUT], capture_output=True, text=True, timeout=60, check=False
    )
    assert found.stdout == "noticed\n", found.stderr


@pytest.mark.dovecot
@pytest.mark.parametrize("mode", ["implicit", "starttls", "off"])
def test_a_real_server_tells_of_new_mail(dovecot: Dovecot, mode: Tls) -> None:
    port = dovecot.tls_port if mode == "implicit" else dovecot.port
    with (
        ThreadPoolExecutor(1) as pool,
        connect(
            "localhost", port, mode, dovecot.user, dovecot.password, ca_file=dovecot.certificate
        ) as session,
    ):
        session.examine("INBOX")
        assert session.has_idle
        assert session.wait_for_news(0.2) is False
        for _ in range(3):
            heard = pool.submit(session.wait_for_news, LONG)
            dovecot.append("INBOX", b"From: anna@cust.example\r\n\r\nPlease quote.\r\n")
            assert heard.result(LONG)
        assert session.wait_for_news(0.2) is False
