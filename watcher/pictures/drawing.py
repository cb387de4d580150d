"""A picture as plain data, so that an SVG and a PNG of it are the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Polygon:
    """A filled shape; colours are "#rrggbb"."""

    points: tuple[tuple[float, float], ...]
    fill: str


@dataclass(frozen=True, slots=True)
class Text:
    """One line of visible text (`watcher.domain.plain`): where its baseline stands, and which part of it
    stands there. `size` is in pixels.
    """

    x: float
    y: float
    text: str
    size: int = 14
    anchor: Anchor = "start"
    bold: bool = False
    fill: str = "#222222"


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes on white, the first ones undermost. `described` says in words what is to be seen."""

    width: int
    height: int
    title: str
    described: str
    shapes: tuple[Polygon | Text, ...]
