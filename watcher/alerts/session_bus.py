"""What the desktop's session bus knows: is there a notification server, and did it take this pop-up?

plyer's senders say nothing back (notify-send's exit status is dropped), so we watch the bus while one
works: the Notify call must pass with our title, and its answer must come from the server.
Sources: D-Bus Specification (BecomeMonitor, match rules), Desktop Notifications Specification 1.2.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jeepney import DBusAddress, DBusErrorResponse, HeaderFields, Message, MessageType, new_method_call
from jeepney.bus_messages import Monitoring, message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from jeepney.wrappers import unwrap_msg

from watcher.alerts.channel import NotDelivered
from watcher.clock import monotonic_seconds
from watcher.domain.plain import plain

NOTIFICATIONS = "org.freedesktop.Notifications"
BUTTONS = "actions"  # the capability
ANSWER_SECONDS = 2.0  # a living bus or server answers within milliseconds
START_SECONDS = 5.0  # the first question may have to start the server (D-Bus activation)
VERDICT_SECONDS = 10.0  # a bound only: the verdict is in when our own marker passes the watch

_SERVER = DBusAddress("/org/freedesktop/Notifications", NOTIFICATIONS, NOTIFICATIONS)
_INSTALL = "install and start one (dunst, mako or your desktop's own), then: watcher check"
_RESTART = "restart it, then: watcher check"
_SIGN_IN = "sign in to the desktop again, then: watcher check"


@dataclass(frozen=True, slots=True)
class Server:
    """Who shows pop-ups. `owner` is its unique name on the bus; `markup`: it reads the text as markup;
    `buttons`: it shows some.
    """

    name: str
    version: str
    owner: str
    markup: bool
    buttons: bool = False

    def __str__(self) -> str:
        return f"{self.name} {self.version} ({self.owner})"


@dataclass(frozen=True, slots=True)
class Taken:
    """Which server took a pop-up, and by what number it knows it: None where that was not seen."""

    server: Server
    number: int | None
    watched: bool = True

    def __str__(self) -> str:
        return str(self.server) if self.watched else f"{self.server}, not watched"


def bus_address() -> str:
    """Where the session bus listens: $DBUS_SESSION_BUS_ADDRESS, else $XDG_RUNTIME_DIR/bus as libdbus does.

    Raises NotDelivered where there is neither.
    """
    if address := os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return address
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and (socket := Path(runtime, "bus")).is_socket():
        return f"unix:path={socket}"
    raise NotDelivered(
        "no desktop session bus (DBUS_SESSION_BUS_ADDRESS is not set)",
        "start watcher inside the desktop session, or as a user service: watcher service install",
    )


@contextmanager
def session_bus() -> Iterator[DBusConnection]:
    """A connection of our own to the session bus. Raises NotDelivered where it cannot be had, or is lost."""
    bus = _connection(bus_address())
    try:
        with bus:
            yield bus
    except OSError as error:  # a time-out is one of them
        raise NotDelivered(f"the desktop session bus went silent ({_words(error)})", _SIGN_IN) from error


def _connection(address: str) -> DBusConnection:
    try:
        return open_dbus_connection(address, auth_timeout=ANSWER_SECONDS)
    except (OSError, ValueError, RuntimeError, DBusErrorResponse) as error:  # refused, malformed, not unix:
        raise NotDelivered(
            f"the desktop session bus does not answer ({_words(error)})",
            f"DBUS_SESSION_BUS_ADDRESS is {address!r}: {_SIGN_IN}",
        ) from error


def notification_server(bus: DBusConnection) -> Server:
    """Who owns org.freedesktop.Notifications, started by the bus if need be. Raises NotDelivered."""
    try:
        who, owner = _ask_server(bus, "GetServerInformation", START_SECONDS)
        capabilities, _ = _ask_server(bus, "GetCapabilities", ANSWER_SECONDS)
    except DBusErrorResponse as error:
        raise NotDelivered(f"no notification server on the session bus{_because(error)}", _INSTALL) from error
    except TimeoutError as error:
        raise NotDelivered("the notification server does not answer", _RESTART) from error
    name, _vendor, version = (*who, "", "", "")[:3]
    able = capabilities[0] if capabilities else ()
    return Server(
        plain(str(name), 40),
        plain(str(version), 40).partition(" ")[0],
        owner,
        markup="body-markup" in able,
        buttons=BUTTONS in able,
    )


def _ask_server(bus: DBusConnection, member: str, seconds: float) -> tuple[tuple[Any, ...], str]:
    """What the server answers, and the unique name it answers under. An error answer is raised."""
    answer = bus.send_and_get_reply(new_method_call(_SERVER, member), timeout=seconds)
    return unwrap_msg(answer), _field(answer, HeaderFields.sender)


class Watch:
    """Sees, from before a pop-up is sent, what is said to the server and what it answers.

    Where the bus allows no monitor (a filtering proxy), all it can tell is whether the same server
    still stands.
    """

    def __init__(self, bus: DBusConnection, server: Server, monitor: DBusConnection | None) -> None:
        self._bus = bus
        self._server = server
        self._monitor = monitor

    def taker(self, app_name: str, title: str) -> Taken:
        """Who took our pop-up of this title. Raises NotDelivered where nobody did.

        Ask when the sender has returned: what it said is then on the bus, ahead of our own marker.
        """
        owner_now = self._marked_owner()
        answer = self._answer(self._monitor, app_name, title) if self._monitor else None
        if answer is not None:
            return self._accepted(answer)
        if owner_now != self._server.owner:
            raise NotDelivered(f"{self._server.name} ended while the pop-up was sent", _RESTART)
        if self._monitor is None:
            return Taken(self._server, None, watched=False)
        raise NotDelivered(f"{self._server.name} was not seen to take the pop-up", _RESTART)

    def _accepted(self, answer: Message) -> Taken:
        if _kind(answer) is MessageType.error:
            raise NotDelivered(f"{self._server.name} refused the pop-up ({_words(answer.body)})", _RESTART)
        number = answer.body[0] if answer.body and isinstance(answer.body[0], int) else None
        return Taken(replace(self._server, owner=_field(answer, HeaderFields.sender)), number)

    def _marked_owner(self) -> str:
        """Asks the bus who owns the server's name: the question itself is the marker in the watch."""
        return _owner(self._bus)

    def _answer(self, monitor: DBusConnection, app_name: str, title: str) -> Message | None:
        """The server's answer to the Notify call that carried our name and `title`."""
        asked: set[tuple[str, int]] = set()
        for message in self._seen(monitor):
            if _says(message, app_name, title):
                asked.add((_field(message, HeaderFields.sender), message.header.serial))
            elif _answered(message) in asked:
                return message
        return None

    def _seen(self, monitor: DBusConnection) -> Iterator[Message]:
        """What the watch saw, up to our marker."""
        deadline = monotonic_seconds() + VERDICT_SECONDS
        while (left := deadline - monotonic_seconds()) > 0:
            message = monitor.receive(timeout=left)
            if _field(message, HeaderFields.sender) == self._bus.unique_name:
                return
            yield message


