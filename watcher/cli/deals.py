"""`watcher deal`: several opportunities of one customer, and what is known of each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from watcher.cli.common import Options, opened, print_json, reporting, shown
from watcher.cli.dates import moment
from watcher.cli.words import STAGES, name_of, pick_customer
from watcher.errors import UsageError


@click.command()
@click.argument("which", metavar="CUSTOMER|NUMBER")
@click.option("--new", "new_name", metavar="NAME", help="Open a further deal of this customer.")
@click.option(
    "--stage", type=click.Choice(STAGES), default="inquiry", show_default=True, help="Of a new deal."
)
@click.option("--name", help="What the deal is called.")
@click.option("--value", help="What it is worth.")
@click.option("--currency", metavar="CODE", help="Three letters: USD, EUR, CNY.")
@click.option("--expected", metavar="DATE", help="When the order is expected.")
@click.option("--shipped", metavar="DATE", help="When the goods left: a month later it is an old customer.")
@click.option("--note", help="Anything worth remembering.")
@click.option("--thread", "thread_number", type=int, help="This thread is about that deal.")
@reporting
@click.pass_obj
def deal(options: Options, /, which: str, new_name: str | None, stage: str, **fields: Any) -> None:
    """Show a customer's deals, open a further one, or note what is known of one.

    \b
    Examples:
      watcher deal meyer --new "spare parts"
      watcher deal 4 --value 12000 --currency USD --shipped 2026-03-02
    """
    from watcher.domain.stages import Stage
    from watcher.store import words

    with opened(options) as app:
        now, rep = app.clock(), app.config.rep
        thread_number = fields.pop("thread_number")
        changes = _changes(fields, now, lambda text: moment(text, now, rep.zone))
        with app.store.writing() as connection:
            if new_name is not None:
                owner = pick_customer(connection, which)
                number = words.open_deal(connection, owner, new_name, Stage(stage), now)
            elif changes or thread_number is not None:
                number = _number(which)
            else:
                number = 0
            if changes:
                words.change_deal(connection, number, changes)
            if thread_number is not None:
                place = words.find_thread(connection, thread_number)
                words.put_thread_into_deal(connection, place, number)
            found = words.customer_of_deal(connection, number) if number else None
            found = found or _shown_customer(connection, which)
        if number:
            app.review()
    if options.json:
        print_json([{"deal": one, "name": name, "stage": at} for one, name, at in found.deals])
        return
    click.echo(name_of(found))
    for one, name, at in found.deals:
        click.echo(f"  deal {one}: {at} {shown(name, 60)}".rstrip())


def _shown_customer(connection: Any, which: str) -> Any:
    from watcher.store.words import customer_of_deal

    return (which.isdigit() and customer_of_deal(connection, int(which))) or pick_customer(connection, which)


def _number(which: str) -> int:
    if not which.isdigit():
        raise UsageError(f"{which!r} is no deal number.", f"watcher deal {which} lists the deals.")
    return int(which)


def _changes(fields: dict[str, Any], now: datetime, read: Any) -> dict[str, Any]:
    """The columns that were named, as they are stored."""
    changes = {key: fields[key] for key in ("name", "value", "note") if fields[key] is not None}
    if fields["currency"] is not None:
        if len(fields["currency"]) != 3 or not fields["currency"].isalpha():
            raise UsageError(f"{fields['currency']!r} is no currency code.", "Three letters: USD, EUR, CNY.")
        changes["currency"] = fields["currency"].upper()
    if fields["expected"] is not None:
        changes["expected_on"] = read(fields["expected"]).date().isoformat()
    if fields["shipped"] is not None:
        shipped = read(fields["shipped"])
        if shipped > now:
            raise UsageError(f"{fields['shipped']!r} has not come yet.")
        changes["shipped_at"] = shipped
    return changes
