"""`watcher team`: the reps' exported sheets side by side, for the manager. It needs no config."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from watcher.cli.common import Options, print_json, reporting, shown
from watcher.cli.pyramid import Span
from watcher.errors import UsageError

if TYPE_CHECKING:
    from watcher.domain.rates_told import Told
    from watcher.domain.team import Rep, Team


@click.command()
@click.argument(
    "sheets", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--window", type=Span(), default="90d", show_default=True, help="How far the rates look back.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write a page to print.")
@reporting
@click.pass_obj
def team(options: Options, sheets: tuple[Path, ...], window: timedelta, html: Path | None) -> None:
    """The reps' sheets side by side: pyramids, rates against the team's median, and who needs which help.

    Each rep exports one with `watcher sheet export`. No subject and no text of a mail is in it.

    \b
    Examples:
      watcher team anna.xlsx wei.xlsx
      watcher team sheets/*.xlsx --html team.html
    """
    from watcher.domain.team import team as side_by_side
    from watcher.domain.team_told import notes

    reps, labels, said = _read(sheets)
    found = side_by_side(reps, window)
    said += notes(found)
    if html is not None:
        _write(html, found, labels, said)
    if options.json:
        print_json(_document(found, labels, said))
    else:
        _print(found, {name: shown(label, 20) for name, label in labels.items()}, said)


def _read(sheets: Iterable[Path]) -> tuple[list[Rep], Mapping[str, str], list[str]]:
    """The reps, what they call the steps (the first sheet's words), and what is to be said of the sheets."""
    from watcher.domain.labels import labels
    from watcher.domain.team import Rep
    from watcher.sheets.reading import read_histories

    newest: dict[str, Rep] = {}
    words: Mapping[str, str] = {}
    said = []
    for path in sheets:
        sheet = read_histories(path)
        words = words or sheet.labels
        name = shown(sheet.rep_name, 60)
        before = newest.get(name)
        if before is not None:
            said.append(f"Two sheets are {name}'s: the newer one counts.")
        if before is None or before.as_of < sheet.as_of:
            newest[name] = Rep(name, sheet.as_of, sheet.histories)
    return list(newest.values()), {**labels(), **words}, said


def _write(path: Path, found: Team, labels: Mapping[str, str], said: Sequence[str]) -> None:
    from watcher.pictures.team import team_page

    try:
        path.write_text(team_page(found, labels, said), "utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from error
    click.echo(f"{path}: written.", err=True)


# ── what is told ──


def _print(found: Team, labels: Mapping[str, str], said: Iterable[str]) -> None:
    from watcher.cli.blocks import lines
    from watcher.cli.columns import terminal_width
    from watcher.domain.team_told import help_told, pyramids_told, rates_of_all_told, speeds_told

    for line in said:
        click.secho(shown(line, 300), fg="yellow")
    for table in (pyramids_told(found, labels), rates_of_all_told(found, labels), speeds_told(found)):
        _table(table)
    click.secho("  Who needs what", bold=True)
    for place, one in enumerate(found.members):
        needs = [shown(help_told(need, labels), 1000) for need in found.help if need.member == place]
        click.echo(f"  {click.style(one.name, bold=True)}")
        for need in needs or ["Nothing stands out."]:
            for number, line in enumerate(lines(need, terminal_width() - len("    ● "))):
                mark = click.style("●", fg="red") if needs else " "
                click.echo(f"    {mark if not number else ' '} {line}")


def _table(table: Told) -> None:
    from watcher.cli.columns import fit, terminal_width, widest

    click.secho(f"  {table.title}", bold=True)
    columns = [widest(cells, 28) for cells in zip(table.head, *table.rows, strict=True)]
    for row in (table.head, *table.rows):
        cells = (fit(shown(cell, 60), width) for cell, width in zip(row, columns, strict=True))
        line = fit(f"    {'  '.join(cells)}".rstrip(), terminal_width()).rstrip()
        click.secho(line, dim=row is table.head)
    click.echo()


def _document(found: Team, labels: Mapping[str, str], said: Sequence[str]) -> dict[str, Any]:
    from watcher.domain.team_told import help_told
    from watcher.shape import Shape, shape_document

    return {
        "notes": list(said),
        "members": [
            {
                "name": one.name,
                **shape_document(Shape(one.as_of, one.pyramid, one.rates, one.findings), labels),
            }
            for one in found.members
        ],
        "steps": [
            {
                "from": step.stage.value,
                "to": step.to.value,
                "median": step.median,
                "members": [
                    {
                        "name": one.name,
                        "reached": rate.reached,
                        "of": rate.of,
                        "against": step.against(place).value,
                    }
                    for place, (one, rate) in enumerate(zip(found.members, step.rates, strict=True))
                ],
            }
            for step in found.steps
        ],
        "help": [
            {
                "name": found.members[one.member].name,
                "rule": one.finding.rule.value if one.finding else "below_the_team",
                "says": help_told(one, labels),
                "customers": [behind.called for behind in one.finding.customers] if one.finding else [],
            }
            for one in found.help
        ],
    }
