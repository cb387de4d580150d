"""What the pyramid, the rates and the diagnosis are computed from: each deal, its moves, who answered when.

Plain values: they come out of the store, or out of a rep's exported sheet, and hold no text of a mail.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby, pairwise, zip_longest

from watcher.domain.deals import StageMove
from watcher.domain.messages import Direction
from watcher.domain.stages import Stage


@dataclass(frozen=True, slots=True)
class Spoken:
    """One thing a side said in a thread: a mail between us and the customer.

    `follow_up` is which follow-up of its wait a mail of ours was, 0 for none (DESIGN 2.4.4).
    """

    at: datetime
    by: Direction
    follow_up: int = 0


@dataclass(frozen=True, slots=True)
class Exchange:
    """One wait and its end: `by` wrote at `asked`, the other side at `answered`; None where it did not yet.

    Several mails in a row are one wait, from the first on. `follow_ups`: how many of ours were such.
    """

    by: Direction
    asked: datetime
    answered: datetime | None
    follow_ups: int = 0


@dataclass(frozen=True, slots=True)
class DealHistory:
    """One deal with all that counts. `customer` is the key, `name` what the rep calls them ("" for nothing);
    `country` an ISO 3166 code, `currency` an ISO 4217 one, "" where unknown. `moves` are in order of time, at
    least one; `exchanges` those of the deal's threads; `we_wrote` and `they_wrote` when each side last did.
    """

    id: int
    customer: str
    moves: tuple[StageMove, ...]
    name: str = ""
    title: str = ""
    country: str = ""
    owner: str = ""
    note: str = ""
    value: Decimal | None = None
    currency: str = ""
    expected_on: date | None = None
    shipped_at: datetime | None = None
    exchanges: tuple[Exchange, ...] = ()
    we_wrote: datetime | None = None
    they_wrote: datetime | None = None

    @property
    def stage(self) -> Stage:
        """Where it stands."""
        return self.moves[-1].stage

    @property
    def called(self) -> str:
        """What the customer is called."""
        return self.name or self.customer

    @property
    def opened(self) -> datetime:
        """When it began."""
        return self.moves[0].at

    @property
    def entered(self) -> datetime:
        """When it came to the stage it stands on; saying the same stage again does not restart it."""
        return self.moves[len(self.moves) - self._said_last()].at

    def _said_last(self) -> int:
        """How many of the last moves name the stage it stands on."""
        count = 1
        for before, after in pairwise(reversed(self.moves)):
            if before.stage is not after.stage:
                break
            count += 1
        return count


def exchanges(said: Iterable[Spoken]) -> tuple[Exchange, ...]:
    """The waits of one thread, out of what was said in it in order of time."""
    return tuple(_exchanges(said))


def _exchanges(said: Iterable[Spoken]) -> Iterator[Exchange]:
    runs = [list(run) for _, run in groupby(said, key=lambda one: one.by)]
    for run, answer in zip_longest(runs, runs[1:]):
        yield Exchange(
            by=run[0].by,
            asked=run[0].at,
            answered=answer[0].at if answer else None,
            follow_ups=max(one.follow_up for one in run),
        )
