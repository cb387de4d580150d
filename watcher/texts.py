"""mailbox → what texts say → store (docs/decisions/0010).

Headers have been kept and judged by now. Here the few texts are fetched that a decision hangs on, each is
read once, the facts are kept, and the text is gone.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from watcher.ahead import ahead, cut_short
from watcher.clock import Clock
from watcher.domain.kinds import KindVerdict, classify
from watcher.domain.messages import Direction, Kind
from watcher.domain.reading import evidence, opening, signature, tone
from watcher.domain.reading.automatic import SUSPECTS_VERSION
from watcher.domain.reading.away import AWAY_VERSION, read_away
from watcher.domain.reading.opening import read_opening
from watcher.domain.reading.replies import REPLY_VERSION, read_reply
from watcher.domain.reading.text import Text
from watcher.domain.reports import DeliveryReport
from watcher.errors import ServerBusy, ServerUnreachable
from watcher.mailbox.headers import read_envelope
from watcher.mailbox.protocol import MailSession
from watcher.mailbox.suspects import read_suspect
from watcher.mailbox.texts import read_text
from watcher.progress import TEXTS, Progress, Stopped
from watcher.store import facts, mail, neighbours, texts
from watcher.store.engine import Store
from watcher.store.texts import WantedText

log = logging.getLogger(__name__)

# Octets of a message that are fetched: enough for any text and any machine's report.
TEXT_LIMIT = 256 * 1024
# Texts of one account in one go; the rest is read in the next ones, newest first.
_AT_ONCE = 500
_BATCH = 20  # texts asked for at once
_WINDOW = 100  # texts of all folders that are newer than all others
# A text on which the link broke so often is the message's fault, not the link's: it is judged by its headers.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Group:
    """A group of rules for texts: raise `version` when they change, and what still matters is read again."""

    version: int
    read: Callable[[Text, WantedText], Mapping[str, Any]]


def _reply(text: Text, wanted: WantedText) -> Mapping[str, Any]:
    said = read_reply(text, wanted.written)
    found: dict[str, Any] = {"holding": said.holding, "closing": said.closing, "because": said.because}
    if said.promised:
        found["promised"] = said.promised.isoformat()
    return {name: value for name, value in found.items() if value}


def _away(text: Text, wanted: WantedText) -> Mapping[str, Any]:
    said = read_away(text, wanted.subject, wanted.written)
    return {"returns": said.returns.isoformat(), "because": said.because} if said.returns else {}


def _opening(text: Text, wanted: WantedText) -> Mapping[str, Any]:
    return {"opening": read_opening(text, wanted.subject).word}


def _evidence(text: Text, wanted: WantedText) -> Mapping[str, Any]:
    return evidence.to_fact(evidence.read_evidence(text, wanted.subject, wanted.direction))


def _signature(text: Text, _wanted: WantedText) -> Mapping[str, Any]:
    found = signature.read_signature(text)
    return {"hosts": list(found.hosts), "phones": list(found.phones)}


def _tone(text: Text, _wanted: WantedText) -> Mapping[str, Any]:
    return tone.to_fact(tone.read_tone(text))


GROUPS: Mapping[str, Group] = {
    "reply": Group(REPLY_VERSION, _reply),
    "away": Group(AWAY_VERSION, _away),
    "opening": Group(opening.VERSION, _opening),
    "evidence": Group(evidence.EVIDENCE_VERSION, _evidence),
    "signature": Group(signature.VERSION, _signature),
    "tone": Group(tone.TONE_VERSION, _tone),
}
# What was asked for together, each with its octets; None where it is gone.
Fetched = Sequence[tuple[WantedText, bytes | None]]
VERSIONS = {name: group.version for name, group in GROUPS.items()}


@dataclass(frozen=True, slots=True)
class TextReport:
    """What one pass over the texts of an account brought. `unreadable` ones are judged by their headers;
    `left` ones lie where nothing could be opened.
    """

    read: int = 0
    unreadable: int = 0
    left: int = 0

    @property
    def nothing_wanted(self) -> bool:
        """Whether no text was to be read."""
        return not self.read and not self.left

    def __add__(self, other: TextReport) -> TextReport:
        """Two passes of one round."""
        left = other.left  # what the first left the second was asked for too
        return TextReport(self.read + other.read, self.unreadable + other.unreadable, left)


@dataclass(slots=True)
class TextPass:
    """The texts of one account that something hangs on, read over a session that is open."""

    store: Store
    session: MailSession
    account: str
    clock: Clock
    company_of: Callable[[str], str]
    progress: Callable[[Progress], None] = lambda _: None
    stopping: Callable[[], bool] = lambda: False
    broke_on: Counter[int] = field(default_factory=Counter)  # kept from pass to pass, by message
    customers: frozenset[int] | None = None  # whose threads are looked at; None: everybody's
    report: TextReport = field(default_factory=TextReport)

    def run(self) -> TextReport:
        """Read what is wanted. Raises ServerUnreachable when the link is lost, Stopped when asked."""
        with self.store.reading() as connection:
            changed = texts.judged_by_older_rules(connection, SUSPECTS_VERSION, self.clock())
        if changed:
            with self.store.writing() as connection:
                texts.doubt_again(connection, SUSPECTS_VERSION, self.clock())
        with self.store.reading() as connection:
            doubtful = texts.doubtful(connection, self.account, _AT_ONCE)
            among = None if self.customers is None else neighbours.threads_of(connection, self.customers)
            waiting = texts.waiting(connection, self.account, VERSIONS, self.clock(), _AT_ONCE, among)
        total = len(doubtful) + len(waiting)
        fetched = ahead(self._fetched([*doubtful, *waiting]), "fetch-texts")
        with closing(fetched) as batches, cut_short(self.session.abort):
            for one, source in chain.from_iterable(batches):
                self._keep(one, source)
                if self.report.read % _BATCH == 0 or self.report.read == total:
                    self.progress(Progress(TEXTS, self.report.read, total))
        return replace(self.report, left=total - self.report.read)

    # ── fetch ──

    def _fetched(self, wanted: Sequence[WantedText]) -> Iterator[Fetched]:
        """The newest first; one by one at the end what was asked for when a link broke."""
        sound = [one for one in wanted if one.message not in self.broke_on]
        broken = [one for one in wanted if one.message in self.broke_on]
        for start in range(0, len(sound), _WINDOW):
            yield from self._by_folder(sound[start : start + _WINDOW])
        for one in sorted(broken, key=lambda one: self.broke_on[one.message]):
            yield from self._by_folder([one])

    def _by_folder(self, window: Sequence[WantedText]) -> Iterator[Fetched]:
        """Folder by folder, for opening one costs a round trip."""
        by_folder: dict[tuple[str, int | None], list[WantedText]] = {}
        for one in window:
            by_folder.setdefault((one.folder, one.uidvalidity), []).append(one)
        for (name, uidvalidity), here in by_folder.items():
            if self._opened(name, uidvalidity):
                for start in range(0, len(here), _BATCH):
                    yield self._batch(here[start : start + _BATCH])

    def _batch(self, batch: Sequence[WantedText]) -> Fetched:
        if self.stopping():
            raise Stopped
        asked = [one for one in batch if self.broke_on[one.message] < _TRIES]
        try:
            got = dict(self.session.sources([one.uid for one in asked], TEXT_LIMIT))
        except ServerBusy:
            raise  # no text's fault
        except ServerUnreachable:
            if not self.stopping():
                self.broke_on.update(one.message for one in batch)
            raise
        return [(one, got.get(one.uid)) for one in batch]

    def _opened(self, name: str, uidvalidity: int | None) -> bool:
        """Whether a folder opened, and its UIDs still mean what they meant when its headers were read."""
        try:
            return self.session.examine(name).uidvalidity == uidvalidity
        except ServerUnreachable:
            self.session.folders()  # raises where it is the link that is lost, not the folder
            return False

    # ── read and keep ──

    def _keep(self, one: WantedText, source: bytes | None) -> None:
        """What a text says, in one transaction. What is gone or unreadable counts as read: it stays so."""
        text = self._text(source)
        verdict, report = _judged(one, source, text)
        told = one.verdict.suspect or verdict.kind is not one.verdict.kind
        # What turned out to be an automatic reply is asked at once when they are back.
        groups = ("away",) if told and verdict.kind is Kind.AUTO_REPLY else one.groups
        found = {name: GROUPS[name].read(text or Text(), one) for name in groups}
        with self.store.writing() as connection:
            if told:
                mail.keep_report(connection, one.message, verdict, report, self.company_of)
                facts.keep_facts(connection, one.message, "kind", {"why": verdict.why}, SUSPECTS_VERSION)
            for name, values in found.items():
                facts.keep_facts(connection, one.message, name, values, VERSIONS[name])
            if any(name in facts.OF_TURNS for name in found):
                mail.judge_again(connection, one.message)
        self.broke_on.pop(one.message, None)
        self.report += TextReport(read=1)

    def _text(self, source: bytes | None) -> Text | None:
        try:
            return None if source is None else read_text(source)
        except ValueError:
            self.report += TextReport(unreadable=1)
            return None


def _judged(
    one: WantedText, source: bytes | None, text: Text | None
) -> tuple[KindVerdict, DeliveryReport | None]:
    """The kind, now that the text is here: of what is doubtful, and of theirs that is read for its words. A
    machine that no header gives away shows itself there.
    """
    asked = one.verdict.suspect or (one.direction is Direction.INBOUND and "reply" in one.groups)
    if source is None or not asked:
        return one.verdict, None
    return read_suspect(source, _by_headers(source) or one.verdict, text)


def _by_headers(source: bytes) -> KindVerdict | None:
    """What was stored may be what older rules read off the text: only the headers' own word counts."""
    try:
        return classify(read_envelope(source))
    except ValueError:
        return None