def _owner(bus: DBusConnection) -> str:
    try:
        reply = bus.send_and_get_reply(message_bus.GetNameOwner(NOTIFICATIONS), timeout=ANSWER_SECONDS)
        return str(unwrap_msg(reply)[0])
    except DBusErrorResponse:
        return ""


def handle_of(bus: DBusConnection, taken: Taken) -> str:
    """By what a pop-up can be taken back as long as this bus and this server stand; "" where it cannot."""
    return f"{_bus_id(bus)} {taken.server.owner} {taken.number}" if taken.number is not None else ""


def take_back(bus: DBusConnection, handle: str) -> None:
    """Close a pop-up, unless it was dismissed, or another server or bus stands since: numbers are its own."""
    where, _, number = handle.rpartition(" ")
    if number.isdecimal() and where == f"{_bus_id(bus)} {_owner(bus)}":
        call = new_method_call(_SERVER, "CloseNotification", "u", (int(number),))
        bus.send_and_get_reply(call, timeout=ANSWER_SECONDS)


def _bus_id(bus: DBusConnection) -> str:
    """Unique to this bus for ever (D-Bus Specification, GetId): a login later names begin anew."""
    return str(unwrap_msg(bus.send_and_get_reply(message_bus.GetId(), timeout=ANSWER_SECONDS))[0])


@contextmanager
def watching(bus: DBusConnection, server: Server) -> Iterator[Watch]:
    """A watch on the server, open before anything is sent."""
    with session_bus() as monitor:
        rules = [
            f"type='method_call',interface='{NOTIFICATIONS}',member='Notify'",
            f"type='method_return',sender='{NOTIFICATIONS}'",
            "type='error'",
            f"type='method_call',sender='{bus.unique_name}',member='GetNameOwner'",
        ]
        answer = monitor.send_and_get_reply(Monitoring().BecomeMonitor(rules), timeout=ANSWER_SECONDS)
        refused = _kind(answer) is MessageType.error
        yield Watch(bus, server, None if refused else monitor)


def _says(message: Message, app_name: str, title: str) -> bool:
    """Is this the Notify call of our pop-up? Its arguments 0 and 3 are the program and the summary.

    The body is not compared: senders may rewrite it (notify-send reads C escapes in it).
    """
    return (
        _kind(message) is MessageType.method_call
        and _field(message, HeaderFields.member) == "Notify"
        and message.body[0:4:3] == (app_name, title)
    )


def _answered(message: Message) -> tuple[str, int]:
    """Whose call, and which, this message answers."""
    fields = message.header.fields
    return fields.get(HeaderFields.destination, ""), fields.get(HeaderFields.reply_serial, 0)


def _kind(message: Message) -> Any:
    return message.header.message_type


def _field(message: Message, field: HeaderFields) -> str:
    return str(message.header.fields.get(field, ""))


def _because(error: DBusErrorResponse) -> str:
    """Why the bus could not start a server; nothing where it simply knows of none."""
    return "" if error.name.endswith(".ServiceUnknown") else f" ({_words(error)})"


def _words(reason: object) -> str:
    """What an error says, in one line."""
    if isinstance(reason, DBusErrorResponse):
        reason = reason.data or (reason.name,)
    if isinstance(reason, tuple):
        reason = reason[0] if reason else ""
    return plain(str(reason), 120) or type(reason).__name__
