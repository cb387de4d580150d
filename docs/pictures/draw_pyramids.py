"""Draws the pyramids of the README out of made-up histories: python docs/pictures/draw_pyramids.py

The same shape, seed and moment make the same picture; a test holds the files against it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from watcher.demo.past import histories, made_up
from watcher.domain.labels import labels
from watcher.pictures.pyramid import pyramid_drawing
from watcher.pictures.svg import svg
from watcher.shape import shape_of

NOW = datetime(2026, 3, 19, 2, 0, tzinfo=UTC)
SEED, MONTHS = 7, 6
TITLES = {
    "healthy": "Healthy: each step feeds the one above",
    "bottom-wide": "Much hunting, little following up",
    "top-heavy": "On its head: once the top is won, nothing comes after",
}


def drawn(shape: str) -> str:
    """The picture of one shape, as SVG."""
    found = shape_of(histories(made_up(shape, SEED, MONTHS, NOW)), NOW)
    return svg(pyramid_drawing(found.pyramid, labels(), TITLES[shape], found.rates))


def place(shape: str) -> Path:
    """Where it lies."""
    return Path(__file__).with_name(f"pyramid-{shape}.svg")


if __name__ == "__main__":
    for one in TITLES:
        place(one).write_text(drawn(one), "utf-8")
        print(place(one))  # noqa: T201
