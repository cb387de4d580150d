"""What a word of the rep's leads to: the line that every such command ends with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from watcher.domain.blindness import stale_after, told
from watcher.store.glance import Clock, overview, threads

if TYPE_CHECKING:
    from datetime import datetime

    from watcher.app import App

_WHOSE = {"theirs": "they owe a reply", "ours": "you owe a reply", "nobody": "the next step is yours"}


def next_step(app: App, customer: str) -> str:
    """When the next clock of a customer rings, in a sentence."""
    clocks = clocks_of(app, customer)
    if not clocks:
        return "Nothing is due with them."
    first = min(clocks, key=lambda one: one.due)
    what = "payment" if first.rule == "payment" else _WHOSE[first.turn]
    state = "Overdue since" if first.due <= app.clock() else "Due"
    return f"{state} {when(app, first.due)}: {what}."


def clocks_of(app: App, customer: str) -> list[Clock]:
    """The clocks that run with a customer."""
    seen = overview(app.store.path, app.clock(), stale_after(app.config.sync.poll_seconds))
    return [one for one in seen.clocks if one.customer == customer]


def due_of_thread(app: App, number: int) -> datetime | None:
    """When a thread is due, None where nobody owes anything in it."""
    return next((one.due for one in threads(app.store.path, number)), None)


def when(app: App, moment: datetime) -> str:
    """A moment as the rep would say it."""
    return told(moment, app.clock(), app.config.rep.zone)
