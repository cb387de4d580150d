"""How right the threads are: pairs of mails that belong together, on mail that nobody here wrote.

`measure` goes through `watcher.domain.threads.conversations`; each author's company is a customer. A pair
counts once: two mails of one thread of the truth, or of one conversation of ours.

The lists' archives took "Re:" off the subjects, and their truth goes by References alone. So where References
are stripped here, "Re:" is put back: every mail program writes it, and it is what the fallback goes by. What
comes out without it is told too.
"""

from __future__ import annotations

import csv
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.accuracy.figures import Figure
from watcher.domain.identity import Us, attribute
from watcher.domain.judgement import judge
from watcher.domain.kinds import classify
from watcher.domain.messages import Message, moment
from watcher.domain.reviewed import Rules
from watcher.domain.stages import DEFAULT_POLICIES
from watcher.domain.subjects import read_subject
from watcher.domain.thread_index import read_thread_index
from watcher.domain.threads import Conversation, CustomerOf, conversations
from watcher.domain.turns import Turn
from watcher.domain.worktime import rep_calendar
from watcher.mailbox.headers import read_envelope
from watcher.review import customer_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
REP = Us(frozenset({"rep@accuracy.example"}))  # a list's archive holds mail of outsiders alone
SEED, STRIPPED = 20260324, 0.2

PRESENT, RECOVERED, PRECISE, TURN = 0.999, 0.5, 0.99, 0.99


@dataclass(frozen=True)
class Truth:
    """A set's mails, the thread of each by Message-ID, and who stands on which side."""

    name: str
    mails: Sequence[Message]
    threads: Mapping[str, str]
    us: Us

    @property
    def whose(self) -> CustomerOf:
        """The company of each outsider."""
        return customer_of(self.us, {})


def measure(corpora_root: Path) -> list[Figure]:
    """The figures of every set that lies unpacked in a folder, by its file of truth."""
    figures: list[Figure] = []
    for place in sorted(one.parent for one in corpora_root.rglob("THREADS.tsv")):
        figures += _pairs_of(_list(place))
    for place in sorted(one.parent for one in corpora_root.rglob("TRUTH_threads.tsv")):
        mailbox = _mailbox(place)
        figures += [*_pairs_of(mailbox), _turns(mailbox, place)]
    if (corpora_root / "threads-imaptest").is_dir():
        figures.append(_imaptest(corpora_root / "threads-imaptest"))
    return figures


# ── the sets ──


def _read(block: bytes, number: int, us: Us, *, in_sent: bool = False, arrived: datetime = NOW) -> Message:
    """One mail as the store would have it."""
    envelope = read_envelope(block)
    who = attribute(envelope, us, in_sent=in_sent)
    chain = [one for one in (*envelope.references, *envelope.in_reply_to) if one != envelope.message_id]
    return Message(
        id=number,
        message_id=envelope.message_id or f"<{number}@no-message-id.invalid>",
        at=moment(envelope.date, arrived),
        kind=classify(envelope).kind,
        direction=who.direction,
        subject=envelope.subject,
        author=who.author,
        to=tuple(one.address for one in envelope.to),
        cc=tuple(one.address for one in envelope.cc),
        bcc=tuple(one.address for one in envelope.bcc),
        references=tuple(dict.fromkeys(chain)),
        in_reply_to=(*chain, *envelope.in_reply_to)[-1] if chain else "",
        thread_index=read_thread_index(envelope.mark("thread-index") or ""),
    )


def _list(place: Path) -> Truth:
    blocks = [block for file in sorted(place.glob("*.mbox")) for block, _ in _mbox(file.read_bytes())]
    mails = [_read(block, number, REP) for number, block in enumerate(blocks, start=1)]
    return _known(place.name, mails, _rows(place / "THREADS.tsv"), REP)


def _mbox(octets: bytes) -> Iterator[tuple[bytes, str]]:
    """The mails of an mbox, each with the date of its envelope line."""
    begun = [*re.finditer(rb"(?m)^From \S+ +(?P<date>.*\d{4}.*)\n(?=[\w-]+:|\n)", octets)]
    ends = [one.start() for one in begun[1:]] + [len(octets)]
    for one, end in zip(begun, ends, strict=True):
        yield octets[one.end() : end], one["date"].decode("ascii", "replace")


