"""Signed-in sessions, one an account, kept for a round: headers first, texts later over the same link. The
daemon keeps them from round to round: servers count sign-ins, and a poll is mostly that.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from watcher.clock import monotonic_seconds
from watcher.config import Account
from watcher.errors import ConfigError, ServerUnreachable, SignInRefused
from watcher.mailbox.account import secret_from, signed_in, stored_for
from watcher.mailbox.grants import Grant
from watcher.mailbox.session import ImapSession

TIMEOUTS = (10.0, 60.0)  # seconds to wait for a connection, and for an answer
_SURE_SECONDS = 20.0  # a link that answered so lately is not asked whether it lives


class Links:
    """The open sessions. Only `abort` and `renew` may be called from another thread.

    `stopping` says that somebody asked to end: a `password_command` that is waited for is cut off then.
    `timeouts` are the seconds to wait for a connection and for an answer.
    """

    def __init__(
        self, stopping: Callable[[], bool] = lambda: False, timeouts: tuple[float, float] = TIMEOUTS
    ) -> None:
        self._stopping = stopping
        self._timeouts = timeouts
        self._open: dict[str, ImapSession] = {}
        self._kept = False
        self._for_good = False
        self._renew = threading.Event()
        # By monotonic seconds: when the outermost block began, and when each account's link last answered.
        self._began = 0.0
        self._used: dict[str, float] = {}
        self.fresh: set[str] = set()  # accounts that this round has signed in to
        self._alone: set[str] = set()  # accounts that take no second link

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep what is opened inside until the end of the outermost block."""
        if self._kept:
            yield
            return
        self._kept = True
        if self._renew.is_set():
            self._renew.clear()
            self.abort()
            self.close()
        self._began = monotonic_seconds()
        self.fresh.clear()
        try:
            yield
        finally:
            self._kept = False
            if not self._for_good:
                self.close()

    def keep_for_good(self) -> None:
        """Keep what is opened from block to block, as long as it lives."""
        self._for_good = True

    def renew(self) -> None:
        """Make every link anew at the next block, from any thread: after a sleep of the machine whoever asks
        over an old one waits in vain.
        """
        self._renew.set()

    def close(self) -> None:
        """End every link."""
        for name in list(self._open):
            self._drop(name)

    @contextmanager
    def to(self, account: Account) -> Iterator[ImapSession]:
        """A session with an account; one that fails is not used again.

        Raises ConfigError, SignInRefused, ServerUnreachable.
        """
        session = self._living(account.name)
        if session is None:
            session = self._open[account.name] = sign_in(account, self._stopping, self._timeouts)
            self._used[account.name] = monotonic_seconds()
            self.fresh.add(account.name)
        try:
            yield session
        except BaseException:
            self._drop(account.name)
            raise
        self._used[account.name] = monotonic_seconds()
        if not self._kept:
            self._drop(account.name)

    def another(self, account: Account) -> Callable[[], AbstractContextManager[ImapSession]] | None:
        """Opens a second link to an account; None where the server refused one before, or ended the first for
        it.
        """
        return None if account.name in self._alone else lambda: self._second(account)

    @contextmanager
    def _second(self, account: Account) -> Iterator[ImapSession]:
        name = f"{account.name} (second)"
        try:
            self._open[name] = sign_in(account, self._stopping, self._timeouts)
            yield self._open[name]
        except (ServerUnreachable, SignInRefused, ConfigError):
            self._alone.add(account.name)
            raise
        finally:
            self._drop(name)

    def _living(self, name: str) -> ImapSession | None:
        """The open link. One that was not used for a while may have died since: no poll is lost for that."""
        session = self._open.get(name)
        sure_from = max(self._began, monotonic_seconds() - _SURE_SECONDS)
        if session is None or self._used[name] > sure_from or session.lives(self._timeouts[0]):
            return session
        session.abort()
        self._drop(name)
        return None

    def _drop(self, name: str) -> None:
        if session := self._open.pop(name, None):
            session.close()

    def abort(self) -> None:
        """End every link now: a call that waits for a server raises ServerUnreachable at once."""
        for session in list(self._open.values()):
            session.abort()


def sign_in(
    account: Account,
    stopping: Callable[[], bool] = lambda: False,
    timeouts: tuple[float, float] = TIMEOUTS,
) -> ImapSession:
    """A read-only session with one account; a `password_command` is cut off once `stopping` says so.

    Raises ConfigError, SignInRefused, ServerUnreachable.
    """
    stored = stored_for(account, stopping)
    try:
        secret = secret_from(account, stored)
        return signed_in(account, secret, timeout_connect=timeouts[0], timeout_read=timeouts[1])
    except SignInRefused as error:
        error.stamp = _stamp(stored)
        raise


def stamp_of(account: Account, stopping: Callable[[], bool] = lambda: False) -> str:
    """Changes when something new was stored to sign in with; "" where nothing can be read just now."""
    try:
        return _stamp(stored_for(account, stopping))
    except ConfigError:
        return ""


_KEY = secrets.token_bytes(32)  # of this process: a stamp is worth nothing elsewhere


def _stamp(stored: str | Grant) -> str:
    if isinstance(stored, Grant):
        return stored.stamp
    return hashlib.blake2b(stored.encode(), key=_KEY, digest_size=16).hexdigest()
