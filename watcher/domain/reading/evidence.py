"""Evidence that a deal has moved: what a mail, its attachments' names or its subject say (DESIGN 2.9).

Only the writer's own words count, never what they quote. Evidence proposes, and a person decides; so a move
that is missed costs a look, and one that is wrong costs trust: whatever is denied, put off, asked or hung on
a condition is no evidence. Phrases are data: watcher/domain/data/evidence.toml.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any

from watcher.domain.data import table
from watcher.domain.messages import Direction
from watcher.domain.reading.set_phrases import Found, SetPhrases, Token, folded, readable, tokens
from watcher.domain.reading.text import Attachment, Text
from watcher.domain.subjects import read_subject

# Raise it when a rule or a phrase changes: texts that still matter are read again.
EVIDENCE_VERSION = 2


class EvidenceKind(StrEnum):
    """What a mail shows. The first nine are the customer's to say, the last three are ours."""

    PRICE_ASKED = "price_asked"
    PI_ASKED = "pi_asked"
    PRICE_AGREED = "price_agreed"
    WANTS_TO_ORDER = "wants_to_order"
    ORDER = "order"
    PI_SIGNED = "pi_signed"
    DEPOSIT = "deposit"
    PAID = "paid"
    REPEAT_ORDER = "repeat_order"
    QUOTED = "quoted"
    PI_SENT = "pi_sent"
    SHIPPED = "shipped"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that a mail shows, because of a phrase of our tables (or the name of an attachment)."""

    kind: EvidenceKind
    because: str


_OURS = (EvidenceKind.QUOTED, EvidenceKind.PI_SENT, EvidenceKind.SHIPPED)
_KINDS = {
    Direction.INBOUND: tuple(one for one in EvidenceKind if one not in _OURS),
    Direction.OUTBOUND: _OURS,
    Direction.INTERNAL: (),
}
# Wishes: a question or a plan is what they are made of.
_WISHES = frozenset(
    {
        EvidenceKind.PRICE_ASKED,
        EvidenceKind.PI_ASKED,
        EvidenceKind.WANTS_TO_ORDER,
        EvidenceKind.REPEAT_ORDER,
    }
)
# A promise is void where a condition stands anywhere in its sentence; a paper that is there is there.
_PROMISES = frozenset({EvidenceKind.ORDER, EvidenceKind.PRICE_AGREED})
# The words of a matter: where it is denied, a file of that name proves nothing.
_MATTER = {
    EvidenceKind.ORDER: ("PO", "order"),
    EvidenceKind.PI_SIGNED: ("PI",),
    EvidenceKind.DEPOSIT: ("deposit",),
    EvidenceKind.PAID: ("payment", "slip"),
}
_LOOKED_AT = 6_000  # characters; who sends a paper or an order says so at the beginning
# Tables of names beside those of the languages.
_SUBJECT, _ATTACHMENT = "subject", "attachment"


def read_evidence(text: Text, subject: str, direction: Direction) -> tuple[Evidence, ...]:
    """What one mail of a person shows. An empty `text` leaves the subject. Linear in its length."""
    wanted = _KINDS[direction]
    if not wanted:
        return ()
    found, doubted = _said(text.said[:_LOOKED_AT], wanted)
    beside = (*_in_files(text.attachments, wanted), *_in_subject(subject, wanted))
    for kind, because in beside:
        if kind not in doubted:
            found.setdefault(kind, because)
    return tuple(Evidence(kind, found[kind]) for kind in wanted if kind in found)


# ── what is written ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Sentence:
    """The words of one sentence, and whether it asks."""

    words: tuple[Token, ...]
    asks: bool

    def clause(self, found: Found) -> tuple[Token, ...]:
        """The words of the clause, or clauses, on which a phrase stands."""
        first, last = self.words[found.start].clause, self.words[found.end - 1].clause
        return tuple(one for one in self.words if first <= one.clause <= last)


def _said(said: str, wanted: Sequence[EvidenceKind]) -> tuple[dict[EvidenceKind, str], set[EvidenceKind]]:
    """What is said, and what is spoken of but denied, put off or asked."""
    found: dict[EvidenceKind, str] = {}
    doubted: set[EvidenceKind] = set()
    languages = _languages(said) if said else []
    for sentence in _sentences(folded(said)):
        hits = [hit for one in languages for hit in one.read(sentence, wanted).items()]
        # Neighbours share phrases ("confirmamos") but not their "no": who doubts it is believed.
        void = {kind for kind, phrase in hits if not phrase}
        for kind, phrase in hits:
            if kind not in void:
                found.setdefault(kind, readable(phrase))
        doubted |= void.union(*(one.denied(sentence, wanted) for one in languages))
    return found, doubted - found.keys()


_END = re.compile(r"([!?؟。]+|\.+(?=\s+[^\d\s])|\.+\s*$|\n)")
_LONGEST_SENTENCE = 200  # words; what is longer is no sentence, and is looked at in pieces
_WRAPPED_AT = 45  # a line that is longer was broken by the mail program, not by its writer


def _sentences(text: str) -> Iterator[_Sentence]:
    pieces = _END.split(_unwrapped(text))
    for sentence, end in zip(pieces[::2], [*pieces[1::2], ""], strict=True):
        words = tokens(sentence)
        for start in range(0, len(words), _LONGEST_SENTENCE):
            yield _Sentence(tuple(words[start : start + _LONGEST_SENTENCE]), "?" in end or "؟" in end)


def _unwrapped(text: str) -> str:
    """Lines that a mail program broke, put together again. A line that begins like a list stays one."""
    whole: list[str] = []
    before = ""
    for line in (" ".join(one.split()) for one in text.split("\n")):
        joins = len(before) >= _WRAPPED_AT and line and (line[0].isalnum() or line[0] in "'\"")
        whole.append(f"{' ' if joins else chr(10)}{line}")
        before = line
    return "".join(whole)


class _Language:
    """The phrases of one language and what makes them void."""

    def __init__(self, rows: Mapping[str, Any]) -> None:
        self._rows = rows
        self._words: Mapping[str, list[str]] = rows.get("words", {})
        self._letters = _letters(rows, "letters")
        self._no_letters = _letters(rows, "no_letters")
        self._kinds = _kinds_by_phrase(rows)
        self._moves = self._phrases(self._kinds)
        self._harmless, self._denied, self._put_off, self._conditions = (
            self._phrases(rows.get(key, ())) for key in ("harmless", "negation", "future", "condition")
        )
        self._never = {kind: self._phrases(rows.get(f"not_{kind}", ())) for kind in EvidenceKind}
        self._matters = {kind: self._phrases(self._named(groups)) for kind, groups in _MATTER.items()}

    def _phrases(self, phrases: Iterable[str]) -> SetPhrases:
        return SetPhrases(phrases, self._words, unspaced=self._rows.get("unspaced", False))

    def _named(self, groups: Iterable[str]) -> list[str]:
        return [word for group in groups for word in self._words.get(group, ())]

    def may_be_in(self, text: str) -> bool:
        """Whether a text has the letters this language is written in."""
        there = self._letters is None or self._letters.search(text)
        return bool(there) and not (self._no_letters and self._no_letters.search(text))

    def read(self, sentence: _Sentence, wanted: Sequence[EvidenceKind]) -> dict[EvidenceKind, str]:
        """Each kind that a sentence speaks of, with the phrase that shows it, "" where it is in doubt."""
        told: dict[EvidenceKind, str] = {}
        seen = set()
        for found in self._moves.find(sentence.words):
            # Said again in the same clause, it is as true or void as the first time.
            place = (found.phrase, sentence.words[found.start].clause, sentence.words[found.end - 1].clause)
            if place in seen:
                continue
            seen.add(place)
            for kind in self._kinds[found.phrase]:
                if kind in wanted and not told.get(kind):
                    told[kind] = "" if self._void(found, sentence, kind) else found.phrase
        return told

    def denied(self, sentence: _Sentence, wanted: Sequence[EvidenceKind]) -> set[EvidenceKind]:
        """The kinds whose matter a sentence speaks of and denies."""
        if not self._speaks(self._denied, sentence.words):
            return set()
        matters = ((kind, matter) for kind, matter in self._matters.items() if kind in wanted)
        return {kind for kind, matter in matters if matter.first(sentence.words)}

    def _void(self, found: Found, sentence: _Sentence, kind: EvidenceKind) -> bool:
        """Whether what stands around a phrase says that it has not happened."""
        clause = sentence.clause(found)
        if self._speaks(self._denied, clause, found.phrase) or self._never[kind].first(clause):
            return True
        if kind in _WISHES:
            return False
        asked = sentence.asks and clause[-1] is sentence.words[-1]
        before = sentence.words[: sentence.words.index(clause[-1]) + 1]
        conditional = sentence.words if kind in _PROMISES else before
        return (
            asked
            or self._speaks(self._put_off, clause, found.phrase)
            or self._speaks(self._conditions, conditional, found.phrase)
        )

    def _speaks(self, against: SetPhrases, words: Sequence[Token], phrase: str = "") -> bool:
        """Whether a word stands among others that is neither harmless nor of the phrase itself."""
        harmless = {place for one in self._harmless.find(words) for place in range(one.start, one.end)}
        own = set(_own_words(phrase))
        return any(
            not harmless.intersection(range(one.start, one.end)) and one.phrase.split()[0] not in own
            for one in against.find(words)
        )


@cache
def _own_words(phrase: str) -> tuple[str, ...]:
    return tuple(readable(phrase).split())


def _kinds_by_phrase(rows: Mapping[str, Any]) -> dict[str, list[EvidenceKind]]:
    kinds: dict[str, list[EvidenceKind]] = {}
    for kind in EvidenceKind:
        for phrase in rows.get(kind, ()):
            kinds.setdefault(phrase, []).append(kind)
    return kinds


def _letters(rows: Mapping[str, Any], key: str) -> re.Pattern[str] | None:
    return re.compile(f"[{rows[key]}]") if key in rows else None


@cache
def _language(name: str) -> _Language:
    return _Language(table("evidence")[name])


def _languages(text: str) -> list[_Language]:
    """The languages a text may be in, by its letters."""
    names = (one for one in table("evidence") if not one.startswith((_SUBJECT, _ATTACHMENT)))
    return [one for one in map(_language, names) if one.may_be_in(text)]


# ── subjects and files ────────────────────────────────────────────────────────────────────────────


class _Names:
    """What papers and matters are called, by key, in scripts with blanks and in those without."""

    def __init__(self, name: str) -> None:
        tables = [table("evidence")[name], table("evidence")[f"{name}_unspaced"]]
        self._phrases = {
            key: [SetPhrases(one.get(key, ()), unspaced="unspaced" in one) for one in tables]
            for key in {key for one in tables for key in one} - {"unspaced"}
        }

    def called(self, words: Sequence[Token], key: str) -> str:
        """The name of that key that stands among words, "" for none."""
        found = (one.first(words) for one in self._phrases.get(key, ()))
        return readable(next(filter(None, found), ""))


_names = cache(_Names)


@lru_cache(maxsize=65536)
def _in_subject(subject: str, wanted: tuple[EvidenceKind, ...]) -> tuple[tuple[EvidenceKind, str], ...]:
    """What a subject names. One of a reply or a forward repeats what was answered."""
    read = read_subject(subject)
    if not read.base or read.reply or read.forward:
        return ()
    words, names = tokens(folded(subject[:_LONGEST_SUBJECT])), _names(_SUBJECT)
    named = ((kind, names.called(words, kind)) for kind in wanted if not names.called(words, f"not_{kind}"))
    return tuple((kind, f"subject: {because}") for kind, because in named if because)


_LONGEST_SUBJECT = 300
_MOST_FILES, _LONGEST_NAME = 50, 200
# Files that may hold a paper; what else comes with mail (calendar entries, keys, pages) is none.
_PAPERS = frozenset(
    {
        "pdf",
        "doc",
        "docx",
        "xls",
        "xlsx",
        "rtf",
        "odt",
        "ods",
        "zip",
        "rar",
        "7z",
        "jpg",
        "jpeg",
        "png",
        "tif",
    }
    | {"tiff", "heic"}
)
_NEW_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)|[\W_]+")
_FILE_KINDS = {
    "order": EvidenceKind.ORDER,
    "paid": EvidenceKind.PAID,
    "quotation": EvidenceKind.QUOTED,
    "BL": EvidenceKind.SHIPPED,
}


def _in_files(
    files: Sequence[Attachment], wanted: Sequence[EvidenceKind]
) -> Iterator[tuple[EvidenceKind, str]]:
    for file in files[:_MOST_FILES]:
        name, _, ending = file.name[-_LONGEST_NAME:].rpartition(".")
        if name and ending.casefold() in _PAPERS:
            yield from ((kind, f"attachment: {because}") for kind, because in _named(name) if kind in wanted)


def _named(name: str) -> Iterator[tuple[EvidenceKind, str]]:
    """What a file is by its name."""
    words, names = tokens(folded(_NEW_WORD.sub(" ", name))), _names(_ATTACHMENT)
    if names.called(words, "never"):
        return
    if paper := names.called(words, "PI"):
        signed = names.called(words, "signed")
        yield (EvidenceKind.PI_SIGNED, f"{signed} {paper}") if signed else (EvidenceKind.PI_SENT, paper)
    for key, kind in _FILE_KINDS.items():
        if because := names.called(words, key):
            yield kind, because


# ── kept as facts ─────────────────────────────────────────────────────────────────────────────────


def to_fact(found: Iterable[Evidence]) -> dict[str, list[list[str]]]:
    """Evidence as it is kept beside a message: {"found": [[kind, because], ...]}."""
    return {"found": [[one.kind.value, one.because] for one in found]}


def from_fact(value: Mapping[str, Any]) -> tuple[Evidence, ...]:
    """Evidence as it was kept. Kinds that another version knew are passed over."""
    pairs = value.get("found", ())
    return tuple(
        Evidence(EvidenceKind(kind), because) for kind, because in pairs if kind in set(EvidenceKind)
    )
