"""The unit under a real systemd user manager: an ordinary user, a session bus, a keyring, and pass.

user_manager.sh starts the manager in namespaces of its own, session.py is what the rep does there, and
stand_in.py the daemon. Needs root for the namespaces; where they cannot be had, the skip says why.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.systemd

HERE = Path(__file__).parent
NEEDS = ("unshare", "setpriv", "systemctl", "dbus-daemon", "gnome-keyring-daemon", "gpg", "pass")


@pytest.fixture(scope="module")
def session() -> dict[str, Any]:
    """One whole session of the rep, install to uninstall."""
    missing = [program for program in NEEDS if not shutil.which(program)]
    if missing:
        pytest.skip(f"not on this machine: {', '.join(missing)}")
    if os.geteuid() != 0:
        pytest.skip("only root can give a user manager namespaces of its own")
    done = in_a_session(sys.executable, str(HERE / "session.py"))
    if done.returncode == 77:
        pytest.skip(f"no user manager can run on this machine: {done.stderr.splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def in_a_session(*command: str) -> subprocess.CompletedProcess[str]:
    needed = ":".join([sys.base_prefix, sys.prefix, str(HERE.parents[1])])
    own_namespaces = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
    return subprocess.run(
        [*own_namespaces, str(HERE / "user_manager.sh"), needed, *command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("attempt", "came_of_it"),
    [
        ("keyring", "from the keyring"),
        ("password_command", "from pass"),
        ("bus", True),
        ("loopback", True),
        ("cryptography", True),
        ("watchdog seconds", 180.0),
        ("opens a link", True),
        # and the hardening was really there
        ("raw packets", "OSError: [Errno 97] Address family not supported by protocol"),
        ("umask", "0077"),
        ("core bytes", 0),
        ("no new privileges", "1"),
        ("calls filtered", True),
        ("capabilities", ""),
        # and the hostile path of the config arrived
        ("arguments", ["--config", '/run/rep/a "b" \\x41 %n ${HOME}.toml', "run"]),
    ],
)
def test_under_the_hardening(session: dict[str, Any], attempt: str, came_of_it: object) -> None:
    assert session["tried"][attempt] == came_of_it


def test_install_ends_with_a_running_daemon(session: dict[str, Any]) -> None:
    assert session["state"]["SubState"] == "running"
    assert session["state"]["StatusText"] == "watching"
    assert session["status"]["installed"] is True
    assert session["status"]["running"] is True


@pytest.mark.parametrize(
    ("code", "then"),
    [
        ("1", "auto-restart"),
        ("2", "failed"),
        ("10", "failed"),
        ("11", "failed"),
        ("12", "auto-restart"),
        ("13", "auto-restart"),
        ("14", "failed"),
    ],
)
def test_what_a_restart_cannot_mend_is_not_restarted(session: dict[str, Any], code: str, then: str) -> None:
    assert session["exits"][code] == then


def test_a_killed_daemon_comes_back(session: dict[str, Any]) -> None:
    assert session["killed"] == "auto-restart"


def test_a_stop_is_asked_for(session: dict[str, Any]) -> None:
    assert session["stopped by"] == "SIGTERM"


def test_what_it_opened_is_free_of_its_limits_and_outlives_it(session: dict[str, Any]) -> None:
    assert session["opened"] == ["NoNewPrivs:", "0", "mid:a%20b@x.example"]
    assert session["browser runs on"] is True


def test_uninstall_leaves_nothing(session: dict[str, Any]) -> None:
    assert session["left"] == []
    assert session["forgotten"] == "not-found"
