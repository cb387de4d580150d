"""What the sync asks of a mailbox, as data and one protocol.

The real thing is `watcher.mailbox.session.ImapSession`; tests may hand in anything that
answers the same calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import TracebackType
from typing import Protocol, Self

from watcher.domain.messages import Envelope, Role


@dataclass(frozen=True, slots=True)
class Folder:
    """One IMAP mailbox. `name` is decoded (not modified UTF-7). `watched` is False for what is left out."""

    name: str
    role: Role
    watched: bool = True
    left_out: str = ""  # why it is not watched: "trash", "drafts", "all mail", "not selectable", "config"


@dataclass(frozen=True, slots=True)
class FolderState:
    """What EXAMINE answered (RFC 3501 6.3.2; HIGHESTMODSEQ: RFC 7162)."""

    uidvalidity: int
    uidnext: int
    exists: int
    highestmodseq: int | None = None


@dataclass(frozen=True, slots=True)
class FetchedHeader:
    """One message's header block, read; or, where it could not be read, why (`broken`)."""

    uid: int
    internal_date: datetime  # aware, UTC
    envelope: Envelope | None
    broken: str = ""
    server_thread: str = ""  # X-GM-THRID or THREADID where the server has one


class MailSession(Protocol):
    """A signed-in, read-only connection. One a thread.

    Every call raises `errors.ServerUnreachable` when the link is lost or the server misbehaves.
    """

    def folders(self) -> Sequence[Folder]:
        """Every folder, with its role, the left-out ones included."""

    def examine(self, name: str) -> FolderState:
        """Open a folder read-only (EXAMINE)."""

    def uids(self, after: int = 0, since: date | None = None) -> list[int]:
        """UIDs above `after`, ascending, of the opened folder; `since` is an INTERNALDATE day."""

    def headers(self, uids: Sequence[int]) -> Iterator[list[FetchedHeader]]:
        """Header blocks in batches of at most 500, in the order of the UIDs given.

        A UID that is gone is skipped; a message that cannot be read comes as `broken`, alone.
        """

    def source(self, uid: int, limit: int) -> bytes | None:
        """The first `limit` octets of one whole message (BODY.PEEK[]<0.limit>); None where it is gone."""

    def sources(self, uids: Sequence[int], limit: int) -> Iterator[tuple[int, bytes | None]]:
        """The same of many messages, a few a FETCH, in the order of the UIDs given.

        None where a message is gone or the server cannot give it: it costs none of the others.
        """

    def abort(self) -> None:
        """End the link now, from any thread: a call that is waiting raises ServerUnreachable at once."""

    def close(self) -> None:
        """Sign out and close; never raises."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