def _mailbox(place: Path) -> Truth:
    files = [
        (file, folder) for folder in ("INBOX", "Sent") for file in sorted((place / folder).glob("*.eml"))
    ]
    expert = _expert(place / "Sent")
    mails = [
        _read(file.read_bytes(), number, expert, in_sent=box == "Sent")
        for number, (file, box) in enumerate(files, start=1)
    ]
    return _known(place.name, mails, _rows(place / "TRUTH_threads.tsv"), expert)


def _expert(sent: Path) -> Us:
    """Whose mailbox it is: whoever wrote most of what was sent."""
    authors = (read_envelope(file.read_bytes()).author for file in sorted(sent.glob("*.eml")))
    [(own, _)] = Counter(one.address for one in authors if one).most_common(1)
    return Us(frozenset({own}), frozenset({own.rpartition("@")[2]}))


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows, delimiter="\t"))


def _known(name: str, mails: Iterable[Message], rows: Iterable[Mapping[str, str]], us: Us) -> Truth:
    threads = {row["message_id"]: row["thread"] for row in rows}
    return Truth(name, [one for one in mails if one.message_id in threads], threads, us)


# ── pairs ──


@dataclass(frozen=True)
class Pairs:
    """Pairs of mails: `right` are of one thread and one conversation, `joined` of one conversation, `true` of
    one thread.
    """

    right: int
    joined: int
    true: int


def _pairs_of(truth: Truth) -> list[Figure]:
    nameless = [one for one in truth.mails if not one.references and read_subject(one.subject).reply]
    left = set(nameless)
    sure = replace(truth, mails=[one for one in truth.mails if one not in left])
    note = f"{len(left)} replies that name nothing left out: the truth goes by References" if left else ""
    present = _pairs(sure, sure.mails)
    figures = [
        Figure(truth.name, "thread pairs, precision", present.right, present.joined, PRESENT, note),
        Figure(truth.name, "thread pairs, recall", present.right, present.true, PRESENT, note),
    ]
    if left:
        whole = _pairs(truth, truth.mails)
        says = "those with them; what they joined is no thread of the truth's"
        figures.append(
            Figure(truth.name, "thread pairs, precision, with these", whole.right, whole.joined, None, says)
        )
    return figures + _stripped(truth)


def _stripped(truth: Truth) -> list[Figure]:
    """A fifth of the replies lose References and In-Reply-To, or References alone."""
    chance = random.Random(SEED)
    hit = {one.id for one in truth.mails if one.references and chance.random() < STRIPPED}

    def without(change: Callable[[Message], Message]) -> list[Message]:
        return [change(one) if one.id in hit else one for one in truth.mails]

    bare = without(lambda one: replace(one, references=(), in_reply_to=""))
    named = without(lambda one: replace(one, references=(), in_reply_to="", subject=_re(one.subject)))
    direct = without(lambda one: replace(one, references=(one.in_reply_to,)))
    alone, ours, kept = _pairs(truth, _blind(bare)), _pairs(truth, named), _pairs(truth, direct)
    unnamed = _pairs(truth, bare)
    missed = alone.true - alone.right
    what = "References stripped from a fifth"
    archive = "the archive's subjects: without Re:, nothing says that they are replies"
    return [
        Figure(truth.name, f"{what}: recall of “References alone”", alone.right, alone.true),
        Figure(truth.name, f"{what}: recovered", ours.right - alone.right, missed, RECOVERED),
        Figure(truth.name, f"{what}: precision", ours.right, ours.joined, PRECISE),
        Figure(truth.name, f"{what}, no Re: recovered", unnamed.right - alone.right, missed, None, archive),
        Figure(
            truth.name, f"{what}, In-Reply-To kept: recovered", kept.right - alone.right, missed, RECOVERED
        ),
        Figure(truth.name, f"{what}, In-Reply-To kept: precision", kept.right, kept.joined, PRECISE),
    ]


def _re(subject: str) -> str:
    return subject if read_subject(subject).reply else f"Re: {subject}"


def _blind(mails: Iterable[Message]) -> list[Message]:
    """With nothing but References to go by."""
    return [replace(one, subject="", server_thread="", thread_index="") for one in mails]


def _pairs(truth: Truth, mails: Sequence[Message]) -> Pairs:
    found = [
        (truth.threads[one.message_id], talk.number)
        for talk in conversations(mails, truth.whose)
        for one in talk.messages
    ]
    threads = Counter(thread for thread, _ in found)
    talks = Counter(talk for _, talk in found)
    return Pairs(_within(Counter(found)), _within(talks), _within(threads))


