"""An IMAP server that misbehaves on purpose, in the ways that no well-kept server will.

It holds one folder of `count` messages. A FETCH that includes a UID of `broken` is answered as that
UID's fault says: "unbalanced" (what it gives cannot be parsed), "no" (tagged NO), "no header" (NO to its
header alone), "nothing" (passed over in silence), "hang" (nothing more comes), or "bye" (the link ends).

With IDLE among its `capabilities` it idles as `idling` says: "well" (tells what `tell` is given), "hasty"
(tells of a message in one packet with its consent), "chatter" (never stops saying that it is still here),
"garbage", "bye", or "hang" (does not answer DONE).

`says` maps the start of a command to the octets that are sent instead of an answer, "TAG" in them standing
for the tag: none at all is a server that falls silent, and after a BYE the link ends. "" is the greeting.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Literal, Self

Fault = Literal["unbalanced", "no", "no header", "nothing", "hang", "bye"]
Idling = Literal["well", "hasty", "chatter", "garbage", "bye", "hang"]
_HEADER = b"Message-ID: <%d@x.example>\r\nFrom: a@x.example\r\n\r\n"


class ScriptedServer:
    """Plain text on a free loopback port; any password will do."""

    host, user, password = "127.0.0.1", "wei@acme.test", "any"

    def __init__(
        self,
        count: int = 0,
        broken: Mapping[int, Fault] | None = None,
        *,
        capabilities: str = "IMAP4rev1",
        listing: Sequence[bytes] = (b'(\\HasNoChildren) "/" INBOX',),
        refusals: Mapping[str, str] | None = None,
        idling: Idling = "well",
        says: Mapping[str, bytes] | None = None,
    ) -> None:
        self.count, self.broken = count, dict(broken or {})
        self.capabilities, self.listing, self.refusals = capabilities, listing, dict(refusals or {})
        self.idling: Idling = idling
        self.says = dict(says or {})
        self.commands: list[str] = []
        self._idle: list[socket.socket] = []
        self.hanging = threading.Event()
        self._socket = socket.create_server((self.host, 0))
        self.port: int = self._socket.getsockname()[1]
        self._links: list[socket.socket] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    @property
    def listeners(self) -> int:
        """How many links idle now."""
        return len(self._idle)

    def tell(self, line: bytes) -> None:
        """Say a line to everybody who idles; a new message is known from then on."""
        if found := re.match(rb"\* (\d+) EXISTS", line):
            self.count = int(found[1])
        for link in list(self._idle):
            link.sendall(line + b"\r\n")

    def hang_up(self) -> None:
        """End the links of everybody who idles."""
        for link in list(self._idle):
            link.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Closed alone, a socket lives on in the thread that waits for it, and its number is given out again.
        for link in [self._socket, *self._links]:
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
        self._accepting.join(10)
        for link in [self._socket, *self._links]:
            link.close()

    def _accept(self) -> None:
        while True:
            try:
                link, _ = self._socket.accept()
            except OSError:
                return
            self._links.append(link)
            threading.Thread(target=self._talk, args=(link,), daemon=True).start()

    def _talk(self, link: socket.socket) -> None:
        try:
            self._say(link, self.says.get("", b"* OK ready\r\n"))
            lines = link.makefile("rb")
            for line in lines:
                tag, _, command = line.decode("utf-8").strip().partition(" ")
                self.commands.append(command)
                if command.upper() == "IDLE" and "IDLE" not in self.refusals:
                    self._let_idle(link, lines)
                self._say(link, self._answer(tag, command))
        except (OSError, ValueError):
            return
        except _EndOfTalk:
            with contextlib.suppress(OSError):  # it went first
                link.shutdown(socket.SHUT_RDWR)

    def _let_idle(self, link: socket.socket, lines: Iterable[bytes]) -> None:
        told = {"hasty": b"* 99 EXISTS\r\n", "garbage": b"\0\xff)(\r\n"}.get(self.idling, b"")
        link.sendall(b"+ idling\r\n" + told)
        if self.idling == "bye":
            raise _EndOfTalk
        self._idle.append(link)
        done = threading.Event()
        if self.idling == "chatter":
            threading.Thread(target=_chatter, args=(link, done), daemon=True).start()
        try:
            for line in lines:
                if line.strip() == b"DONE":
                    self.commands.append("DONE")
                    break
            else:
                raise _EndOfTalk
        finally:
            self._idle.remove(link)
            done.set()
        if self.idling == "hang":
            self.hanging.set()
            threading.Event().wait(60)

    def _say(self, link: socket.socket, octets: bytes) -> None:
        link.sendall(octets)
        if octets.startswith(b"* BYE"):
            raise _EndOfTalk

    def _answer(self, tag: str, command: str) -> bytes:
        for start, octets in self.says.items():
            if start and command.upper().startswith(start):
                return octets.replace(b"TAG", tag.encode())
        return b"".join([*self._answers(command), self._end(tag, command)])

    def _end(self, tag: str, command: str) -> bytes:
        for start, refusal in self.refusals.items():
            if command.upper().startswith(start):
                return f"{tag} NO {refusal}\r\n".encode()
        faults = {self.broken.get(uid) for uid in _uids(command)}
        no = "no" in faults or ("no header" in faults and "HEADER" in command)
        return f"{tag} {'NO cannot' if no else 'OK done'}\r\n".encode()

    def _answers(self, command: str) -> Iterator[bytes]:
        verb = command.upper()
        if verb.startswith("CAPABILITY"):
            yield f"* CAPABILITY {self.capabilities}\r\n".encode()
        elif verb.startswith("LIST"):
            yield from (b"* LIST " + line + b"\r\n" for line in self.listing)
        elif verb.startswith("EXAMINE"):
            yield b"* %d EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT %d] x\r\n" % (
                self.count,
                self.count + 1,
            )
        elif verb.startswith("UID SEARCH"):
            yield b"* SEARCH " + b" ".join(b"%d" % uid for uid in range(1, self.count + 1)) + b"\r\n"
        elif verb.startswith("UID FETCH"):
            for uid in _uids(command):
                yield self._message(uid, self.broken.get(uid), _section(verb))

    def _message(self, uid: int, fault: Fault | None, section: bytes) -> bytes:
        start = b'* %d FETCH (UID %d INTERNALDATE "02-Mar-2026 09:11:00 +0000"' % (uid, uid)
        if fault == "unbalanced" and section:
            return start + b" " + section + b' ("\r\n'
        if fault in ("no", "nothing") or (fault == "no header" and b"HEADER" in section):
            return b""
        if fault == "hang":
            self.hanging.set()
            threading.Event().wait(60)
        if fault == "bye":
            raise _EndOfTalk
        block = _HEADER % uid
        body = b" %b {%d}\r\n" % (section, len(block)) + block if section else b""
        return start + body + b")\r\n"


class _EndOfTalk(Exception):
    pass


def _chatter(link: socket.socket, done: threading.Event) -> None:
    with contextlib.suppress(OSError):
        while not done.wait(0.0005):
            link.sendall(b"* OK still here\r\n")


def _section(verb: str) -> bytes:
    """How an answer names what a FETCH asked for; empty where it asked for no text."""
    if "HEADER" in verb:
        return b"BODY[HEADER.FIELDS (FROM)]"
    return b"BODY[]<0>" if "BODY.PEEK[]" in verb else b""


def _uids(command: str) -> list[int]:
    found = re.match(r"UID FETCH ([\d,]+)", command, re.IGNORECASE)
    return [int(uid) for uid in found[1].split(",")] if found else []
