"""`watcher pyramid`: where customers stand, what shape that has, and what it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import click

from watcher.cli.common import Options, now_option, opened, print_json, reporting, shown
from watcher.clock import system_clock
from watcher.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from watcher.config import Config
    from watcher.domain.diagnosis import Finding
    from watcher.domain.rates import Rates
    from watcher.shape import Shape

_SPAN = re.compile(r"([1-9][0-9]{0,3})\s*([dw])")
_UNITS = {"d": timedelta(days=1), "w": timedelta(weeks=1)}
_FILE = click.Path(dir_okay=False, path_type=Path)
_NAMES = 6  # behind a finding; the page and --json have all


class Span(click.ParamType[timedelta]):
    """A number of days or weeks: 90d, 12w."""

    name = "SPAN"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        said = _SPAN.fullmatch(str(value).strip().casefold())
        if said is None:
            self.fail(f"{value!r} is no span such as 90d or 12w.", param, ctx)
        return int(said[1]) * _UNITS[said[2]]


@click.command()
@click.option("--rates", "all_rates", is_flag=True, help="The rates too, each with its count and interval.")
@click.option("--window", type=Span(), default="90d", show_default=True, help="How far the rates look back.")
@click.option("--owner", metavar="NAME", default="", help="Only the deals of that rep.")
@click.option("--svg", type=_FILE, help="Draw it into an SVG file.")
@click.option("--png", type=_FILE, help="Draw it into a PNG file (needs the extra `pictures`).")
@click.option("--html", type=_FILE, help="Write a page to print: picture, findings, rates.")
@now_option
@reporting
@click.pass_obj
def pyramid(
    options: Options,
    all_rates: bool,
    window: timedelta,
    owner: str,
    svg: Path | None,
    png: Path | None,
    html: Path | None,
    now: datetime | None,
) -> None:
    """Where your customers stand, how many go on from step to step, and what the shape says.

    \b
    Examples:
      watcher pyramid --rates
      watcher pyramid --window 180d --html pyramid.html
    """
    moment = now or system_clock()
    with opened(options, now) as app:
        config = app.config
        with app.store.reading() as connection:
            found = _read(connection, config, moment, window, owner)
    _write(found, config, {"svg": svg, "png": png, "html": html})
    if options.json:
        from watcher.shape import shape_document

        print_json(shape_document(found, config.labels()))
    else:
        called = {name: shown(label, 20) for name, label in config.labels().items()}
        print_shape(found, called, config.rep.zone, all_rates=all_rates)


def _read(connection: Connection, config: Config, moment: datetime, window: timedelta, owner: str) -> Shape:
    from watcher.domain.blindness import blind_spots, stale_after
    from watcher.shape import shape_of
    from watcher.store.history import deal_histories
    from watcher.store.sight import sight
    from watcher.store.tone import doubts

    seen = sight(connection, stale_after(config.sync.poll_seconds))
    return shape_of(
        deal_histories(connection, moment),
        moment,
        window=window,
        owner=owner,
        limits=config.thresholds(),
        tone=doubts(connection, moment),
        blind=blind_spots(seen, moment, config.rep.zone),
    )


# ── files ──


def _write(found: Shape, config: Config, wanted: Mapping[str, Path | None]) -> None:
    """Write what was asked for. Raises UsageError for a place where nothing can be written."""
    makers: Mapping[str, Callable[[Shape, Config], bytes]] = {"svg": _svg, "png": _png, "html": _html}
    for kind, path in wanted.items():
        if path is None:
            continue
        made = makers[kind](found, config)
        try:
            path.write_bytes(made)
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror}.") from error
        click.echo(f"{path}: written.", err=True)


def _title(found: Shape, config: Config, *, name: bool = True) -> str:
    whose = found.owner or (config.rep.name if name else "")
    return " · ".join(filter(None, ("Pyramid", shown(whose, 60), _day(found.as_of, config.rep.zone))))


def _day(moment: datetime, zone: tzinfo) -> str:
    local = moment.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y}"


def _svg(found: Shape, config: Config) -> bytes:
    from watcher.pictures.pyramid import pyramid_drawing
    from watcher.pictures.svg import svg

    drawing = pyramid_drawing(found.pyramid, config.labels(), _title(found, config), found.rates)
    return svg(drawing).encode()


def _png(found: Shape, config: Config) -> bytes:
    """In English where no font of this machine has the letters of the labels: boxes would say nothing."""
    from watcher.domain.labels import labels
    from watcher.pictures.png import NoFont, png
    from watcher.pictures.pyramid import pyramid_drawing

    try:
        return png(pyramid_drawing(found.pyramid, config.labels(), _title(found, config), found.rates))
    except NoFont as error:
        click.secho(f"The PNG is in English: {error}", err=True, fg="yellow")
        title = _title(replace(found, owner=""), config, name=False)
        return png(pyramid_drawing(found.pyramid, labels(), title, found.rates))


def _html(found: Shape, config: Config) -> bytes:
    from watcher.pictures.report import pyramid_page

    title = _title(found, config)
    measured, findings = found.rates, found.findings
    return pyramid_page(found.pyramid, measured, findings, config.labels(), title, found.blind).encode()


# ── what is told ──


def print_shape(found: Shape, labels: Mapping[str, str], zone: tzinfo, *, all_rates: bool) -> None:
    """The picture, with the rates where they are wanted, and what the shape says."""
    from watcher.cli.blocks import draw

    for line in found.blind:
        click.secho(shown(line, 300), fg="red")
    lost = f", {found.pyramid.lost} lost" if found.pyramid.lost else ""
    whose = f" · {shown(found.owner, 40)}" if found.owner else ""
    head = f"{_day(found.as_of, zone)}{whose} · {found.pyramid.customers} customers{lost}"
    click.echo(f"{head} · ↑ who went on, of the last {found.rates.window.days} days\n")
    draw(found.pyramid, found.rates, labels)
    click.echo()
    if all_rates:
        _print_rates(found.rates, labels)
    _print_findings(found.findings, found.rates, labels)


def _print_findings(findings: Iterable[Finding], measured: Rates, labels: Mapping[str, str]) -> None:
    from watcher.cli.blocks import lines
    from watcher.cli.columns import terminal_width
    from watcher.domain.sentences import sentence

    told = list(findings)
    width = terminal_width() - len("  ● ")
    for one in told:
        mark = click.style("●", fg="red")
        for place, line in enumerate(lines(shown(sentence(one, labels), 1000), width)):
            click.echo(f"  {' ' if place else mark} {line}")
        for line in lines(_behind(one), width):
            click.secho(f"    {line}", dim=True)
    if not told:
        click.echo(_nothing(measured))


def _nothing(measured: Rates) -> str:
    from watcher.domain.intervals import JUDGED_FROM

    if any(one.rate.judged for one in measured.conversions):
        return "Nothing stands out."
    return f"Nothing stands out; no step has the {JUDGED_FROM} deals that it takes to judge a rate."


def _behind(one: Finding) -> str:
    names = list(dict.fromkeys(shown(behind.called, 60) for behind in one.customers))
    more = f", and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return ", ".join(names[:_NAMES]) + more


def _print_rates(measured: Rates, labels: Mapping[str, str]) -> None:
    from watcher.cli.blocks import lines
    from watcher.cli.columns import fit, terminal_width, widest
    from watcher.domain.rates_told import rates_told

    for table in rates_told(measured, labels):
        for line in lines(table.title, terminal_width() - len("  ")):
            click.secho(f"  {line}", bold=True)
        columns = [widest(cells, 36) for cells in zip(table.head, *table.rows, strict=True)]
        for row in (table.head, *table.rows):
            cells = (fit(cell, width) for cell, width in zip(row, columns, strict=True))
            line = fit(f"    {'  '.join(cells)}".rstrip(), terminal_width()).rstrip()
            click.secho(line, dim=row is table.head)
        click.echo()
