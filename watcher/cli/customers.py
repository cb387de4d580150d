"""`watcher customer`: who they are, what they are to us, merged and split by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from watcher.cli.common import Options, global_options, opened, print_json, reporting, shown
from watcher.cli.words import name_of, pick_customer
from watcher.errors import UsageError

if TYPE_CHECKING:
    from watcher.store.words import Customer

ROLES = ("lead", "partner", "ignored", "unsorted")


class _NameOrCommand(click.Group):
    """`customer merge A B` is a command; `customer meyer` shows Meyer."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands:
            return super().resolve_command(ctx, ["show", *args])
        return super().resolve_command(ctx, args)


@click.group(cls=_NameOrCommand, invoke_without_command=True)
@reporting
@click.pass_context
def customer(ctx: click.Context) -> None:
    """List customers, show one, or say what one is.

    \b
    Examples:
      watcher customer meyer --name "Meyer Armaturen" --country DE
      watcher customer merge meyer meyer-service.example
    """
    if ctx.invoked_subcommand is not None:
        return
    from watcher.store.words import customers

    with opened(ctx.obj) as app, app.store.reading() as connection:
        found = customers(connection)
    if ctx.obj.json:
        print_json([_document(one) for one in found])
        return
    for one in found:
        stages = ", ".join(stage for _, _, stage in one.deals) or "-"
        click.echo(f"{one.role:<9} {stages:<12} {shown(one.key, 60)} {shown(one.name, 40)}".rstrip())


def _document(one: Customer) -> dict[str, Any]:
    return {
        "customer": one.key,
        "name": one.name or None,
        "role": one.role,
        "role_said": one.role_said,
        "country": one.country or None,
        "deals": [{"deal": number, "name": name, "stage": stage} for number, name, stage in one.deals],
    }


@customer.command("show")
@click.argument("name")
@click.option("--name", "called", help="What to call them.")
@click.option("--country", metavar="CODE", help="Two letters: whose holidays and hours count.")
@click.option("--role", type=click.Choice(ROLES), help="What they are to you.")
@reporting
@click.pass_obj
def show_customer(
    options: Options, name: str, called: str | None, country: str | None, role: str | None
) -> None:
    """Show one customer, or change what is known of them.

    \b
    Examples:
      watcher customer meyer
      watcher customer factory.example --role partner
    """
    from watcher.store.words import change_customer

    changes: dict[str, Any] = {}
    if called is not None:
        changes["name"] = called
    if country is not None:
        if len(country) != 2 or not country.isalpha():
            raise UsageError(f"{country!r} is no country code.", "Two letters: DE, CN, AE.")
        changes["country"] = country.upper()
    if role is not None:
        changes |= {"role": role, "role_said": True}
    with opened(options) as app:
        if changes:
            with app.store.writing() as connection:
                change_customer(connection, pick_customer(connection, name), changes)
            app.review()
        with app.store.reading() as connection:
            found = pick_customer(connection, name)
    if options.json:
        print_json(_document(found))
        return
    place = f" ({found.country})" if found.country else ""
    click.echo(
        f"{name_of(found)}{place} · {found.key} · {found.role}{'' if found.role_said else ' (a guess)'}"
    )
    for number, title, stage in found.deals:
        click.echo(f"  deal {number}: {stage} {shown(title, 60)}".rstrip())
    click.echo(f"watcher threads --customer {found.key}")


@customer.command()
@click.argument("into")
@click.argument("other")
@global_options
@click.pass_obj
def merge(options: Options, into: str, other: str) -> None:
    """OTHER is the same customer as INTO: mail, deals and words go over.

    \b
    Examples:
      watcher customer merge meyer meyer-service.example
      watcher customer merge gulf gulf.trading@gmail.example
    """
    from watcher.store import words

    with opened(options) as app:
        with app.store.writing() as connection:
            first, second = pick_customer(connection, into), pick_customer(connection, other)
            words.merge(connection, first, second)
        app.review()
    click.echo(f"{name_of(second)} is part of {name_of(first)} now.")


@customer.command()
@click.argument("address")
@global_options
@click.pass_obj
def split(options: Options, address: str) -> None:
    """ADDRESS is a customer of its own.

    \b
    Examples:
      watcher customer split buyer@group.example
      watcher customer split agent@meyer.example
    """
    from watcher.store import words

    if "@" not in address:
        raise UsageError(f"{address!r} is no address.", "Say the whole address: buyer@group.example.")
    with opened(options) as app:
        with app.store.writing() as connection:
            found = pick_customer(connection, address)
            words.split(connection, address.casefold(), found, found.role)
        app.review()
    click.echo(f"{shown(address, 80)} is a customer of its own now, apart from {name_of(found)}.")
