"""What the rep says: `stage`, `snooze`, `done`, `hold`, `log`. It wins over every rule.

Each of them ends with one line that says what happens next.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from watcher.cli.choose import choose_customer, choose_deal, name_of
from watcher.cli.common import Options, global_options, number, on_terminal, opened, reporting, shown
from watcher.cli.dates import earlier, later
from watcher.cli.outcome import clocks_of, due_of_thread, next_step, when
from watcher.cli.steps import StageWord, stage_meant, title
from watcher.errors import UsageError

if TYPE_CHECKING:
    from watcher.app import App
    from watcher.domain.stages import Stage
    from watcher.store.words import Customer, ThreadPlace

# Where nothing may be dropped without a next step.
_NEAR_THE_TOP = ("opportunity", "pi")


def _come(app: App, text: str) -> datetime:
    """A moment to come, as the rep means it. Raises UsageError."""
    return later(text, app.clock(), app.config.rep.zone, app.config.rep.opening)


def _gone(app: App, text: str | None) -> datetime:
    """A moment gone by, now where none was said. Raises UsageError."""
    rep = app.config.rep
    return earlier(text, app.clock(), rep.zone, rep.opening) if text else app.clock()


def _find(app: App, thread: str) -> tuple[ThreadPlace, str]:
    """A thread, and what its customer is called. Raises UsageError."""
    from watcher.store.words import find_customer, find_thread

    with app.store.reading() as connection:
        place = find_thread(connection, number(thread, "thread"))
        return place, name_of(find_customer(connection, place.customer))


# ── stage ──


@click.command()
@click.argument("customer", required=False)
@click.argument("stage_name", metavar="[STAGE]", required=False, type=StageWord())
@click.option("--deal", "deal_number", type=int, help="Which deal, where the customer has several.")
@click.option("--at", "at_text", metavar="TIME", help="When it happened [default: now].")
@click.option("--proposals", is_flag=True, help="What your mail shows of deals, to accept or refuse.")
@click.option("--accept", metavar="N", type=int, multiple=True, help="Accept the proposal of that number.")
@click.option("--refuse", metavar="N", type=int, multiple=True, help="Refuse it; it does not come back.")
@reporting
@click.pass_obj
def stage(
    options: Options,
    customer: str | None,
    stage_name: str | None,
    deal_number: int | None,
    at_text: str | None,
    proposals: bool,
    accept: tuple[int, ...],
    refuse: tuple[int, ...],
) -> None:
    """Move a customer's deal on the pyramid: cold, inquiry, opportunity, pi, won; or lost.

    \b
    Examples:
      watcher stage meyer pi
      watcher stage gulf opportunity --at 2026-03-02
      watcher stage --proposals
    """
    if proposals or accept or refuse:
        if customer:
            raise UsageError("a customer is not named together with proposals.", "watcher stage --proposals")
        from watcher.cli.proposals import decide

        decide(options, accept, refuse)
    elif options.json:
        raise UsageError(
            "--json tells the proposals; a move prints one line.", "watcher stage --proposals --json"
        )
    elif customer and stage_name:
        _say_stage(options, customer, stage_name, deal_number, at_text)
    else:
        raise UsageError("CUSTOMER and STAGE are missing.", "watcher stage meyer pi, or --proposals.")


def _say_stage(
    options: Options, customer: str, stage_name: str, deal_number: int | None, at_text: str | None
) -> None:
    from watcher.domain.stages import Stage

    stage_name = stage_meant(options, stage_name)
    with opened(options) as app:
        at = _gone(app, at_text)
        found = choose_customer(app, customer)
        _move(app, found, choose_deal(found, deal_number), Stage(stage_name), at)
        app.review()
        click.echo(
            f"{title(options.labels[stage_name])} · {name_of(found)}: {meaning(app, found.key, stage_name)}"
        )


def _move(app: App, found: Customer, deal: int | None, to: Stage, at: datetime) -> None:
    from watcher.store import words

    with app.store.writing() as connection:
        if deal is None:
            words.open_deal(connection, found, "", to, at)
        else:
            words.move(connection, deal, to, at)


def meaning(app: App, customer: str, stage_name: str) -> str:
    """What standing there means: how long a turn lasts now, and what is due."""
    policy = app.config.policies().get(stage_name)
    if policy is None:
        return f"the deal is off the pyramid, and nobody is asked for it. {next_step(app, customer)}"
    lasts = f"their turn lasts {_days(policy.theirs_days)} now, yours {_days(policy.ours_days)}"
    paid = next((one.due for one in clocks_of(app, customer) if one.rule == "payment"), None)
    payment = f"; payment is due {when(app, paid)}" if paid else ""
    return f"{lasts}{payment}. {next_step(app, customer)}"


def _days(many: int) -> str:
    return "1 working day" if many == 1 else f"{many} working days"


# ── snooze, done ──


@click.command()
@click.argument("thread")
@click.argument("when_text", metavar="WHEN")
@global_options
@click.pass_obj
def snooze(options: Options, thread: str, when_text: str) -> None:
    """Leave a thread alone until a moment, or until they write.

    \b
    Examples:
      watcher snooze 17 2d
      watcher snooze 17 "mon 14:00"
    """
    from watcher.domain.turns import Play
    from watcher.store import words

    with opened(options) as app:
        until = _come(app, when_text)
        place, name = _find(app, thread)
        if due_of_thread(app, place.thread) is None and place.stage not in _NEAR_THE_TOP:
            raise UsageError(
                f"it is nobody's turn in thread {place.thread}: there is nothing to snooze.",
                f"watcher hold {place.thread} --until DATE comes back to the customer.",
            )
        with app.store.writing() as connection:
            words.say(connection, place, Play.SNOOZED, app.clock(), until=until)
        app.review()
        click.echo(f"{name}: asked again on {when(app, until)}, or when they write.")


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
    from watcher.domain.turns import Play
    from watcher.store import words

    with opened(options) as app:
        place, name = _find(app, thread)
        if next_text is None and place.stage in _NEAR_THE_TOP and on_terminal():
            next_text = _ask_next(name)
        until = _come(app, next_text) if next_text else None
        now = app.clock()
        with app.store.writing() as connection:
            words.say(connection, place, Play.DONE, now)
            if until is not None:
                owner = words.find_customer(connection, place.customer)
                words.hold(connection, owner, now, until, "next step")
        app.review()
        back = f"Back on {when(app, until)}." if until else next_step(app, place.customer)
        click.echo(f"{name}, thread {place.thread}: done. {back}")


def _ask_next(name: str) -> str:
    answer: str = click.prompt(
        f"When do you come back to {name}? (2d, mon, 2026-04-01; empty: no date)",
        default="",
        show_default=False,
    )
    return answer.strip()


# ── hold, log ──


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
        until = _come(app, until_text)
        found = choose_customer(app, customer)
        with app.store.writing() as connection:
            words.hold(connection, found, app.clock(), until, shown(reason, 500))
        app.review()
        because = f" ({shown(reason, 60)})" if reason else ""
        click.echo(f"{name_of(found)}: on hold until {when(app, until)}{because}.")


@click.command()
@click.argument("customer")
@click.argument("channel")
@click.argument("text")
@click.option(
    "--turn",
    type=click.Choice(("theirs", "ours", "nobody")),
    default="theirs",
    show_default=True,
    help="Whose it is now.",
)
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
    """Note a call or a chat, and whose turn it left. CHANNEL is call, whatsapp, wechat, or any other word.

    \b
    Examples:
      watcher log meyer call "they pay on Friday"
      watcher log gulf whatsapp "wants a new price" --turn ours
    """
    from watcher.domain.turns import Play, Turn
    from watcher.store import words

    with opened(options) as app:
        at = _gone(app, at_text)
        found = choose_customer(app, customer)
        via, note = shown(channel, 40), shown(text, 1000)
        with app.store.writing() as connection:
            place = (
                words.find_thread(connection, thread_number)
                if thread_number
                else words.newest_place(connection, found)
            )
            if place.customer_id != found.id:
                raise UsageError(f"thread {place.thread} is not one of {name_of(found)}.")
            words.say(connection, place, Play.LOGGED, at, turn=Turn(turn), channel=via, text=note)
        app.review()
        click.echo(f"{name_of(found)}: {via} noted. {next_step(app, found.key)}")
