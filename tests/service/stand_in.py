"""The `watcher` that the user manager starts in test_user_manager.py.

`service ...` is the real command. `run` stands in for the daemon: it tries what the daemon needs under
the unit's hardening, keeps what came of it in ~/tried.json, says READY, and waits to be stopped.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from watcher import notify

HOME = Path.home()


def keyring_password() -> str | None:
    import keyring

    return keyring.get_password("watcher", "wei@acme.test")


def command_password() -> str:
    return subprocess.run(
        ["pass", "show", "mail/wei"], capture_output=True, text=True, check=True, timeout=30
    ).stdout.strip()


def bus_answers() -> bool:
    from jeepney import DBusAddress, new_method_call
    from jeepney.io.blocking import open_dbus_connection

    bus = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
    with open_dbus_connection() as connection:
        names = connection.send_and_get_reply(new_method_call(bus, "ListNames"), timeout=10).body[0]
    return "org.freedesktop.secrets" in names


def loopback_answers() -> bool:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        found = socket.getaddrinfo("localhost", port, socket.AF_INET, socket.SOCK_STREAM)
        with socket.create_connection(found[0][4], timeout=10):
            return ssl.create_default_context().verify_mode == ssl.CERT_REQUIRED


def encrypts() -> bool:
    from cryptography.fernet import Fernet

    key = Fernet(Fernet.generate_key())
    return key.decrypt(key.encrypt(b"mail")) == b"mail"


def raw_packets() -> str:
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()
    return "open"


def process_state() -> dict[str, str]:
    lines = Path("/proc/self/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def umask() -> str:
    return f"{os.umask(0o077):04o}"


def opens_a_link() -> bool:
    from watcher.alerts import programs

    os.environ["PATH"] = f"{HOME / 'bin'}:{os.environ['PATH']}"
    return programs.open_link("mid:a%20b@x.example", "linux")


TRIED: dict[str, Callable[[], object]] = {
    "keyring": keyring_password,
    "password_command": command_password,
    "bus": bus_answers,
    "loopback": loopback_answers,
    "cryptography": encrypts,
    "raw packets": raw_packets,
    "umask": umask,
    "core bytes": lambda: resource.getrlimit(resource.RLIMIT_CORE)[0],
    "no new privileges": lambda: process_state()["NoNewPrivs"],
    "calls filtered": lambda: process_state()["Seccomp"] == "2",
    "capabilities": lambda: process_state()["CapEff"].strip("0"),
    "watchdog seconds": notify.watchdog_seconds,
    "opens a link": opens_a_link,
    "arguments": lambda: sys.argv[1:],
}


def outcome(attempt: Callable[[], object]) -> object:
    try:
        return attempt()
    except Exception as error:  # noqa: BLE001  # whatever it is, the test shows it
        return f"{type(error).__name__}: {error}"


def run() -> None:
    if (HOME / "exit-with").exists():
        raise SystemExit(int((HOME / "exit-with").read_text()))
    (HOME / "tried.json").write_text(json.dumps({name: outcome(attempt) for name, attempt in TRIED.items()}))
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    notify.ready("watching")
    signal.sigwait({signal.SIGTERM})
    notify.stopping()
    (HOME / "stopped").touch()


if __name__ == "__main__":
    if sys.argv[1] == "service":
        from watcher.cli.service import service

        service(sys.argv[2:])
    run()
