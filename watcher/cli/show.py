"""`watcher show`: one thread, with every message and why the turn is what it is."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

import click

from watcher.cli.common import Options, now_option, number, print_json, reporting, shown
from watcher.cli.explain import why
from watcher.cli.threads import read_threads
from watcher.clock import system_clock
from watcher.domain.blindness import told
from watcher.errors import UsageError
from watcher.report import thread_document

if TYPE_CHECKING:
    from watcher.store.glance import ThreadGlance, ThreadMessage

_ARROWS = {"inbound": "←", "outbound": "→", "internal": "↔"}
_TURNS = {"theirs": "they owe a reply", "ours": "you owe a reply", "nobody": "nobody's turn"}


@click.command()
@click.argument("thread")
@now_option
@reporting
@click.pass_obj
def show(options: Options, thread: str, now: datetime | None) -> None:
    """One thread: its messages, and why the turn is what it is.

    \b
    Examples:
      watcher show 17
      watcher show 17 --json
    """
    moment = now or system_clock()
    wanted = number(thread, "thread")
    found = next(iter(read_threads(options, now, wanted)), None)
    if found is None:
        raise UsageError(f"there is no thread {wanted}.", "watcher threads lists them.")
    if options.json:
        print_json(thread_document(found, moment))
        return
    _print(found, moment, options.zone)


def _print(found: ThreadGlance, now: datetime, zone: tzinfo) -> None:
    click.secho(shown(found.subject, 100) or "(no subject)", bold=True)
    since = f" since {told(found.since, now, zone)}" if found.since and found.turn != "nobody" else ""
    stage = f" · {found.stage}" if found.stage else ""
    who = shown(found.customer or "no customer", 60)
    click.echo(f"{who}{stage} · {_TURNS[found.turn]}{since}{_due(found, now, zone)}")
    lines = why(found, now, zone)
    click.echo(f"Why: {lines[0]}")
    for line in lines[1:]:
        click.echo(f"     {line[:1].upper()}{line[1:]}")
    for one in found.messages:
        click.echo(_line(one, now, zone))
    if found.customer and found.turn != "nobody":
        number = found.thread
        click.echo(
            f"Do: watcher snooze {number} 2d · watcher done {number} · watcher hold {number} --until DATE"
        )


def _due(found: ThreadGlance, now: datetime, zone: tzinfo) -> str:
    if found.due is None:
        return ""
    return f" ({'was ' if found.due <= now else ''}due {told(found.due, now, zone)})"


def _line(one: ThreadMessage, now: datetime, zone: tzinfo) -> str:
    who = shown(one.author_name or one.author, 30) or "you"
    kind = "" if one.kind == "personal" else f" [{one.kind.replace('_', ' ')}]"
    place = "in no folder that is read" if one.stub else shown(", ".join(one.folders), 40)
    return f"  {told(one.at, now, zone):<17} {_ARROWS[one.direction]} {who}{kind}  {place}".rstrip()
