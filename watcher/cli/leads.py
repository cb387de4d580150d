"""`watcher customer add`: a lead from a fair or a card, of whom there is no mail yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from watcher.cli.common import Options, global_options, opened, shown
from watcher.cli.outcome import next_step
from watcher.cli.steps import StageWord, stage_meant, title
from watcher.errors import UsageError

if TYPE_CHECKING:
    from watcher.app import App


@click.command("add")
@click.argument("who")
@click.option("--name", help="What to call them.")
@click.option("--country", metavar="CODE", help="Two letters: whose holidays and hours count.")
@click.option("--stage", default="cold", show_default=True, type=StageWord(), help="Where the deal stands.")
@global_options
@click.pass_obj
def add(options: Options, who: str, name: str | None, country: str | None, stage: str) -> None:
    """Enter a lead by hand. WHO is a name, or an address or a domain, whose mail joins it.

    \b
    Examples:
      watcher customer add buyer@gulf.example --name "Gulf Trading" --country AE
      watcher customer add "Importadora Sol" --stage inquiry
    """
    from watcher.cli.customers import country_code
    from watcher.domain.stages import Stage
    from watcher.store import words

    step = stage_meant(options, stage)
    code = None if country is None else country_code(country)
    with opened(options) as app:
        key = _key(app, who)
        called = shown(name or "") or ("" if "." in key else shown(who))
        with app.store.writing() as connection:
            found = words.add_customer(connection, key, called, code)
            words.open_deal(connection, found, "", Stage(step), app.clock())
        app.review()
        who_now = shown(called or who, 60)
        click.echo(f"{title(options.labels[step])} · {who_now}: on your list. {next_step(app, key)}")


def _key(app: App, who: str) -> str:
    """What a customer is known by. Raises UsageError for nobody, and for ourselves."""
    from watcher.review import known_by, us_of
    from watcher.store.contacts import learned_addresses
    from watcher.store.files import aliases

    with app.store.reading() as connection:
        key = known_by(us_of(app.config, learned_addresses(connection)), aliases(connection))(who)
    if not key:
        raise UsageError(f"{who!r} is no customer.", "Say an address, a domain or a name of theirs.")
    return key
