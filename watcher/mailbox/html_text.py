"""The text of a mail written in HTML: what a reader would see, a line for each line of it.

Quotes become "> " lines, as in a plain mail, and the ends of the writer's own text become a line that says so
(quotes.py): from there on, one reader does for both. The marks of each mail program are data (quotes.toml).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from watcher.mailbox.quote_marks import table
from watcher.mailbox.quotes import BOUNDARY, SIGNED

MAX_HTML = 100_000  # characters, after style sheets and comments are out
_MAX_DEPTH = 500  # lexbor takes quadratic time on nesting: 50,000 deep take 2 s
_MAX_TAG = 2_000  # characters: 30,000 attributes take 1 s; a picture as a data: address takes as many
_RULE = "_" * 32

_UNSEEN = re.compile(r"(<!--|<style\b|<script\b)|(-->|</style\s*+>|</script\s*+>)", re.IGNORECASE)
_CLOSES = {"<!--": "-->", "<style": "</style", "<script": "</script"}
_TAG = re.compile(r"<(/?)([a-z][a-z0-9:]*+)", re.IGNORECASE)
_HIDDEN = "[hidden]"
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_DIGITS_AT_END = re.compile(r"[\d-]+$")


class _Place(NamedTuple):
    """Where in the mail a piece of text stands."""

    quoted: bool = False
    signature: bool = False
    preformatted: bool = False


def html_text(html: str) -> str:
    """The lines of an HTML mail, marked as `quotes.cut` expects them. Never raises."""
    body = LexborHTMLParser(_bearable(html)).body
    return _Lines().read(body) if body is not None else ""


class _Lines:
    """Collects lines. A line is quoted, signed or the writer's own as its place says."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._pieces: list[str] = []
        self._place = _Place()
        self._has_own = False

    def read(self, root: LexborNode) -> str:
        waiting: list[tuple[LexborNode | None, _Place]] = [(root, _Place())]
        while waiting:
            node, place = waiting.pop()
            if node is None:
                self._end_line()
            elif node.is_text_node:
                self._write(node.text_content or "", place)
            elif node.is_element_node:
                waiting += self._element(node, place)
        self._end_line()
        return "\n".join(self._lines)

    def _element(self, node: LexborNode, place: _Place) -> list[tuple[LexborNode | None, _Place]]:
        """What is to be read next, the first last: what the element holds, and the end of its line."""
        tag, style, marks = _looks(node)
        if tag in _words("skipped") or _HIDDEN in marks or _has_style(style, "hidden_styles"):
            return []
        if tag in _words("blocks"):
            self._end_line()
        if tag == "br":
            self._end_line(even_empty=True)
        elif tag in ("td", "th"):
            self._write(" ", place)
        if self._has_own and (marks & _words("boundaries") or _has_style(style, "boundary_styles")):
            self._separate(BOUNDARY)
        if tag == "hr":
            self._separate(_RULE)
        inner = _inside(place, tag, style, marks)
        children: list[tuple[LexborNode | None, _Place]] = [(child, inner) for child in _children(node)]
        if tag in _words("blocks") or inner != place:
            self._end_line()
            children.append((None, place))
        return children[::-1]

    def _write(self, text: str, place: _Place) -> None:
        if place.preformatted and "\n" in text:
            for line in text.split("\n"):
                self._write(line, place)
                self._end_line(even_empty=True)
            return
        text = _BLANKS.sub(" ", text)
        if text.strip() and not "".join(self._pieces).strip():
            self._place = place
        self._pieces.append(text)

    def _end_line(self, *, even_empty: bool = False) -> None:
        line = "".join(self._pieces).strip()
        if line or even_empty or self._pieces_hold_a_blank():
            self._lines.append(self._marked(line))
        self._pieces.clear()

    def _pieces_hold_a_blank(self) -> bool:
        """A paragraph with nothing but a no-break space is how Outlook writes an empty line."""
        return any("\xa0" in piece for piece in self._pieces)

    def _marked(self, line: str) -> str:
        if self._place.quoted:
            return f"> {line}"
        if self._place.signature:
            return SIGNED + line
        self._has_own = self._has_own or bool(line)
        return line

    def _separate(self, line: str) -> None:
        self._end_line()
        self._lines.append(line)


def _children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.child
    while child is not None:
        yield child
        child = child.next


def _looks(node: LexborNode) -> tuple[str, str, frozenset[str]]:
    """(tag, style without blanks, marks) of an element; its marks are its tag, "#id" and ".class"es."""
    tag, attributes = (node.tag or "").lower(), node.attributes
    if not attributes:
        return tag, "", frozenset([tag])
    style = "".join((attributes.get("style") or "").lower().split())
    classes = [f".{_bare(name)}" for name in (attributes.get("class") or "").split()]
    if "hidden" in attributes:
        classes.append(_HIDDEN)
    return tag, style, frozenset([tag, f"#{_bare(attributes.get('id') or '')}", *classes])


def _bare(name: str) -> str:
    """A name without the numbers that programs add, and without the "x_" that Outlook adds to others'."""
    return _DIGITS_AT_END.sub("", name.lower().removeprefix("x_"))


def _inside(place: _Place, tag: str, style: str, marks: frozenset[str]) -> _Place:
    is_quote = bool(marks & _words("quotes")) and not (
        tag == "blockquote" and _has_style(style, "indent_styles")
    )
    return _Place(
        quoted=place.quoted or is_quote,
        signature=place.signature or bool(marks & _words("signatures")),
        preformatted=place.preformatted or tag == "pre",
    )


@cache
def _words(group: str) -> frozenset[str]:
    return frozenset(table("quotes")["html"][group])


def _has_style(style: str, group: str) -> bool:
    words: Any = table("quotes")["html"][group]
    return bool(style) and any(word in style for word in words)


def _bearable(html: str) -> str:
    """The same page without what nobody sees, and never too deep or too long for the parser."""
    seen = "<".join(map(_shortened, "".join(_seen(html)).split("<")))[:MAX_HTML]
    depth, flat = 0, _words("never_nested")
    for tag in _TAG.finditer(seen):
        if tag[2].lower() not in flat:
            depth = max(depth - 1, 0) if tag[1] else depth + 1
            if depth > _MAX_DEPTH:
                return seen[: tag.start()]
    return seen


def _seen(html: str) -> Iterator[str]:
    """Without comments, style sheets and scripts."""
    at, waiting_for = 0, ""
    for mark in _UNSEEN.finditer(html):
        if waiting_for:
            if mark[0].lower().startswith(waiting_for):
                at, waiting_for = mark.end(), ""
        elif mark[1]:
            yield html[at : mark.start()]
            at, waiting_for = len(html), _CLOSES[mark[1].lower()]
    if not waiting_for:
        yield html[at:]


def _shortened(piece: str) -> str:
    """What stands between two "<": where its tag is too long, only the tag's name is left of that."""
    end = piece.find(">", 0)
    if end <= _MAX_TAG:
        return piece
    name = re.match(r"/?[\w:]{0,30}", piece)
    return (name[0] if name else "") + piece[end:]
