"""`watcher customer`: who they are, what they are to us, merged and split by hand."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from watcher.cli.choose import choose_customer, name_of
from watcher.cli.columns import fit, widest
from watcher.cli.common import Options, global_options, opened, print_json, reporting, shown
from watcher.cli.joins import accept, list_proposals, proposals, refuse
from watcher.cli.leads import add
from watcher.cli.outcome import next_step, when
from watcher.errors import UsageError

if TYPE_CHECKING:
    from watcher.app import App
    from watcher.cli.dossier import DealSheet, Dossier
    from watcher.store.glance import ThreadGlance
    from watcher.store.words import Customer

ROLES = ("lead", "partner", "ignored", "unsorted")


class _NameOrCommand(click.Group):
    """`customer merge A B` is a command; `customer meyer` shows Meyer."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        named = bool(args) and args[0] not in self.commands
        return super().resolve_command(ctx, ["show", *args] if named else args)


@click.group(
    cls=_NameOrCommand,
    invoke_without_command=True,
    subcommand_metavar="[NAME [OPTIONS] | add | merge | split | accept | refuse]",
)
@click.option("--proposals", is_flag=True, help="Who may be the same customer, or you: for you to decide.")
@reporting
@click.pass_context
def customer(ctx: click.Context, proposals: bool) -> None:
    """List customers; show one by name, or say what one is.

    \b
    Examples:
      watcher customer meyer --name "Meyer Armaturen" --country DE
      watcher customer --proposals
    """
    if ctx.invoked_subcommand is not None:
        return
    if proposals:
        list_proposals(ctx.obj)
    else:
        _list(ctx.obj)


# ── all of them ──


def _list(options: Options) -> None:
    from watcher.store.glance import places
    from watcher.store.words import customers

    with opened(options) as app:
        with app.store.reading() as connection:
            found = customers(connection)
        numbers = places(app.store.path).threads
        proposed = [] if options.json else proposals(app)
    threads = Counter(who for who, _ in {(who, one) for (who, _), many in numbers.items() for one in many})
    if options.json:
        print_json([{**_document(one), "threads": threads[one.key]} for one in found])
        return
    width, labels = widest((one.key for one in found), 34), options.labels
    for one in found:
        stages = ", ".join(labels[stage] for _, _, stage in one.deals) or "-"
        head = f"{fit(shown(one.key, 80), width)}  {one.role:<8}  {fit(stages, 11)} {threads[one.key]:>4}"
        click.echo(f"{head}  {fit(_called(one), 16)}".rstrip())
    click.echo(f"{len(found)} customers: key, role, stage, threads, name" if found else "No customer yet.")
    if proposed:
        click.echo(f"Who may be whom: {len(proposed)} to decide, watcher customer --proposals")


def _called(one: Customer) -> str:
    country = f" ({one.country})" if one.country else ""
    return f"{shown(one.name, 40)}{country}".strip()


def _document(one: Customer) -> dict[str, Any]:
    return {
        "customer": one.key,
        "name": one.name or None,
        "role": one.role,
        "role_said": one.role_said,
        "country": one.country or None,
        "deals": [{"deal": number, "name": name, "stage": stage} for number, name, stage in one.deals],
    }


# ── one of them ──


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
    """Show one customer, or change what is known of them: `customer NAME` for short.

    \b
    Examples:
      watcher customer meyer
      watcher customer factory.example --role partner
    """
    from watcher.store.words import change_customer

    changes = _changes(called, country, role)
    with opened(options) as app:
        found = choose_customer(app, name)
        if changes:
            with app.store.writing() as connection:
                change_customer(connection, found, changes)
            app.review()
        _tell(options, app, found.key)


def _changes(called: str | None, country: str | None, role: str | None) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if called is not None:
        changes["name"] = shown(called)
    if country is not None:
        changes["country"] = country_code(country)
    if role is not None:
        changes |= {"role": role, "role_said": True}
    return changes


