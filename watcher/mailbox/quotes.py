"""What a writer wrote in this mail, apart from what the mail quotes and from the signature.

Mail programs agree on nothing here but the ">" of a quoted line, so each line is one of three: quoted,
because of its ">" or because it lies below a mark that quotes all the rest; part of a signature; or said.
Answers between quoted lines are said. Linear time on any input.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from watcher.domain.reading.text import MAX_SAID
from watcher.mailbox.quote_marks import attribution, boundary, is_rule, precedes_quote, visible
from watcher.mailbox.reply_parser import reply_end
from watcher.mailbox.signatures import is_postscript, is_program_line, signature_start

BOUNDARY = "-----Original Message-----"  # how a reader of HTML writes that the rest is quoted
SIGNED = "\x1f"  # and what it puts before a line that a program marked as signature
MAX_TEXT = 200_000  # characters that are looked at
MAX_LINES = 2_000

# "From " at the start of a line gets a ">" in the mbox format: that is no quote.
# "AB> " is how The Bat! quotes Anna Bauer.
_QUOTED = re.compile(r"^ {0,4}(?:[A-Z]{0,3}>(?!From )|＞|\|>)")
_LEFT_OUT = re.compile(r"\W*+(?:snip\W*+)?$", re.IGNORECASE)
_BLANK = re.compile("\xa0|&nbsp;")  # QQ Mail writes the latter in plain text
_LINE_END = re.compile("\r\n?|\u2028|\u2029|\x0b|\x0c|\x85")

_SAID, _QUOTE, _SIGNATURE = "said", "quote", "signature"


def cut(text: str) -> tuple[str, str, str]:
    """(said, signature, quoted) of a plain text, each at most MAX_SAID characters. Never raises."""
    whole = _LINE_END.sub("\n", _BLANK.sub(" ", visible(text[:MAX_TEXT])))
    lines = [line.rstrip() for line in whole.split("\n", MAX_LINES)[:MAX_LINES]]
    marks = list(_marked(lines))
    said, signature, quoted = (
        [line.removeprefix(SIGNED) for line, mark in zip(lines, marks, strict=True) if mark == wanted]
        for wanted in (_SAID, _SIGNATURE, _QUOTE)
    )
    return _joined(said), _joined(signature), _joined(quoted)


def _marked(lines: Sequence[str]) -> Iterator[str]:
    """What each line is."""
    quoted = _quoted(lines)
    for is_quote, run in groupby(enumerate(quoted), key=itemgetter(1)):
        places = [at for at, _ in run]
        if is_quote:
            yield from [_QUOTE] * len(places)
        else:
            yield from _own(lines[places[0] : places[-1] + 1])


def _quoted(lines: Sequence[str]) -> list[bool]:
    """For each line, whether it is quoted."""
    quoted = [_QUOTED.match(line) is not None for line in lines]
    at = 0
    while at < len(lines):
        if quoted[at] or not lines[at].strip():
            at += 1
            continue
        taken = attribution(lines, at)
        if taken or (precedes_quote(lines[at]) and _next_quoted(quoted, lines, at + 1)):
            taken = taken or 1
            if _next_has_a_bar(lines, at + taken):
                quoted = [mark or line.startswith("|") for mark, line in zip(quoted, lines, strict=True)]
            below = _next_quoted(quoted, lines, at + taken)
            if below is None:
                return _all_from(quoted, lines, at)
            quoted[at:below] = [True] * (below - at)
            at = below
        elif boundary(lines, at):
            return _all_from(quoted, lines, at)
        else:
            at += 1
    return quoted if any(quoted) else _second_opinion(lines)


def _second_opinion(lines: Sequence[str]) -> list[bool]:
    end = reply_end(lines)
    return [at >= end for at in range(len(lines))]


def _next_quoted(quoted: Sequence[bool], lines: Sequence[str], at: int) -> int | None:
    """The next line that says something, where it is quoted; "[...]" is where something was left out."""
    for below in range(at, min(at + 6, len(lines))):
        if quoted[below] or not _LEFT_OUT.match(lines[below]):
            return below if quoted[below] else None
    return None


def _next_has_a_bar(lines: Sequence[str], at: int) -> bool:
    """Emacs quotes with "| "; without a line that says who wrote, or with a bar at its end, it is a table."""
    below = next((line for line in lines[at : at + 3] if line), "")
    return below.startswith("|") and not (below.endswith("|") and below.count("|") > 2)


def _all_from(quoted: Sequence[bool], lines: Sequence[str], at: int) -> list[bool]:
    """The rest is quoted, with the rule that a program draws above it."""
    above = next((back for back in range(at - 1, max(at - 4, -1), -1) if lines[back].strip()), None)
    if above is not None and is_rule(lines[above]):
        at = above
    return [*quoted[:at], *[True] * (len(lines) - at)]


def _own(lines: Sequence[str]) -> Iterator[str]:
    start = signature_start([line.removeprefix(SIGNED) for line in lines])
    after = False  # a postscript goes on until the next blank line
    for at, line in enumerate(lines):
        if at < start:
            yield _SIGNATURE if line.startswith(SIGNED) or is_program_line(line) else _SAID
            continue
        after = is_postscript(line) or (after and bool(line.strip()))
        yield _SAID if after else _SIGNATURE


def _joined(lines: Sequence[str]) -> str:
    text = "\n".join(lines).strip("\n")
    return re.sub(r"\n{3,}+", "\n\n", text)[:MAX_SAID].strip()
