"""Questions with many values: asked in chunks, so that no statement outgrows what a database takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select

# SQLite's default limit is 32,766 bound values a statement; 500 a question is far below it.
CHUNK = 500


def chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    whole = list(values)
    return (whole[start : start + CHUNK] for start in range(0, len(whole), CHUNK))


def distinct(
    connection: Connection, column: ColumnElement[Any], among: ColumnElement[Any], values: Iterable[Any]
) -> set[Any]:
    """Distinct `column` where `among` is one of many values."""
    found: set[Any] = set()
    for chunk in chunks(values):
        found |= set(connection.scalars(select(column).where(among.in_(chunk)).distinct()))
    return found


def rows_where(
    connection: Connection, query: Select[Any], column: ColumnElement[Any], values: Iterable[Any]
) -> list[Row[Any]]:
    return [row for chunk in chunks(values) for row in connection.execute(query.where(column.in_(chunk)))]
