"""`watcher open`: a thread where the rep reads mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from watcher.cli.common import Options, number, opened, print_json, reporting
from watcher.errors import UsageError

if TYPE_CHECKING:
    from watcher.domain.mail_links import Link


@click.command(name="open")
@click.argument("thread", required=False)
@click.option("--print", "print_link", is_flag=True, help="Print the link, open nothing.")
@click.option("--here", is_flag=True, help="In this terminal, and wait for a key: for a window of its own.")
@reporting
@click.pass_obj
@click.pass_context
def open_thread(
    ctx: click.Context, options: Options, thread: str | None, print_link: bool, here: bool
) -> None:
    """A thread in your mail program, in webmail, or else in the terminal. Without THREAD: who is overdue.

    \b
    Examples:
      watcher open 17
      watcher open 17 --print
    """
    if thread is None:
        _status(ctx, wait=here)
        return
    place = number(thread, "thread")
    if here:
        _show(ctx, place)
        click.pause()
        return
    link = _link(options, place)
    if options.json:
        print_json({"thread": place, "way": link.way.value, "url": link.url or None})
    elif print_link:
        click.echo(link.url or f"watcher show {place}")
    else:
        _open(ctx, place, link)


def _link(options: Options, thread: int) -> Link:
    """Raises UsageError where there is no such thread."""
    from watcher.opening import link_of
    from watcher.store.newest_mail import is_thread

    with opened(options) as app:
        with app.store.reading() as connection:
            if not is_thread(connection, thread):
                raise UsageError(f"there is no thread {thread}.", "watcher threads lists them.")
        return link_of(app.store, app.config, thread)


def _open(ctx: click.Context, thread: int, link: Link) -> None:
    from watcher.alerts.programs import open_link

    if not link.url:
        _show(ctx, thread)
    elif not open_link(link.url):
        click.echo(f"Nothing here opens {link.url}", err=True)
        _show(ctx, thread)


def _show(ctx: click.Context, thread: int) -> None:
    from watcher.cli.show import show

    ctx.invoke(show, thread=str(thread), now=None)


def _status(ctx: click.Context, *, wait: bool) -> None:
    from watcher.cli.status import status

    ctx.invoke(status)
    if wait:
        click.pause()
