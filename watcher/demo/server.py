"""A real IMAP server in this process, on a free loopback port.

It runs in a thread with an event loop of its own. Mail is put in and moved about the honest way:
over IMAP, as any other client of the account would.
"""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import MappingProxyType, TracebackType
from typing import Any, Self

from imapclient import IMAPClient

from watcher.clock import system_clock
from watcher.errors import ServerUnreachable, UsageError

SPECIAL_USE = MappingProxyType({"Sent": r"\Sent", "Junk": r"\Junk", "Trash": r"\Trash", "Drafts": r"\Drafts"})
_START_SECONDS = 10.0
_STOP_SECONDS = 5.0
_CALL_SECONDS = 30.0
_log = logging.getLogger(__name__)


class DemoServer:
    """One IMAP account in memory, without TLS, with an INBOX and the folders it is told to create.

    `special_use` maps folder names to the roles the server tells (RFC 6154); an empty mapping is a
    server that tells none. All methods may be called from any thread. Raises UsageError where
    pymap, an extra, is not installed.
    """

    host = "127.0.0.1"

    def __init__(self, user: str, password: str, *, special_use: Mapping[str, str] = SPECIAL_USE) -> None:
        self.user = user
        self.password = password
        self.port = 0
        self._serve = _pymap_listener()
        self._roles = special_use
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main_task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name="demo-imap", daemon=True)

    def start(self) -> Self:
        """Listen; returns when clients can connect. A server starts once."""
        self._thread.start()
        if not self._listening.wait(_START_SECONDS) or not self.port:
            raise ServerUnreachable("the demo's IMAP server did not start")
        return self

    def stop(self) -> None:
        """Cut every connection and forget all mail; the thread is gone on return. Harmless twice."""
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def hang_up(self) -> None:
        """Cut every client's connection in the middle of whatever it does; the mail stays."""
        if self._loop is not None:
            asyncio.run_coroutine_threadsafe(self._cut_connections(), self._loop).result(_STOP_SECONDS)

    def append(
        self, folder: str, raw: bytes, internal_date: datetime | None = None, flags: Sequence[str] = ()
    ) -> int | None:
        """Deliver one message (APPEND); its UID where the server tells it (RFC 4315).

        `internal_date` is aware, by default the present moment.
        """
        with self._signed_in() as client:
            answer = client.append(folder, raw, flags, internal_date or system_clock())
        told = re.search(rb"APPENDUID \d+ (\d+)", answer)
        return int(told[1]) if told else None

    def create(self, folder: str) -> None:
        """Make a folder (CREATE); a folder that is there already is left alone."""
        with self._signed_in() as client:
            if not client.folder_exists(folder):
                client.create_folder(folder)

    def move(self, folder: str, uid: int, target: str) -> None:
        """Move one message (MOVE, RFC 6851), as a rule or another client does."""
        with self._signed_in() as client:
            client.select_folder(folder)
            client.move([uid], target)

    def delete(self, folder: str, uid: int) -> None:
        """Remove one message for good (\\Deleted and EXPUNGE)."""
        with self._signed_in() as client:
            client.select_folder(folder)
            client.delete_messages([uid])
            client.expunge([uid])

    def flags(self, folder: str) -> dict[int, tuple[str, ...]]:
        """The flags of every message by UID, sorted.

        Without \\Recent: that one belongs to a session and no client can set it (RFC 3501 2.3.2).
        """
        with self._signed_in() as client:
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search(), ["FLAGS"])
        return {uid: _lasting(items[b"FLAGS"]) for uid, items in found.items()}

    def renew(self, folder: str) -> None:
        """Give a folder a new UIDVALIDITY and its messages new UIDs, as a restored server does."""
        with self._signed_in() as client:
            old = f"{folder} before"
            client.rename_folder(folder, old)
            if folder.upper() != "INBOX":
                client.create_folder(folder)
            client.select_folder(old, readonly=True)
            for uid in client.search():
                items = client.fetch([uid], ["BODY.PEEK[]", "INTERNALDATE", "FLAGS"])[uid]
                client.append(folder, items[b"BODY[]"], _lasting(items[b"FLAGS"]), items[b"INTERNALDATE"])
            client.select_folder(folder, readonly=True)  # pymap ends a session whose folder goes
            client.delete_folder(old)

    @contextmanager
    def _signed_in(self) -> Iterator[IMAPClient]:
        # A connection a call: a few milliseconds, and no lock between the threads that deliver.
        with IMAPClient(self.host, self.port, ssl=False, timeout=_CALL_SECONDS) as client:
            client.normalise_times = False
            # imaplib writes a literal and its line end apart: 40 ms each with Nagle's algorithm.
            client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.login(self.user, self.password)
            yield client

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        finally:
            self._listening.set()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(_note_quietly)
        self._main_task = asyncio.current_task()
        server = await self._serve(self.user, self.password, self._roles)
        self.port = server.sockets[0].getsockname()[1]
        self._listening.set()
        await self._stopping.wait()
        server.close()
        await self._cut_connections()

    async def _cut_connections(self) -> None:
        connections = asyncio.all_tasks() - {asyncio.current_task(), self._main_task}
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


def _pymap_listener() -> Callable[[str, str, Mapping[str, str]], Awaitable[asyncio.Server]]:
    try:
        from watcher.demo.backend import listen
    except ImportError as error:
        raise UsageError("the demo needs pymap.", "pip install 'followup-watcher[demo]'") from error
    return listen


def _note_quietly(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    # A client that vanishes mid-command is daily bread here; asyncio would print a traceback.
    _log.debug("%s", context.get("message"), exc_info=context.get("exception"))


def _lasting(flags: Iterable[bytes]) -> tuple[str, ...]:
    return tuple(sorted(flag.decode() for flag in flags if flag != rb"\Recent"))
