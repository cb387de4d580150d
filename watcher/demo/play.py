"""The demo's company, config and clock: what stands around the mailbox."""

from __future__ import annotations

import json
import shlex
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from watcher.app import App
from watcher.clock import Clock, system_clock
from watcher.config import Config, config_from
from watcher.demo.mailbox import USER, Delivery, DemoMailbox, StageWord
from watcher.demo.server import DemoServer
from watcher.domain.stages import Stage
from watcher.store import words

ZONE = ZoneInfo("Asia/Shanghai")
POLL_SECONDS = 3
_MORNING = time(10, 0)
_SATURDAY = 5
_PASSWORD = "demo"  # noqa: S105 - of a server on this machine's loopback, for as long as the demo runs


def demo_clock(real: datetime) -> Clock:
    """A clock that ticks on from ten in the morning of the last weekday, the rep's time.

    Pop-ups keep to the rep's working hours, and the demo is to show one on a Sunday night too.
    """
    local = real.astimezone(ZONE)
    day = local.date() if local.time() >= _MORNING else local.date() - timedelta(days=1)
    while day.weekday() >= _SATURDAY:
        day -= timedelta(days=1)
    shift = datetime.combine(day, _MORNING, ZONE).astimezone(UTC) - real
    return lambda: system_clock() + shift


def demo_server() -> DemoServer:
    """The rep's mail server, still empty, not started."""
    return DemoServer(user=USER, password=_PASSWORD)


def fill(server: DemoServer, box: DemoMailbox) -> None:
    """Make the folders and put the mail in, as another client of the account would."""
    for name in box.folders:
        server.create(name)
    for mail in box.mails:
        server.append(mail.folder, mail.raw, mail.internal_date)


def demo_config(server: DemoServer, folder: Path) -> Config:
    """The config of the demo's rep; the password comes by `password_command`, as it may for anybody.

    It names no country: a rep's holidays are outside their hours, and the demo pops up on any day.
    """
    tables: dict[str, Any] = {
        "rep": {
            "name": "Wei Chen",
            "time_zone": ZONE.key,
            "working_hours": "09:00-18:00",
            "our_domains": ["acme-pumps.test"],
        },
        "account": [
            {
                "address": USER,
                "shared": ["sales@acme-pumps.test"],
                "host": server.host,
                "port": server.port,
                "tls": "off",
                "password_command": shlex.join([sys.executable, "-c", f"print({_PASSWORD!r})"]),
            }
        ],
        "store": {"url": f"sqlite:///{folder / 'watcher.db'}"},
        "sync": {"poll_seconds": POLL_SECONDS},
        # What pops up is told on the terminal anyway; your mail program does not know these mails.
        "alerts": {"otherwise": [], "open": "terminal"},
    }
    path = folder / "config.toml"
    path.write_text(_written(tables), "utf-8")  # for the window that Open opens
    return config_from(tables, path)


def _written(tables: Mapping[str, Any]) -> str:
    """As TOML, whose strings, numbers and arrays are JSON's."""
    lines = []
    for name, content in tables.items():
        many = isinstance(content, list)
        for table in content if many else [content]:
            lines.append(f"[[{name}]]" if many else f"[{name}]")
            lines += [f"{key} = {json.dumps(value)}" for key, value in table.items()]
    return "\n".join(lines) + "\n"


def tell_stages(app: App, said: Iterable[StageWord]) -> None:
    """What the rep knows and mail does not say: who they are, and where each deal stands."""
    with app.store.writing() as connection:
        for one in said:
            found = words.find_customer(connection, one.customer)
            words.change_customer(connection, found, {"name": one.name})
            if found.deals:
                number = found.deals[0][0]
                words.move(connection, number, Stage(one.stage), one.at, evidence=one.evidence)
            else:
                number = words.open_deal(connection, found, "", Stage(one.stage), one.at)
            if one.shipped:
                words.change_deal(connection, number, {"shipped_at": one.shipped})
    app.review()


class Postman:
    """Brings the mail that comes in while the demo runs; a context manager. `brought` is called for each."""

    def __init__(
        self, server: DemoServer, deliveries: Iterable[Delivery], clock: Clock, brought: Callable[[], None]
    ) -> None:
        self._server = server
        self._deliveries = tuple(deliveries)
        self._clock = clock
        self._brought = brought
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._walk, name="demo-postman", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _walk(self) -> None:
        walked = 0
        for one in self._deliveries:
            if self._over.wait(one.after_seconds - walked):
                return
            walked = one.after_seconds
            self._server.append(one.mail.folder, one.mail.raw, self._clock())
            self._brought()
