"""Header blocks of one folder, fetched ahead of whoever keeps them (docs/decisions/0031).

Many are fetched over two links in turns: while the one's answer is read and parsed, the other's is on its
way. They come in the order of their UIDs all the same, so that a checkpoint may stand behind each batch.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import chain, cycle

from watcher.ahead import ahead, cut_short
from watcher.errors import ServerUnreachable, WatcherError
from watcher.mailbox.protocol import FetchedHeader, FolderState, MailSession

log = logging.getLogger(__name__)

_BLOCK = 500  # messages that one link fetches before the other's turn
_MANY = 3000  # from here on a second link pays for its sign-in

Batch = Sequence[FetchedHeader]
# Opens another link to the same account.
Another = Callable[[], AbstractContextManager[MailSession]]


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder that the session has open, and what it looked like then."""

    session: MailSession
    name: str
    state: FolderState

    @contextmanager
    def headers(self, uids: Sequence[int], another: Another | None) -> Iterator[Iterator[Batch]]:
        """Batches in the order of the UIDs given. What is lost with the second link comes over the first;
        when that breaks, its batch raises ServerUnreachable. The session is the caller's again once the block
        is left.
        """
        with ExitStack() as stack:
            second = self._second(another, stack) if another and len(uids) >= _MANY else None
            batches = self._over_one(uids) if second is None else self._over_both(second, uids)
            stack.enter_context(closing(batches))
            with cut_short(self.session.abort, *([second.abort] if second else [])):
                yield batches

    def _second(self, another: Another, stack: ExitStack) -> MailSession | None:
        """None where the server lets nobody in twice, or shows less there: a replica may lag, and what it
        does not have yet would be taken for deleted. It only takes longer then.
        """
        with ExitStack() as own:
            try:
                session = own.enter_context(another())
                seen = session.examine(self.name)
            except WatcherError as error:
                log.info("one link has to do: exit code %d", error.exit_code)
                return None
            if not _as_new(seen, self.state):
                return None
            stack.push(own.pop_all())
            return session

    def _over_one(self, uids: Sequence[int]) -> Generator[Batch, None, None]:
        with closing(ahead(self.session.headers(uids), "fetch")) as batches:
            yield from batches

    def _over_both(self, second: MailSession, uids: Sequence[int]) -> Generator[Batch, None, None]:
        blocks = [uids[start : start + _BLOCK] for start in range(0, len(uids), _BLOCK)]
        done = 0
        with (
            closing(ahead(_fetched(self.session, blocks[::2]), "fetch")) as evens,
            closing(ahead(_lost(_fetched(second, blocks[1::2])), "fetch-too")) as odds,
        ):
            for line in cycle((evens, odds)):
                batch = next(line, None)
                if batch is None:
                    break
                yield batch
                done += 1
        yield from self._over_one(list(chain.from_iterable(blocks[done:])))


def _as_new(seen: FolderState, state: FolderState) -> bool:
    newer = seen.uidnext >= state.uidnext and seen.exists >= state.exists
    return newer and seen.uidvalidity == state.uidvalidity


def _fetched(session: MailSession, blocks: Iterable[Sequence[int]]) -> Iterator[Batch]:
    for block in blocks:
        yield list(chain.from_iterable(session.headers(block)))


def _lost(batches: Iterator[Batch]) -> Iterator[Batch]:
    """They end where the link does."""
    try:
        yield from batches
    except ServerUnreachable:
        log.info("the second link is lost: the first fetches the rest")
