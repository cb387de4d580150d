"""What frames the words of a mail: the greeting before them, the sign-off and the name behind them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from watcher.domain.reading.folded import UNSPACED, folded, one_line
from watcher.domain.reading.phrasebook import group


@dataclass(frozen=True, slots=True)
class Framed:
    """The words between greeting and sign-off, a line each, and what stands below the sign-off."""

    body: tuple[str, ...]
    below: str = ""


def unframed(said: str) -> Framed:
    """A mail's own words without its frame."""
    lines = [one_line(one) for one in said.splitlines()]
    lines = _without_greeting([one for one in lines if one and not _PLACEHOLDER.match(one)])
    end = next((place for place, line in enumerate(lines) if _signs_off(line)), len(lines))
    body = [one for one in map(_without_signoff, lines[:end]) if one]
    while len(body) > 1 and (_is_name(body[-1]) or _is_signed(*body[-2:])):
        body.pop()
    return Framed(tuple(body), "\n".join(lines[end:]))


# "[cid:image001.png@01D]", "[image: logo]", a rule: left by mail programs.
_PLACEHOLDER = re.compile(r"\[.{1,200}\]$|[\W_]+$")


def _means_something(line: str) -> bool:
    """Whether any phrase of ours is in it: then it is more than a name."""
    plain = folded(line)
    return any(group(name).first(plain) for name in ("holding", "closing", "filler", "request", "veto"))


# ── above ─────────────────────────────────────────────────────────────────────────────────────────

_NAME_WORD = r"(?:[^\W\d_a-zа-я][\w.'-]{0,20})"
# "田中様", "김 부장님", "王总：", and "Roger,"
_ADDRESSED = re.compile(
    r".{1,20}(?:様|さん|御中|先生|小姐|女士|经理|經理|总|總|님|께)\s?[,、：:，。]?$"
    rf"|{_NAME_WORD}(?:\s{_NAME_WORD}){{0,2}}\s?[,:!-]{{1,2}}$"
)
_AFTER_NAME = re.compile(r"(?:[^\s,!:،，！：。、-]{1,25}\s?){1,6}?(?:[,!:،，！：。、]|\s-)\s?")
_GREETING_WORDS = 6


def _without_greeting(lines: list[str]) -> list[str]:
    while lines and _ADDRESSED.match(lines[0]) and not _means_something(lines[0]):
        lines = lines[1:]
    return [_after_greeting(lines[0]), *lines[1:]] if lines else lines


def _after_greeting(line: str) -> str:
    """A first line without "Dear Ms Miller," or "Hi all -"; "" where it is nothing but that."""
    greeted = next(group("greeting").find(folded(line)), None)
    if not greeted or greeted.start:
        return line
    if rest := _AFTER_NAME.match(line):
        return line[rest.end() :]
    return "" if len(line.split()) <= _GREETING_WORDS and not _means_something(line) else line


# ── below ─────────────────────────────────────────────────────────────────────────────────────────

_NAME = re.compile(rf"[-~*]{{0,2}}\s?{_NAME_WORD}(?:\s{_NAME_WORD}){{0,3}}[,.]?$")
_UNSPACED_NAME = re.compile(rf"{UNSPACED.pattern}{{2,4}}$")
_STOP = re.compile(r"[.!,;。！]\s?")


def _is_name(line: str) -> bool:
    """Whether a last line can be the writer's name: capitals, or up to four signs of an unspaced script."""
    return bool(_NAME.match(line) or _UNSPACED_NAME.match(line)) and not _means_something(line)


def _is_signed(before: str, last: str) -> bool:
    """ "Cheers,", and below it one word, even in lower case."""
    return before.endswith(",") and last.isalpha() and len(last) <= 12 and not _means_something(last)


def _signs_off(line: str) -> bool:
    """ "Best regards", "Mit freundlichen Grüßen, Anna": a sign-off and at most a name."""
    plain = folded(line).strip(" ,.!-*")
    found = next(group("signoff").find(plain), None)
    if not found or found.start:
        return False
    rest = plain[found.end :].strip(" ,.!-")
    return not rest or (len(rest.split()) <= 4 and not _means_something(rest))


def _without_signoff(line: str) -> str:
    """A line without the "Best, Anna" that ends it."""
    ends = [one.end() for one in _STOP.finditer(line[-60:])]
    first = max(0, len(line) - 60)
    return next((line[: first + end] for end in ends if _signs_off(line[first + end :])), line)
