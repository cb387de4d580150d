"""A page that needs nothing but itself, on a screen or on paper: nothing in it comes from elsewhere.

Its Content-Security-Policy allows its own style sheet, by its hash, and nothing else
(https://www.w3.org/TR/CSP3/), so that a customer's name could run nothing even if an escape were missing.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files

from watcher.domain.plain import plain

_STYLE = files(__package__).joinpath("page.css").read_text("utf-8")
_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'"


def page(title: str, *sections: str) -> str:
    """The whole document; `sections` are HTML made by the functions below, or by `svg`."""
    body = "\n".join(sections)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{words(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def words(text: str, limit: int = 400) -> str:
    """Any text as HTML: one visible line in which nothing is markup."""
    return escape(plain(text, limit))


def heading(text: str, level: int = 2) -> str:
    """A heading of a level from 1 to 6."""
    return f"<h{level}>{words(text)}</h{level}>"


def paragraph(text: str, *, quiet: bool = False) -> str:
    """A paragraph; a quiet one is grey."""
    grey = ' class="quiet"' if quiet else ""
    return f"<p{grey}>{words(text, 2000)}</p>"


def finding(text: str, behind: Sequence[str]) -> str:
    """A finding, with the names of those behind it."""
    names = paragraph(", ".join(plain(one, 60) for one in behind), quiet=True) if behind else ""
    return f'<div class="finding">{paragraph(text)}{names}</div>'


def side_by_side(parts: Iterable[str]) -> str:
    """Parts that stand beside each other where there is room."""
    return f'<div class="row">{"".join(f"<div>{one}</div>" for one in parts)}</div>'


def grid(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; the first cell of a row names it."""
    top = "".join(f'<th scope="col">{words(one)}</th>' for one in head)
    body = "\n".join(_row(one) for one in rows)
    return (
        f"<table>\n<caption>{words(caption)}</caption>\n<thead><tr>{top}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody>\n</table>"
    )


def _row(cells: Sequence[str]) -> str:
    first, *others = (words(one) for one in cells)
    return f'<tr><th scope="row">{first}</th>{"".join(f"<td>{one}</td>" for one in others)}</tr>'
