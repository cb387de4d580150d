"""`watcher plan`: what is to do today, top of the pyramid first; on Mondays the week."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, time, tzinfo
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

import click

from watcher.cli.because import because
from watcher.cli.columns import first_that_fits
from watcher.cli.common import Options, now_option, print_json, reporting, shown
from watcher.cli.status import overview_at
from watcher.clock import system_clock
from watcher.domain.blindness import told
from watcher.domain.planning import Plan as Work
from watcher.domain.planning import WorkDay, plan_days
from watcher.report import Plan, plan_document
from watcher.report import plan as sort_out

if TYPE_CHECKING:
    from watcher.domain.calendars import Calendar
    from watcher.store.glance import Clock

_DOES = {"theirs": "they owe", "ours": "you owe", "nobody": "next step"}


@click.command()
@click.option("--week", "whole_week", is_flag=True, help="The week's days, each with what it can hold.")
@now_option
@reporting
@click.pass_obj
def plan(options: Options, whole_week: bool, now: datetime | None) -> None:
    """What is to do today, top-down, as much as a day holds: what is overdue, what you owe, who woke.

    \b
    Examples:
      watcher plan
      watcher plan --week
    """
    from watcher.config import load_config
    from watcher.domain.worktime import end_of_day, end_of_week

    moment = now or system_clock()
    config = load_config(options.config)
    rep, labels = config.rep_calendar(), config.labels()
    found = sort_out(
        overview_at(options, now, moment),
        moment,
        rep.zone,
        day_ends=end_of_day(moment, rep),
        week_ends=end_of_week(moment, rep),
        has_woken=_has_woken(options, now, rep),
    )
    work = plan_days(found.awake, _days(moment, rep, whole_week=whole_week), config.plan.capacity)
    why = partial(because, zone=rep.zone, labels=labels)
    if options.json:
        print_json(plan_document(found, work, lambda one: why(one)[0]))
    elif whole_week:
        _print_week(found, work, rep.zone, why)
    else:
        _print(found, work, rep.zone, why, labels)


def _days(moment: datetime, rep: Calendar, *, whole_week: bool) -> list[WorkDay]:
    """Today, whether it is worked or not; or the working days of the week."""
    from watcher.domain.worktime import end_of_day, working_days_of_week

    if not whole_week:
        return [WorkDay(moment.astimezone(rep.zone).date(), end_of_day(moment, rep))]
    noons = [datetime.combine(one, time(12), rep.zone) for one in working_days_of_week(moment, rep)]
    return [WorkDay(one.date(), end_of_day(one, rep)) for one in noons]


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

Why = Callable[["Clock"], tuple[str, ...]]


def _print(found: Plan, work: Work[Clock], zone: tzinfo, why: Why, labels: Mapping[str, str]) -> None:
    """Today's list. What a day does not hold is counted; what else the day brings stands below."""
    from watcher.cli.table import count

    many = work.days[0].jobs
    held = [one for one in many if one in found.today]
    room = work.days[0].capacity - len(held)
    _heading(found, zone, f"{len(found.today)} to do, top first")
    _jobs(held, zone, why, labels)
    if not found.today:
        click.echo("  Nothing is due.")
    if more := len(found.today) - len(held):
        click.echo(f"\n{count(more, 'customer')} more than a day holds: watcher plan --week")
    elif room:
        click.echo(f"\nTime left for {count(room, 'new prospect')}.")
    _section("WOKE UP", found.woke, found, zone)
    _section("EXPECTED TODAY", found.expected, found, zone)
    _section("THIS WEEK", found.week or (), found, zone)
    _unsorted(found)


def _print_week(found: Plan, work: Work[Clock], zone: tzinfo, why: Why) -> None:
    from watcher.cli.table import count

    many = sum(len(one.jobs) for one in work.days)
    _heading(found, zone, f"{many} to do this week, top first")
    width = _width([job for one in work.days for job in one.jobs] + list(work.left))
    for one in work.days:
        room = f" · time left for {count(one.room, 'new prospect')}" if one.room else ""
        click.secho(f"  {one.day:%A} {one.day.day} {one.day:%b}{room}", bold=True)
        _lines(one.jobs, why, width)
    if work.left:
        click.echo(f"\n{count(len(work.left), 'customer')} more than the week holds, due all the same:")
        _lines(work.left, why, width)
    _unsorted(found)


def _heading(found: Plan, zone: tzinfo, says: str) -> None:
    for line in found.blind:
        click.secho(shown(line, 300), fg="red")
    local = found.as_of.astimezone(zone)
    click.echo(f"{local:%a} {local.day} {local:%b} · {says}\n")


def _unsorted(found: Plan) -> None:
    from watcher.cli.table import count

    if found.unsorted:
        click.echo(f"\n{count(found.unsorted, 'sender')} never answered: watcher threads --unsorted")


def _jobs(jobs: Sequence[Clock], zone: tzinfo, why: Why, labels: Mapping[str, str]) -> None:
    """Under their stages."""
    width = _width(jobs)
    for stage, group in groupby(jobs, key=lambda one: one.stage):
        click.secho(f"  {labels[stage].upper()}", bold=True)
        _lines(list(group), why, width)


def _width(jobs: Iterable[Clock]) -> int:
    """How wide the column of names is."""
    from watcher.cli.columns import terminal_width, widest
    from watcher.cli.table import name_of

    return widest(map(name_of, jobs), terminal_width() * 3 // 10)


def _lines(jobs: Iterable[Clock], why: Why, name: int) -> None:
    """A line each: with whom, why, and the thread's number."""
    from watcher.cli.columns import fit, terminal_width
    from watcher.cli.table import mark, name_of

    for one in jobs:
        number = f" · {one.thread}" if one.thread is not None else ""
        room = terminal_width() - name - len("  ● ") - len("  ") - len(number)
        said = first_that_fits(why(one), room).rstrip()
        click.echo(f"  {mark(one)} {fit(name_of(one, name), name)}  {said}{number}")


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
