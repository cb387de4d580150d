"""Which customer, which deal: names match by prefix, and where several match a person is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from watcher.cli.common import on_terminal, shown
from watcher.errors import UsageError

if TYPE_CHECKING:
    from watcher.app import App
    from watcher.store.words import Customer

_MANY = 12  # choices on one screen


def choose_customer(app: App, text: str) -> Customer:
    """The customer that is meant: a key, an address, a thread's number, or how a key or name begins.

    Asks on a terminal where several are. Raises UsageError where none is, or nobody can be asked.
    """
    from watcher.store.words import customers, find_customer

    with app.store.reading() as connection:
        try:
            return find_customer(connection, text)
        except UsageError:
            if not on_terminal():
                raise
            wanted = text.strip().casefold()
            fitting = [one for one in customers(connection) if wanted and _begins(one, wanted)]
            if not 1 < len(fitting) <= _MANY:
                raise
    # Outside the transaction: people take their time.
    return fitting[_ask(f"{text!r} is several customers:", [_described(one) for one in fitting])]


def _begins(one: Customer, wanted: str) -> bool:
    return one.key.casefold().startswith(wanted) or one.name.casefold().startswith(wanted)


def _described(one: Customer) -> str:
    stages = ", ".join(stage for _, _, stage in one.deals) or one.role
    return f"{name_of(one)} · {shown(one.key, 60)} · {stages}"


def choose_deal(found: Customer, asked: int | None) -> int | None:
    """Which deal of a customer is meant: the one asked for, else the only open one, else the newest.

    None where there is none. Asks on a terminal where several are open. Raises UsageError.
    """
    numbers = [one for one, _, _ in found.deals]
    if asked is not None:
        if asked not in numbers:
            raise UsageError(f"deal {asked} is not one of {name_of(found)}.", f"watcher deal {found.key}")
        return asked
    still_open = [one for one in found.deals if one[2] not in ("lost", "won")]
    if len(still_open) < 2:
        return still_open[0][0] if still_open else max(numbers, default=None)
    told = [f"deal {number} · {stage} {shown(name, 60)}".rstrip() for number, name, stage in still_open]
    if not on_terminal():
        raise UsageError(
            f"{name_of(found)} has several deals: {'; '.join(told)}.", "Say which one: --deal N."
        )
    return still_open[_ask(f"{name_of(found)} has several deals:", told)][0]


def _ask(question: str, choices: Sequence[str]) -> int:
    """The place of the choice that a person makes."""
    click.echo(question)
    for place, one in enumerate(choices, start=1):
        click.echo(f"  {place}  {one}")
    answer: int = click.prompt("Which", type=click.IntRange(1, len(choices)))
    return answer - 1


def name_of(found: Customer) -> str:
    """What a customer is called, safe to print."""
    return shown(found.name or found.key, 60)
