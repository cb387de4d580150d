"""Hear of new mail at once: a connection and a thread for each Inbox and each Sent (IDLE, RFC 2177).

A listener only says that something is new: the daemon reads. It never tries a password that no round has
just signed in with (who lost a link asks for a round that signs in anew), so it cannot knock where the
refusals say "leave alone"; a server without IDLE is polled and gets no further connection.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager

from watcher.clock import monotonic_seconds
from watcher.config import Account
from watcher.domain.backoff import LONGEST_SECONDS, pause
from watcher.domain.messages import Role
from watcher.errors import ServerUnreachable, SignInRefused, WatcherError
from watcher.links import TIMEOUTS, sign_in
from watcher.mailbox.session import ImapSession
from watcher.refusals import PAUSE, TRIES

log = logging.getLogger(__name__)

ROLES = (Role.INBOX, Role.SENT)
RENEW_SECONDS = 300.0
# An answer that does not come is a dead link.
ANSWER_SECONDS = 30.0
# Between two times that one folder speaks up: a burst of mail is read in one go.
_BREATH_SECONDS = 1.0
# A link that stood so long was a good one: the next loss begins at the shortest pause again.
_STOOD_SECONDS = 60.0

Connect = Callable[[Account, Callable[[], bool]], ImapSession]


def _connect(account: Account, stopping: Callable[[], bool]) -> ImapSession:
    return sign_in(account, stopping, (TIMEOUTS[0], ANSWER_SECONDS))


class Listener:
    """All that listens. `tell` is called from the threads whenever a round is worth its while, `knock` where
    one that signs in anew is wanted.
    """

    def __init__(
        self,
        accounts: Iterable[Account],
        tell: Callable[[], None],
        knock: Callable[[], None],
        connect: Connect = _connect,
        wait: Callable[[int], float] = lambda failures: pause(failures, random.random()),  # noqa: S311 - no secret
    ) -> None:
        self._ears = [
            _Ear(account, role, tell, knock, connect, wait, signing)
            for account, signing in ((one, threading.Lock()) for one in accounts)
            for role in ROLES
        ]

    def start(self) -> None:
        """Start the threads; each waits until a round was let in."""
        for ear in self._ears:
            ear.start()

    def let_in(self, accounts: Collection[str]) -> None:
        """A round has just signed in to these accounts, and their servers have IDLE."""
        for ear in self._ears:
            if ear.account in accounts:
                ear.let_in()

    def renew(self) -> None:
        """Give up every link for a new one, soon: the machine slept, and nobody knows what became of them."""
        for ear in self._ears:
            ear.renew()

    def stop(self) -> None:
        """End every link at once, from any thread. A thread that is just connecting ends after that."""
        for ear in self._ears:
            ear.stop()


class _Ear:
    """One folder of one account. All but `_run` and what it calls may be called from any thread."""

    def __init__(
        self,
        account: Account,
        role: Role,
        tell: Callable[[], None],
        knock: Callable[[], None],
        connect: Connect,
        wait: Callable[[int], float],
        signing: threading.Lock,
    ) -> None:
        self.account = account.name
        self._known, self._role, self._signing = account, role, signing
        self._tell, self._knock, self._connect, self._wait = tell, knock, connect, wait
        self._ended, self._hurry, self._let_in = threading.Event(), threading.Event(), threading.Event()
        self._session: ImapSession | None = None
        self._failures = self._refused = 0

    def start(self) -> None:
        threading.Thread(target=self._run, name=f"idle-{self._role}", daemon=True).start()

    def let_in(self) -> None:
        self._let_in.set()

    def renew(self) -> None:
        self._hurry.set()
        self._abort()

    def stop(self) -> None:
        self._ended.set()
        self._hurry.set()
        self._let_in.set()
        self._abort()

    def _abort(self) -> None:
        if session := self._session:
            session.abort()

    # ── the thread ──

    def _run(self) -> None:
        self._let_in.wait()
        while not self._ended.is_set() and self._refused < TRIES:
            begun = monotonic_seconds()
            lasting = self._listen()
            if monotonic_seconds() - begun >= _STOOD_SECONDS:
                self._failures = 0
            self._failures += 1
            self._rest(max(lasting, self._wait(self._failures)))

    def _listen(self) -> float:
        """Until the link is lost. Returns how many seconds to stay away at least."""
        try:
            with self._linked() as session:
                return self._hear(session)
        except SignInRefused:
            self._refused += 1
            return PAUSE.total_seconds()
        except WatcherError as error:
            log.debug("no longer listening to a folder: exit code %d", error.exit_code)
        except Exception as error:  # noqa: BLE001 - a keyring's, say: polls go on, and so must this thread
            log.warning("listening to a folder failed: %s", type(error).__name__)
        return 0

    @contextmanager
    def _linked(self) -> Iterator[ImapSession]:
        with self._signing:  # one after the other: each may renew a token and keep it
            session = self._session = self._connect(self._known, self._ended.is_set)
        try:
            self._refused = 0
            if self._ended.is_set():  # asked before there was a session to abort
                raise ServerUnreachable("The connection is not needed any more.")
            yield session
        finally:
            self._session = None
            session.close()

    def _hear(self, session: ImapSession) -> float:
        folders = (one.name for one in session.folders() if one.watched and one.role is self._role)
        name = next(folders, None)
        if name is None:
            return LONGEST_SECONDS  # somebody may make one
        session.examine(name)
        log.debug("listening to a folder")
        self._tell()  # of what came before this moment nobody has heard
        while not self._ended.is_set():
            if session.wait_for_news(RENEW_SECONDS):
                self._tell()
            self._ended.wait(_BREATH_SECONDS)
        return 0

    def _rest(self, seconds: float) -> None:
        """Stay away so long, and then until a round was let in: ask for one, and again, ever more seldom."""
        if self._hurry.wait(seconds) and not self._ended.is_set():
            self._failures = 0
        self._hurry.clear()
        self._let_in.clear()
        while not self._ended.is_set():
            self._knock()
            if self._let_in.wait(self._wait(self._failures + 1)):
                return
            self._failures += 1