def _within(groups: Mapping[Any, int]) -> int:
    return sum(size * (size - 1) // 2 for size in groups.values())


# ── turns ──


def _turns(truth: Truth, place: Path) -> Figure:
    """Whose turn it is in each thread of the truth: the other side's of whoever wrote last."""
    found = conversations(truth.mails, truth.whose)
    turns = {
        one.message_id: turn for talk in found for turn in [_turn(talk, truth.us)] for one in talk.messages
    }
    rows = sorted(_rows(place / "TRUTH_threads.tsv"), key=lambda row: datetime.fromisoformat(row["date"]))
    last = {row["thread"]: row for row in rows}
    other = {"us": Turn.THEIRS, "customer": Turn.OURS}
    right = sum(turns[row["message_id"]] is other[row["side"]] for row in last.values())
    note = "headers alone; outsiders of a thread as one customer"
    return Figure(truth.name, "turn", right, len(last), TURN, note)


def _turn(talk: Conversation, us: Us) -> Turn:
    rules = Rules(
        us=us,
        customer_of=lambda address: None if not address or address in us else "they",
        known_since=lambda _: None,
        our_making=lambda _: False,
        rep=rep_calendar("", UTC, frozenset()),
        opening=NOW.time(),
        closing=NOW.time().replace(hour=18),
        policies=DEFAULT_POLICIES,
    )
    (they,) = judge(talk.messages, {}, rules, NOW).customers
    (thread,) = they.threads
    return thread.decision.turn


# ── the cases of dovecot/imaptest ──

# What THREAD=REFERENCES (RFC 5256) answers and we do not, and why.
OTHERWISE = {
    "thread": "a loop, in which the last word of the tree leaves one out; a set holds whoever is named",
    "thread2": "one Message-ID twice; RFC 5256 makes the second one nameless, we keep them together",
    "thread4": "a reply with References joins by its subject; DESIGN forbids it",
}


def _imaptest(root: Path) -> Figure:
    cases = [one for one in sorted(root.rglob("thread*")) if re.fullmatch(r"thread\d*", one.name)]
    wrong = [one.name for one in cases if not _as_expected(one)]
    note = "otherwise: " + "; ".join(f"{one} ({OTHERWISE.get(one, 'not known why')})" for one in wrong)
    unexpected = [one for one in wrong if one not in OTHERWISE]
    floor = (len(cases) - len(OTHERWISE)) / len(cases) if not unexpected else 1.0
    return Figure("threads-imaptest", "exact groups", len(cases) - len(wrong), len(cases), floor, note)


def _as_expected(case: Path) -> bool:
    """Play a case's commands; after each, the groups are those of the tree that it expects."""
    mails = [_arrived(*one, number) for number, one in enumerate(_mbox(_mbox_of(case)), start=1)]
    script = case.read_text("ascii")
    coming = iter(mails)
    held = [] if "state: created" in script else list(coming)
    marked: set[int] = set()
    for line in script.lower().splitlines():
        if line.startswith("ok append"):
            held.append(next(coming))
        elif stored := re.match(r"ok store ([\d,]+) \+flags \\deleted", line):
            marked = {held[int(place) - 1].id for place in stored[1].split(",")}
        elif line.startswith("ok expunge"):
            held = [one for one in held if one.id not in marked]
        elif tree := re.match(r"\* thread (\(.*\))", line):
            place = {one.id: number for number, one in enumerate(held, start=1)}
            talks = conversations(held, customer_of(REP, {}))
            found = {frozenset(place[one.id] for one in talk.messages) for talk in talks}
            if found != _groups(tree[1]):
                return False
    return True


def _mbox_of(case: Path) -> bytes:
    return case.with_suffix(".mbox").read_bytes()


def _arrived(block: bytes, date: str, number: int) -> Message:
    plain = re.sub(r" [+-]\d{4}$", "", date.strip())
    arrived = datetime.strptime(plain, "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    return _read(block, number, REP, arrived=arrived)


def _groups(tree: str) -> set[frozenset[int]]:
    """The outermost parentheses of "(1 (2 4)(3))(5)", each as a set."""
    found: list[set[int]] = []
    depth = 0
    for token in re.findall(r"[()]|\d+", tree):
        if token == "(":
            depth += 1
            found += [set()] if depth == 1 else []
        elif token == ")":
            depth -= 1
        else:
            found[-1].add(int(token))
    return {frozenset(one) for one in found}
