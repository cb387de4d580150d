"""Desktops for these tests, each with its own bus, put in the environment as a session would."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from jeepney import HeaderFields, Message, MessageType, new_error, new_method_return
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from jeepney.wrappers import unwrap_msg

from tests.servers import need
from tests.servers.desktop import NOTIFICATIONS, TOOLS, Desktop


def sign_in(desktop: Desktop, environ: pytest.MonkeyPatch) -> None:
    """From now on this process lives in that desktop session, and in no other."""
    environ.delenv("XDG_RUNTIME_DIR", raising=False)
    for name, value in desktop.env.items():
        environ.setenv(name, value)


@pytest.fixture
def desktop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desktop]:
    need(*TOOLS)
    with Desktop() as desktop:
        sign_in(desktop, monkeypatch)
        yield desktop


@pytest.fixture
def bare_desktop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desktop]:
    """A session with a bus, and nobody who shows pop-ups."""
    need(*TOOLS)
    with Desktop(server=False) as desktop:
        sign_in(desktop, monkeypatch)
        yield desktop


@pytest.fixture
def no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a desktop."""
    for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "DISPLAY"):
        monkeypatch.delenv(name, raising=False)


class PlainServer:
    """A notification server that reads no markup, and refuses every pop-up with an error."""

    def __init__(self, address: str) -> None:
        self._bus = open_dbus_connection(address)
        unwrap_msg(self._bus.send_and_get_reply(message_bus.RequestName(NOTIFICATIONS)))
        self.asked: list[tuple[str, str]] = []
        self._thread = threading.Thread(target=self._serve, args=(self._bus,), daemon=True)
        self._thread.start()

    def _serve(self, bus: DBusConnection) -> None:
        # Ends when the desktop, and with it the bus, is stopped.
        with suppress(OSError), bus:
            while True:
                call = bus.receive()
                if call.header.message_type is MessageType.method_call:
                    bus.send(self._answer(call))

    def _answer(self, call: Message) -> Message:
        match call.header.fields[HeaderFields.member]:
            case "GetServerInformation":
                return new_method_return(call, "ssss", ("plain", "test", "1.0", "1.2"))
            case "GetCapabilities":
                return new_method_return(call, "as", (["body"],))
            case _:
                self.asked.append((call.body[3], call.body[4]))
                return new_error(
                    call, "org.freedesktop.Notifications.Error.ExcessNotifications", "s", ("enough",)
                )


@pytest.fixture
def refusing_server(bare_desktop: Desktop) -> PlainServer:
    return PlainServer(bare_desktop.env["DBUS_SESSION_BUS_ADDRESS"])
