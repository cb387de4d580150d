"""What was read off texts: one row a message and group of rules, with the version of the rules.

A row with nothing found says that it was read. No text is kept: phrases are those of our own tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from watcher.domain.messages import Facts
from watcher.store.asking import rows_where
from watcher.store.tables import fact

# What the judgement of turns goes by; evidence and signatures are for proposals.
OF_TURNS = ("reply", "away", "opening")
_DAYS = ("promised", "returns")
_FIELDS = frozenset(Facts.__slots__)


def keep_facts(
    connection: Connection, message: int, group: str, found: Mapping[str, Any], version: int
) -> None:
    """Keep what one group of rules found in a message, in place of what an older version did."""
    here = (fact.c.message_id == message) & (fact.c.name == group)
    connection.execute(delete(fact).where(here))
    row = {"message_id": message, "name": group, "value": dict(found), "rule_version": version}
    connection.execute(insert(fact).values(row))


def facts_of_turns(connection: Connection, messages: Iterable[int] | None) -> dict[int, Facts]:
    """What the judgement goes by, of these messages (of all for None); those without any are left out."""
    query = select(fact.c.message_id, fact.c.value).where(fact.c.name.in_(OF_TURNS))
    rows = (
        connection.execute(query).all()
        if messages is None
        else rows_where(connection, query, fact.c.message_id, messages)
    )
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        if isinstance(row.value, dict) and row.value:
            found.setdefault(row.message_id, {}).update(row.value)
    return {number: _facts(values) for number, values in found.items()}


def _facts(values: Mapping[str, Any]) -> Facts:
    """Days are ISO 8601. What an older program wrote and nobody knows is passed over."""
    known = {name: value for name, value in values.items() if name in _FIELDS}
    for name in _DAYS:
        if known.get(name):
            known[name] = date.fromisoformat(known[name])
    return Facts(**known)
