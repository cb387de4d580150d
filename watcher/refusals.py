"""Never lock an account: a refused sign-in is tried thrice, ten minutes apart, and then waits for a person.

Many servers block who keeps knocking with a wrong password, for this account or for the whole address. What
was stored anew since is tried at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from watcher.errors import SignInRefused, WatcherError

TRIES = 3
PAUSE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class _Refused:
    """How often in a row, when last, and the stamp of what was tried."""

    times: int
    last: datetime
    stamp: str


class Refusals:
    """Which accounts refused us."""

    def __init__(self) -> None:
        self._refused: dict[str, _Refused] = {}

    def leave_alone(self, account: str, now: datetime, stamp: Callable[[], str]) -> bool:
        """Whether it is too soon to try an account again, or too late for ever.

        `stamp` tells what would be tried now, "" where nobody knows; it is asked of refused accounts alone.
        """
        known = self._refused.get(account)
        if known is None:
            return False
        if known.stamp and stamp() not in ("", known.stamp):
            del self._refused[account]
            return False
        return known.times >= TRIES or now < known.last + PAUSE

    def note(
        self, read: Iterable[str], failures: Mapping[str, WatcherError], now: datetime
    ) -> dict[str, SignInRefused]:
        """Take in a round: the accounts that were `read`, and those that failed and how.

        Returns those that wait for a person from now on.
        """
        for account in read:
            self._refused.pop(account, None)
        refused = {name: error for name, error in failures.items() if isinstance(error, SignInRefused)}
        for account, error in refused.items():
            before = self._refused.get(account)
            self._refused[account] = _Refused(1 + (before.times if before else 0), now, error.stamp)
        return {name: error for name, error in refused.items() if self._refused[name].times >= TRIES}
