"""How right the cut is: what a writer said, apart from the quote and the signature, on real mail.

Two kinds of truth. talon's fixtures are replies that all say the same, kept here as digests: no text of
theirs is in this project. And a mailbox with its threads: a line that stands in an older mail of the thread
is quoted, a line that stands in none is the writer's own.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.accuracy.figures import Figure
from watcher.domain.reading.text import Text
from watcher.mailbox.bodies import read_part, read_structure
from watcher.mailbox.headers import read_envelope
from watcher.mailbox.texts import read_text

EXACT, NO_MARK, NEW, KEPT = 0.95, 1.0, 0.97, 0.95

# What the replies in talon's folders say, as `_digest` tells it.
_REPLIES = {"standard_replies/*.eml": "2cf24dba5fb0a30e", "html_replies/*.html": "68ec2469db140e9e"}
_TALON = Path("parser", "talon", "tests", "fixtures")

_LONG = 25  # characters: shorter lines ("Hi all,") say nothing about who wrote them
_BOILERPLATE = 4  # mails: what stands in so many was put there by a program
_MARKED = re.compile(r"^[ ]{0,4}>")
_ABOVE_A_QUOTE = re.compile(r":$|wrote|<.*$|^\W*(?:From|Sent|To|Cc|Subject|Date|On )|^[-_]{4}")


def measure(corpora_root: Path) -> list[Figure]:
    """The figures of the cut over the unpacked corpora; none for a set that is absent."""
    figures = []
    if (corpora_root / _TALON).is_dir():
        figures.append(_replies(corpora_root / _TALON))
    if (corpora_root / "mailbox-rsiggeo").is_dir():
        figures += _mailbox(corpora_root / "mailbox-rsiggeo")
    return figures


def _replies(fixtures: Path) -> Figure:
    """Replies of a dozen mail programs, each cut exactly or not."""
    exact = [
        _digest(read_text(_as_mail(file))) == digest
        for pattern, digest in _REPLIES.items()
        for file in sorted(fixtures.glob(pattern))
    ]
    return Figure("parser/talon", "replies cut exactly", sum(exact), len(exact), EXACT)


def _as_mail(file: Path) -> bytes:
    head = b"Content-Type: text/html; charset=utf-8\n\n" if file.suffix == ".html" else b""
    return head + file.read_bytes()


def _digest(text: Text) -> str:
    """Of what was said with the name below it, where no program's line is; white space does not count."""
    name = text.signature if len(text.signature.split()) == 1 else ""
    words = "".join(re.findall(r"\w+", f"{text.said} {name}".lower()))
    return hashlib.sha256(words.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class _Mail:
    """One mail as it was cut, and its long lines as they came, each without its ">"."""

    text: Text
    lines: tuple[str, ...]
    unmarked: tuple[str, ...]  # those of them that have no ">"


def _mailbox(folder: Path) -> list[Figure]:
    mails = dict(_mails(folder))
    older = dict(_older_lines(mails, {row["message_id"]: row["parent_id"] for row in _rows(folder)}))
    name, texts = folder.name, [mail.text for mail in mails.values()]
    clean = sum(not any(map(_MARKED.match, _unescaped(text.said))) for text in texts)
    return [
        Figure(name, 'said without a line of ">"', clean, len(texts), NO_MARK),
        Figure(name, "said lines that no older mail of the thread has", *_new(mails, older), NEW),
        Figure(name, "own lines that are not cut off", *_kept(mails, older), KEPT),
        Figure(name, "mails that say something", sum(bool(text.said) for text in texts), len(texts)),
        Figure(name, "mails with a signature apart", sum(bool(text.signature) for text in texts), len(texts)),
    ]


def _new(mails: Mapping[str, _Mail], older: Mapping[str, set[str]]) -> tuple[int, int]:
    """Of the lines that were said, those that stand in no older mail: the others are missed quotes."""
    common = Counter(line for mail in mails.values() for line in set(mail.unmarked))
    said = [
        line in older[key]
        for key, mail in mails.items()
        for line in _long_lines(mail.text.said)
        if common[line] < _BOILERPLATE
    ]
    return len(said) - sum(said), len(said)


def _kept(mails: Mapping[str, _Mail], older: Mapping[str, set[str]]) -> tuple[int, int]:
    """Of a reply's lines without a mark that stand in no older mail, those that were not taken for quotes."""
    cut_off = [
        line in set(_long_lines(mail.text.quoted))
        for key, mail in mails.items()
        for line in (mail.unmarked if older[key] else ())
        if line not in older[key] and not _ABOVE_A_QUOTE.search(line)
    ]
    return len(cut_off) - sum(cut_off), len(cut_off)


def _older_lines(mails: Mapping[str, _Mail], parents: Mapping[str, str]) -> Iterator[tuple[str, set[str]]]:
    for key in mails:
        known = (mails[parent] for parent in _ancestors(key, parents) if parent in mails)
        yield key, {line for mail in known for line in mail.lines}


def _unescaped(text: str) -> list[str]:
    """Lines, without those that a mailbox file wrote a ">" before ("From " at the start of a line)."""
    return [line for line in text.split("\n") if not line.startswith(">From ")]


def _mails(folder: Path) -> Iterator[tuple[str, _Mail]]:
    for file in sorted(folder.glob("*/*.eml")):
        source = file.read_bytes()
        lines = "\n".join(read_part(read_structure(source)).text_plain).split("\n")
        unmarked = "\n".join(line for line in lines if not _MARKED.match(line))
        mail = _Mail(read_text(source), tuple(_long_lines("\n".join(lines))), tuple(_long_lines(unmarked)))
        yield read_envelope(source).message_id, mail


def _long_lines(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        plain = " ".join(re.sub(r"^[>\s|]+", "", line).split())
        if len(plain) >= _LONG:
            yield plain


def _rows(folder: Path) -> Iterator[dict[str, str]]:
    with (folder / "TRUTH_threads.tsv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t")


def _ancestors(key: str, parents: Mapping[str, str]) -> Iterator[str]:
    seen = {key}
    while (key := parents.get(key, "")) and key not in seen:
        seen.add(key)
        yield key
