"""store → who may be whom → store: what signatures and names suggest, for the rep to decide (DESIGN 2.1)."""

from __future__ import annotations

from datetime import datetime

from watcher.config import Config
from watcher.domain.identity import is_freemail, is_platform
from watcher.domain.joins import propose_aliases, propose_joins
from watcher.review import customer_of, us_of
from watcher.store import contacts, files, joins
from watcher.store.engine import Store


def propose(store: Store, config: Config, now: datetime) -> list[joins.Proposal]:
    """Look for joins and aliases, keep the new ones, and return all that wait for the rep.

    Raises StoreError.
    """
    with store.writing() as connection:
        us = us_of(config, contacts.learned_addresses(connection))
        whose = customer_of(us, files.aliases(connection))
        people = joins.people(connection, whose)

        def of_host(host: str) -> str | None:
            """A mail provider and a platform are nobody's company."""
            return None if is_freemail(host) or is_platform(host) else whose(f"postmaster@{host}")

        found = propose_joins(people, joins.signatures(connection), of_host)
        joins.keep_joins(connection, found, now)
        own = (config.rep.name or "", *joins.names_in_sent(connection))
        joins.keep_aliases(connection, propose_aliases(people, own, _is_company), now)
        return joins.open_joins(connection)


def _is_company(key: str) -> bool:
    """A customer that is known by an address is a person at a mail provider or behind a platform."""
    return "@" not in key
