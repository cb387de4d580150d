"""A server in trouble, of every kind: what was not read is said with the server's reason, nobody is called
silent meanwhile, no password is blamed, and once it is well all is as before (DESIGN 2.7).
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.servers.scripted import ScriptedServer
from tests.sync.desk import Mailbox

LISTING = (rb'(\HasNoChildren) "/" INBOX', rb'(\HasNoChildren \Sent) "/" Sent')
QUOTA = "[OVERQUOTA] Quota exceeded (mailbox for user is full)"
BYE = b"* BYE [UNAVAILABLE] shutting down for an hour\r\n"
HTTP = b"HTTP/1.1 400 Bad Request\r\n\r\n<html>no</html>\r\n"
NOISE = bytes(range(128, 256)) + b"\r\n"
SILENCE = b""
TIMEOUT = 1.0  # seconds

pytestmark = pytest.mark.daemon


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(3, listing=LISTING) as running:
        yield running


@pytest.fixture
def desk(server: ScriptedServer, tmp_path: Path, empty_store: Path) -> Iterator[Mailbox]:
    """All was read once, and the first day is over."""
    shutil.copy(empty_store, tmp_path / "watcher.db")
    made = Mailbox(server, tmp_path, timeouts=(TIMEOUT, TIMEOUT))
    assert made.round().whole
    assert made.blind() == []
    assert made.app.remind().held_back == ""
    yield made
    made.app.close()


def assert_blind_and_healed(desk: Mailbox, server: ScriptedServer, why: str) -> None:
    """A round is said to have failed, by its reason; the next one, when the server is well, mends it."""
    before = desk.threads()
    begun = time.monotonic()
    done = desk.round()
    assert time.monotonic() - begun < TIMEOUT + 4
    assert not done.whole
    assert [one.exit_code for one in done.errors] in ([], [12]), "no password is blamed"
    said = desk.blind()
    assert any("not read since" in line and why.lower() in line.lower() for line in said), said
    assert desk.app.remind().held_back == "a folder was not read"
    assert desk.threads() == before
    server.says, server.refusals, server.count = {}, {}, 4
    assert desk.round().whole
    assert desk.blind() == []
    assert desk.app.remind().held_back == ""
    assert len(desk.threads()) == len(before) + 1, "nothing was passed over meanwhile"


@pytest.mark.parametrize("command", ["LOGIN", "LIST", "EXAMINE", "UID SEARCH", "UID FETCH"])
def test_over_quota(desk: Mailbox, server: ScriptedServer, command: str) -> None:
    server.count = 4
    server.refusals = {command: QUOTA}
    assert_blind_and_healed(desk, server, "OVERQUOTA")


@pytest.mark.parametrize("command", ["", "LOGIN", "LIST", "EXAMINE", "UID SEARCH", "UID FETCH"])
def test_bye(desk: Mailbox, server: ScriptedServer, command: str) -> None:
    server.count = 4
    server.says = {command: BYE}
    assert_blind_and_healed(desk, server, "shutting down")


@pytest.mark.parametrize("command", ["", "CAPABILITY", "LOGIN", "LIST", "EXAMINE", "UID SEARCH", "UID FETCH"])
def test_a_server_that_answers_too_slowly(desk: Mailbox, server: ScriptedServer, command: str) -> None:
    server.count = 4
    server.says = {command: SILENCE}
    assert_blind_and_healed(desk, server, "did not answer in time")


@pytest.mark.parametrize(
    ("command", "garbage"),
    [
        ("", HTTP),
        ("", NOISE),
        ("LOGIN", NOISE),
        ("LIST", HTTP),
        ("LIST", b"* LIST (((\r\nTAG OK done\r\n"),
        ("LIST", b"* LIST\r\nTAG OK done\r\n"),
        ("EXAMINE", NOISE),
        ("EXAMINE", b"TAG OK done\r\n"),
        ("EXAMINE", b"* many EXISTS\r\n* OK [UIDVALIDITY x]\r\nTAG OK done\r\n"),
        ("UID SEARCH", b"* SEARCH one two\r\nTAG OK done\r\n"),
        ("UID SEARCH", HTTP),
        ("UID FETCH", NOISE),
        ("UID FETCH", b"TAG OK done\r\n"),
        ("UID FETCH", b"* 4 FETCH (UID 4 BODY[] {99999}\r\nTAG OK done\r\n"),
    ],
)
def test_garbage(desk: Mailbox, server: ScriptedServer, command: str, garbage: bytes) -> None:
    server.count = 4
    server.says = {command: garbage}
    assert_blind_and_healed(desk, server, "")


@pytest.mark.parametrize("name", ["INBOX", "Sent"])
def test_one_folder_over_quota_is_named_alone(desk: Mailbox, server: ScriptedServer, name: str) -> None:
    server.refusals = {f"EXAMINE {name.upper()}": QUOTA, f'EXAMINE "{name.upper()}"': QUOTA}
    done = desk.round()
    assert [folder for folder, _ in done.reports["work"].failures] == [name]
    (said,) = desk.blind()
    assert said.startswith(f"{name} not read since")
    assert desk.app.remind().held_back == "a folder was not read"


def test_a_daemon_that_does_not_run(desk: Mailbox) -> None:
    desk.now += timedelta(hours=2)
    (said,) = desk.blind()
    assert "is watcher running?" in said
    assert desk.app.remind().held_back == "a folder was not read"
