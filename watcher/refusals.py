"""Never lock an account: a sign-in that was refused is tried thrice, ten minutes apart, and then no more.

Many servers block who keeps knocking with a wrong password, for this account or for the whole address.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from watcher.errors import SignInRefused, WatcherError

TRIES = 3
PAUSE = timedelta(minutes=10)


class Refusals:
    """Which accounts refused us, how often in a row, and when last."""

    def __init__(self) -> None:
        self._tries: dict[str, int] = {}
        self._last: dict[str, datetime] = {}

    def leave_alone(self, account: str, now: datetime) -> bool:
        """Whether it is too soon to try an account again, or too late for ever."""
        tries = self._tries.get(account, 0)
        return tries >= TRIES or (tries > 0 and now < self._last[account] + PAUSE)

    def note(self, read: Iterable[str], failures: Mapping[str, WatcherError], now: datetime) -> None:
        """Take in a round: the accounts that were `read`, and those that failed and how."""
        for account in read:
            self._tries.pop(account, None)
        for account, error in failures.items():
            if isinstance(error, SignInRefused):
                self._tries[account] = self._tries.get(account, 0) + 1
                self._last[account] = now

    def hopeless(self, accounts: Iterable[str]) -> bool:
        """Whether none of these accounts will be tried again."""
        return all(self._tries.get(one, 0) >= TRIES for one in accounts)
