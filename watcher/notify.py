"""Tells systemd how the daemon is: sd_notify(3), without libsystemd.

Where no service manager listens (a terminal, macOS, Windows) every call does nothing.
"""

from __future__ import annotations

import contextlib
import os
import socket


def ready(status: str = "") -> bool:
    """The daemon is up. True when a service manager was told."""
    return notify("READY=1", *_status_line(status))


def status(line: str) -> bool:
    """One line for `systemctl status`; it must name no customer, for it stays in the journal's sight."""
    return notify(*_status_line(line))


def alive() -> bool:
    """The answer to the watchdog; due at least every `watchdog_seconds()`."""
    return notify("WATCHDOG=1")


def stopping(status: str = "") -> bool:
    """The daemon has begun to end."""
    return notify("STOPPING=1", *_status_line(status))


def notify(*assignments: str) -> bool:
    """Send `assignments` ("READY=1") in one datagram to $NOTIFY_SOCKET; True when it was taken.

    A manager that went away must not take the daemon with it, so a failed send is False, no error.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")) or not hasattr(socket, "AF_UNIX"):
        return False
    if address.startswith("@"):  # an abstract socket: unix(7) writes its first byte as NUL
        address = "\0" + address[1:]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagram:
        datagram.connect(address)
        datagram.sendall("\n".join(assignments).encode())
        return True
    return False


def watchdog_seconds() -> float | None:
    """Seconds within which `alive` is expected again; None where no watchdog runs for this process.

    sd_watchdog_enabled(3): a $WATCHDOG_PID of another process means that the watchdog is not ours.
    """
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    if not microseconds.isdecimal() or int(microseconds) == 0:
        return None
    return int(microseconds) / 1_000_000


def _status_line(line: str) -> tuple[str, ...]:
    # A line break would begin a new assignment, and status text may come from an error message.
    return (f"STATUS={' '.join(line.split())}",) if line else ()
