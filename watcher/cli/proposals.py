"""Stage proposals: what mail shows of deals, accepted or refused with one key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

import click

from watcher.cli.common import Options, on_terminal, opened, print_json, shown
from watcher.cli.outcome import when
from watcher.cli.steps import title
from watcher.cli.table import count
from watcher.cli.words import meaning
from watcher.errors import UsageError

if TYPE_CHECKING:
    from watcher.app import App
    from watcher.store.proposals import OpenProposal

# What a mail shows (watcher.domain.reading.evidence.EvidenceKind), in words.
SHOWS = {
    "price_asked": "asks for a price",
    "pi_asked": "asks for a PI",
    "price_agreed": "agrees to the price",
    "wants_to_order": "wants to order",
    "order": "orders",
    "pi_signed": "brings the signed PI",
    "deposit": "says the deposit is paid",
    "paid": "says it is paid",
    "repeat_order": "wants to order again",
    "quoted": "quotes",
    "pi_sent": "sends the PI",
    "shipped": "says the goods have left",
}
_FIRST_DAY = 20  # on one screen (DESIGN 2.8)


def decide(options: Options, accepted: Sequence[int], refused: Sequence[int]) -> None:
    """`watcher stage --proposals`, `--accept` and `--refuse`."""
    with opened(options) as app:
        _refresh(app)
        if accepted or refused:
            _by_number(options, app, accepted, refused)
        elif options.json or not on_terminal():
            _list(options, app)
        else:
            _one_by_one(app)


def _refresh(app: App) -> None:
    """Proposals as of now; where the config lets mail move a deal, it is judged again."""
    from watcher.propose import propose

    if propose(app.store, app.config, app.clock()).moved:
        app.review()


def _open(app: App) -> list[OpenProposal]:
    from watcher.store.proposals import open_proposals, top_down

    with app.store.reading() as connection:
        return top_down(open_proposals(connection))


def _list(options: Options, app: App) -> None:
    found = _open(app)
    if options.json:
        print_json([_document(one) for one in found])
        return
    for one in found:
        click.echo(f"{one.id:>4}  {_told(app, one)}")
    if not found:
        click.echo("No stage proposals.")
        return
    number = found[0].id
    click.echo(f"\nwatcher stage --accept {number} · watcher stage --refuse {number}")


# ── by number ──


def _by_number(options: Options, app: App, accepted: Sequence[int], refused: Sequence[int]) -> None:
    from watcher.store import proposals

    if both := set(accepted) & set(refused):
        raise UsageError(f"proposal {min(both)} is both accepted and refused.")
    with app.store.writing() as connection:
        yes = [proposals.accept(connection, one, app.clock()) for one in dict.fromkeys(accepted)]
        no = [proposals.refuse(connection, one, app.clock()) for one in dict.fromkeys(refused)]
    app.review()
    _refresh(app)
    if options.json:
        print_json([_document(one) for one in (*yes, *no)])
        return
    for one in yes:
        click.echo(_outcome(app, one))
    for one in no:
        click.echo(f"{_name(one)}: refused; that mail does not propose it again.")


def _outcome(app: App, one: OpenProposal) -> str:
    step = title(_step(app, one))
    if one.step.stage is None:
        return f"{step} · {_name(one)}: noted, on {_day(one.at, app.config.rep.zone)}."
    return f"{step} · {_name(one)}: {meaning(app, one.customer, one.step.stage.value)}"


# ── one key each ──


def _one_by_one(app: App) -> None:
    """Ask until nothing new is open; each answer is kept at once."""
    seen: set[int] = set()
    answers: list[str] = []
    while "q" not in answers:
        fresh = [one for one in _open(app) if one.id not in seen]
        if not fresh:
            break
        for one in fresh:
            seen.add(one.id)
            click.echo(_told(app, one))
            answers.append(_asked(app, one))
            if answers[-1] == "q":
                break
        app.review()
        _refresh(app)
    _sum_up(app, answers)


def _asked(app: App, one: OpenProposal) -> str:
    """The key that was pressed; y and n are kept."""
    from watcher.store import proposals

    click.echo("  y accept · n refuse · s later · q quit ", nl=False)
    key = _key()
    click.echo(key)
    act = {"y": proposals.accept, "n": proposals.refuse}.get(key)
    if act is None:
        return key
    try:
        with app.store.writing() as connection:
            act(connection, one.id, app.clock())
    except UsageError as error:  # the daemon was quicker
        click.echo(f"  {error}")
        return "s"
    return key


def _key() -> str:
    while (key := click.getchar().casefold()) not in ("y", "n", "s", "q"):
        if key in ("", "\x04", "\x1b"):  # nobody types any more, or wants out
            return "q"
    return key


def _sum_up(app: App, answers: Sequence[str]) -> None:
    left = len(_open(app))
    if not answers:
        click.echo("No stage proposals.")
        return
    more = f", {left} left: watcher stage --proposals" if left else "."
    click.echo(f"{answers.count('y')} accepted, {answers.count('n')} refused{more}")


# ── the first day ──


def first_day(options: Options, *, asks: bool) -> None:
    """What was just read shows where deals stand: at most 20, the newest first, on one screen."""
    from watcher.store.proposals import open_proposals

    with opened(options) as app:
        _refresh(app)
        with app.store.reading() as connection:
            found = open_proposals(connection, _FIRST_DAY)
        if not found:
            return
        if not asks:
            click.echo(f"\n{count(len(found), 'stage proposal')} from your mail: watcher stage --proposals")
            return
        _one_screen(app, found)


def _one_screen(app: App, found: Sequence[OpenProposal]) -> None:
    from watcher.store import proposals

    click.echo("\nWhere your deals stand, as far as your mail shows it:")
    for place, one in enumerate(found, start=1):
        click.echo(f"{place:>4}  {_told(app, one)}")
    wanted = _chosen(found)
    with app.store.writing() as connection:
        for one in wanted:
            proposals.accept(connection, one.id, app.clock())
    app.review()
    _refresh(app)
    later = " The others wait: watcher stage --proposals." if len(wanted) < len(found) else ""
    click.echo(f"{count(len(wanted), 'deal')} moved.{later}")


def _chosen(found: Sequence[OpenProposal]) -> list[OpenProposal]:
    """Those that the rep takes over."""
    question = "Enter accepts all; numbers to leave out (3 7); n: none"
    out: set[int] = click.prompt(
        question, default="", show_default=False, value_proc=lambda text: _left_out(text, len(found))
    )
    return [one for place, one in enumerate(found, start=1) if place not in out]


def _left_out(text: str, many: int) -> set[int]:
    """The places that an answer leaves out."""
    words = text.casefold().replace(",", " ").split()
    if words in (["n"], ["no"], ["none"]):
        return set(range(1, many + 1))
    if not all(one.isdecimal() and 1 <= int(one) <= many for one in words):
        raise click.BadParameter(f"say numbers from 1 to {many}, or n.")
    return set(map(int, words))


# ── what is told ──


def _told(app: App, one: OpenProposal) -> str:
    """One line: who, from where to where, and the mail that shows it."""
    whose = "your" if one.direction == "outbound" else "their"
    because = f" ({shown(one.because, 60)})" if one.because else ""
    thread = f" · thread {one.thread}" if one.thread else ""
    mail = f"{whose} mail of {when(app, one.at)} {SHOWS[one.evidence]}{because}"
    return f"{_name(one)}: {_from(app, one)} → {_step(app, one)} · {mail}{thread}"


def _from(app: App, one: OpenProposal) -> str:
    return "shipped" if one.stage is None else _called(app, one.stage)


def _step(app: App, one: OpenProposal) -> str:
    step = _called(app, one.step.value)
    return f"a further deal, {step}" if one.deal is None else step


def _called(app: App, step: str) -> str:
    """A stage by its label; a mark on an opportunity and a day have names of their own."""
    return {"pi_sent": "PI sent", **app.config.labels()}.get(step, step)


def _name(one: OpenProposal) -> str:
    return shown(one.name or one.customer, 60)


def _day(moment: datetime, zone: tzinfo) -> str:
    local = moment.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b}"


def _document(one: OpenProposal) -> dict[str, Any]:
    return {
        "proposal": one.id,
        "customer": one.customer,
        "name": one.name or None,
        "deal": one.deal,
        "stage": one.stage,
        "proposed": one.step.value,
        "evidence": one.evidence,
        "because": one.because,
        "message_id": one.message_id,
        "direction": one.direction,
        "at": one.at.isoformat(),
        "thread": one.thread,
        "subject": one.subject,
    }
