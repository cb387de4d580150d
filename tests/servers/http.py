"""A local HTTP server that takes pushes, or misbehaves as services do."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Service:
    """What arrived, and how it is answered: "ok", "refuse", "hang", "drip" or "elsewhere"."""

    answer: str = "ok"
    bodies: list[Any] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    let_go: threading.Event = field(default_factory=threading.Event)
    port: int = 0


@contextmanager
def serving() -> Iterator[Service]:
    """One on a free loopback port, until the block ends."""
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            with suppress(ValueError):
                body = json.loads(body)
            service.bodies.append(body)
            service.headers.append(dict(self.headers))
            with suppress(OSError):
                _answer(self, service)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        service.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield service
        service.let_go.set()
        server.shutdown()


def _answer(handler: BaseHTTPRequestHandler, service: Service) -> None:
    if service.answer == "hang":
        service.let_go.wait()
        return
    if service.answer == "drip":  # a byte before each read times out
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not service.let_go.wait(0.05):
            handler.wfile.write(b"x")
            handler.wfile.flush()
        return
    status = {"ok": 200, "refuse": 403, "broken": 500, "elsewhere": 302}[service.answer]
    handler.send_response(status)
    if service.answer == "elsewhere":
        handler.send_header("Location", "http://127.0.0.1:9/elsewhere")
    handler.send_header("Content-Length", "0")
    handler.end_headers()
