"""A small web behind a proxy: whatever https host a test makes up is served on loopback, with a certificate.

`environment` is what a process needs to reach it: the proxy, that carries every CONNECT, and the authority.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.servers.certificates import write_certificate


@dataclass(frozen=True)
class Page:
    """What lies at a URL. `after` is an event that must be set before it is given."""

    body: bytes = b""
    status: int = HTTPStatus.OK
    location: str = ""
    after: threading.Event | None = None


# What answers a URL (without its query), given the query or the form that was sent.
Answer = Callable[[str], Page]


@dataclass
class FakeWeb:
    """Serves `pages` by URL; `asked` is every URL that was asked for, `connected` every host:port."""

    folder: Path
    names: tuple[str, ...]
    pages: dict[str, Page] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.certificate, key = write_certificate(self.folder, *self.names)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self._https = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._https.socket = context.wrap_socket(self._https.socket, server_side=True)
        self._proxy = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._https.serve_forever, args=(0.02,), daemon=True).start()
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._proxy.close()
        self._https.shutdown()
        self._https.server_close()

    @property
    def environment(self) -> Mapping[str, str]:
        return {
            "https_proxy": f"http://127.0.0.1:{self._proxy.getsockname()[1]}",
            "no_proxy": "",
            "SSL_CERT_FILE": str(self.certificate),
        }

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._give(self.path.partition("?")[2])

            def do_POST(self) -> None:
                self._give(self.rfile.read(int(self.headers["Content-Length"])).decode())

            def _give(self, sent: str) -> None:
                url = f"https://{self.headers['Host']}{self.path}"
                web.asked.append(url)
                answer = web.answers.get(url.partition("?")[0])
                page = answer(sent) if answer else web.pages.get(url, Page(status=HTTPStatus.NOT_FOUND))
                if page.after is not None:
                    page.after.wait(30)
                self.send_response(page.status)
                if page.location:
                    self.send_header("Location", page.location)
                self.send_header("Content-Length", str(len(page.body)))
                self.end_headers()
                self.wfile.write(page.body)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

    def _accept(self) -> None:
        while True:
            try:
                link, _ = self._proxy.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(link,), daemon=True).start()

    def _carry(self, link: socket.socket) -> None:
        """One CONNECT (RFC 9110 9.3.6), whatever its host, ends at our server."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            if not (some := link.recv(1)):
                return
            head += some
        verb, target, _ = head.decode("ascii").split(" ", 2)
        self.connected.append(target if verb == "CONNECT" else head.decode("ascii"))
        if verb != "CONNECT":
            link.close()
            return
        there = socket.create_connection(self._https.server_address[:2])
        link.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        threading.Thread(target=_pump, args=(there, link), daemon=True).start()
        _pump(link, there)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while some := source.recv(65536):
            sink.sendall(some)
        sink.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
