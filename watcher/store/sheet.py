"""What a sheet brings, kept in few statements: a list may have twenty thousand rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from watcher.domain.customers import Role
from watcher.domain.merge import OF_THE_CUSTOMER, Change, Field, Known, NewLead, Values, plain_amount
from watcher.domain.stages import Stage
from watcher.store import settings
from watcher.store.asking import rows_where
from watcher.store.tables import customer, customer_key, deal, stage_move

_SOURCE = "sheet"
_SEEN = "sheet_seen"
_REMEMBERED = 5  # workbooks
_COLUMNS = {
    Field.NAME: customer.c.name,
    Field.COUNTRY: customer.c.country,
    Field.VALUE: deal.c.value,
    Field.CURRENCY: deal.c.currency,
    Field.EXPECTED: deal.c.expected_on,
    Field.SHIPPED: deal.c.shipped_at,
    Field.NOTE: deal.c.note,
    Field.OWNER: deal.c.owner,
    Field.TITLE: deal.c.name,
}
# Where nothing is a null.
_NULL = frozenset({Field.COUNTRY, Field.VALUE, Field.CURRENCY, Field.EXPECTED, Field.SHIPPED})


def known_deals(connection: Connection, zone: tzinfo) -> list[Known]:
    """Every deal of a lead as a sheet may change it; days are those of `zone`."""
    query = (
        select(deal, customer.c.key, customer.c.name.label("called"), customer.c.country)
        .join(customer, customer.c.id == deal.c.customer_id)
        .where(customer.c.role == Role.LEAD.value)
        .order_by(deal.c.id)
    )
    return [Known(row.id, row.key, _values(row, zone)) for row in connection.execute(query)]


def _values(row: Any, zone: tzinfo) -> dict[Field, str]:
    return {
        Field.NAME: row.called,
        Field.COUNTRY: row.country or "",
        Field.STAGE: row.stage,
        Field.VALUE: _amount(row.value),
        Field.CURRENCY: row.currency or "",
        Field.EXPECTED: row.expected_on or "",
        Field.SHIPPED: row.shipped_at.astimezone(zone).date().isoformat() if row.shipped_at else "",
        Field.NOTE: row.note,
        Field.OWNER: row.owner,
        Field.TITLE: row.name,
    }


def _amount(text: str | None) -> str:
    try:
        return plain_amount(Decimal(text)) if text else ""
    except InvalidOperation:
        return ""


def keep(
    connection: Connection,
    changes: Iterable[Change],
    new: Sequence[NewLead],
    now: datetime,
    *,
    opening: datetime,
    evidence: str,
) -> dict[int, int]:
    """Keep what is taken from a sheet called `evidence`; returns the deal that each new row opened, by row.

    The moves' source is `sheet`. The day the goods left begins at the hour of `opening`, in its zone.
    """
    _keep_changes(connection, list(changes), now, opening, evidence)
    return _keep_new(connection, new, now, opening, evidence)


def _keep_changes(
    connection: Connection, changes: Sequence[Change], now: datetime, opening: datetime, evidence: str
) -> None:
    moves = [_move(one.deal, one.after, now, evidence) for one in changes if one.field is Field.STAGE]
    _many(connection, insert(stage_move), moves)
    steps = [{"of": row["deal_id"], "to": row["stage"]} for row in moves]
    _many(connection, update(deal).where(deal.c.id == bindparam("of")).values(stage=bindparam("to")), steps)
    for name, column in _COLUMNS.items():
        whose = [
            {"of": _owner(one), "to": _kept(name, one.after, opening)} for one in changes if one.field is name
        ]
        table = column.table
        key = customer.c.key if table is customer else deal.c.id
        change = update(table).where(key == bindparam("of")).values({column: bindparam("to")})
        _many(connection, change, whose)
    touched = sorted({one.customer for one in changes})
    # Whoever stands on the pyramid is a lead, whatever was guessed.
    lead = update(customer).where(customer.c.key == bindparam("of")).values(said=True, role_said=True)
    _many(connection, lead, [{"of": one} for one in touched])


def _owner(one: Change) -> str | int:
    return one.customer if one.field in OF_THE_CUSTOMER else one.deal


def _kept(name: Field, text: str, opening: datetime) -> Any:
    if not text:
        return None if name in _NULL else ""
    if name is Field.SHIPPED:
        return datetime.combine(date.fromisoformat(text), opening.timetz()).astimezone(UTC)
    return text


def _keep_new(
    connection: Connection, new: Sequence[NewLead], now: datetime, opening: datetime, evidence: str
) -> dict[int, int]:
    owners = _owners(connection, new, opening)
    first = (connection.scalar(select(func.max(deal.c.id))) or 0) + 1
    deals, moves = [], []
    for number, one in enumerate(new, start=first):
        stage = one.values.get(Field.STAGE) or Stage.COLD.value
        said = {
            column.name: _kept(name, one.values.get(name, ""), opening)
            for name, column in _COLUMNS.items()
            if column.table is deal
        }
        deals.append({"id": number, "customer_id": owners[one.key], "stage": stage, "opened_at": now, **said})
        moves.append(_move(number, stage, now, evidence))
    _many(connection, insert(deal), deals)
    _many(connection, insert(stage_move), moves)
    return {one.row: number for number, one in enumerate(new, start=first)}


def _owners(connection: Connection, new: Sequence[NewLead], opening: datetime) -> dict[str, int]:
    """The number of each customer, who is entered where nobody knew them; whoever was no lead is one now."""
    query = select(customer_key.c.key, customer_key.c.customer_id)
    known = rows_where(connection, query, customer_key.c.key, [one.key for one in new])
    owners = {row.key: row.customer_id for row in known}
    leads = update(customer).where(customer.c.id == bindparam("of"))
    lead = {"role": Role.LEAD.value, "role_said": True, "said": True}
    _many(connection, leads.values(lead), [{"of": number} for number in owners.values()])
    first = (connection.scalar(select(func.max(customer.c.id))) or 0) + 1
    unknown = [one for one in new if one.key not in owners]
    owners |= {one.key: number for number, one in enumerate(unknown, start=first)}
    people = [
        {
            "id": owners[one.key],
            "key": one.key,
            "name": one.values.get(Field.NAME, ""),
            "country": _kept(Field.COUNTRY, one.values.get(Field.COUNTRY, ""), opening),
            **lead,
        }
        for one in unknown
    ]
    _many(connection, insert(customer), people)
    keys = [{"key": one.key, "customer_id": owners[one.key]} for one in unknown]
    _many(connection, insert(customer_key), keys)
    return owners


def _move(number: int, stage: str, at: datetime, evidence: str) -> dict[str, Any]:
    return {"deal_id": number, "stage": stage, "at": at, "source": _SOURCE, "evidence": evidence}


def _many(connection: Connection, statement: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(statement, rows)


# ── what a workbook said when it was last read ──


def seen(connection: Connection, workbook: str) -> dict[int, Values]:
    """What a workbook said of each deal when it was imported last; nothing where it never was."""
    kept = json.loads(settings.get_setting(connection, _SEEN) or "{}")
    return {
        int(number): {Field(name): text for name, text in values.items()}
        for number, values in kept.get(workbook, {}).items()
    }


def keep_seen(connection: Connection, workbook: str, values: Mapping[int, Values]) -> None:
    """Keep what a workbook says now; the last few workbooks are remembered."""
    kept = json.loads(settings.get_setting(connection, _SEEN) or "{}")
    kept.pop(workbook, None)
    kept[workbook] = {str(number): dict(of_it) for number, of_it in values.items()}
    last = dict(list(kept.items())[-_REMEMBERED:])
    settings.put_setting(connection, _SEEN, json.dumps(last, ensure_ascii=False))
