"""Columns on a terminal: how wide it is, and how wide a text stands on it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable

# Narrower, and no table is left; wider, and the eye loses the line.
_NARROWEST, _WIDEST = 60, 120


def terminal_width() -> int:
    """Columns to fill: the terminal's, 80 where there is none."""
    return max(_NARROWEST, min(shutil.get_terminal_size((80, 24)).columns, _WIDEST))


def widest(texts: Iterable[str], most: int) -> int:
    """Columns that the widest of these needs, `most` at most."""
    from rich.cells import cell_len

    return min(max(map(cell_len, texts), default=0), most)


def fit(text: str, width: int) -> str:
    """Padded or cut to a number of columns; wide characters (Chinese) take two."""
    from rich.cells import cell_len, set_cell_size

    if width <= 0:
        return ""
    return set_cell_size(text, width) if cell_len(text) <= width else f"{set_cell_size(text, width - 1)}…"


def first_that_fits(texts: Iterable[str], width: int) -> str:
    """The first of these that fits into so many columns, else the last one, cut."""
    from rich.cells import cell_len

    last = ""
    for last in texts:
        if cell_len(last) <= width:
            return last
    return fit(last, width).rstrip()
