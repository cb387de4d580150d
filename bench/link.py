"""A slow link in a process of its own: `python -m bench.link TO_PORT MILLISECONDS MBIT` prints its port.

Each way every octet comes so many milliseconds late, and no more than so many Mbit pass in a second, over
all its connections. When it ends it prints how many octets came down.
"""

from __future__ import annotations

import contextlib
import queue
import signal
import socket
import sys
import threading
import time

_PIECE = 16_384


class Wire:
    """One way of the link, shared by all connections: what passes later waits for what passes before."""

    def __init__(self, octets_a_second: float) -> None:
        self._rate, self._free, self._lock = octets_a_second, 0.0, threading.Lock()

    def passed(self, octets: int) -> float:
        """The moment at which so many octets, handed over now, have left."""
        with self._lock:
            self._free = max(self._free, time.monotonic()) + octets / self._rate
            return self._free


class Link:
    """Leads a free port to another one, slowly."""

    def __init__(self, to: int, delay: float, octets_a_second: float) -> None:
        self._to, self._delay, self._rate = to, delay, octets_a_second
        self._up, self._down = Wire(octets_a_second), Wire(octets_a_second)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.down = 0

    def serve(self) -> None:
        """Until the process ends."""
        while True:
            near, _ = self._socket.accept()
            far = socket.create_connection(("127.0.0.1", self._to))
            for one in (near, far):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._way(near, far, down=False)
            self._way(far, near, down=True)

    def _way(self, source: socket.socket, target: socket.socket, *, down: bool) -> None:
        # Bounded as a link is: so much is on its way, and whoever sends more waits.
        room = max(int(self._rate * (self._delay + 0.2) / _PIECE), 4)
        flying: queue.Queue[tuple[float, bytes]] = queue.Queue(room)
        threading.Thread(target=self._take, args=(source, flying, down), daemon=True).start()
        threading.Thread(target=self._give, args=(target, flying, down), daemon=True).start()

    def _take(self, source: socket.socket, flying: queue.Queue[tuple[float, bytes]], down: bool) -> None:
        wire = self._down if down else self._up
        piece = b" "
        while piece:
            try:
                piece = source.recv(_PIECE)
            except OSError:
                piece = b""
            flying.put((wire.passed(len(piece)) + self._delay, piece))

    def _give(self, target: socket.socket, flying: queue.Queue[tuple[float, bytes]], down: bool) -> None:
        while True:
            at, piece = flying.get()
            if (wait := at - time.monotonic()) > 0:
                time.sleep(wait)
            with contextlib.suppress(OSError):
                if not piece:
                    target.shutdown(socket.SHUT_WR)
                    return
                target.sendall(piece)
                if down:
                    self.down += len(piece)


def main(to: str, milliseconds: str, mbit: str) -> None:
    """Serve, and tell at the end."""
    link = Link(int(to), float(milliseconds) / 1000, float(mbit) * 1_000_000 / 8)

    def end(*_: object) -> None:
        print(link.down, flush=True)
        raise SystemExit

    signal.signal(signal.SIGTERM, end)
    print(link.port, flush=True)
    link.serve()


if __name__ == "__main__":
    main(*sys.argv[1:4])
