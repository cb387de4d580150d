"""`watcher sheet`: the leads as a workbook, and back."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from watcher.cli.common import Options, opened, print_json, reporting, shown
from watcher.cli.table import count
from watcher.errors import UsageError

if TYPE_CHECKING:
    from watcher.app import App
    from watcher.domain.merge import Change, NewLead
    from watcher.sheets.importing import Imported

_LISTED = 20  # of each sort, where nothing asks for all


@click.group()
def sheet() -> None:
    """The leads as an Excel sheet: for who likes to see them in a table, and for a manager.

    \b
    Examples:
      watcher sheet export leads.xlsx
      watcher sheet import leads.xlsx --dry-run
    """


@sheet.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace a file that watcher did not write.")
@reporting
@click.pass_obj
def export_sheet(options: Options, file: Path, force: bool) -> None:
    """Write the workbook: Leads, Pyramid, Plan. What you change in Leads comes back with `sheet import`.

    \b
    Examples:
      watcher sheet export leads.xlsx
      watcher sheet export ~/Desktop/leads.xlsx --force
    """
    from watcher.sheets.exporting import export

    with opened(options) as app:
        many = export(app.store, app.config, file, app.clock(), force=force, progress=_told)
    if options.json:
        print_json({"file": str(file), "leads": many})
    else:
        click.echo(f"{file}: {count(many, 'lead')}. Change it, save it, and: watcher sheet import {file}")


def _told(done: int) -> None:
    click.echo(f"\r{done:,} leads", err=True, nl=False)


@sheet.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option(
    "--prefer",
    type=click.Choice(("store", "sheet")),
    default="store",
    show_default=True,
    help="Who is right where both changed.",
)
@click.option("--map", "maps", metavar="HEADING=COLUMN", multiple=True, help="What a heading means.")
@reporting
@click.pass_obj
def import_sheet(options: Options, file: Path, dry_run: bool, prefer: str, maps: tuple[str, ...]) -> None:
    """Take over what a sheet says: xlsx or csv, in any order, with English or Chinese headings.

    Of a workbook that `sheet export` wrote, what you changed since is taken. A list of your own adds leads
    and fills what is empty. A row that is gone deletes nothing.

    \b
    Examples:
      watcher sheet import leads.xlsx --dry-run
      watcher sheet import fair.csv --map "Firm=name" --map "Mark="
    """
    from watcher.sheets.importing import Wanted

    wanted = Wanted(dict(map(_pair, maps)), prefer_sheet=prefer == "sheet", dry_run=dry_run)
    with opened(options) as app, _no_garbage():
        done = app.import_sheet(file, wanted)
        if options.json:
            print_json(_document(done, dry_run=dry_run))
        else:
            _print(app, done, dry_run=dry_run)


@contextmanager
def _no_garbage() -> Iterator[None]:
    """A long list stays in memory to the end: looking through it for garbage costs a quarter of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _pair(text: str) -> tuple[str, str]:
    heading, mark, column = text.rpartition("=")
    if not mark or not heading.strip():
        raise UsageError(f"{text!r} maps nothing.", '--map "Firm=name"; "Mark=" leaves a column out.')
    return heading, column


# ── what is told ──


def _print(app: App, done: Imported, *, dry_run: bool) -> None:
    merged = done.merged
    read = ", ".join(f"{shown(one, 40)} → {column}" for column, one in done.mapped.headings.items())
    click.echo(f"{shown(done.table, 40)}: {count(done.rows, 'row')}. {read}")
    if done.mapped.unknown:
        click.echo(f"Not read: {shown(', '.join(done.mapped.unknown), 300)}")
    if done.fills_only:
        click.echo("Not a workbook of this store: it adds leads and fills what is empty.")
    every = dry_run
    _listed("changed", [_changed(one) for one in merged.changes], every=every)
    _listed("new", [_new(one) for one in merged.new], every=every)
    stands = (
        "the sheet is taken" if any(one in merged.changes for one in merged.conflicts) else "yours stands"
    )
    _listed(f"changed on both sides, {stands}", [_changed(one) for one in merged.conflicts], every=True)
    _listed("not taken", [f"row {one.row}: {shown(one.says, 200)}" for one in merged.problems], every=True)
    if merged.kept:
        click.echo(f"{count(len(merged.kept), 'value')} left as they are: the sheet only fills.")
    done_or_not = "Nothing was changed: --dry-run." if dry_run else ""
    click.echo(f"{len(merged.changes)} changed, {len(merged.new)} new. {done_or_not}".rstrip())


def _listed(title: str, lines: Sequence[str], *, every: bool) -> None:
    if not lines:
        return
    click.secho(f"{title}:", bold=True)
    listed = lines if every else lines[:_LISTED]
    for line in listed:
        click.echo(f"  {line}")
    if len(listed) < len(lines):
        click.echo(f"  and {len(lines) - len(listed)} more")


def _changed(one: Change) -> str:
    before, after = (shown(text, 60) or "nothing" for text in (one.before, one.after))
    return f"row {one.row}: {shown(one.customer, 60)}, {one.field}: {before} → {after}"


def _new(one: NewLead) -> str:
    values = " · ".join(shown(text, 60) for text in one.values.values() if text)
    return f"row {one.row}: {shown(one.key, 60)} · {values}".rstrip(" ·")


def _document(done: Imported, *, dry_run: bool) -> dict[str, Any]:
    merged = done.merged

    def changes(found: Sequence[Change]) -> list[dict[str, Any]]:
        return [
            {
                "row": one.row,
                "deal": one.deal,
                "customer": one.customer,
                "field": one.field,
                "before": one.before,
                "after": one.after,
            }
            for one in found
        ]

    return {
        "table": done.table,
        "rows": done.rows,
        "columns": {heading: column for column, heading in done.mapped.headings.items()},
        "not_read": list(done.mapped.unknown),
        "fills_only": done.fills_only,
        "dry_run": dry_run,
        "changes": changes(merged.changes),
        "conflicts": changes(merged.conflicts),
        "kept": changes(merged.kept),
        "new": [{"row": one.row, "customer": one.key, **dict(one.values)} for one in merged.new],
        "problems": [{"row": one.row, "says": one.says} for one in merged.problems],
    }
