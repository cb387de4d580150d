"""Hands a link, or a command, to the rep's desktop: never through a shell, and never waited for.

A program that the service started would live under the service's own limits (a browser from a snap does not
start under NoNewPrivileges) and end with it: there systemd-run starts it as a unit of its own.
Sources: xdg-utils (xdg-open, xdg-mime), Debian Policy 11.8.3 (x-terminal-emulator -e), xdg-terminal-exec,
systemd-run(1), systemd.kill(5).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

_ASK_SECONDS = 3.0
_FAILS_WITHIN_SECONDS = 2.0  # who opens a link either hands it on at once or says that it cannot
# The command follows as arguments of its own.
_TERMINALS = (
    ("xdg-terminal-exec",),
    ("x-terminal-emulator", "-e"),
    ("gnome-terminal", "--"),
    ("konsole", "-e"),
    ("xterm", "-e"),
)
# xdg-open ends when it has handed the link on; who was started by it stays.
_OUTSIDE = ("systemd-run", "--user", "--quiet", "--collect", "--wait", "--property=KillMode=process")
_SESSION = ("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "XDG_CURRENT_DESKTOP")


def takes(scheme: str, platform: str = sys.platform) -> bool:
    """Whether a program is there for links of that scheme. Windows is not asked, macOS has Mail."""
    if platform != "linux":
        return platform == "darwin" and scheme == "message"
    if not (has_screen(platform) and shutil.which("xdg-open")):
        return False
    query = ["xdg-mime", "query", "default", f"x-scheme-handler/{scheme}"]
    try:
        asked = subprocess.run(query, capture_output=True, timeout=_ASK_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return bool(asked.stdout.strip())


def has_screen(platform: str = sys.platform) -> bool:
    """Whether a window could be seen."""
    return platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def open_link(url: str, platform: str = sys.platform) -> bool:
    """Open it with what the desktop has for its scheme. False where that is known to have failed."""
    if platform == "win32":
        return _start_file(url)
    return _started(["open" if platform == "darwin" else "xdg-open", url])


def open_in_terminal(command: Sequence[str]) -> bool:
    """Run it in a new window. False where there is no program for that."""
    found = next((one for one in _TERMINALS if shutil.which(one[0])), None)
    return found is not None and has_screen() and _started([*found, *command])


def _started(command: Sequence[str]) -> bool:
    return (_in_service() and _run([*_outside(), *command])) or _run(command)


def _in_service() -> bool:
    return "NOTIFY_SOCKET" in os.environ and shutil.which(_OUTSIDE[0]) is not None


def _outside() -> list[str]:
    known = [f"--setenv={name}={os.environ[name]}" for name in _SESSION if name in os.environ]
    return [*_OUTSIDE, *known, "--"]


def _run(command: Sequence[str]) -> bool:
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # it outlives us
        )
        return process.wait(_FAILS_WITHIN_SECONDS) == 0
    except subprocess.TimeoutExpired:
        return True
    except OSError:
        return False


def _start_file(url: str) -> bool:
    try:
        os.startfile(url)  # type: ignore[attr-defined]  # noqa: S606 - Windows' own way, no shell
    except OSError:
        return False
    return True
