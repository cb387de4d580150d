"""The pyramid in block characters: a bar a step, its slope to the step below, the numbers beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import click

from watcher.cli.columns import first_that_fits, fit, terminal_width, widest
from watcher.domain.pyramid import Pyramid, Step
from watcher.domain.rates import Rates
from watcher.pictures.pyramid import side_lengths, slope_told, step_told

_COLOURS = {"won": "green", "pi": "yellow", "opportunity": "cyan", "inquiry": "blue", "cold": "bright_black"}
_NARROWEST, _WIDEST = 24, 56  # columns of the picture itself


def draw(shape: Pyramid, measured: Rates, labels: Mapping[str, str]) -> None:
    """Print it, as wide as the terminal allows."""
    rights = [(_numbers(one, 3), _numbers(one, 1), _count(one)) for one in shape.steps]
    label = widest((labels[one.stage] for one in shape.steps), 14)
    width = terminal_width() - len("  ") - label - 2 * len("  ")
    wanted = widest((one for one, *_ in rights), 60)
    room = max(_NARROWEST, min(width - wanted, _WIDEST)) // 2 * 2
    halves = [_halves(side, room) for side in side_lengths(shape)]
    for place, (one, right) in enumerate(zip(shape.steps, rights, strict=True)):
        bar = click.style(_bar(halves[place], room), fg=_COLOURS[one.stage])
        name = click.style(fit(labels[one.stage], label), bold=True)
        click.echo(f"  {name}  {bar}  {first_that_fits(right, width - room)}".rstrip())
        if place + 1 < len(halves):
            slope = _slope(halves[place], halves[place + 1], room)
            told = slope_told(measured.of(shape.steps[place + 1].stage).rate)
            arrow = f"     {click.style(f'↑ {told}', dim=True)}" if told else ""
            click.echo(f"  {' ' * label}  {slope}{arrow}".rstrip())


def _count(one: Step) -> str:
    return f"{one.customers:>4}  {one.share:>4.0%}"


def _numbers(one: Step, currencies: int) -> str:
    return f"{_count(one)}  {step_told(one, currencies)}".rstrip()


def _halves(side: float, room: int) -> int:
    """How many half columns a side takes; an even number, so that it stands in the middle."""
    return 0 if not side else max(2, round(side * room) * 2)


def _bar(halves: int, room: int) -> str:
    if not halves:
        return fit(f"{' ' * (room // 2 - 1)}··", room)
    before = room - halves // 2  # half columns on the left, and on the right
    edge = before % 2
    full = "█" * (halves // 2 - edge)
    return f"{' ' * (before // 2)}{'▐' * edge}{full}{'▌' * edge}{' ' * (before // 2)}"


def _slope(above: int, below: int, room: int) -> str:
    """The two sides between a step and the one below it."""
    left = round((room - (above + below) / 4) / 2)
    inner = room - 2 * left - 2
    sides = "││" if abs(above - below) < 4 else ("╱╲" if below > above else "╲╱")
    if inner < 0:
        return fit(f"{' ' * (room // 2 - 1)}{sides}", room)
    return f"{' ' * left}{sides[0]}{' ' * inner}{sides[1]}{' ' * left}"


def lines(text: str, width: int) -> Iterator[str]:
    """A text in lines of so many columns, broken at blanks."""
    from rich.cells import cell_len

    line = ""
    for word in text.split():
        if line and cell_len(line) + 1 + cell_len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}".lstrip()
    if line:
        yield line
