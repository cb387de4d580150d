"""mailbox → store.

A pass reads the headers in every watched folder from its checkpoint on. Messages and the checkpoint behind
them are kept in one transaction: a pass that is cut off at any moment goes on where it was, a second one
changes nothing. What texts say is read later (watcher.texts).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import groupby

from watcher.clock import Clock
from watcher.domain.kinds import KINDS_MATTER, KINDS_VERSION, KindVerdict, classify
from watcher.domain.messages import Role
from watcher.domain.thread_index import read_thread_index
from watcher.errors import ServerUnreachable
from watcher.fetching import Another, Opened
from watcher.mailbox.protocol import FetchedHeader, Folder, FolderState, MailSession
from watcher.progress import Progress, Stopped
from watcher.store import mail, settings
from watcher.store.engine import Store
from watcher.store.mail import Arrival, KnownFolder, OldKind

log = logging.getLogger(__name__)

# Headers that older rules judged are read again so many at a time.
_KINDS_AT_ONCE = 2000
# Junk comes last: whom we know is known by then.
_ORDER = {Role.SENT: 0, Role.INBOX: 1, Role.OTHER: 2, Role.JUNK: 3}


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one pass over an account brought: messages that are `new`, and known ones `found_again` at another
    place. `failures` are folders that could not be read, and why.
    """

    new: int = 0
    found_again: int = 0
    broken: int = 0
    read_again: tuple[str, ...] = ()
    failures: tuple[tuple[str, str], ...] = ()

    @property
    def whole(self) -> bool:
        """Whether every watched folder was read."""
        return not self.failures


