"""Whose turn: our own cases, and a two-sided mailbox of ten years that nobody here wrote."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.accuracy.baselines import BASELINES, Seen, by_references, is_right, sent_last
from tests.accuracy.figures import Figure
from tests.cases.comparing import complaints, turn_complaints
from tests.cases.loading import Case, cases
from tests.cases.running import Outcome, run_case
from tests.sync.fake import FakeFolder, FakeMail, FakeSession
from watcher.domain.identity import Us
from watcher.domain.judgement import judge
from watcher.domain.messages import Message, Role
from watcher.domain.reviewed import Rules
from watcher.domain.stages import DEFAULT_POLICIES
from watcher.domain.threads import Conversation, conversations
from watcher.domain.turns import Turn
from watcher.domain.worktime import rep_calendar
from watcher.mailbox.headers import read_envelope
from watcher.review import company_of, customer_of
from watcher.store.engine import open_store
from watcher.store.messages import load_messages
from watcher.store.migrate import migrate
from watcher.sync import Pass

CASES = "cases"
FLOOR = 0.98
FLOOR_OF_ALL_FACTS = 0.95
BETTER_BY = 0.25
MAILBOX = "mailbox-rsiggeo"
MAILBOX_FLOOR = 0.99
_OWN = "support@geo-shop.example"
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


def measure(corpora: Path | None) -> list[Figure]:
    """The cases, and the mailbox where it is there."""
    found = measure_cases()
    if corpora is not None and (corpora / MAILBOX).is_dir():
        found += measure_mailbox(corpora)
    return found


# ── our own cases ──


@dataclass(frozen=True)
class Measured:
    """Every case with what it says: the turns that are wrong, and everything that is."""

    cases: tuple[tuple[Case, list[str], list[str]], ...]

    @property
    def wrong(self) -> list[tuple[Case, list[str]]]:
        """The cases where anything is not as it must be."""
        return [(case, found) for case, _, found in self.cases if found]

    @property
    def turns_right(self) -> int:
        """Cases in which every turn is right."""
        return sum(not turn for _, turn, _ in self.cases)

    @property
    def share(self) -> float:
        """Of the cases, those with every turn right."""
        return self.turns_right / len(self.cases)


def measured(wanted: Iterable[Case]) -> Measured:
    """Run cases."""
    return Measured(tuple((one, *_found(one, run_case(one))) for one in wanted))


def _found(case: Case, outcome: Outcome) -> tuple[list[str], list[str]]:
    return turn_complaints(case, outcome), complaints(case, outcome)


def measure_cases() -> list[Figure]:
    """Turns right beside what two simple tools get right."""
    found = measured(cases())
    many = len(found.cases)
    simple = {name: sum(is_right(case, one) for case, *_ in found.cases) for name, one in BASELINES.items()}
    better = found.turns_right - simple["whoever sent last"]
    return [
        Figure(CASES, "turn right", found.turns_right, many, FLOOR),
        Figure(
            CASES,
            "all right",
            many - len(found.wrong),
            many,
            FLOOR_OF_ALL_FACTS,
            "turn, reason, since, due, kinds and whatever else a case names",
        ),
        *(Figure(CASES, f'"{name}"', right, many, note="turn right") for name, right in simple.items()),
        Figure(CASES, 'better than "whoever sent last"', better, many, BETTER_BY, "of all cases"),
    ]


# ── a mailbox of others ──


def measure_mailbox(corpora: Path) -> list[Figure]:
    """Each thread of the truth: whose turn, where all outsiders of a thread are one customer."""
    place = corpora / MAILBOX
    truth = _truth(place / "TRUTH_threads.tsv")
    sources = {name: [file.read_bytes() for file in _files(place / name)] for name in ("INBOX", "Sent")}
    wanted = {name: _last(rows) for name, rows in truth.items()}
    talks = _by_message(_talks(sources))
    turns = {talk.number: _turn(talk) for talk in {one.number: one for one in talks.values()}.values()}
    right = sum(turns[talks[name].number] == turn for name, turn in wanted.values())
    groups = {each.envelope.message_id: group for group in by_references(_seen(sources)) for each in group}
    simple = sum(sent_last(groups[name], "") == turn for name, turn in wanted.values())
    note = "all outsiders of a thread as one customer, by headers alone"
    return [
        Figure(MAILBOX, "turn right", right, len(wanted), MAILBOX_FLOOR, note),
        Figure(MAILBOX, '"whoever sent last"', simple, len(wanted), note="turn right"),
        Figure(
            MAILBOX,
            '"References alone"',
            simple,
            len(wanted),
            note="the same here: every outsider is the customer",
        ),
    ]


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.eml"))


def _truth(file: Path) -> Mapping[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    with file.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows, delimiter="\t"):
            found.setdefault(row["thread"], []).append(row)
    return found


def _last(rows: Sequence[Mapping[str, str]]) -> tuple[str, str]:
    """The Message-ID of the last mail of a thread, and whose turn that makes it."""
    last = max(rows, key=lambda row: datetime.fromisoformat(row["date"]))
    return last["message_id"], "theirs" if last["side"] == "us" else "ours"


def _talks(sources: Mapping[str, Iterable[bytes]]) -> list[Conversation]:
    """The conversations after one sync of the mailbox, as the judgement sees them."""
    roles = {"INBOX": Role.INBOX, "Sent": Role.SENT}
    boxes = {name: FakeFolder(roles[name]) for name in sources}
    for name, mails in sources.items():
        for source in mails:
            envelope = read_envelope(source)
            boxes[name].put(FakeMail(envelope, envelope.date or _NOW, source))
    with TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "watcher.db")
        migrate(store, _NOW)
        Pass(store, FakeSession(boxes, batch=500), "work", lambda: _NOW, 0, company_of).run()
        with store.reading() as connection:
            messages: list[Message] = load_messages(connection, None, _us(), _NOW)
        store.close()
    return conversations(messages, customer_of(_us(), {}))


def _us() -> Us:
    return Us(frozenset({_OWN}), frozenset({_OWN.rpartition("@")[2]}), frozenset())


def _by_message(talks: Iterable[Conversation]) -> dict[str, Conversation]:
    return {each.message_id: one for one in talks for each in one.messages}


def _turn(talk: Conversation) -> Turn:
    rules = Rules(
        us=_us(),
        customer_of=lambda address: None if not address or address in _us() else "they",
        known_since=lambda _: None,
        our_making=lambda _: False,
        rep=rep_calendar("", UTC, frozenset()),
        opening=time(9),
        closing=time(18),
        policies=DEFAULT_POLICIES,
    )
    [customer] = judge(talk.messages, {}, rules, _NOW).customers
    [thread] = customer.threads
    return thread.decision.turn


def _seen(sources: Mapping[str, Iterable[bytes]]) -> list[Seen]:
    found = []
    for mails in sources.values():
        for source in mails:
            envelope = read_envelope(source)
            ours = envelope.author is not None and envelope.author.address == _OWN
            found.append(Seen(envelope, envelope.date or _NOW, ours))
    return found
