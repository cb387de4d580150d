"""A proxy that harms what passes through it, at the octet it is told: as networks do, and worse."""

from __future__ import annotations

import contextlib
import selectors
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Self

# cut: both ends are reset. end: the stream ends in good order, too soon. stall: nothing more comes, and the
# link stays open. delay: a pause. split: some octets come in pieces. flip, lose, repeat: some are changed,
# missing, or come twice.
Kind = Literal["cut", "end", "stall", "delay", "split", "flip", "lose", "repeat"]

_AT_ONCE = 65_536
_BETWEEN_PIECES = 0.0005  # seconds: enough for the other end to see each by itself
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, no time, so close() resets (socket(7))


@dataclass(frozen=True, slots=True)
class Harm:
    """What befalls one connection, once so many octets (`at`) have gone that way unharmed.

    `size` is how many octets are split, changed, lost or repeated; `piece` how long the pieces are, in
    octets; `seconds` how long the delay is.
    """

    kind: Kind
    upward: bool  # from the client to the server
    at: int
    size: int = 1
    piece: int = 1
    seconds: float = 0.0


@dataclass(slots=True)
class Stream:
    """What went one way of one connection. `turns` are where the other side had spoken in between."""

    octets: int = 0
    turns: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Talk:
    """What went over one connection, and whether its harm was reached."""

    up: Stream = field(default_factory=Stream)
    down: Stream = field(default_factory=Stream)
    harmed: bool = False


class HarmfulProxy:
    """Leads a free loopback port to `port`. The first connection suffers `harm`, and none after it, until
    it is told otherwise.
    """

    host = "127.0.0.1"

    def __init__(self, port: int, harm: Harm | None = None) -> None:
        self.talks: list[Talk] = []
        self._to = port
        self._harms = [harm]
        self._socket = socket.create_server((self.host, 0))
        self.port: int = self._socket.getsockname()[1]
        self._ends: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for end in [self._socket, *self._ends]:
            _shut(end)
        for thread in self._threads:
            thread.join(10)
        self._socket.close()

    def harm_next(self, harm: Harm | None, after: int = 0) -> None:
        """Of the connections from now on, the one `after` so many suffers it, and no other; none for None."""
        self._harms = [*[None] * after, harm]

    def _start(self, what: object, *arguments: object) -> None:
        thread = threading.Thread(target=what, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            server = socket.create_connection((self.host, self._to))
            talk = Talk()
            self.talks.append(talk)
            self._ends += [client, server]
            self._start(self._carry, client, server, talk, self._harms.pop(0) if self._harms else None)

    def _carry(self, client: socket.socket, server: socket.socket, talk: Talk, harm: Harm | None) -> None:
        ways = {
            client: _Way(server, talk, talk.up, harm if harm and harm.upward else None),
            server: _Way(client, talk, talk.down, harm if harm and not harm.upward else None),
        }
        with client, server, selectors.DefaultSelector() as ready:
            for end in ways:
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                ready.register(end, selectors.EVENT_READ)
            try:
                while all(self._carried(key.fileobj, ways) for key, _ in ready.select()):  # type: ignore[arg-type]
                    pass
            except _Cut:
                for end in ways:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            except OSError:
                return

    def _carried(self, source: socket.socket, ways: dict[socket.socket, _Way]) -> bool:
        """Whether there was anything; IMAP knows no half-open connections, so one end ends both."""
        octets = source.recv(_AT_ONCE)
        return bool(octets) and ways[source].carry(octets)


class _Cut(Exception):
    pass


@dataclass(slots=True)
class _Way:
    """One direction of a connection."""

    to: socket.socket
    talk: Talk
    stream: Stream
    harm: Harm | None
    stalled: bool = False

    def carry(self, octets: bytes) -> bool:
        """Pass them on, harmed if it is time. False where the connection ends with them."""
        self._note(octets)
        if self.stalled:
            return True
        before = self.stream.octets - len(octets)
        if self.harm is None or self.stream.octets <= self.harm.at:
            self.to.sendall(octets)
            return True
        harm, self.harm = self.harm, None
        self.talk.harmed = True
        self.to.sendall(octets[: harm.at - before])
        return self._suffer(harm, octets[harm.at - before :])

    def _note(self, octets: bytes) -> None:
        other = self.talk.down if self.stream is self.talk.up else self.talk.up
        if not other.turns or other.turns[-1] != other.octets:
            other.turns.append(other.octets)
        self.stream.octets += len(octets)

    def _suffer(self, harm: Harm, rest: bytes) -> bool:
        hit, after = rest[: harm.size], rest[harm.size :]
        match harm.kind:
            case "cut":
                raise _Cut
            case "end":
                return False
            case "stall":
                self.stalled = True
                return True
            case "delay":
                time.sleep(harm.seconds)
                hit, after = rest, b""
            case "split":
                for start in range(0, len(hit), harm.piece):
                    self.to.sendall(hit[start : start + harm.piece])
                    time.sleep(_BETWEEN_PIECES)
                hit = b""
            case "flip":
                hit = bytes(octet ^ 0x55 for octet in hit)
            case "lose":
                hit = b""
            case "repeat":
                hit = hit + hit
        self.to.sendall(hit + after)
        return True


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