@dataclass(slots=True)
class Pass:
    """One pass over one account: what it needs to know, and what it counts on the way."""

    store: Store
    session: MailSession
    account: str
    clock: Clock
    since_days: int
    company_of: Callable[[str], str]
    progress: Callable[[Progress], None] = lambda _: None
    stopping: Callable[[], bool] = lambda: False
    another: Another | None = None  # a second link, for folders with much to read
    report: SyncReport = field(default_factory=SyncReport)

    def run(self) -> SyncReport:
        """Read every watched folder. Raises ServerUnreachable when the link is lost, Stopped when asked."""
        for known in self._folders():
            try:
                self._read(known)
            except ServerUnreachable as error:
                if self.stopping():  # the link was ended by us: that is no failure of the folder
                    raise Stopped from error
                self._failed(known, str(error))
                if not self._still_there():
                    raise
        self._judge_kinds_again()
        return self.report

    # ── folders ──

    def _folders(self) -> list[KnownFolder]:
        """Note the server's listing; the watched folders, in the order of reading."""
        listed = {one.name: one for one in self.session.folders()}
        with self.store.writing() as connection:
            number = mail.account_id(connection, self.account)
            known = mail.folders(connection, self.account)
            for folder in (one for name, one in listed.items() if not _noted(known.get(name), one)):
                mail.keep_folder(connection, number, folder.name, folder.role, _left_out(folder))
            known = mail.folders(connection, self.account)
            gone = [one for name, one in known.items() if name not in listed]
            missed = [one for one in gone if _missed(one, listed.values())]
            for one in gone:
                if one not in missed:
                    mail.forget_folder(connection, one)
        for one in missed:
            self._failed(one, "it is gone from the server")
        watched = [one for name, one in known.items() if name in listed and one.watched]
        return sorted(watched, key=lambda one: (_ORDER[one.role], one.name))

    def _failed(self, known: KnownFolder, why: str) -> None:
        log.warning("folder %d of account %s was not read", known.id, self.account)
        with self.store.writing() as connection:
            mail.folder_failed(connection, known, why, self.clock())
        self.report = replace(self.report, failures=(*self.report.failures, (known.name, why)))

    def _still_there(self) -> bool:
        try:
            self.session.folders()
        except ServerUnreachable:
            return False
        return True

    # ── one folder ──

    def _read(self, known: KnownFolder) -> None:
        state = self.session.examine(known.name)
        if _suddenly_empty(known, state):
            self._failed(known, f"it is suddenly empty: {known.messages} messages lay there")
            return
        known = self._at_checkpoint(known, state)
        uids = [] if _unchanged(known, state) else self._new_uids(known)
        again = self._once_strangers(known)
        self._fetch(known, Opened(self.session, known.name, state), [*again, *uids])
        # What came in since EXAMINE was found and counted there is not.
        exists = state.exists + sum(uid >= state.uidnext for uid in uids if state.uidnext)
        if exists != known.messages + len(uids):
            self._look_for_gone(known)
        # What came before the window is not ours to fetch, ever: the checkpoint stands behind it. UIDNEXT may
        # be older than what was found, and old servers do not tell it (RFC 3501 6.3.1).
        last = max(known.last_uid, state.uidnext - 1, *uids[-1:])
        with self.store.writing() as connection:
            if last > known.last_uid:
                mail.keep_arrivals(connection, known, [], last, self.company_of)
            mail.looked_again(connection, known, again)
            mail.folder_was_read(connection, known, exists, self.clock(), state.highestmodseq)

    def _at_checkpoint(self, known: KnownFolder, state: FolderState) -> KnownFolder:
        """The folder with the UIDs it knows, or with none where UIDVALIDITY says they mean nothing now: it is
        read anew then, and until the next pass has read it too.
        """
        if known.uidvalidity == state.uidvalidity:
            return replace(known, rereading=False)
        with self.store.writing() as connection:
            mail.begin_reading_again(connection, known, state.uidvalidity)
        again = known.uidvalidity is not None
        if again:
            self.report = replace(self.report, read_again=(*self.report.read_again, known.name))
        return replace(known, uidvalidity=state.uidvalidity, last_uid=0, messages=0, rereading=again)

    def _new_uids(self, known: KnownFolder) -> list[int]:
        """Until a folder was once read to its end the window counts, though a pass that broke off left a
        checkpoint.
        """
        return self.session.uids(known.last_uid, self._since() if known.messages == 0 else None)

    def _since(self) -> date | None:
        return (self.clock() - timedelta(days=self.since_days)).date() if self.since_days else None

    def _once_strangers(self, known: KnownFolder) -> list[int]:
        """What was passed over in Junk while nobody had written to its author (docs/decisions/0013)."""
        if known.role is not Role.JUNK:
            return []
        with self.store.reading() as connection:
            return mail.no_longer_strangers(connection, known)

    def _fetch(self, known: KnownFolder, opened: Opened, uids: Sequence[int]) -> None:
        if not uids:
            return
        done = 0
        with opened.headers(uids, self.another) as batches:
            for batch in batches:
                if self.stopping():
                    raise Stopped
                self._keep(known, batch)
                done += len(batch)
                self.progress(Progress(known.name, done, len(uids)))

    def _keep(self, known: KnownFolder, batch: Sequence[FetchedHeader]) -> None:
        arrivals = [_arrival(one) for one in batch if one.envelope is not None]
        broken = [one for one in batch if one.envelope is None]
        # What is looked at again lies before the checkpoint, which never goes back.
        last = max([known.last_uid, *(one.uid for one in batch)])
        with self.store.writing() as connection:
            if known.role is Role.JUNK:
                known_people = mail.written_to(connection, map(_author, arrivals))
                strangers = {one.uid: _author(one) for one in arrivals if _author(one) not in known_people}
                mail.pass_over(connection, known, strangers)
                arrivals = [one for one in arrivals if one.uid not in strangers]
            new = mail.keep_arrivals(connection, known, arrivals, last, self.company_of)
            for one in broken:
                mail.keep_broken(connection, known, one.uid, one.broken, self.clock())
            mail.more_lie_there(connection, known, sum(one.uid > known.last_uid for one in batch))
        self.report = replace(
            self.report,
            new=self.report.new + new,
            found_again=self.report.found_again + len(arrivals) - new,
            broken=self.report.broken + len(broken),
        )

    def _look_for_gone(self, known: KnownFolder) -> None:
        """Fewer messages than there should be: some were moved or deleted. They stay known."""
        there = set(self.session.uids())
        with self.store.writing() as connection:
            gone = mail.known_uids(connection, known) - there
            mail.forget_locations(connection, known, gone)

    # ── rules that changed ──

    def _judge_kinds_again(self) -> None:
        """After an upgrade: the headers of what still matters are read once more, some at each pass."""
        note = f"kinds of {self.account}"
        with self.store.reading() as connection:
            if settings.get_setting(connection, note) == str(KINDS_VERSION):
                return
            after = self.clock() - KINDS_MATTER
            old = mail.older_kinds(connection, self.account, after, _KINDS_AT_ONCE)
        if not old:
            with self.store.writing() as connection:
                settings.put_setting(connection, note, str(KINDS_VERSION))
        for (name, uidvalidity), here in groupby(sorted(old, key=_place), key=_place):
            try:
                if self.session.examine(name).uidvalidity == uidvalidity:
                    self._judge_again({one.uid: one.message for one in here})
            except ServerUnreachable:  # that folder waits; whether it is read was said above
                if not self._still_there():
                    raise

    def _judge_again(self, numbers: Mapping[int, int]) -> None:
        gone = dict(numbers)
        for batch in self.session.headers(sorted(numbers)):
            if self.stopping():
                raise Stopped
            with self.store.writing() as connection:
                for one in batch:
                    mail.keep_kind(connection, gone.pop(one.uid), *_judged_anew(one))
        with self.store.writing() as connection:
            for number in gone.values():
                mail.keep_kind(connection, number, None)


