"""Who may be the same customer, and which address may be the rep's own: listed, accepted, refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from watcher.cli.common import Options, global_options, opened, print_json, shown
from watcher.cli.outcome import next_step
from watcher.errors import UsageError

if TYPE_CHECKING:
    from watcher.app import App
    from watcher.store.joins import Proposal


def list_proposals(options: Options) -> None:
    """`watcher customer --proposals`: who may be whom."""
    with opened(options) as app:
        found = proposals(app)
    if options.json:
        print_json([_proposal_document(one) for one in found])
        return
    for one in found:
        click.echo(f"{one.id:>4}  {_proposed_line(one)}")
        click.echo(f"      {_EVIDENCE_OF[one.kind, one.evidence]}")
    click.echo("watcher customer accept N · watcher customer refuse N" if found else "Nothing to decide.")


def proposals(app: App) -> list[Proposal]:
    """Who may be whom, as far as mail says so today, and nobody decided. Raises StoreError."""
    from watcher.joining import propose

    return propose(app.store, app.config, app.clock())


def _proposed_line(one: Proposal) -> str:
    other = shown(one.other, 80)
    return f"{other} is you?" if one.kind == "alias" else f"{other} is part of {shown(one.into, 80)}?"


# What speaks for a proposal, by its kind and its second witness.
_EVIDENCE_OF = {
    ("join", "name"): "Its mail is signed with their domain, and somebody there has the same name.",
    ("join", "phone"): "Its mail is signed with their domain, and with a telephone number of theirs.",
    ("alias", "name"): "It writes under your name.",
}


def _proposal_document(one: Proposal) -> dict[str, Any]:
    return {
        "proposal": one.id,
        "kind": one.kind,
        "customer": one.into or None,
        "other": one.other,
        "evidence": one.evidence,
        "found": one.found_at.isoformat(),
    }


@click.command()
@click.argument("number", type=int)
@global_options
@click.pass_obj
def accept(options: Options, number: int) -> None:
    """Do what proposal NUMBER says: merge two customers, or take an address as yours.

    \b
    Examples:
      watcher customer --proposals
      watcher customer accept 3
    """
    from watcher.store import joins, words

    with opened(options) as app:
        one = _proposal(app, number)
        with app.store.writing() as connection:
            if one.kind == "alias":
                joins.call_ours(connection, one.other, app.clock())
            else:
                into, other = (words.find_customer(connection, key) for key in (one.into, one.other))
                words.merge(connection, into, other)
            joins.decide(connection, number, "accepted", app.clock())
        app.review()
        click.echo(_accepted(app, one))


def _accepted(app: App, one: Proposal) -> str:
    other = shown(one.other, 80)
    if one.kind == "alias":
        return f"{other} is yours now. Put it into aliases in the config."
    return f"{other} is part of {shown(one.into, 80)} now. {next_step(app, one.into)}"


@click.command()
@click.argument("number", type=int)
@global_options
@click.pass_obj
def refuse(options: Options, number: int) -> None:
    """Proposal NUMBER is wrong: it will not be made again.

    \b
    Examples:
      watcher customer --proposals
      watcher customer refuse 3
    """
    from watcher.store import joins

    with opened(options) as app:
        one = _proposal(app, number)
        with app.store.writing() as connection:
            joins.decide(connection, number, "refused", app.clock())
        click.echo(f"Refused: {_proposed_line(one)} It will not be asked again.")


def _proposal(app: App, number: int) -> Proposal:
    """The open proposal of that number. Raises UsageError."""
    from watcher.store import joins

    with app.store.reading() as connection:
        found = next((one for one in joins.open_joins(connection) if one.id == number), None)
    if found is None:
        raise UsageError(f"no proposal {number} waits for you.", "watcher customer --proposals lists them.")
    return found
