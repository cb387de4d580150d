"""What the rep says: `stage`, `snooze`, `done`, `hold`, `log`. It wins over every rule."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING

import click

from watcher.cli.common import Options, global_options, number, opened, shown
from watcher.cli.dates import later, moment
from watcher.domain.blindness import told
from watcher.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from watcher.app import App
    from watcher.store.words import Customer, ThreadPlace

STAGES = ("cold", "inquiry", "opportunity", "pi", "won", "lost")


def pick_customer(connection: Connection, text: str) -> Customer:
    """The customer that is meant. Raises UsageError where none or several match."""
    from watcher.store.words import find_customer

    return find_customer(connection, text)


@click.command()
@click.argument("customer")
@click.argument("stage_name", metavar="STAGE", type=click.Choice(STAGES, case_sensitive=False))
@click.option("--deal", "deal_number", type=int, help="Which deal, where the customer has several.")
@click.option("--at", "at_text", metavar="TIME", help="When it happened [default: now].")
@global_options
@click.pass_obj
def stage(
    options: Options, customer: str, stage_name: str, deal_number: int | None, at_text: str | None
) -> None:
    """Move a customer's deal on the pyramid.

    \b
    Examples:
      watcher stage meyer pi
      watcher stage gulf opportunity --at 2026-03-02
    """
    from watcher.domain.stages import Stage
    from watcher.store import words

    with opened(options) as app:
        at = moment(at_text, app.clock(), app.config.rep.zone) if at_text else app.clock()
        if at > app.clock():
            raise UsageError(f"{at_text!r} has not come yet.")
        with app.store.writing() as connection:
            found = pick_customer(connection, customer)
            chosen = _deal(found, deal_number)
            if chosen is None:
                words.open_deal(connection, found, "", Stage(stage_name), at)
            else:
                words.move(connection, chosen, Stage(stage_name), at)
        app.review()
        click.echo(f"{name_of(found)} stands on {stage_name} now.{_next_due(app, found.key)}")


def _deal(found: Customer, asked: int | None) -> int | None:
    numbers = [one for one, _, _ in found.deals]
    if asked is not None:
        if asked not in numbers:
            raise UsageError(f"deal {asked} is not one of {found.key}.", f"watcher customer {found.key}")
        return asked
    still_open = [one for one, _, at in found.deals if at not in ("lost", "won")]
    if len(still_open) > 1:
        listed = ", ".join(map(str, still_open))
        raise UsageError(f"{found.key} has several deals: {listed}.", "Say which one: --deal N.")
    return next(reversed(still_open or numbers), None)


def name_of(found: Customer) -> str:
    """What a customer is called, safe to print."""
    return shown(found.name or found.key, 60)


def _next_due(app: App, key: str) -> str:
    from watcher.store.glance import overview

    now = app.clock()
    from watcher.domain.blindness import stale_after

    seen = overview(app.store.path, now, stale_after(app.config.sync.poll_seconds))
    clocks = [one for one in seen.clocks if one.customer == key]
    if not clocks:
        return ""
    first = min(clocks, key=lambda one: one.due)
    word = "was due" if first.due <= now else "due"
    return f" {_side(first.turn)} {word} {told(first.due, now, app.config.rep.zone)}."


def _side(turn: str) -> str:
    return {"theirs": "They owe a reply,", "ours": "You owe a reply,"}.get(turn, "A next step is")


@click.command()
@click.argument("thread")
@click.argument("when")
@global_options
@click.pass_obj
def snooze(options: Options, thread: str, when: str) -> None:
    """Leave a thread alone until a moment, or until they write.

    \b
    Examples:
      watcher snooze 17 2d
      watcher snooze 17 2026-04-01
    """
    from watcher.domain.turns import Play
    from watcher.store import words

    with opened(options) as app:
        rep = app.config.rep
        until = later(when, app.clock(), rep.zone, rep.opening)
        with app.store.writing() as connection:
            place = words.find_thread(connection, number(thread, "thread"))
            words.say(connection, place, Play.SNOOZED, app.clock(), until=until)
        app.review()
        click.echo(
            f"{_thread(place)}: quiet until {told(until, app.clock(), rep.zone)}, or until they write."
        )


@click.command()
@click.argument("thread")
@click.option("--next", "next_text", metavar="WHEN", help="When to come back to the customer.")
@global_options
@click.pass_obj
def done(options: Options, thread: str, next_text: str | None) -> None:
    """Nobody's turn in a thread, until somebody writes again.

    \b
    Examples:
      watcher done 17
      watcher done 17 --next 2w
    """
    from watcher.domain.stages import Stage
    from watcher.domain.turns import Play
    from watcher.store import words

    with opened(options) as app:
        rep, now = app.config.rep, app.clock()
        with app.store.reading() as connection:
            place = words.find_thread(connection, number(thread, "thread"))
        near_the_top = place.stage in (Stage.OPPORTUNITY, Stage.PI)
        if near_the_top and next_text is None and sys.stdin.isatty():
            next_text = click.prompt(
                "When do you come back to them? (2d, mon, a date; empty: no date)", default=""
            )
        until = later(next_text, now, rep.zone, rep.opening) if next_text else None
        with app.store.writing() as connection:
            words.say(connection, place, Play.DONE, now)
            if until is not None:
                owner = words.find_customer(connection, place.customer)
                words.hold(connection, owner, now, until, "next step")
        app.review()
        back = f" Back on {told(until, now, rep.zone)}." if until else ""
        click.echo(f"{_thread(place)}: done.{back}")


def _thread(place: ThreadPlace) -> str:
    return f"{shown(place.customer, 60)}, thread {place.thread}"


@click.command()
@click.argument("customer")
@click.option("--until", "until_text", metavar="DATE", required=True, help="When to ask again.")
@click.option("--reason", default="", help="Why, for your own memory.")
@global_options
@click.pass_obj
def hold(options: Options, customer: str, until_text: str, reason: str) -> None:
    """Leave a customer alone until a date; what they write is yours to answer all the same.

    \b
    Examples:
      watcher hold meyer --until 2026-04-01 --reason "budget in Q2"
      watcher hold gulf --until 3w
    """
    from watcher.store import words

    with opened(options) as app:
        rep = app.config.rep
        until = later(until_text, app.clock(), rep.zone, rep.opening)
        with app.store.writing() as connection:
            found = pick_customer(connection, customer)
            words.hold(connection, found, app.clock(), until, reason)
        app.review()
        click.echo(f"{name_of(found)}: on hold until {told(until, app.clock(), rep.zone)}.")


@click.command()
@click.argument("customer")
@click.argument("channel")
@click.argument("text")
@click.option("--turn", type=click.Choice(("theirs", "ours", "nobody")), default="theirs", show_default=True)
@click.option("--at", "at_text", metavar="TIME", help="When it was [default: now].")
@click.option("--thread", "thread_number", type=int, help="Which thread [default: the newest].")
@global_options
@click.pass_obj
def log(
    options: Options,
    customer: str,
    channel: str,
    text: str,
    turn: str,
    at_text: str | None,
    thread_number: int | None,
) -> None:
    """Note a call or a chat, and whose turn it left.

    \b
    Examples:
      watcher log meyer call "they pay on Friday"
      watcher log gulf whatsapp "wants a new price" --turn ours
    """
    from watcher.domain.turns import Play, Turn
    from watcher.store import words

    with opened(options) as app:
        at: datetime = moment(at_text, app.clock(), app.config.rep.zone) if at_text else app.clock()
        if at > app.clock():
            raise UsageError(f"{at_text!r} has not come yet.")
        with app.store.writing() as connection:
            found = pick_customer(connection, customer)
            place = words.find_thread(connection, thread_number or words.newest_thread(connection, found))
            if place.customer_id != found.id:
                raise UsageError(f"thread {thread_number} is not one of {found.key}.")
            words.say(connection, place, Play.LOGGED, at, turn=Turn(turn), channel=channel, text=text)
        app.review()
        click.echo(f"{name_of(found)}: {shown(channel, 40)} noted.{_next_due(app, found.key)}")
