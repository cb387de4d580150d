"""The pyramid, drawn: a bar a step, between two steps their slope, beside it the numbers.

The width of a step is the root of its count, as the side of a stone step is of the stones in it: the shape is
seen at once, also when it stands on its head, and three PIs do not vanish above three hundred prospects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import sqrt

from watcher.domain.amounts import monies
from watcher.domain.intervals import Rate
from watcher.domain.plain import plain
from watcher.domain.pyramid import Pyramid, Step
from watcher.domain.rates import Rates
from watcher.domain.stages import Stage
from watcher.pictures.drawing import Drawing, Polygon, Text

WIDTH = 880
_TOP, _STEP, _GAP, _BELOW = 76, 54, 30, 24
_CENTRE, _WIDEST, _NARROWEST = 390, 420, 6
_LABEL_X, _NUMBERS_X = 24, 630
_COLOURS = {
    Stage.WON: "#1b6e4a",
    Stage.PI: "#b4531f",
    Stage.OPPORTUNITY: "#1d5f8a",
    Stage.INQUIRY: "#3f7ba2",
    Stage.COLD: "#7d9fb3",
}
_SLOPE, _GREY = "#e9eef2", "#555555"
_LABEL_LIMIT = 16


def pyramid_drawing(
    shape: Pyramid, labels: Mapping[str, str], title: str, measured: Rates | None = None
) -> Drawing:
    """The picture of a pyramid; with `measured`, the rates stand between the steps."""
    widths = side_lengths(shape)
    height = _TOP + 5 * _STEP + 4 * _GAP + _BELOW
    shapes = [
        Text(_LABEL_X, 32, plain(title, 90), size=18, bold=True),
        Text(_LABEL_X, 54, _under_the_title(shape, measured), size=12, fill=_GREY),
        *(one for place in range(len(shape.steps) - 1) for one in _slope(shape, widths, place, measured)),
        *(one for place in range(len(shape.steps)) for one in _bar(shape, widths, place, labels)),
    ]
    return Drawing(WIDTH, height, plain(title, 90), described(shape, labels), tuple(shapes))


def side_lengths(shape: Pyramid) -> list[float]:
    """How wide each step is, from the top down, as a share of the widest one; 0 where nobody stands."""
    most = max((one.customers for one in shape.steps), default=0)
    return [sqrt(one.customers / most) if most else 0.0 for one in shape.steps]


def described(shape: Pyramid, labels: Mapping[str, str]) -> str:
    """The pyramid in a sentence, for whoever cannot see it."""
    steps = (f"{plain(labels[one.stage], _LABEL_LIMIT)} {one.customers}" for one in shape.steps)
    return f"{shape.customers} customers on five steps: {', '.join(steps)}."


def slope_told(rate: Rate) -> str:
    """ "45% of 40"; where they are too few to judge by, "3 of 7"."""
    if rate.judged and rate.share is not None:
        return f"{rate.share:.0%} of {rate.of}"
    return f"{rate.reached} of {rate.of}" if rate.of else ""


def _under_the_title(shape: Pyramid, measured: Rates | None) -> str:
    lost = f"{shape.lost} lost beside it" if shape.lost else ""
    days = f"between steps: deals of the last {measured.window.days} days that went on" if measured else ""
    return " · ".join(filter(None, (f"{shape.customers} customers", lost, days)))


def _y(place: int) -> int:
    return _TOP + place * (_STEP + _GAP)


def _half(width: float) -> float:
    return max(width * _WIDEST, _NARROWEST) / 2


def _bar(
    shape: Pyramid, widths: list[float], place: int, labels: Mapping[str, str]
) -> Iterator[Polygon | Text]:
    step, top, half = shape.steps[place], _y(place), _half(widths[place])
    left, right, bottom = _CENTRE - half, _CENTRE + half, top + _STEP
    colour = _COLOURS[step.stage] if step.customers else _SLOPE
    yield Polygon(((left, top), (right, top), (right, bottom), (left, bottom)), colour)
    label = plain(labels[step.stage], _LABEL_LIMIT)
    yield Text(_LABEL_X, top + 33, label, size=17, bold=True)
    yield Text(_NUMBERS_X, top + 23, f"{step.customers}  ·  {step.share:.0%}", size=17, bold=True)
    yield Text(_NUMBERS_X, top + 42, step_told(step), size=12, fill=_GREY)


def step_told(step: Step, currencies: int = 3) -> str:
    """What else there is to say of a step: its money in so many currencies, deals without, old customers."""
    worth = monies(step.values, currencies)
    unvalued = step.deals - step.valued
    missing = f"{unvalued} without value" if worth and unvalued else ""
    old = f"{step.old} old" if step.old else ""
    return " · ".join(filter(None, (worth, missing, old)))


def _slope(
    shape: Pyramid, widths: list[float], place: int, measured: Rates | None
) -> Iterator[Polygon | Text]:
    """Between a step and the one below it: its sides show the shape, its number the rate."""
    above, below = _half(widths[place]), _half(widths[place + 1])
    top = _y(place) + _STEP
    yield Polygon(
        (
            (_CENTRE - above, top),
            (_CENTRE + above, top),
            (_CENTRE + below, top + _GAP),
            (_CENTRE - below, top + _GAP),
        ),
        _SLOPE,
    )
    rate = measured.of(shape.steps[place + 1].stage).rate if measured else None
    if rate is not None and rate.of:
        yield Text(_CENTRE, top + 20, slope_told(rate), size=13, anchor="middle")
