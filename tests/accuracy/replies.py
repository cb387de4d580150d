"""Return dates, and short replies that pass nothing, on real mail.

What is called holding or closing was judged by eye; the verdicts are kept as digests of the words in
replies_labels.tsv, for the mail itself is not ours to keep. What is called and has no verdict yet counts as
wrong. A sample of short mails that are called plain was judged as well: it tells what is missed.
"""

from __future__ import annotations

import csv
import hashlib
import mailbox
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from tests import corpora
from tests.accuracy.figures import Figure
from watcher.domain.reading.away import read_away
from watcher.domain.reading.folded import folded, one_line
from watcher.domain.reading.replies import MAX_WORDS, Reply, read_reply
from watcher.domain.reading.text import Text
from watcher.mailbox.headers import read_envelope
from watcher.mailbox.texts import read_text

PRECISION = 0.95
RETURN_DATES = 1.0
_LABELS = Path(__file__).with_name("replies_labels.tsv")
_SETS = ("mailbox-rsiggeo", "ham", "list")
_SAMPLED = 40  # one short text in so many, by its digest
_NO_DATE = date(2010, 1, 1)  # for mails without a readable Date: no day they name is checked


@dataclass(frozen=True, slots=True)
class Said:
    """The writer's own words of one mail, what is called, and a name that tells nothing of them."""

    text: Text
    written: date
    reply: Reply

    @property
    def digest(self) -> str:
        """The name it has in the labels."""
        return hashlib.sha256(one_line(folded(self.text.said)).encode()).hexdigest()[:16]

    @property
    def called(self) -> str:
        """What the rules say it is."""
        return "holding" if self.reply.holding else "closing" if self.reply.closing else "plain"

    @property
    def sampled(self) -> bool:
        """Whether it is one of the short texts that were judged although they are called plain."""
        short = 0 < len(self.text.said.split()) <= MAX_WORDS
        return short and self.called == "plain" and int(self.digest, 16) % _SAMPLED == 0


def measure(corpora_root: Path) -> list[Figure]:
    """The figures of what is there of the unpacked corpora."""
    figures = list(_returns(corpora_root / "auto")) if (corpora_root / "auto").is_dir() else []
    for name in _SETS:
        if (corpora_root / name).is_dir():
            figures += _replies(name, list(said(corpora_root / name)))
    return figures


# ── return dates ──────────────────────────────────────────────────────────────────────────────────


def _returns(folder: Path) -> Iterator[Figure]:
    with (folder / "LABELS.tsv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["label"] == "auto_reply"]
    found = [(_expected(row), _returned((folder / row["file"]).read_bytes())) for row in rows]
    named = [one for one in found if one[0]]
    right = sum(expected == returned for expected, returned in named)
    yield Figure("auto", "return dates found", right, len(named), RETURN_DATES)
    wrong = sum(returned not in (None, expected) for expected, returned in named)
    yield Figure("auto", "return dates that are not wrong", len(named) - wrong, len(named), RETURN_DATES)
    unlabelled = [returned for expected, returned in found if not expected]
    silent = sum(returned is None for returned in unlabelled)
    note = "some of these do name one, without its year or in the HTML only"
    yield Figure("auto", "no date where the labels have none", silent, len(unlabelled), note=note)


def _expected(row: Mapping[str, str]) -> date | None:
    if row["return_date"]:
        return date.fromisoformat(row["return_date"])
    last = row["last_day_out"]
    return date.fromisoformat(last) + timedelta(days=1) if last else None


def _returned(source: bytes) -> date | None:
    envelope = read_envelope(source)
    return read_away(read_text(source), envelope.subject, _written(source)).returns


# ── short replies ─────────────────────────────────────────────────────────────────────────────────


def _replies(name: str, texts: list[Said]) -> Iterator[Figure]:
    called = {one.digest: one.called for one in texts if one.called != "plain"}
    right = sum(_labels().get(digest) == what for digest, what in called.items())
    yield Figure(name, "short replies called holding or closing that are", right, len(called), PRECISION)
    sampled = {one.digest for one in texts if one.sampled}
    plain = sum(_labels().get(digest) == "plain" for digest in sampled)
    note = "a sample of mails of 50 words at most, judged by eye"
    yield Figure(name, "short mails called plain that are", plain, len(sampled), note=note)


@cache
def _labels() -> Mapping[str, str]:
    with _LABELS.open(encoding="utf-8") as file:
        return {row["digest"]: row["verdict"] for row in csv.DictReader(file, delimiter="\t")}


def said(folder: Path) -> Iterator[Said]:
    """The writer's own words of every mail of a set that can be read."""
    for source in _sources(folder):
        try:
            text = read_text(source)
        except ValueError:
            continue
        written = _written(source)
        yield Said(text, written, read_reply(text, written))


def _sources(folder: Path) -> Iterator[bytes]:
    boxes = sorted(folder.glob("*.mbox"))
    for box in boxes:
        yield from (one.as_bytes() for one in mailbox.mbox(box))
    if not boxes:
        yield from (source for name, source in corpora.mails(folder) if not name.endswith(".tsv"))


def _written(source: bytes) -> date:
    sent = read_envelope(source).date
    return sent.date() if sent else _NO_DATE