def country_code(text: str) -> str:
    """A country as ISO 3166 has it. Raises UsageError."""
    from watcher.domain.countries import country_called

    code = country_called(text)
    if code is None:
        raise UsageError(f"{text!r} is no country code.", "Two letters of ISO 3166: DE, CN, AE.")
    return code


def _tell(options: Options, app: App, key: str) -> None:
    from watcher.cli.dossier import deal_sheets, dossier
    from watcher.store.glance import threads
    from watcher.store.words import find_customer

    with app.store.reading() as connection:
        found = find_customer(connection, key)
        known = dossier(connection, key, app.clock())
        sheets = deal_sheets(connection, found.id)
    theirs = [one for one in threads(app.store.path) if one.customer == key]
    if options.json:
        print_json(_whole_document(found, known, sheets, theirs))
        return
    _print(app, found, known, sheets, theirs)


def _whole_document(
    found: Customer, known: Dossier, sheets: list[DealSheet], theirs: list[ThreadGlance]
) -> dict[str, Any]:
    return {
        **_document(found),
        "aliases": list(known.aliases),
        "held_until": known.held_until.isoformat() if known.held_until else None,
        "held_because": known.held_because or None,
        "deals": [one.document() for one in sheets],
        "threads": [one.thread for one in theirs],
    }


def _print(
    app: App, found: Customer, known: Dossier, sheets: list[DealSheet], theirs: list[ThreadGlance]
) -> None:
    from watcher.cli.deals import deal_lines
    from watcher.cli.threads import print_threads

    place = f" ({found.country})" if found.country else ""
    guess = "" if found.role_said else " (a guess)"
    key = f" · {shown(found.key, 80)}" if found.name else ""
    click.echo(f"{click.style(name_of(found), bold=True)}{place}{key} · {found.role}{guess}")
    if known.aliases:
        click.echo(f"  also {shown(', '.join(known.aliases), 300)}")
    if known.held_until:
        because = f": {shown(known.held_because, 100)}" if known.held_because else ""
        click.echo(f"  on hold until {when(app, known.held_until)}{because}")
    for one in sheets:
        for line in deal_lines(one, app.config.rep.zone, app.config.labels()):
            click.echo(f"  {line}")
    print_threads(theirs, app.clock(), app.config.rep.zone)
    if found.role == "lead":
        click.echo(next_step(app, found.key))


# ── merge, split ──


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
    from watcher.store import joins, words

    with opened(options) as app:
        first = choose_customer(app, into)
        second = _third_party(app, first, other) or choose_customer(app, other)
        with app.store.writing() as connection:
            words.merge(connection, first, second)
            joins.merged(connection, first.key, second.key, app.clock())
        app.review()
        click.echo(f"{name_of(second)} is part of {name_of(first)} now. {next_step(app, first.key)}")


def _third_party(app: App, into: Customer, other: str) -> Customer | None:
    """Whoever only ever took part in others' threads (an agent, a factory) becomes a customer to be merged;
    None where it is one already, or nobody.
    """
    from watcher.cli.dossier import owner_of, stands_on_mail
    from watcher.store import words

    wanted = other.strip().casefold()
    with app.store.writing() as connection:
        if not stands_on_mail(connection, wanted):
            return None
        address = wanted if "@" in wanted else f"postmaster@{wanted}"
        if any(one.key == owner_of(connection)(address) for one in words.customers(connection)):
            return None
        words.split(connection, wanted, into, into.role)
        return words.find_customer(connection, wanted)


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
    wanted = address.casefold()
    with opened(options) as app:
        with app.store.writing() as connection:
            found = words.find_customer(connection, wanted)
            words.split(connection, wanted, found, found.role)
        app.review()
        click.echo(f"{shown(wanted, 80)} is a customer of its own now, apart from {name_of(found)}.")


customer.add_command(add)
customer.add_command(accept)
customer.add_command(refuse)
