"""A pop-up in flight: a channel that records each delivery, and can be told to stop in the middle of one.

A home's file `stop-at` says where, "before" or "after" the pop-up is shown; who stops there makes `stopped`,
and waits for the end it is about to meet.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from watcher.alerts.channel import Channel, Delivery, PopUp

PLACES = ("before", "after")


@dataclass(frozen=True)
class InFlight:
    """Around the channel that shows it."""

    channel: Channel
    home: Path

    @property
    def name(self) -> str:
        """The other's."""
        return self.channel.name

    def deliver(self, pop_up: PopUp) -> Delivery:
        """As the other does, between the two places."""
        self._stop("before")
        answer = self.channel.deliver(pop_up)
        if answer.delivered:
            with (self.home / "deliveries").open("a", encoding="utf-8") as record:
                record.write(json.dumps([pop_up.title, *pop_up.rows]) + "\n")
                record.flush()
                os.fsync(record.fileno())
        self._stop("after")
        return answer

    def _stop(self, place: str) -> None:
        order = self.home / "stop-at"
        if order.exists() and order.read_text("utf-8") == place:
            (self.home / "stopped").touch()
            time.sleep(60)


def deliveries(home: Path) -> Iterable[tuple[str, list[int]]]:
    """What was shown in a home: the title, and the ledger's rows it was about."""
    record = home / "deliveries"
    for line in record.read_text("utf-8").splitlines() if record.exists() else ():
        title, *rows = json.loads(line)
        yield title, rows
