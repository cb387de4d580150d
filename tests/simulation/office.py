"""The weeks played over the real parts: a real IMAP server, a real store, the daemon's own rounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from tests.daemon.process import Cable
from tests.daemon.process import mail as written
from tests.remind.desk import Recorder
from tests.simulation.oracle import Oracle, Reminder
from tests.simulation.script import BEGIN, REP_HOLIDAYS, REP_ZONE, Customer, Mail, Script
from watcher.app import App
from watcher.config import config_from
from watcher.demo.server import DemoServer
from watcher.domain.stages import Stage
from watcher.store import words
from watcher.store.engine import open_store
from watcher.store.migrate import migrate

WEI = "wei@acme.test"
BEFORE = datetime.combine(BEGIN - timedelta(days=3), time(12), UTC)


@dataclass
class Office:
    """Plays a script; `shown` is what the ledger says was delivered, by the true time of the look."""

    script: Script
    folder: Path
    now: datetime = BEFORE
    shown: dict[Reminder, datetime] = field(default_factory=dict)
    held: list[str] = field(default_factory=list)
    twice: int = 0  # reminders that were delivered more than once

    def play(self, change: Callable[[App], None] = lambda _: None) -> None:
        """All of it. `change` may spoil the app, to see that it is noticed."""
        with DemoServer(WEI, "demo") as server, Cable() as cable:
            server.create("Sent")
            cable.plug(server.port)
            app = self._opened(cable.port)
            try:
                change(app)
                app.round()
                app.remind()
                self._play(app, server, cable)
                self.twice = _twice(app)
            finally:
                app.close()

    def _play(self, app: App, server: DemoServer, cable: Cable) -> None:
        waiting = list(self.script.mails)
        known = {one.number: one for one in self.script.customers}
        staged: set[int] = set()
        for look in self.script.looks:
            while waiting and waiting[0].at <= look.at:
                self._deliver(server, known, waiting.pop(0))
            self.now = look.seen
            cable.unplug() if look.away else cable.plug(server.port)
            app.round()
            if not look.away and not look.off:
                self._stage(app, known, staged)
            before = set(self.shown)
            report = app.remind()
            self.held.append(report.held_back)
            for reminder in self._delivered(app) - before:
                self.shown[reminder] = look.at

    def _opened(self, port: int) -> App:
        tables = {
            "rep": {
                "time_zone": REP_ZONE.key,
                "our_domains": ["acme.test"],
                "holidays": list(REP_HOLIDAYS),
            },
            "account": [
                {
                    "address": WEI,
                    "host": "127.0.0.1",
                    "port": port,
                    "tls": "off",
                    "password_command": "echo demo",
                }
            ],
            "store": {"url": f"sqlite:///{self.folder / 'watcher.db'}"},
            "alerts": {"digest": False},
        }
        config = config_from(tables, self.folder / "config.toml")
        store = open_store(config.database_path())
        migrate(store, self.now)
        self.channel = Recorder()
        return App(config, store, lambda: self.now, [self.channel])

    def _deliver(self, server: DemoServer, known: dict[int, Customer], one: Mail) -> None:
        anna = f"anna@{known[one.customer].domain}"
        sender, to = (WEI, anna) if one.ours else (anna, WEI)
        raw = written(sender, to, f"Pumps {one.customer}", one.at, one.name, one.answers)
        server.append("Sent" if one.ours else "INBOX", raw, one.at)

    def _stage(self, app: App, known: dict[int, Customer], staged: set[int]) -> None:
        """The rep says where a new customer stands, at the first look with a right clock that knows of it."""
        with app.store.writing() as connection:
            by_key = {one.key: one for one in words.customers(connection)}
            new = [one for one in known.values() if one.number not in staged and one.domain in by_key]
            for one in new:
                words.move(connection, by_key[one.domain].deals[0][0], Stage(one.stage), self.now)
                staged.add(one.number)
        if new:
            app.review()

    def _delivered(self, app: App) -> set[Reminder]:
        query = "SELECT reminder.key, customer.key FROM reminder JOIN customer ON customer.id = customer_id"
        with app.store.reading() as connection:
            rows = connection.exec_driver_sql(f"{query} WHERE state = 'delivered'").all()
        numbers = {one.domain: one.number for one in self.script.customers}
        return {_named(numbers[customer], key) for key, customer in rows}


def _twice(app: App) -> int:
    many = "SELECT reminder_id FROM notification WHERE delivered GROUP BY reminder_id HAVING COUNT(*) > 1"
    with app.store.reading() as connection:
        return len(connection.exec_driver_sql(many).all())


def _named(customer: int, key: str) -> Reminder:
    begun_by, rule, _, step = key.split("|")
    name = "payment" if rule == "payment" else begun_by.partition(" ")[0]
    return Reminder(customer, name, rule, int(step))


def expected(script: Script) -> dict[Reminder, datetime]:
    """What the oracle says."""
    oracle = Oracle(script)
    for look in script.looks:
        oracle.look(look)
    return oracle.shown
