"""install, uninstall and status with a `systemctl` of our own on PATH: a program that notes its arguments."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from watcher.cli.service import service
from watcher.errors import UsageError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")

NOTES_ARGUMENTS = """#!/bin/sh
echo "$*" >> "{calls}"
case "$2" in
  show) echo "ActiveState={state}" ;;
  {failing}) echo "{says}" >&2; exit 1 ;;
esac
"""
NO_BUS = "Failed to connect to bus: No medium found"


class Machine:
    """A home, a PATH with one program on it, and what that program was asked."""

    def __init__(self, home: Path) -> None:
        self.unit = home / ".config" / "systemd" / "user" / "watcher.service"
        self._systemctl = home / "bin" / "systemctl"
        self._calls = home / "calls"
        self._systemctl.parent.mkdir()

    def has_systemctl(self, failing: str = "nothing", says: str = "", state: str = "active") -> None:
        self._systemctl.write_text(
            NOTES_ARGUMENTS.format(calls=self._calls, failing=failing, says=says, state=state)
        )
        self._systemctl.chmod(0o755)

    def asked(self) -> list[str]:
        return self._calls.read_text().splitlines() if self._calls.exists() else []


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    found = Machine(tmp_path)
    program = tmp_path / "bin" / "watcher"
    program.write_text("#!/bin/sh\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("WATCHER_CONFIG", raising=False)
    monkeypatch.setattr(sys, "argv", [str(program)])
    return found


def said(*arguments: str) -> str:
    result = invoke(*arguments)
    assert result.exception is None, result.exception
    return result.output


def refused(*arguments: str) -> UsageError:
    result = invoke(*arguments)
    assert isinstance(result.exception, UsageError)
    return result.exception


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(service, arguments)


def test_install_writes_and_starts(machine: Machine, tmp_path: Path) -> None:
    machine.has_systemctl()
    output = said("install")
    assert f'ExecStart="{tmp_path}/bin/watcher" "run"\n' in machine.unit.read_text()
    assert machine.asked() == [
        "--user show-environment",
        "--user daemon-reload",
        "--user enable watcher.service",
        "--user restart watcher.service",
    ]
    assert f"wrote {machine.unit}\nran systemctl --user daemon-reload\n" in output


def test_uninstall_undoes_install(machine: Machine, tmp_path: Path) -> None:
    machine.has_systemctl()
    said("install")
    before_removal = len(machine.asked())
    output = said("uninstall")
    assert not list((tmp_path / ".config").rglob("*.*")), "no file and no half-written one is left"
    assert machine.asked()[before_removal:] == [
        "--user disable --now watcher.service",
        "--user daemon-reload",
    ]
    assert f"removed {machine.unit}" in output


def test_a_second_install_and_a_second_uninstall_are_harmless(machine: Machine) -> None:
    machine.has_systemctl()
    said("install")
    first = machine.unit.read_text()
    said("install")
    assert machine.unit.read_text() == first
    said("uninstall")
    assert "nothing to remove" in said("uninstall")


def test_uninstall_removes_the_file_even_where_the_manager_is_gone(machine: Machine) -> None:
    machine.has_systemctl()
    said("install")
    machine.has_systemctl(failing="*", says=NO_BUS)
    assert NO_BUS in said("uninstall")
    assert not machine.unit.exists()


@pytest.mark.parametrize(
    ("failing", "says", "message", "mend", "written"),
    [
        ("show-environment", NO_BUS, "No systemd user manager", "loginctl enable-linger", False),
        (
            "show-environment",
            "System has not been booted with systemd as init system (PID 1). Can't operate.",
            "No systemd user manager",
            "watcher run",
            False,
        ),
        (
            "restart",
            "Job for watcher.service failed.",
            "Job for watcher.service failed",
            "watcher check",
            True,
        ),
    ],
)
def test_a_manager_that_refuses(
    machine: Machine, failing: str, says: str, message: str, mend: str, written: bool
) -> None:
    machine.has_systemctl(failing, says)
    error = refused("install")
    assert message in error.message
    assert mend in error.mend
    assert machine.unit.exists() is written


def test_no_systemctl_at_all(machine: Machine) -> None:
    error = refused("install")
    assert "no systemctl" in error.message
    assert "watcher run" in error.mend
    assert not machine.unit.exists()


def test_a_home_that_cannot_be_written(machine: Machine, tmp_path: Path) -> None:
    machine.has_systemctl()
    (tmp_path / ".config").write_text("a file where the folder belongs")
    assert "Cannot write" in refused("install").message


def test_print_touches_nothing(machine: Machine) -> None:
    assert "Type=notify" in said("install", "--print")
    assert not machine.unit.exists()
    assert machine.asked() == []


def test_the_config_of_this_shell_goes_into_the_unit(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHER_CONFIG", "~/work.toml")
    assert f'"--config" "{tmp_path}/work.toml" "run"' in said("install", "--print")


def test_a_python_without_the_program(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "__main__.py")])
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert "No watcher program" in refused("install", "--print").message


@pytest.mark.parametrize(("state", "running"), [("active", True), ("activating", False), ("failed", False)])
def test_status(machine: Machine, state: str, running: bool) -> None:
    machine.has_systemctl(state=state)
    assert "not installed" in said("status")
    said("install")
    found = json.loads(said("status", "--json"))
    assert found == {
        "path": str(machine.unit),
        "installed": True,
        "running": running,
        "answer": f"ActiveState={state}",
    }
    assert said("status").splitlines()[1] == ("running" if running else "not running")
