"""Header blocks of one folder, fetched ahead of whoever keeps them (docs/decisions/0031).

Many are fetched over two links in turns: while the one's answer is read and parsed, the other's is on its
way. They come in the order of their UIDs all the same, so that a checkpoint may stand behind each batch.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import chain, cycle

from watcher.ahead import ahead
from watcher.errors import WatcherError
from watcher.mailbox.protocol import FetchedHeader, MailSession

log = logging.getLogger(__name__)

_BLOCK = 1000  # messages that one link fetches before the other's turn
_AHEAD = 2  # of each link: one is on its way when the one before waits to be kept
_MANY = 3 * _BLOCK  # from here on a second link pays for its sign-in

Batch = Sequence[FetchedHeader]
# Opens another link to the same account.
Another = Callable[[], AbstractContextManager[MailSession]]


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder that the session has open, and the UIDVALIDITY that its UIDs hold for."""

    session: MailSession
    name: str
    uidvalidity: int | None

    @contextmanager
    def headers(self, uids: Sequence[int], another: Another | None) -> Iterator[Iterator[Batch]]:
        """Batches in the order of the UIDs given, one a link ahead. What a batch raises is raised in its
        place: ServerUnreachable. The session is its own again once the block is left.
        """
        with ExitStack() as stack:
            sessions = [self.session]
            if another and len(uids) >= _MANY:
                sessions += self._second(another, stack)
            lines = [self.session.headers(uids)] if len(sessions) == 1 else _dealt(sessions, uids)
            yield _in_turns([stack.enter_context(closing(ahead(one, "fetch", _AHEAD))) for one in lines])

    def _second(self, another: Another, stack: ExitStack) -> list[MailSession]:
        """None where the server lets nobody in twice: it only takes longer then."""
        try:
            session = stack.enter_context(another())
            same = session.examine(self.name).uidvalidity == self.uidvalidity
        except WatcherError as error:
            log.info("one link has to do: exit code %d", error.exit_code)
            return []
        return [session] if same else []


def _dealt(sessions: Sequence[MailSession], uids: Sequence[int]) -> list[Iterator[Batch]]:
    """Block by block, each session's share."""
    blocks = [uids[start : start + _BLOCK] for start in range(0, len(uids), _BLOCK)]
    return [_fetched(one, blocks[place :: len(sessions)]) for place, one in enumerate(sessions)]


def _fetched(session: MailSession, blocks: Iterable[Sequence[int]]) -> Iterator[Batch]:
    for block in blocks:
        yield list(chain.from_iterable(session.headers(block)))


def _in_turns(lines: Sequence[Iterator[Batch]]) -> Iterator[Batch]:
    """One of each line after the other, until the line whose turn it is has no more."""
    for line in cycle(lines):
        batch = next(line, None)
        if batch is None:
            return
        yield batch
