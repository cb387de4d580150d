"""Workbook or list → store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from watcher.config import Config
from watcher.domain.merge import Field, Merge, Problem, SheetRow, Values, merge
from watcher.errors import UsageError
from watcher.sheets import cells
from watcher.sheets.cells import Cell, Unclear
from watcher.sheets.columns import Column, Mapped, find_headings
from watcher.sheets.exporting import store_id
from watcher.sheets.hidden import Carried
from watcher.sheets.reading import Table, Workbook, read_workbook
from watcher.store import sheet
from watcher.store.engine import Store

KeyOf = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Imported:
    """What a sheet brought, or would bring. `table` is the one that was read, by name; `fills_only`: it is no
    workbook of ours, or another store's, and only what was empty is filled.
    """

    table: str
    mapped: Mapped
    rows: int
    merged: Merge
    fills_only: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """How to read a sheet: headings mapped by hand, which side wins, whether anything is kept."""

    headings: Mapping[str, str] = field(default_factory=dict)
    prefer_sheet: bool = False
    dry_run: bool = False


def import_sheet(
    store: Store, config: Config, path: Path, key_of: KeyOf, now: datetime, wanted: Wanted
) -> Imported:
    """Read a sheet and keep what it brings, all of it or nothing. Raises UsageError, StoreError."""
    book = read_workbook(path)
    name, table, mapped = _leads_of(book, path, wanted.headings)
    labels = {**config.labels(), **(book.carried.labels if book.carried else {})}
    rows, problems = _rows(table, mapped, labels)
    with store.writing() as connection:
        ours = book.carried is not None and book.carried.store == store_id(connection)
        workbook = book.carried.workbook if book.carried and ours else ""
        base = dict(book.carried.base) if book.carried and ours else {}
        for number, values in sheet.seen(connection, workbook).items():
            base[number] = {**base.get(number, {}), **values}
        known = sheet.known_deals(connection, config.rep.zone)
        merged = merge(rows, known, base, key_of, prefer_sheet=wanted.prefer_sheet)
        merged.problems = sorted((*problems, *merged.problems), key=lambda one: one.row)
        if not wanted.dry_run:
            opening = datetime.combine(now.astimezone(config.rep.zone), config.rep.opening, config.rep.zone)
            opened = sheet.keep(
                connection, merged.changes, merged.new, now, opening=opening, evidence=path.name[:200]
            )
            if ours:
                deals = merged.matched | opened
                said = {deals[one.row]: one.values for one in rows if one.row in deals}
                sheet.keep_seen(connection, workbook, _otherwise(said, book.carried))
    return Imported(name, mapped, len(rows), merged, not ours)


def _otherwise(said: Mapping[int, Values], exported: Carried | None) -> dict[int, Values]:
    """What the sheet says otherwise than when it was exported: the rest need not be remembered."""
    before = exported.base if exported else {}
    return {
        number: values
        for number, values in said.items()
        if any(before.get(number, {}).get(name) != text for name, text in values.items())
    }


def _leads_of(book: Workbook, path: Path, said: Mapping[str, str]) -> tuple[str, Table, Mapped]:
    """The table that holds leads: the one with the most headings that are known. Raises UsageError."""
    found = [
        (name, table, mapped)
        for name, table in book.tables.items()
        if (mapped := find_headings(table, said)) and _names_somebody(mapped)
    ]
    if not found:
        raise UsageError(
            f"{path} has no row of headings with a customer.",
            'Name the columns: --map "Heading=name" --map "Other=stage".',
        )
    return max(found, key=lambda one: len(one[2].places))


def _names_somebody(mapped: Mapped) -> bool:
    return bool({Column.NAME, Column.CUSTOMER, Column.EMAIL, Column.WEBSITE} & mapped.places.keys())


def _rows(table: Table, mapped: Mapped, labels: Mapping[str, str]) -> tuple[list[SheetRow], list[Problem]]:
    """The rows below the headings, and the cells whose meaning is not clear: those are left as they are."""
    reader = _Reader(mapped, labels)
    rows = [reader.row(place, line) for place, line in enumerate(table[mapped.at + 1 :], start=mapped.at + 2)]
    return rows, reader.problems


class _Reader:
    """Reads rows of one table; `problems` are the cells that were not understood."""

    def __init__(self, mapped: Mapped, labels: Mapping[str, str]) -> None:
        self.problems: list[Problem] = []
        self._mapped = mapped
        self._read: dict[Field, Callable[[Cell], str]] = {
            Field.NAME: lambda cell: cells.text_of(cell, cells.NAME_LIMIT),
            Field.COUNTRY: cells.country_of,
            Field.STAGE: lambda cell: cells.stage_of(cell, labels),
            Field.CURRENCY: cells.currency_of,
            Field.EXPECTED: cells.day_of,
            Field.SHIPPED: cells.day_of,
            Field.NOTE: cells.text_of,
            Field.OWNER: lambda cell: cells.text_of(cell, cells.NAME_LIMIT),
            Field.TITLE: lambda cell: cells.text_of(cell, cells.NAME_LIMIT),
        }

    def row(self, place: int, line: Sequence[Cell]) -> SheetRow:
        """One row. `place` counts as the person sees it."""
        at = {column: line[index] for column, index in self._mapped.places.items() if index < len(line)}
        named = (cells.text_of(at.get(one), 300) for one in (Column.CUSTOMER, Column.EMAIL, Column.WEBSITE))
        return SheetRow(
            row=place,
            values=dict(self._values(place, at)),
            number=cells.number_of(at.get(Column.NUMBER)),
            customer=next(filter(None, named), ""),
        )

    def _values(self, place: int, at: Mapping[Column, Cell]) -> Iterator[tuple[Field, str]]:
        for name, read in self._read.items():
            column = Column(name.value)
            if column in at:
                try:
                    yield name, read(at[column])
                except Unclear as why:
                    self._note(place, column, why)
        if Column.VALUE in at:
            yield from self._worth(place, at)

    def _worth(self, place: int, at: Mapping[Column, Cell]) -> Iterator[tuple[Field, str]]:
        """The amount, and the currency that stands with it where no column names one."""
        try:
            amount, currency = cells.amount_of(at[Column.VALUE])
        except Unclear as why:
            self._note(place, Column.VALUE, why)
            return
        yield Field.VALUE, amount
        if currency and not cells.text_of(at.get(Column.CURRENCY)):
            yield Field.CURRENCY, currency

    def _note(self, place: int, column: Column, why: Unclear) -> None:
        self.problems.append(Problem(place, f"{self._mapped.headings[column]}: {why}"))
