"""A rep's desk: an account on a real server, a clock that can be set, a desktop that keeps what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.servers.dovecot import Dovecot
from tests.servers.scripted import ScriptedServer
from watcher.alerts.channel import Delivery, PopUp
from watcher.app import App
from watcher.config import config_from
from watcher.demo.server import DemoServer
from watcher.domain.stages import Stage
from watcher.links import TIMEOUTS
from watcher.report import status, thread_document
from watcher.store import glance, words
from watcher.store.engine import open_store
from watcher.store.migrate import migrate

USER = "wei@acme.test"
# A Thursday morning; everything here happens in the weeks before it.
NOW = datetime(2026, 3, 19, 9, 0, tzinfo=UTC)


class Recorder:
    """A channel that keeps what it was given, and refuses when told to."""

    name = "recorder"

    def __init__(self) -> None:
        self.shown: list[PopUp] = []
        self.takes = True

    def deliver(self, pop_up: PopUp) -> Delivery:
        if self.takes:
            self.shown.append(pop_up)
        return Delivery(self.takes, self.name, "taken" if self.takes else "nobody there")


class Mailbox:
    """One account on a real server, and a rep's clock that can be set."""

    def __init__(
        self,
        server: DemoServer | ScriptedServer,
        folder: Path,
        *,
        more: Sequence[dict[str, Any]] = (),
        timeouts: tuple[float, float] = TIMEOUTS,
        **account: Any,
    ) -> None:
        self.server = server
        self.now = NOW
        tables = {
            "rep": {"time_zone": "UTC"},
            "account": [
                {
                    "address": USER,
                    "host": server.host,
                    "port": server.port,
                    "tls": "off",
                    "password_command": "echo demo",
                    **account,
                },
                *more,
            ],
            "store": {"url": f"sqlite:///{folder / 'watcher.db'}"},
        }
        self.channel = Recorder()
        config = config_from(tables, folder / "config.toml")
        store = open_store(config.database_path())
        migrate(store, NOW)
        self.app = App(config, store, lambda: self.now, [self.channel], timeouts)

    def put(self, folder: str, raw: bytes, at: datetime) -> int | None:
        return self.server.append(folder, raw, at)

    def sent(
        self, name: str, at: datetime, subject: str = "Offer", *, folder: str = "Sent", **more: str
    ) -> None:
        self.put(folder, mail(USER, more.pop("to", "anna@meyer.example"), subject, at, name, **more), at)

    def got(
        self, name: str, at: datetime, subject: str = "Re: Offer", folder: str = "INBOX", **more: str
    ) -> None:
        sender = more.pop("sender", "anna@meyer.example")
        self.put(folder, mail(sender, USER, subject, at, name, **more), at)

    def round(self) -> Any:
        return self.app.round()

    def thread(self, customer: str = "meyer.example") -> dict[str, Any]:
        found = [one for one in self.threads() if one["customer"] == customer]
        assert len(found) == 1
        return found[0]

    def threads(self) -> list[dict[str, Any]]:
        return [thread_document(one, self.now) for one in glance.threads(self.app.store.path)]

    def blind(self) -> list[str]:
        seen = glance.overview(self.app.store.path, self.now, timedelta(minutes=16))
        return list(status(seen, self.now, UTC).blind)

    def stage(self, customer: str, stage: Stage) -> None:
        with self.app.store.writing() as connection:
            found = words.find_customer(connection, customer)
            words.move(connection, found.deals[0][0], stage, self.now)
        self.app.review()


def mail(
    sender: str, to: str, subject: str, at: datetime, name: str, answers: str = "", extra: str = ""
) -> bytes:
    reply = f"In-Reply-To: {answers}\r\nReferences: {answers}\r\n" if answers else ""
    date = f"{at:%a, %d %b %Y %H:%M:%S +0000}"
    head = f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: {date}\r\nMessage-ID: {name}\r\n"
    return f"{head}{reply}{extra}\r\nText.\r\n".encode()


class ThroughDovecot(DemoServer):
    """The same calls, answered by a Dovecot."""

    def __init__(self, dovecot: Dovecot) -> None:
        self._dovecot = dovecot
        self.user = dovecot.user
        dovecot.set_password("demo")

    def stop(self) -> None:
        self._dovecot.stop()

    @property
    def host(self) -> str:
        return self._dovecot.host

    @property
    def port(self) -> int:
        return self._dovecot.port

    def append(
        self, folder: str, raw: bytes, internal_date: datetime | None = None, flags: Sequence[str] = ()
    ) -> int | None:
        return self._dovecot.append(folder, raw, flags, internal_date)

    def create(self, folder: str) -> None:
        self._dovecot.create(folder)

    def move(self, folder: str, uid: int, target: str) -> None:
        self._dovecot.move(folder, uid, target)

    def delete(self, folder: str, uid: int) -> None:
        self._dovecot.expunge(folder, uid)

    def flags(self, folder: str) -> dict[int, tuple[str, ...]]:
        found = self._dovecot.flags(folder)
        return {uid: tuple(one.decode() for one in flags) for uid, flags in found.items()}

    def renew(self, folder: str) -> None:
        self._dovecot.reset_uidvalidity(folder)


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)
