"""`watcher customer add`: a lead from a fair or a card, of whom there is no mail yet."""

from __future__ import annotations

import click

from watcher.cli.common import Options, global_options, opened, shown
from watcher.cli.outcome import next_step
from watcher.cli.steps import StageWord, stage_meant, title
from watcher.errors import UsageError


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
    key, called = _key(who), shown(name or "")
    with opened(options) as app:
        with app.store.writing() as connection:
            found = words.add_customer(connection, key, called or ("" if _is_mail(key) else shown(who)), code)
            words.open_deal(connection, found, "", Stage(step), app.clock())
        app.review()
        who_now = shown(called or who, 60)
        click.echo(f"{title(options.labels[step])} · {who_now}: on your list. {next_step(app, key)}")


def _key(who: str) -> str:
    """The company behind an address or a domain, else the name. Raises UsageError."""
    from watcher.review import company_of

    text = " ".join(shown(who, 200).casefold().split())
    if _is_mail(text):
        text = company_of(text if "@" in text else f"postmaster@{text}")
    if not text:
        raise UsageError(f"{who!r} is no customer.", "Say an address, a domain or a name.")
    return text


def _is_mail(text: str) -> bool:
    """Whether it is an address or a domain, so that mail may join it."""
    return " " not in text and ("@" in text or "." in text.strip("."))
