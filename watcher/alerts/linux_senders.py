"""plyer's two ways to a Linux notification server, called by name.

plyer's own choice (`plyer.notification`) is not taken: wherever a folder /app exists it believes itself in
a Flatpak and pastes the text unescaped into a GVariant, and on the notify-send path it drops the urgency.
"""

from __future__ import annotations

import importlib
import shutil
from importlib.util import find_spec
from typing import Protocol

from watcher.alerts.channel import NotDelivered
from watcher.alerts.text import for_notify_send

_MEND = "install notify-send (on Debian: apt install libnotify-bin), then: watcher check"


class Sender(Protocol):
    """Carries one pop-up towards the server."""

    def send(self, app_name: str, title: str, text: str, urgent: bool) -> None:
        """Returning proves nothing. Raises NotDelivered where it is known to have failed."""


def found() -> str:
    """What can carry a pop-up here: "notify-send", else "dbus-python", else "".

    notify-send first: dbus-python keeps one connection for the life of the process, and a desktop that
    signs out and in again leaves it dead.
    """
    if shutil.which("notify-send"):
        return "notify-send"
    return "dbus-python" if find_spec("dbus") else ""


def sender() -> Sender:
    """The one that was found. Raises NotDelivered where there is none."""
    name = found()
    if not name:
        raise NotDelivered("nothing can carry a pop-up to the desktop", _MEND)
    return NotifySend() if name == "notify-send" else DBusPython()


class NotifySend:
    """libnotify's command. The pop-up stays until it is dismissed: a rep may be away from the desk."""

    def send(self, app_name: str, title: str, text: str, urgent: bool) -> None:
        from plyer.platforms.linux.notification import NotifySendNotification

        # The facade's notify() drops urgency and expire_time, which this implementation does read.
        try:
            NotifySendNotification()._notify(
                title=title,
                message=for_notify_send(text),
                app_name=app_name,
                urgency="critical" if urgent else "normal",
                expire_time="0",
            )
        except (OSError, ValueError) as error:  # not executable; a locale that cannot hold the words
            raise NotDelivered(f"notify-send could not be run ({error})", "use a UTF-8 locale") from error


class DBusPython:
    """dbus-python, where it is installed and notify-send is not."""

    def send(self, app_name: str, title: str, text: str, urgent: bool) -> None:
        from plyer.platforms.linux.notification import NotifyDbus

        dbus = importlib.import_module("dbus")
        try:
            NotifyDbus()._notify(
                title=title,
                message=text,
                app_name=app_name,
                hints={"urgency": dbus.Byte(2 if urgent else 1)},
                timeout=0,
            )
        except dbus.DBusException as error:
            raise NotDelivered(f"dbus-python failed ({error.get_dbus_message()})", _MEND) from error
