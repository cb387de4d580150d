"""`watcher plan`: what is to do today, top of the pyramid first; on Mondays the week."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

import click

from watcher.cli.common import Options, now_option, print_json, reporting, shown
from watcher.cli.status import overview_at
from watcher.clock import system_clock
from watcher.domain.blindness import told
from watcher.report import Plan, plan_document
from watcher.report import plan as sort_out

if TYPE_CHECKING:
    from watcher.domain.calendars import Calendar
    from watcher.store.glance import Clock

_DOES = {"theirs": "they owe", "ours": "you owe", "nobody": "next step"}


@click.command()
@now_option
@reporting
@click.pass_obj
def plan(options: Options, now: datetime | None) -> None:
    """What is to do today, top-down: what is overdue, what you owe, who woke; on Mondays the week.

    \b
    Examples:
      watcher plan
      watcher plan --now 2026-03-23T09:00:00+01:00 --json
    """
    from watcher.config import load_config
    from watcher.domain.worktime import end_of_day, end_of_week

    moment = now or system_clock()
    rep = load_config(options.config).rep_calendar()
    found = sort_out(
        overview_at(options, now, moment),
        moment,
        rep.zone,
        day_ends=end_of_day(moment, rep),
        week_ends=end_of_week(moment, rep),
        has_woken=_has_woken(options, now, rep),
    )
    if options.json:
        print_json(plan_document(found))
    else:
        _print(found, rep.zone, options.labels)


def _has_woken(options: Options, now: datetime | None, rep: Calendar) -> Callable[[Clock], bool]:
    """Whether a clock of ours began with a mail that woke its thread."""
    from watcher.cli.threads import read_threads
    from watcher.domain.due import woke
    from watcher.domain.stages import Stage

    threads = {one.thread: one for one in read_threads(options, now)}

    def has_woken(clock: Clock) -> bool:
        if clock.turn != "ours" or clock.thread not in threads:
            return False
        people = (one.at for one in threads[clock.thread].messages if one.kind == "personal")
        before = max((at for at in people if at < clock.since), default=None)
        return woke(before, clock.since, Stage(clock.stage), rep)

    return has_woken


# ── what is told ──


def _print(found: Plan, zone: tzinfo, labels: Mapping[str, str]) -> None:
    from watcher.cli.table import count, print_rows

    for line in found.blind:
        click.secho(shown(line, 300), fg="red")
    local = found.as_of.astimezone(zone)
    click.echo(f"{local:%a} {local.day} {local:%b} · {len(found.today)} to do, top first\n")
    print_rows(found.today, found.as_of, zone, labels)
    if not found.today:
        click.echo("  Nothing is due.")
    _section("WOKE UP", found.woke, found, zone)
    _section("EXPECTED TODAY", found.expected, found, zone)
    _section("THIS WEEK", found.week or (), found, zone)
    if found.unsorted:
        click.echo(f"\n{count(found.unsorted, 'sender')} never answered: watcher threads --unsorted")


def _section(title: str, rows: Sequence[Clock], found: Plan, zone: tzinfo) -> None:
    """A line each: when it is due, with whom, whose turn."""
    from watcher.cli.columns import fit, terminal_width, widest
    from watcher.cli.table import name_of

    if not rows:
        return
    click.echo()
    click.secho(f"  {title}", bold=True)
    when = [told(one.due, found.as_of, zone) for one in rows]
    day, name = widest(when, 16), widest(map(name_of, rows), terminal_width() * 3 // 10)
    for at, one in zip(when, rows, strict=True):
        what = "unpaid" if one.rule == "payment" else _DOES[one.turn]
        number = f" · {one.thread}" if one.thread is not None else ""
        who = fit(name_of(one, name), name)
        line = f"    {fit(at, day)}  {who}  {what}{number} · {shown(one.subject, 80)}"
        click.echo(fit(line.rstrip(" ·"), terminal_width()).rstrip())
