"""Carries a plan out: writes the definition, runs the platform's commands, says each step."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from watcher.errors import UsageError
from watcher.service.plan import Command, ServiceFiles
from watcher.service.systemd import is_absent_manager

Say = Callable[[str], None]

# Type=notify makes systemctl wait until the daemon is up, and systemd gives that 90 seconds.
_COMMAND_SECONDS = 120

_START_BY_HAND = "Start it by hand instead: watcher run."


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """Whether the definition is in place, whether the daemon runs, and the platform's own words."""

    path: Path
    installed: bool
    running: bool
    answer: str


def install(service: ServiceFiles, say: Say) -> None:
    """Put the definition in place and start the daemon; harmless when repeated.

    Raises UsageError when the platform's tool is missing or refuses; if it has no user manager,
    before anything is written.
    """
    if service.probe:
        _run(service.probe)
    _write(service)
    say(f"wrote {service.path}")
    for command in service.enable:
        _run_and_say(command, say)


def uninstall(service: ServiceFiles, say: Say) -> None:
    """Stop the daemon and remove the definition; says so when there was none."""
    if not service.path.exists():
        say(f"nothing to remove: {service.path} does not exist")
        return
    for command in service.disable:
        _run_and_say(command, say)
    service.path.unlink()
    say(f"removed {service.path}")
    for command in service.forget:
        _run_and_say(command, say)


def status(service: ServiceFiles) -> ServiceStatus:
    """What the platform says of the daemon now. Raises UsageError when it cannot be asked."""
    answer = _run(service.query).stdout
    running = service.running_mark in map(str.strip, answer.splitlines())
    return ServiceStatus(service.path, service.path.exists(), running, answer.strip())


def installed_program() -> Path:
    """The `watcher` program that runs now, which is what the service will run.

    Symbolic links are kept: pipx moves what they point at when it upgrades. Raises UsageError when
    watcher was started as a module and no program stands beside this Python.
    """
    name = "watcher.exe" if sys.platform == "win32" else "watcher"
    for candidate in (Path(sys.argv[0]), Path(sys.executable).with_name(name)):
        if candidate.name == name and candidate.is_file():
            return candidate.absolute()
    raise UsageError(
        f"No {name} program stands beside {sys.executable}.", "Install it: pipx install followup-watcher."
    )


def _write(service: ServiceFiles) -> None:
    """Write beside, then rename: the manager never reads half a definition."""
    beside = service.path.with_name(service.path.name + ".new")
    try:
        service.path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(service.text, encoding=service.encoding)
        beside.replace(service.path)
    except OSError as error:
        raise UsageError(f"Cannot write {service.path}: {error.strerror}.", _START_BY_HAND) from error


def _run_and_say(command: Command, say: Say) -> None:
    answer = _run(command)
    say(f"ran {command}" if answer.returncode == 0 else f"ran {command}: {answer.stderr.strip()}")


def _run(command: Command) -> subprocess.CompletedProcess[str]:
    try:
        answer = _call(command)
    except FileNotFoundError as error:
        raise UsageError(f"This machine has no {command.argv[0]}.", _START_BY_HAND) from error
    except subprocess.TimeoutExpired as error:
        raise UsageError(f"`{command}` did not answer in {_COMMAND_SECONDS} s.", _START_BY_HAND) from error
    if answer.returncode != 0 and not command.may_fail:
        raise _refused(command, answer.stderr.strip())
    return answer


def _call(command: Command) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command.argv,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=_COMMAND_SECONDS,
        env={**os.environ, "LC_ALL": "C"},  # `is_absent_manager` reads English
    )


def _refused(command: Command, answer: str) -> UsageError:
    if is_absent_manager(answer):
        return UsageError(
            "No systemd user manager runs for this login.",
            f"Log in at the desktop, or keep one running: loginctl enable-linger. {_START_BY_HAND}",
        )
    return UsageError(f"`{command}` failed: {answer}.", "watcher check says what is wrong with the set-up.")
