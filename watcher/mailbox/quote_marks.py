"""Where a quote begins: separators, lines that say who wrote what follows, blocks of labels.

The words are data (quotes.toml); here is only how they stand on lines. Each line is looked at once, no more
than LINE characters of it, with a few lines after it: linear time on any input.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

LINE = 400  # characters of a line that are looked at
_WRAPPED = 4  # lines over which "On ... wrote:" may be wrapped
_BLOCK = 16  # lines that a block of labels may take, with its blank lines and long lists of addresses
_LABEL = 24  # characters

_DASHES = re.compile(r"^[\s*]*[-=_—–─]{2,}\s*([^\s\-=_—–─].*?)[\s*]*[-=_—–─]{2,}[\s*]*$")
_RULE = re.compile(r"^\s*(?:[_=*~#─━＝＊～-]\s?){5,}$|^\s*[—–]{2,}\s*$")
_TIME = re.compile(r"\b\d{1,2}\s?[:.h：時时시点點]\s?\d{2}")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|\d{1,2}[./-]\d{1,2}[./-]\d{2}")
_DATE_FIRST = re.compile(r"^\W{0,3}(?:\d{1,4}\s?[./年년-]|\d{1,2}\.?\s\w|\w{2,12}[.,]{1,2}\s?\d)")
_ENDS = (":", "：")
_ADDRESS = re.compile(r"[\w.+-]@[\w-]|\[mailto:")
_NOISE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_IDEOGRAPH = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_EDGES = " \t*\"'_"


def boundary(lines: Sequence[str], at: int) -> bool:
    """Whether everything from line `at` on is quoted, whatever the lines look like."""
    line = lines[at][:LINE]
    return is_separator(line) or _is_introduction(line) or is_block(lines, at)


def is_separator(line: str) -> bool:
    """ "-----Original Message-----", in any language."""
    between = _DASHES.match(line)
    return between is not None and folded(between[1]).strip(_EDGES + ":：") in _words("separators")


def is_rule(line: str) -> bool:
    """A line of dashes or the like and nothing else."""
    return _RULE.match(line[:LINE]) is not None


def _is_introduction(line: str) -> bool:
    return folded(line).strip(_EDGES + ":：.") in _words("introductions")


def attribution(lines: Sequence[str], at: int) -> int:
    """How many lines from `at` on say who wrote what follows: "On 2 March 2026 Anna wrote:"; 0 where none."""
    wrapped = _may_start(lines[at])
    text = ""
    for count, line in enumerate(lines[at : at + (_WRAPPED if wrapped else 1)], 1):
        if not line.strip():
            return 0
        text = f"{text} {line[:LINE].strip(' -—*')}".strip()
        if text.endswith(_ENDS) or line.endswith("--"):  # Zoho: "---- On Mon, 2 Mar 2026 Anna wrote ----"
            return count if _says_who(text) else 0
    return 0


def _may_start(line: str) -> bool:
    """Whether such a line can begin here and be wrapped: it starts like one, or holds an address."""
    start = line[:LINE].lstrip(" -—*\"'")
    first = folded(start[:30])
    has_digit = any(map(str.isdigit, start))
    return bool(
        (has_digit and (first.startswith(_starts()) or _DATE_FIRST.match(start))) or _ADDRESS.search(start)
    )


@cache
def _starts() -> tuple[str, ...]:
    words = _words("starts")
    return tuple(f"{word} " for word in words) + tuple(word for word in words if not word.isascii())


def _says_who(text: str) -> bool:
    """A verb with a date or an address; or, in any language, a date with a time and an address."""
    evidence = [pattern.search(text) is not None for pattern in (_YEAR, _TIME, _ADDRESS)]
    return all(evidence) or (any(evidence) and _has_verb(folded(text)))


def _has_verb(text: str) -> bool:
    return _verb().search(text) is not None


@cache
def _verb() -> re.Pattern[str]:
    """Any of the verbs as a word; in scripts without blanks, anywhere."""
    verbs = sorted(map(re.escape, _words("verbs")))
    apart = "|".join(verb for verb in verbs if not _IDEOGRAPH.search(verb))
    inside = "|".join(filter(_IDEOGRAPH.search, verbs))
    return re.compile(rf"(?<!\w)(?:{apart})(?!\w)|{inside}")


def is_dated(text: str) -> bool:
    """Whether a text names an address, or a moment: a year and a time of day."""
    return bool(_ADDRESS.search(text) or (_YEAR.search(text) and _TIME.search(text)))


def precedes_quote(line: str) -> bool:
    """Whether a line right above quoted ones looks like such a line of a language that we do not know."""
    text = line[:LINE].strip()
    evidence = _YEAR.search(text) or _ADDRESS.search(text) or _TIME.search(text)
    return text.endswith(_ENDS) and (evidence is not None or _has_verb(folded(text)))


def is_block(lines: Sequence[str], at: int) -> bool:
    """Whether a block of labels begins here: "From: … Sent: … To: … Subject: …"."""
    roles = _roles(lines[at])
    if not roles:
        return False
    found: set[str] = set()
    addressed = False
    strangers = 0  # lines without a label: long lists of addresses go on over them
    for line in lines[at : at + _BLOCK]:
        if not line.strip():
            continue
        roles = _roles(line)
        strangers = 0 if roles else strangers + 1
        if strangers > 2:
            break
        found |= roles
        addressed = addressed or ("from" in roles and bool(_ADDRESS.search(line[:LINE])))
        if _enough(found, addressed):
            return True
    return False


def _enough(roles: set[str], addressed: bool) -> bool:
    """Not only "From … To … Date": that is what people ask a forwarder for, too."""
    if "from" not in roles or not roles & {"sent", "date", "to"}:  # "From, Subject" is how web forms begin
        return False
    return "subject" in roles or addressed or {"sent", "to"} <= roles


@lru_cache(maxsize=4 * _BLOCK)  # blocks overlap
def _roles(line: str) -> frozenset[str]:
    """What the label at the start of a line means; Foxmail's may stand in a row on one line."""
    line = line[:LINE].replace("：", ":")
    first, colon, rest = line.partition(":")
    roles = _label(first) if colon and len(first) <= _LABEL else frozenset()
    if not roles:
        return roles
    words = (word for part in rest.split(":")[:-1] for word in [part.split()[-1:]] if word)
    return roles.union(*(_label(word[0]) for word in words))


def _label(text: str) -> frozenset[str]:
    return _labels().get(folded(text[-_LABEL:]).strip(_EDGES), frozenset())


@cache
def _labels() -> dict[str, frozenset[str]]:
    meanings: dict[str, set[str]] = {}
    for role, group in table("quotes")["labels"].items():
        for word in group["words"]:
            meanings.setdefault(folded(word), set()).add(role)
    return {word: frozenset(roles) for word, roles in meanings.items()}


def folded(text: str) -> str:
    """Text for comparison: one case, single blanks, no marks that are not seen."""
    return " ".join(_NOISE.sub("", text).casefold().replace("\u0307", "").split())


def visible(text: str) -> str:
    """Without the marks that are not seen: a mail in Arabic has them around every date."""
    return _NOISE.sub("", text)


@cache
def table(name: str) -> dict[str, Any]:
    """The content of `name`.toml beside this file."""
    return tomllib.loads(files("watcher.mailbox").joinpath(f"{name}.toml").read_text("utf-8"))


@cache
def phrases(name: str, group: str) -> frozenset[str]:
    """All the phrases of a group, folded, whatever the language."""
    return frozenset(folded(phrase) for language in table(name)[group].values() for phrase in language)


def _words(group: str) -> frozenset[str]:
    return phrases("quotes", group)
