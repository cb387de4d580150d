"""A mailbox in memory that answers the `MailSession` protocol, and fails when told to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Self

from watcher.domain.messages import Envelope, Role
from watcher.errors import ServerUnreachable
from watcher.mailbox.protocol import FetchedHeader, Folder, FolderState

BATCH = 2  # small, so that a pass can break in the middle of few mails


@dataclass(frozen=True)
class FakeMail:
    """One mail as a server holds it. `source` is what a whole fetch gives: None where the server cannot."""

    envelope: Envelope
    arrived: datetime
    source: bytes | None = None
    server_thread: str = ""


@dataclass
class FakeFolder:
    """One folder: mails by UID. `refuses` is what EXAMINE answers instead of opening it.

    `highestmodseq` is None where the server has no CONDSTORE (RFC 7162).
    """

    role: Role
    mails: dict[int, FakeMail] = field(default_factory=dict)
    uidvalidity: int = 1
    uidnext: int = 1
    refuses: str = ""
    highestmodseq: int | None = None

    def put(self, mail: FakeMail) -> int:
        uid = self.uidnext
        self.mails[uid] = mail
        self.uidnext += 1
        self.change()
        return uid

    def change(self) -> None:
        """As a flag that was set, or a mail that came or went, does (RFC 7162 3.1.1)."""
        if self.highestmodseq is not None:
            self.highestmodseq += 1

    def renew(self) -> None:
        """A new UIDVALIDITY, UIDs from 1, as a restored server has."""
        held = list(self.mails.values())
        self.mails, self.uidnext = {}, 1
        self.uidvalidity += 1
        for mail in held:
            self.put(mail)


@dataclass
class FakeSession:
    """A signed-in session. After `batches_left` header batches `error` is raised, and by every later call.

    `batch` is how many header blocks come at once; `trips` is what was asked of it, a round trip each.
    """

    boxes: dict[str, FakeFolder]
    batches_left: int | None = None
    error: BaseException = field(default_factory=lambda: ServerUnreachable("The connection was lost."))
    opened: str = ""
    batch: int = BATCH
    trips: list[str] = field(default_factory=list)

    def folders(self) -> Sequence[Folder]:
        self._link()
        self.trips.append("LIST")
        return [Folder(name, one.role) for name, one in self.boxes.items()]

    def examine(self, name: str) -> FolderState:
        self._link()
        self.trips.append(f"EXAMINE {name}")
        one = self.boxes.get(name)
        if one is None or one.refuses:
            raise ServerUnreachable(one.refuses if one else f'opening "{name}": no such folder')
        self.opened = name
        return FolderState(one.uidvalidity, one.uidnext, len(one.mails), one.highestmodseq)

    def uids(self, after: int = 0, since: date | None = None) -> list[int]:
        self._link()
        self.trips.append("SEARCH")
        held = self.boxes[self.opened].mails
        return sorted(
            uid
            for uid, mail in held.items()
            if uid > after and (since is None or mail.arrived.astimezone(UTC).date() >= since)
        )

    def headers(self, uids: Sequence[int]) -> Iterator[list[FetchedHeader]]:
        for start in range(0, len(uids), self.batch):
            self._link()
            self.trips.append(f"FETCH {len(uids[start : start + self.batch])}")
            if self.batches_left is not None:
                self.batches_left -= 1
            held = self.boxes[self.opened].mails
            there = [(uid, held[uid]) for uid in uids[start : start + self.batch] if uid in held]
            yield [
                FetchedHeader(uid, mail.arrived, mail.envelope, server_thread=mail.server_thread)
                for uid, mail in there
            ]

    def source(self, uid: int, limit: int) -> bytes | None:
        self._link()
        mail = self.boxes[self.opened].mails.get(uid)
        return mail.source[:limit] if mail and mail.source is not None else None

    def sources(self, uids: Sequence[int], limit: int) -> Iterator[tuple[int, bytes | None]]:
        for uid in uids:
            yield uid, self.source(uid, limit)

    def abort(self) -> None:
        self.batches_left = 0

    def close(self) -> None:
        self.opened = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _link(self) -> None:
        if self.batches_left is not None and self.batches_left <= 0:
            raise self.error
