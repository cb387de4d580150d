"""`watcher deal`: several opportunities of one customer, and what is known of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import click

from watcher.cli.choose import choose_customer, name_of
from watcher.cli.common import Options, opened, print_json, reporting, shown
from watcher.cli.dates import day, earlier
from watcher.cli.steps import StageWord, stage_meant
from watcher.errors import UsageError

if TYPE_CHECKING:
    from watcher.app import App
    from watcher.cli.dossier import DealSheet
    from watcher.store.words import Customer


@click.command()
@click.argument("which", metavar="CUSTOMER|NUMBER")
@click.option("--new", "new_name", metavar="NAME", help="Open a further deal of this customer.")
@click.option("--stage", type=StageWord(), help="Of a new deal [default: inquiry].")
@click.option("--name", help="What the deal is called.")
@click.option("--value", metavar="AMOUNT", help="What it is worth.")
@click.option("--currency", metavar="CODE", help="Three letters: USD, EUR, CNY.")
@click.option("--expected", metavar="DATE", help="When the order is expected.")
@click.option("--shipped", metavar="DATE", help="When the goods left: a month later it is an old customer.")
@click.option("--owner", metavar="NAME", help="Which rep of the team it is with.")
@click.option("--note", metavar="TEXT", help="Anything worth remembering.")
@click.option("--thread", "thread_number", type=int, help="This thread is about that deal.")
@reporting
@click.pass_obj
def deal(
    options: Options,
    /,
    which: str,
    new_name: str | None,
    stage: str | None,
    thread_number: int | None,
    **fields: str | None,
) -> None:
    """Show a customer's deals, open a further one, or note what is known of one by its number.

    \b
    Examples:
      watcher deal meyer --new "spare parts"
      watcher deal 4 --value 12000 --currency USD --shipped 2026-03-02
    """
    if stage is not None and new_name is None:
        raise UsageError("--stage says where a new deal begins.", "watcher stage CUSTOMER STAGE --deal N")
    begins = stage_meant(options, stage or "inquiry")
    with opened(options) as app:
        changes = _changes(app, fields)
        found, number = _existing(app, which) if new_name is None else _open(app, which, new_name, begins)
        if changes or thread_number is not None:
            if number is None:
                raise UsageError(f"{which!r} is no deal number.", f"watcher deal {which} lists the deals.")
            _note(app, number, changes, thread_number)
        app.review()
        _tell(options, app, found, number)


def _existing(app: App, which: str) -> tuple[Customer, int | None]:
    """Whose deal it is, and its number; or the customer of that name, and None. Raises UsageError."""
    from watcher.store.words import customer_of_deal

    if not which.isdecimal():
        return choose_customer(app, which), None
    with app.store.reading() as connection:
        found = customer_of_deal(connection, int(which))
    if found is None:
        raise UsageError(f"there is no deal {which}.", "watcher deal CUSTOMER lists a customer's deals.")
    return found, int(which)


def _open(app: App, which: str, name: str, stage: str) -> tuple[Customer, int]:
    from watcher.domain.stages import Stage
    from watcher.store.words import open_deal

    found = choose_customer(app, which)
    with app.store.writing() as connection:
        return found, open_deal(connection, found, shown(name), Stage(stage), app.clock())


def _note(app: App, number: int, changes: dict[str, Any], thread_number: int | None) -> None:
    from watcher.store import words

    with app.store.writing() as connection:
        if changes:
            words.change_deal(connection, number, changes)
        if thread_number is not None:
            words.put_thread_into_deal(connection, words.find_thread(connection, thread_number), number)


# ── what is typed ──


def _changes(app: App, fields: dict[str, str | None]) -> dict[str, Any]:
    """The columns that were named, as they are stored. Raises UsageError."""
    now, rep = app.clock(), app.config.rep
    readers: dict[str, tuple[str, Callable[[str], object]]] = {
        "name": ("name", shown),
        "owner": ("owner", shown),
        "note": ("note", lambda text: shown(text, 1000)),
        "value": ("value", _amount),
        "currency": ("currency", _currency),
        "expected": ("expected_on", lambda text: day(text, now, rep.zone).isoformat()),
        "shipped": ("shipped_at", lambda text: earlier(text, now, rep.zone, rep.opening)),
    }
    return {
        column: read(text)
        for option, (column, read) in readers.items()
        if (text := fields[option]) is not None
    }


def _amount(text: str) -> str:
    try:
        amount = Decimal(text.replace(",", ""))
    except InvalidOperation:
        amount = Decimal("nan")
    if not amount.is_finite() or not 0 <= amount < Decimal("1e15"):
        raise UsageError(f"{text!r} is no amount.", "Say a number: 12000 or 12000.50.")
    return f"{amount:f}"[:40]


def _currency(text: str) -> str:
    if len(text) != 3 or not (text.isascii() and text.isalpha()):
        raise UsageError(f"{text!r} is no currency code.", "Three letters: USD, EUR, CNY.")
    return text.upper()


# ── what is told ──


def _tell(options: Options, app: App, found: Customer, number: int | None) -> None:
    from watcher.cli.dossier import deal_sheets

    with app.store.reading() as connection:
        sheets = deal_sheets(connection, found.id)
    if options.json:
        print_json([one.document() for one in sheets if number is None or one.number == number])
        return
    click.secho(name_of(found), bold=True)
    for one in sheets:
        for line in deal_lines(one, app.config.rep.zone, options.labels):
            click.echo(f"  {line}")
    if not sheets:
        click.echo("  no deal yet: watcher stage CUSTOMER STAGE opens one")


def deal_lines(sheet: DealSheet, zone: tzinfo, labels: Mapping[str, str]) -> list[str]:
    """One deal: what was noted of it, and how it came to its stage."""
    shipped = f"shipped {_day(sheet.shipped_at, zone)}" if sheet.shipped_at else ""
    expected = f"expected {sheet.expected_on}" if sheet.expected_on else ""
    worth = f"{shown(sheet.value, 40)} {sheet.currency}".strip()
    owner = f"with {shown(sheet.owner, 40)}" if sheet.owner else ""
    facts = (labels[sheet.stage], shown(sheet.name, 60), worth, expected, shipped, owner)
    head = f"deal {sheet.number} · {' · '.join(filter(None, (*facts, shown(sheet.note, 200))))}"
    steps = " → ".join(f"{labels[one.stage]} {_day(one.at, zone)}" for one in sheet.steps)
    return [head, f"   {steps}"] if steps else [head]


def _day(moment: datetime, zone: tzinfo) -> str:
    local = moment.astimezone(zone)
    return f"{local.day} {local:%b %Y}"
