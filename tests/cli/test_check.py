"""`watcher check`, on a real server: every line is looked at, whatever is wrong with the others."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.cli.keyring_in_file import PLACE, FileKeyring
from tests.cli.machine import LOCKED_KEYRING, NO_KEYRING, Machine
from tests.servers import need
from tests.servers.dovecot import Dovecot
from watcher.app import alone
from watcher.checks import within
from watcher.demo.server import DemoServer

ADDRESS = "wei@acme.test"
ONLY_WARNINGS = {"desktop", "daemon"}  # no bus and no daemon here

SENT = b"""\
From: Wei <wei@old-acme.test>
To: anna@meyer.example
Subject: Quotation 2026-118
Message-ID: <one@old-acme.test>
Date: Mon, 12 Jan 2026 09:00:00 +0800

Our quotation.
"""
ANSWER = b"""\
From: Anna <anna@meyer.example>
To: wei@acme.test
Subject: Re: Quotation 2026-118
Message-ID: <two@meyer.example>
In-Reply-To: <from-the-phone@old-acme.test>
References: <one@old-acme.test> <from-the-phone@old-acme.test>
Date: Wed, 18 Mar 2026 09:00:00 +0100

Thank you for your answer.
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    """With an answer to a mail that was sent from a phone, and a Sent written under another address."""
    need("dovecot")
    server = Dovecot(ADDRESS)
    try:
        server.start()
        server.append("Sent", SENT)
        server.append("INBOX", ANSWER)
        yield server
    finally:
        server.remove()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def connected(machine: Machine, server: Dovecot) -> Machine:
    machine.write(account(server))
    return machine


