"""The demo's company, config and clock: what stands around the mailbox."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from watcher.app import App
from watcher.clock import Clock, system_clock
from watcher.config import Config, config_from
from watcher.demo.mailbox import USER, StageWord
from watcher.demo.server import DemoServer
from watcher.domain.stages import Stage
from watcher.store import words

ZONE = ZoneInfo("Asia/Shanghai")
_MORNING = time(10, 0)
PASSWORD = "demo"  # noqa: S105 - of a server on this machine's loopback, for as long as the demo runs


def demo_clock(real: datetime) -> Clock:
    """A clock that ticks on from ten in the morning of the last weekday, the rep's time.

    Pop-ups keep to the rep's working hours, and the demo is to show one on a Sunday night too.
    """
    day = real.astimezone(ZONE).date()
    if real.astimezone(ZONE).time() < _MORNING:
        day -= timedelta(days=1)
    while day.weekday() >= 5:
        day -= timedelta(days=1)
    shift = datetime.combine(day, _MORNING, ZONE).astimezone(UTC) - real
    return lambda: system_clock() + shift


def demo_config(server: DemoServer, folder: Path, poll_seconds: int) -> Config:
    """The config of the demo's rep; the password comes by `password_command`, as it may for anybody."""
    quoted = f"'{sys.executable}' -c 'print(\"{PASSWORD}\")'"
    tables = {
        "rep": {
            "name": "Wei Chen",
            "time_zone": "Asia/Shanghai",
            "working_hours": "00:00-23:59",
            "our_domains": ["acme-pumps.test"],
        },
        "account": [
            {
                "address": USER,
                "shared": ["sales@acme-pumps.test"],
                "host": server.host,
                "port": server.port,
                "tls": "off",
                "password_command": quoted,
            }
        ],
        "store": {"url": f"sqlite:///{folder / 'watcher.db'}"},
        "sync": {"poll_seconds": poll_seconds},
    }
    return config_from(tables, folder / "config.toml")


def tell_stages(app: App, said: tuple[StageWord, ...]) -> None:
    """What the rep knows and mail does not say: where each deal stands."""
    with app.store.writing() as connection:
        for one in said:
            found = words.find_customer(connection, one.customer)
            number = found.deals[0][0] if found.deals else None
            if number is None:
                number = words.open_deal(connection, found, "", Stage(one.stage), one.at)
            else:
                words.move(connection, number, Stage(one.stage), one.at, evidence=one.evidence)
            if one.shipped:
                words.change_deal(connection, number, {"shipped_at": one.shipped})
    app.review()
