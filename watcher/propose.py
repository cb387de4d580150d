"""store → stage proposals → store.

Load what mail shows of deals, decide (watcher.domain.proposals), keep. Evidence proposes; it moves a deal by
itself only where the config says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from watcher.config import Config
from watcher.domain.proposals import propose_all
from watcher.store import proposals
from watcher.store.engine import Store
from watcher.store.proposals import OpenProposal

# Accepting one step may show the next (paid, then shipped); a deal has no more steps than this.
_STEPS = 6


@dataclass(frozen=True, slots=True)
class ProposeReport:
    """How many proposals are open, and the deals that were moved because the config says so."""

    open: int
    moved: tuple[OpenProposal, ...] = ()


def propose(
    store: Store, config: Config, now: datetime, customers: Iterable[int] | None = None
) -> ProposeReport:
    """Bring the proposals of these customers (of all for None) up to date with mail and moves.

    Where deals were moved, they are to be judged again. Raises StoreError.
    """
    wanted = None if customers is None else set(customers)
    with store.writing() as connection:
        _refresh(connection, wanted, now)
        moved = _followed(connection, wanted, now) if config.stages.follow_evidence else ()
        return ProposeReport(len(proposals.open_proposals(connection)), moved)


def _refresh(connection: Connection, customers: set[int] | None, now: datetime) -> None:
    files = proposals.deal_files(connection, customers, now)
    proposals.keep(connection, propose_all(files), customers, now)


def _followed(connection: Connection, customers: set[int] | None, now: datetime) -> tuple[OpenProposal, ...]:
    """Accept what moves a deal that is open, step by step; a further deal is the rep's to open."""
    moved: list[OpenProposal] = []
    for _ in range(_STEPS):
        open_now = [one for one in proposals.open_proposals(connection) if one.deal is not None]
        if not open_now:
            break
        moved += [proposals.accept(connection, one.id, now) for one in open_now]
        _refresh(connection, customers, now)
    return tuple(moved)
