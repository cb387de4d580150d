"""Pop-ups on the rep's desktop: with buttons (desktop-notifier) where we and the server can, else by plyer.

On Linux a pop-up counts as delivered when the notification server was seen to answer it. Windows and macOS
tell nobody: there it counts as delivered when plyer handed it over without an error.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from watcher.alerts import buttons
from watcher.alerts.channel import Delivery, NotDelivered, NotSent, PopUp, Press
from watcher.alerts.text import (
    WINDOWS_TEXT_UNITS,
    WINDOWS_TITLE_UNITS,
    clip_utf16,
    text_for_desktop,
    title_for_desktop,
)
from watcher.domain.plain import plain

if TYPE_CHECKING:
    from jeepney.io.blocking import DBusConnection

    from watcher.alerts.session_bus import Server, Taken

log = logging.getLogger(__name__)

APP_NAME = "watcher"
_ALLOW = "allow notifications for Python in the system's settings"
_SYSTEMS = {"win32": "Windows", "darwin": "macOS"}


class DesktopChannel:
    """The `desktop` channel. `platform` is a word of `sys.platform`. No buttons before somebody listens."""

    name = "desktop"

    def __init__(self, platform: str = sys.platform) -> None:
        self._platform = platform
        self._standing: dict[frozenset[str], str] = {}  # handles of what was taken, by the waits it is about
        self._buttons: buttons.Buttons | None = None
        self._hear: Callable[[Press], None] = lambda _: None

    def listen(self, hear: Callable[[Press], None]) -> None:
        """From now on pop-ups bear buttons where that is possible, and `hear` is told of presses."""
        self._hear = hear
        if self._buttons is None and self._platform == "linux" and buttons.available():
            self._buttons = buttons.Buttons(lambda press: self._hear(press))

    def adopt(self, standing: Mapping[frozenset[str], str]) -> None:
        """What an earlier process left standing is taken back, or replaced, as our own."""
        self._standing = {**standing, **self._standing}

    def close(self) -> None:
        """End what listens to presses."""
        if self._buttons is not None:
            self._buttons.close()

    def deliver(self, pop_up: PopUp) -> Delivery:
        """Show it once. The bus and the display are those of the environment at the time of the call."""
        try:
            if self._platform == "linux":
                return self._show(pop_up)
            return Delivery(True, self.name, _hand_over(pop_up, self._platform))
        except NotDelivered as reason:
            return Delivery(False, self.name, f"{reason.message}: {reason.mend}")

    def recall(self, running: AbstractSet[str]) -> frozenset[str]:
        """Take down what is about none of the waits that run; which that was."""
        gone = [about for about in self._standing if not about & running]
        self._take_back(gone)
        return frozenset[str]().union(*gone)

    def _show(self, pop_up: PopUp) -> Delivery:
        """Show it in place of what said the same before."""
        from watcher.alerts import session_bus  # jeepney is there on Linux only

        with session_bus.session_bus() as bus:
            server = session_bus.notification_server(bus)
            words = (title_for_desktop(pop_up.title), text_for_desktop(pop_up.text, server.markup))
            taken = self._with_buttons(bus, server, *words, pop_up)
            heard = taken is not None
            taken = taken or _without_buttons(bus, server, *words, pop_up)
            handle = session_bus.handle_of(bus, taken)
        if pop_up.about:
            self._take_back([about for about in self._standing if about <= pop_up.about])
            self._standing[pop_up.about] = handle
        return Delivery(True, self.name, str(taken), handle, heard)

    def _with_buttons(
        self, bus: DBusConnection, server: Server, title: str, text: str, pop_up: PopUp
    ) -> Taken | None:
        """Who took it; None where buttons cannot be shown, or it did not leave us."""
        from watcher.alerts import session_bus

        if self._buttons is None or not server.buttons:
            return None
        try:
            with session_bus.watching(bus, server) as watch:
                self._buttons.send(APP_NAME, title, text, pop_up, server.owner)
                return watch.taker(APP_NAME, title)
        except NotSent as reason:
            log.warning("%s: plyer shows it, without buttons", reason.message)
            return None

    def _take_back(self, gone: Sequence[frozenset[str]]) -> None:
        if not gone:
            return
        from watcher.alerts import session_bus

        handles = [self._standing.pop(about) for about in gone]
        with suppress(NotDelivered), session_bus.session_bus() as bus:
            for one in handles:
                session_bus.take_back(bus, one)


def _without_buttons(bus: DBusConnection, server: Server, title: str, text: str, pop_up: PopUp) -> Taken:
    from watcher.alerts import linux_senders, session_bus

    sender = linux_senders.sender()
    with session_bus.watching(bus, server) as watch:
        sender.send(APP_NAME, title, text, pop_up.urgent)
        return watch.taker(APP_NAME, title)


def _hand_over(pop_up: PopUp, platform: str) -> str:
    """To Windows or macOS. plyer does not clip: one unit too many for Windows kills its thread unheard."""
    from plyer import notification

    system = _SYSTEMS.get(platform, platform)
    title = clip_utf16(title_for_desktop(pop_up.title), WINDOWS_TITLE_UNITS)
    text = clip_utf16(text_for_desktop(pop_up.text, markup=False), WINDOWS_TEXT_UNITS)
    try:
        notification.notify(title=title, message=text, app_name=APP_NAME)
    except NotImplementedError as error:
        raise NotDelivered(
            f"plyer has no pop-ups for {system}", "take desktop out of alerts.channels"
        ) from error
    except (AttributeError, OSError, RuntimeError, TypeError, ValueError) as error:
        # macOS answers with no notification centre (None) where the app is not allowed one.
        raise NotDelivered(f"{system} took no pop-up ({plain(str(error), 120)})", _ALLOW) from error
    return f"handed to {system}"


@dataclass(frozen=True, slots=True)
class DesktopReport:
    """Could a pop-up be shown now?

    `bus`: there is a session bus; `server`: who shows pop-ups ("" if nobody); `sender`: what carries them
    there without buttons ("notify-send", "dbus-python", "" if nothing); `buttons`: they would bear some;
    `missing`: what stands in the way ("" if nothing), `mend`: how to mend it. Windows and macOS cannot be
    asked beforehand: their report is always good.
    """

    bus: bool
    server: str
    sender: str
    missing: str = ""
    mend: str = ""
    buttons: bool = False


def desktop_report(platform: str = sys.platform) -> DesktopReport:
    """Asks the bus and its server, shows nothing. Never raises."""
    if platform != "linux":
        return DesktopReport(bus=False, server=_SYSTEMS.get(platform, platform), sender="plyer")
    from watcher.alerts import linux_senders, session_bus

    bus, server, sender, able = False, "", linux_senders.found(), False
    try:
        with session_bus.session_bus() as connection:
            bus = True
            found = session_bus.notification_server(connection)
        server, able = str(found), found.buttons and buttons.available()
        if not able:
            linux_senders.sender()
    except NotDelivered as reason:
        return DesktopReport(bus, server, sender, reason.message, reason.mend)
    return DesktopReport(bus, server, sender, buttons=able)