@pytest.fixture(scope="module")
def read_once(server: Dovecot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a machine that has read the mailbox."""
    machine = Machine(tmp_path_factory.mktemp("home"))
    machine.write(account(server))
    answer = machine.watcher("sync")
    assert answer.returncode == 0, answer.stderr
    return machine.home


@pytest.fixture
def synced(machine: Machine, read_once: Path) -> Machine:
    shutil.copytree(read_once, machine.home, dirs_exist_ok=True)
    return machine


def account(server: Dovecot, **changes: str) -> str:
    keys = {
        "address": ADDRESS,
        "host": "localhost",
        "ca_file": str(server.certificate),
        "password_command": f"echo '{server.password}'",
        **changes,
    }
    port = keys.pop("port", str(server.tls_port))
    return f"[[account]]\nport = {port}\n" + "".join(f'{key} = "{value}"\n' for key, value in keys.items())


def wrong(lines: list[dict[str, Any]]) -> set[str]:
    return {one["name"] for one in lines if not one["ok"]}


def line(lines: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(one for one in lines if one["name"] == name)


@pytest.mark.dovecot
def test_a_line_for_each(synced: Machine) -> None:
    code, lines = synced.check()
    assert code == 0
    assert wrong(lines) == {*ONLY_WARNINGS, "learned", "answers"}
    assert [one["name"] for one in lines] == [
        "config",
        "keyring",
        "password",
        "sign-in",
        "folders",
        "folders",
        "sent",
        "desktop",
        "store",
        "schema",
        "daemon",
        "reading",
        "answers",
        "set aside",
        "learned",
    ]
    assert all(one["mend"] for one in lines if not one["ok"])
    assert "1 account" in line(lines, "config")["says"]
    assert "password_command" in line(lines, "password")["says"]
    assert line(lines, "keyring")["says"] == FileKeyring.name
    assert "INBOX (inbox)" in line(lines, "folders")["says"]
    assert line(lines, "sent")["says"] == "Sent"
    assert str(synced.store) in line(lines, "store")["says"]
    assert "not running; last read" in line(lines, "daemon")["says"]


@pytest.mark.dovecot
def test_what_the_mailbox_taught(synced: Machine, server: Dovecot) -> None:
    _, lines = synced.check("--offline")
    assert line(lines, "learned")["says"] == "wei@old-acme.test writes from Sent: taken as yours"
    assert line(lines, "answers")["says"].startswith("1 of yours in no folder")
    synced.write(f'{account(server)}aliases = ["wei@old-acme.test"]\n')
    assert "learned" not in {one["name"] for one in synced.check("--offline")[1]}


@pytest.mark.dovecot
def test_in_words(synced: Machine) -> None:
    answer = synced.watcher("check")
    assert answer.returncode == 0
    assert "\x1b" not in answer.stdout
    assert max(map(len, answer.stdout.splitlines())) <= 80 + len(str(synced.home))  # a path is not broken
    assert answer.stdout.startswith("ok config ")
    assert "!! daemon " in answer.stdout
    assert "→ watcher service install" in answer.stdout
    assert answer.stdout.endswith("4 to look at, marked !!\n")


# ── one thing wrong, and several ──


@pytest.mark.dovecot
@pytest.mark.parametrize(
    ("changes", "code", "names", "says"),
    [
        ({"password_command": "false"}, 10, {"password", "sign-in"}, "ended with exit status 1"),
        ({"port": "1"}, 12, {"sign-in"}, "Nothing answers at localhost:1"),
        ({"ca_file": "/etc/passwd"}, 10, {"sign-in"}, "holds no certificate"),
        ({"sent": "Gesendet"}, 0, {"folders"}, "not on the server: Gesendet"),
    ],
)
def test_one_thing_wrong(
    synced: Machine, server: Dovecot, changes: dict[str, str], code: int, names: set[str], says: str
) -> None:
    synced.write(account(server, **changes))
    found, lines = synced.check()
    assert found == code
    assert wrong(lines) - {*ONLY_WARNINGS, "learned", "answers"} == names
    assert any(says in one["says"] for one in lines if not one["ok"])


@pytest.mark.dovecot
def test_an_untrusted_certificate(machine: Machine, server: Dovecot) -> None:
    machine.write(account(server).replace("ca_file", "# ca_file"))
    code, lines = machine.check()
    assert code == 12
    assert "certificate" in line(lines, "sign-in")["says"]


@pytest.mark.daemon
def test_a_refused_password(machine: Machine, pymap_server: DemoServer) -> None:
    machine.write(in_clear(pymap_server, "echo wrong"))
    code, lines = machine.check()
    assert code == 11
    assert "init --password" in line(lines, "sign-in")["mend"]


def in_clear(server: DemoServer, command: str) -> str:
    return (
        f'[[account]]\naddress = "{ADDRESS}"\nhost = "{server.host}"\nport = {server.port}\ntls = "off"\n'
        f'password_command = "{command}"\n'
    )


@pytest.mark.dovecot
def test_no_sent_folder(machine: Machine) -> None:
    bare = Dovecot(ADDRESS, special_use={"Ausgang": "", "Trash": r"\Trash"})
    try:
        machine.write(account(bare.start()))
        code, lines = machine.check()
    finally:
        bare.remove()
    assert code == 0
    assert not line(lines, "sent")["ok"]
    assert "Trash (trash)" in [one for one in lines if one["name"] == "folders"][1]["says"]


@pytest.mark.dovecot
def test_two_accounts_each_with_its_name(synced: Machine, server: Dovecot) -> None:
    other = account(server, address="li@acme.test", user=ADDRESS, port="1")
    synced.write(f"{account(server)}\n{other}")
    code, lines = synced.check()
    assert code == 12
    signed = [(one["account"], one["ok"]) for one in lines if one["name"] == "sign-in"]
    assert signed == [("work", True), ("li", False)]
    assert "!! sign-in   li: Nothing answers" in synced.watcher("check").stdout


@pytest.mark.dovecot
def test_several_things_wrong_at_once(synced: Machine, server: Dovecot) -> None:
    """A config with two problems, no keyring, no desktop and a damaged store: each is told."""
    synced.keyring = NO_KEYRING
    synced.write(f'[rep]\ncountry = "Germany"\n{account(server, tls="none")}')
    damage(synced)
    code, lines = synced.check()
    assert code == 10
    told = [one["says"] for one in lines if one["name"] == "config"]
    assert [one.partition(":")[0] for one in told] == ["rep.country", "account[0].tls"]
    assert {"keyring", "desktop", "store"} <= wrong(lines)


def damage(machine: Machine) -> None:
    machine.store.write_bytes(b"SQLite format 3\0" + b"kick it back" * 1000)


@pytest.mark.dovecot
def test_the_first_failure_names_the_exit_code(synced: Machine, server: Dovecot) -> None:
    damage(synced)
    assert synced.check()[0] == 13
    synced.write(account(server, port="1"))
    code, lines = synced.check()
    assert code == 12
    assert {one["code"] for one in lines} == {0, 12, 13}


def test_without_a_config(machine: Machine) -> None:
    code, lines = machine.check()
    assert code == 10
    assert line(lines, "config")["mend"] == "Create one: watcher init"
    assert {"keyring", "desktop"} <= {one["name"] for one in lines}


# ── passwords ──


@pytest.mark.dovecot
@pytest.mark.parametrize("source", ["the keyring", "systemd's credentials"])
def test_where_the_password_was_found(
    machine: Machine, server: Dovecot, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    machine.write(account(server).replace("password_command", "# password_command"))
    (machine.home / "watcher-work").write_text(server.password)
    if source == "the keyring":
        monkeypatch.setenv(PLACE, str(machine.home / "keyring.json"))
        FileKeyring().set_password("watcher", f"{ADDRESS}@localhost", server.password)
    code, lines = machine.check(CREDENTIALS_DIRECTORY=str(machine.home))
    assert code == 0
    assert line(lines, "password")["says"] == f"found in {source}"
    assert line(lines, "sign-in")["ok"]


@pytest.mark.dovecot
@pytest.mark.parametrize(
    ("ring", "ring_ok", "says"),
    [
        (NO_KEYRING, False, "No password is stored for wei@acme.test at localhost."),
        (LOCKED_KEYRING, True, "The keyring is locked."),
    ],
)
def test_no_password(machine: Machine, server: Dovecot, ring: str, ring_ok: bool, says: str) -> None:
    machine.keyring = ring
    machine.write(account(server).replace("password_command", "# password_command"))
    code, lines = machine.check()
    assert code == 10
    assert line(lines, "keyring")["ok"] is ring_ok
    assert line(lines, "password")["says"] == says
    assert line(lines, "sign-in")["says"] == "not tried without one"


def test_a_keyring_that_nobody_needs(machine: Machine) -> None:
    machine.keyring = NO_KEYRING
    machine.write(f'[[account]]\naddress = "{ADDRESS}"\nhost = "localhost"\npassword_command = "echo x"\n')
    code, lines = machine.check("--offline")
    assert code == 0
    assert line(lines, "keyring")["ok"]
    assert "sign-in" not in {one["name"] for one in lines}


# ── the store ──


@pytest.mark.dovecot
@pytest.mark.parametrize(
    ("revision", "code", "says"),
    [("0000", 0, "older (0000) than this program"), ("9999", 13, "newer (9999) than this program")],
)
def test_another_schema(synced: Machine, revision: str, code: int, says: str) -> None:
    with closing(sqlite3.connect(synced.store)) as store, store:
        store.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    found, lines = synced.check("--offline")
    assert found == code
    assert line(lines, "schema")["says"].startswith(says)


def test_a_database_of_somebody_else(machine: Machine) -> None:
    machine.write(f'[[account]]\naddress = "{ADDRESS}"\nhost = "localhost"\npassword_command = "echo x"\n')
    machine.store.parent.mkdir(parents=True)
    with closing(sqlite3.connect(machine.store)) as store, store:
        store.execute("CREATE TABLE recipe (name TEXT)")
    code, lines = machine.check("--offline")
    assert code == 13
    assert any("is no store of watcher" in one["says"] for one in lines)


@pytest.mark.dovecot
def test_a_store_that_others_may_open(synced: Machine) -> None:
    synced.store.chmod(0o644)
    code, lines = synced.check("--offline")
    assert code == 0
    warned = next(one for one in lines if one["name"] == "store" and not one["ok"])
    assert warned["mend"] == f"chmod 600 {synced.store}"


@pytest.mark.dovecot
def test_what_was_set_aside_is_counted(synced: Machine) -> None:
    with closing(sqlite3.connect(synced.store)) as store, store:
        store.execute(
            "INSERT INTO quarantine (folder_id, uid, problem, at) SELECT MIN(id), 1, 'broken', 0 FROM folder"
        )
    _, lines = synced.check("--offline")
    assert line(lines, "set aside")["says"] == "1 message could not be read"


@pytest.mark.dovecot
def test_nothing_is_changed(connected: Machine) -> None:
    before = everything(connected.home)
    assert connected.check()[0] == 0
    assert everything(connected.home) == before
    assert connected.watcher("sync").returncode == 0
    before = everything(connected.home)
    connected.check()
    assert everything(connected.home) == before


def everything(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(one): (one.stat().st_mode, one.read_bytes())
        for one in sorted(folder.rglob("*"))
        if one.is_file() and not one.name.endswith(("-wal", "-shm"))  # SQLite's own, made by whoever reads
    }


# ── the daemon ──


@pytest.mark.dovecot
def test_the_daemon_is_seen(synced: Machine) -> None:
    with alone(synced.store):
        _, lines = synced.check("--offline")
    assert line(lines, "daemon")["ok"]
    assert f"running (process {os.getpid()})" in line(lines, "daemon")["says"]


@pytest.mark.dovecot
def test_a_daemon_that_was_killed_is_not(synced: Machine) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    synced.store.with_name("watcher.db.pid").write_text(f"{process.pid}\n")
    _, lines = synced.check("--offline")
    assert not line(lines, "daemon")["ok"]


# ── bounded time ──


def test_what_takes_too_long_is_left_behind() -> None:
    never = threading.Event()
    try:
        assert within(0.01, never.wait, False) is False
        assert within(60, lambda: "there", "late") == "there"
    finally:
        never.set()


def test_what_is_raised_comes_through() -> None:
    def fails() -> None:
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        within(60, fails, None)


@pytest.mark.dovecot
def test_a_server_that_says_nothing_is_left(
    machine: Machine, server: Dovecot, monkeypatch: pytest.MonkeyPatch, frozen: Callable[[], int]
) -> None:
    monkeypatch.setattr("watcher.checks.SIGN_IN_SECONDS", 0.2)
    from watcher.checks import account_lines, config_lines

    machine.write(account(server, port=str(frozen())))
    config, _ = config_lines(machine.config)
    assert config is not None
    last = list(account_lines(config.accounts[0]))[-1]
    assert (last.name, last.ok, last.code) == ("sign-in", False, 12)


@pytest.fixture
def frozen() -> Iterator[Callable[[], int]]:
    """A port that takes connections and never says a word."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield lambda: int(listener.getsockname()[1])
