"""Where a password comes from. The keyring is one of keyring's own backends, made for the test."""

from __future__ import annotations

import contextlib
import os
import select
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked

from watcher.errors import ConfigError
from watcher.mailbox.signin import credential_name, password_for, store_password

pytestmark = pytest.mark.daemon

USER, HOST = "wei@acme.test", "mail.acme.test"


class MemoryKeyring(KeyringBackend):
    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password


class LockedKeyring(MemoryKeyring):
    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked("locked")


@pytest.fixture(autouse=True)
def restored_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


def command(python: str) -> str:
    return f"{sys.executable} -c '{python}'"


def test_the_command_comes_first_and_its_first_line_counts() -> None:
    keyring.set_keyring(LockedKeyring())
    assert password_for("work", USER, HOST, command(r'print("kick it\nsecond line")')) == "kick it"


def test_the_command_runs_without_a_shell() -> None:
    assert password_for("work", USER, HOST, "echo $HOME; echo x") == "$HOME; echo x"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (command('import sys; print("secret"); sys.exit(3)'), "exit status 3"),
        (command("pass"), "printed nothing"),
        ("no-such-command-anywhere", "cannot be run"),
        ("echo 'unclosed", "cannot be read"),
        (command("import time; time.sleep(60)"), "took longer than 0.2 s"),
    ],
)
def test_a_command_that_fails(script: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        password_for("work", USER, HOST, script, timeout=0.2 if "sleep" in script else 20)
    assert 'password_command of account "work"' in caught.value.message
    assert "secret" not in str(caught.value)


class Sleeper:
    """A command whose child sleeps on. It says "on" through a pipe, which ends when nobody holds it."""

    def __init__(self, folder: Path) -> None:
        pipe = folder / "pipe"
        os.mkfifo(pipe)
        self._pipe = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        self.command = f"sh -c '(trap \"\" TERM; echo on; exec sleep 1000) >{pipe} & sleep 1000'"

    def on(self) -> bool:
        with contextlib.suppress(BlockingIOError):
            return os.read(self._pipe, 9) == b"on\n"
        return False

    def gone(self) -> bool:
        """Whether nobody of the command is left, or will be soon."""
        readable, _, _ = select.select([self._pipe], [], [], 10)
        ended = bool(readable) and os.read(self._pipe, 9) == b""
        os.close(self._pipe)
        return ended


@pytest.mark.parametrize("ends", ["takes too long", "is cut off"])
def test_a_command_that_hangs_ends_with_its_children(tmp_path: Path, ends: str) -> None:
    sleeper = Sleeper(tmp_path)
    cut_off = ends == "is cut off"
    with pytest.raises(ConfigError, match="cut off" if cut_off else "longer than"):
        password_for(
            "work",
            USER,
            HOST,
            sleeper.command,
            timeout=60 if cut_off else 0.4,
            stopping=sleeper.on if cut_off else lambda: False,
        )
    assert cut_off or sleeper.on()
    assert sleeper.gone()


def test_what_is_stored_in_the_keyring_is_found_there() -> None:
    ring = MemoryKeyring()
    keyring.set_keyring(ring)
    store_password(USER, HOST, "kick it back")
    assert ring.entries == {("watcher", "wei@acme.test@mail.acme.test"): "kick it back"}
    assert password_for("work", USER, HOST) == "kick it back"


@pytest.mark.parametrize("ring", [NoKeyring, LockedKeyring, MemoryKeyring])
def test_systemd_credentials_where_the_keyring_knows_nothing(
    ring: type[KeyringBackend], tmp_path: Path
) -> None:
    keyring.set_keyring(ring())
    (tmp_path / "watcher-work").write_text("from systemd\n")
    environment = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert password_for("work", USER, HOST, environment=environment) == "from systemd"


@pytest.mark.parametrize(
    ("ring", "said"),
    [
        (NoKeyring, "No password is stored for wei@acme.test"),
        (MemoryKeyring, "No password is stored for wei@acme.test"),
        (LockedKeyring, "keyring is locked"),
    ],
)
def test_no_password_anywhere(ring: type[KeyringBackend], said: str, tmp_path: Path) -> None:
    keyring.set_keyring(ring())
    with pytest.raises(ConfigError, match=said) as caught:
        password_for("work", USER, HOST, environment={"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert caught.value.exit_code == 10
    assert caught.value.mend


@pytest.mark.parametrize(("ring", "said"), [(NoKeyring, "no keyring"), (LockedKeyring, "locked")])
def test_a_keyring_that_takes_nothing(ring: type[KeyringBackend], said: str) -> None:
    keyring.set_keyring(ring())
    with pytest.raises(ConfigError, match=said):
        store_password(USER, HOST, "kick it back")


def test_a_credential_name_is_a_file_name() -> None:
    assert credential_name("../my mail") == "watcher-.._my_mail"
