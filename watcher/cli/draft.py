"""`watcher draft`: a follow-up to go on with, when asked and only then."""

from __future__ import annotations

from pathlib import Path

import click

from watcher.cli.common import Options, number, opened, print_json, reporting, shown
from watcher.errors import ConfigError, UsageError


@click.command()
@click.argument("thread")
@click.option(
    "--eml", type=click.Path(dir_okay=False, path_type=Path), help="Write a mail to open and go on with."
)
@click.option("--append", is_flag=True, help="Put it into Drafts ([drafts] append = true).")
@click.option("--language", type=click.Choice(("en", "zh")), help="[default: what they write].")
@reporting
@click.pass_obj
def draft(options: Options, thread: str, eml: Path | None, append: bool, language: str | None) -> None:
    """A reply in a thread, from the template of its stage, with the last mail quoted. Nothing is sent.

    \b
    Examples:
      watcher draft 17
      watcher draft 17 --eml reply.eml
    """
    from watcher.drafting import prepare
    from watcher.drafts.writing import as_mail, as_text
    from watcher.links import Links, sign_in
    from watcher.mailbox.draft_folder import append_draft

    wanted = number(thread, "thread")
    with opened(options) as app:
        if append and not app.config.drafts.append:
            raise ConfigError(
                "drafts.append is off, and watcher writes into no mailbox.",
                "Set [drafts] append = true, or write a file: --eml reply.eml",
            )
        made, account = prepare(app.store, app.config, Links(), app.clock(), wanted, language or "")
        where = ""
        if append:
            with sign_in(account) as session:  # of its own: the daemon's only ever read
                where = append_draft(session, as_mail(made, app.clock()), app.clock())
        if eml is not None:
            _write(eml, as_mail(made, app.clock()))
    if options.json:
        print_json(
            {
                "thread": wanted,
                "from": made.sender[0],
                "to": list(made.headers.to),
                "cc": list(made.headers.cc),
                "subject": made.headers.subject,
                "in_reply_to": made.headers.in_reply_to or None,
                "references": list(made.headers.references),
                "text": made.body,
                "note": made.note or None,
                "appended_to": where or None,
                "eml": str(eml) if eml else None,
            }
        )
        return
    if where:
        click.echo(f"A draft lies in {shown(where, 60)} of {account.address}. Read it before you send it.")
    if eml is None and not append:
        click.echo(as_text(made), nl=False)
    if made.note:
        click.echo(made.note, err=True)


def _write(path: Path, mail: bytes) -> None:
    try:
        path.write_bytes(mail)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from error
    click.echo(f"{path}: open it in your mail program, and go on.", err=True)