def _judged_anew(one: FetchedHeader) -> tuple[KindVerdict | None, str]:
    """The kind, and the conversation that Outlook counts the message to."""
    if one.envelope is None:
        return None, ""
    return classify(one.envelope), read_thread_index(one.envelope.mark("thread-index") or "")


def _place(one: OldKind) -> tuple[str, int | None]:
    return (one.folder, one.uidvalidity)


def _noted(known: KnownFolder | None, folder: Folder) -> bool:
    return known is not None and (known.role, known.left_out) == (folder.role, _left_out(folder))


def _left_out(folder: Folder) -> str:
    return "" if folder.watched else folder.left_out or "not watched"


def _missed(known: KnownFolder, listed: Iterable[Folder]) -> bool:
    """Whether a folder that is gone leaves us blind: a Sent or an Inbox that no other one stands in for."""
    if known.role not in (Role.SENT, Role.INBOX) or not known.watched:
        return False
    return not any(one.role is known.role and one.watched for one in listed)


def _unchanged(known: KnownFolder, state: FolderState) -> bool:
    """Whether EXAMINE alone tells that nothing came and nothing went since the folder was read to its end.

    UIDNEXT changes with every arrival, whatever left meanwhile (RFC 3501 2.3.1.1): together with EXISTS it is
    enough. Where HIGHESTMODSEQ is told it has to be the same too, though flags change it (RFC 7162). A server
    that tells no UIDNEXT is asked.
    """
    modseqs = {known.highestmodseq, state.highestmodseq} - {None}
    return (
        known.uidvalidity == state.uidvalidity
        and known.messages == state.exists
        and known.last_uid + 1 == state.uidnext
        and len(modseqs) < 2
    )


def _suddenly_empty(known: KnownFolder, state: FolderState) -> bool:
    """Nobody empties Sent: it was moved, or the server is not well. An Inbox may well be empty."""
    return known.role is Role.SENT and state.exists == 0 and known.messages > 0


def _arrival(one: FetchedHeader) -> Arrival:
    if one.envelope is None:
        raise ValueError("a broken message is no arrival")
    return Arrival(one.uid, one.internal_date, one.envelope, classify(one.envelope), one.server_thread)


def _author(arrival: Arrival) -> str:
    return arrival.envelope.author.address if arrival.envelope.author else ""
