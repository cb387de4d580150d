"""Pop-ups with buttons, through desktop-notifier (the `desktop` extra, Linux).

desktop-notifier is asyncio, and a press is heard only while its loop runs: it has a thread of its own here,
begun with the first pop-up. Its Linux backend is used without the class around it, which has no way to
close the connection. What is remembered of a pop-up is given up when it is answered, closed or taken back,
and all of it when the server is another one.
Source: Desktop Notifications Specification 1.2 (ActionInvoked, NotificationClosed).
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import TimeoutError as TooLateError
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from watcher.alerts.channel import Answer, NotDelivered, NotSent, PopUp, Press

if TYPE_CHECKING:
    from desktop_notifier.backends.dbus import DBusDesktopNotifier
    from desktop_notifier.common import Notification

SEND_SECONDS = 3.0  # a living server answers within milliseconds
_END_SECONDS = 0.8
_MEND = "restart it, then: watcher check"

LABELS = {Answer.OPEN: "Open", Answer.SNOOZE: "Snooze a day", Answer.DONE: "Done"}


def available() -> bool:
    """Whether desktop-notifier is installed. Imports nothing."""
    return find_spec("desktop_notifier") is not None and find_spec("dbus_fast") is not None


class Buttons:
    """Sends pop-ups with buttons, and tells `hear` what a person does with them."""

    def __init__(self, hear: Callable[[Press], None]) -> None:
        self._hear = hear
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._backend: DBusDesktopNotifier | None = None
        self._server = ""
        self._proven = False  # it has sent something; others of its pop-ups may stand

    def send(self, app_name: str, title: str, text: str, pop_up: PopUp, server: str) -> None:
        """Show it, in these words. `server` is who shows it now, by its unique name on the bus.

        Raises NotSent where it did not leave us, NotDelivered where it may have.
        """
        sending = self._send(app_name, server, partial(self._notification, title, text, pop_up))
        if not self._run(sending, SEND_SECONDS):
            raise NotSent("desktop-notifier could not send the pop-up", _MEND)

    def close(self) -> None:
        """End the thread and the connection; pop-ups stay where they are."""
        if self._loop is None or self._thread is None:
            return
        with suppress(NotDelivered):
            self._run(self._leave(), _END_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_END_SECONDS)
        self._loop = self._thread = None

    def _run(self, work: Coroutine[Any, Any, bool], seconds: float) -> bool:
        future = asyncio.run_coroutine_threadsafe(work, self._started())
        try:
            return future.result(seconds)
        except TooLateError as error:
            future.cancel()
            raise NotDelivered("the notification server does not answer", _MEND) from error
        except (ImportError, AttributeError, RuntimeError) as error:  # another version than we know
            raise NotSent(f"desktop-notifier failed ({type(error).__name__})", _MEND) from error

    def _started(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=_live, args=(self._loop,), name="pop-ups", daemon=True)
            self._thread.start()
        return self._loop

    # ── in the thread of the loop ──

    async def _send(self, app_name: str, server: str, made: Callable[[list[bool]], Notification]) -> bool:
        backend = await self._fresh(app_name, server)
        dispatched: list[bool] = []
        try:
            await backend.send(made(dispatched))  # swallows every error
        finally:
            self._proven = self._proven or bool(dispatched)
            if not self._proven:  # half a connection, which nobody would close
                await self._leave()
        return bool(dispatched)

    def _notification(self, title: str, text: str, pop_up: PopUp, dispatched: list[bool]) -> Notification:
        from desktop_notifier.common import Button, Notification, Urgency

        def answered(answer: Answer) -> Callable[[], None]:
            return partial(self._hear, Press(pop_up.rows, answer))

        return Notification(
            title,
            text,
            urgency=Urgency.Critical if pop_up.urgent else Urgency.Normal,
            buttons=tuple(Button(LABELS[one], answered(one), one.value) for one in pop_up.buttons),
            on_dispatched=partial(dispatched.append, True),
            on_clicked=answered(Answer.OPEN),
            on_dismissed=answered(Answer.CLOSED),
            timeout=0,  # it stays until it is dismissed
        )

    async def _fresh(self, app_name: str, server: str) -> DBusDesktopNotifier:
        """The backend; a new one where the connection is lost or the server another one: it keeps what
        servers can do, and every pop-up of a server that died.
        """
        if self._backend is not None and (self._server != server or not self._backend.bus.connected):
            await self._leave()
        if self._backend is None:
            from desktop_notifier.backends.dbus import DBusDesktopNotifier

            # It would print the text of what it could not send.
            logging.getLogger("desktop_notifier").setLevel(logging.CRITICAL + 1)
            self._backend, self._server = DBusDesktopNotifier(app_name), server
        return self._backend

    async def _leave(self) -> bool:
        backend, self._backend, self._proven = self._backend, None, False
        bus = getattr(backend, "bus", None)  # there from its first pop-up on
        if bus is not None:
            bus.disconnect()
        return True


def _live(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
