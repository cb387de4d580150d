"""Files that people keep leads in, as rows of cells: xlsx by calamine, csv by the standard library.

A file is hostile until it was read: its size is bounded before it is unpacked, formulas are read as what they
showed last and never reckoned, and nothing it links to is opened.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from watcher.domain.history import DealHistory
from watcher.errors import UsageError
from watcher.sheets import hidden
from watcher.sheets.cells import Cell

MAX_FILE = 50_000_000  # octets
MAX_UNPACKED = 400_000_000
MAX_ROWS = 200_000
MAX_CELLS = 5_000_000
_ENCODINGS = ("utf-8-sig", "gb18030")  # what Excel writes in the West, and in China
_ANOTHER = "Save it anew from your spreadsheet, as xlsx or csv."

Table = Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Workbook:
    """The tables of a file by name, in their order, and what an export of ours carries besides."""

    tables: Mapping[str, Table]
    carried: hidden.Carried | None = None


@dataclass(frozen=True, slots=True)
class TeamSheet:
    """One rep's exported sheet, as a team's page reads it."""

    rep_name: str
    as_of: datetime
    labels: Mapping[str, str]
    histories: tuple[DealHistory, ...]


def read_workbook(path: Path) -> Workbook:
    """Read an xlsx or csv file. Raises UsageError where it is none, is too large or cannot be read."""
    try:
        octets = _octets(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    if path.suffix.casefold() in (".csv", ".tsv", ".txt"):
        return Workbook({path.stem: _csv(path, octets)})
    if not octets.startswith(b"PK"):
        raise UsageError(f"{path} is no xlsx file.", _ANOTHER)
    return _xlsx(path, octets)


def read_histories(path: Path) -> TeamSheet:
    """What a rep's exported sheet holds for the team's page. Raises UsageError."""
    carried = read_workbook(path).carried
    if carried is None:
        raise UsageError(f"{path} is no sheet of watcher's.", "watcher sheet export leads.xlsx makes one.")
    return TeamSheet(carried.rep_name, carried.as_of, carried.labels, carried.histories)


def _octets(path: Path) -> bytes:
    with path.open("rb") as file:
        octets = file.read(MAX_FILE + 1)
    if len(octets) > MAX_FILE:
        raise UsageError(f"{path} is larger than {MAX_FILE // 1_000_000} MB.", "Export the columns you need.")
    return octets


def _xlsx(path: Path, octets: bytes) -> Workbook:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with zipfile.ZipFile(io.BytesIO(octets)) as packed:
            _refuse_monsters(path, packed)
        book = CalamineWorkbook.from_filelike(io.BytesIO(octets))
        sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
        # With what is empty above, so that a row has the number that the person sees.
        tables = {one.name: _rows(path, one.to_python(skip_empty_area=False)) for one in sheets}
    except (zipfile.BadZipFile, zlib.error, CalamineError, OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read as xlsx.", _ANOTHER) from error
    kept = tables.pop(hidden.NAME, None)
    try:
        return Workbook(tables, hidden.carried_by(kept) if kept else None)
    except hidden.Unreadable as error:
        raise UsageError(f"{path} {error}.", "watcher sheet export writes a new one.") from error


# Where a cell stands: r="XFD1048576" (ECMA-376 part 1, 18.3.1.4).
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["']""")
_PIECE = 1 << 20  # octets looked through at once; a place that is cut in two is found by the overlap
_OVERLAP = 32


def _refuse_monsters(path: Path, packed: zipfile.ZipFile) -> None:
    """Before calamine, which makes room for every cell up to the last one, and dies where there is none.

    Raises UsageError for what unpacks too large, is no xlsx, or has a cell too far away.
    """
    members = packed.infolist()
    if sum(one.file_size for one in members) > MAX_UNPACKED:
        raise UsageError(f"{path} unpacks to more than {MAX_UNPACKED // 1_000_000} MB.", _ANOTHER)
    if "xl/workbook.xml" not in packed.namelist():  # ods repeats cells by a number: a bomb of a few octets
        raise UsageError(f"{path} is no xlsx file.", _ANOTHER)
    # Relations may call a sheet what they like: every part is looked through.
    for one in members:
        if one.filename.casefold().endswith(".xml") and _cells(packed, one) > MAX_CELLS:
            raise UsageError(f"{path} has more than {MAX_CELLS:,} cells in a sheet.", _ANOTHER)


def _cells(packed: zipfile.ZipFile, member: zipfile.ZipInfo) -> int:
    """How many cells the smallest table has that holds all of a part's, counted from the first."""
    columns: set[bytes] = set()
    last, before = 0, b""
    with packed.open(member) as part:
        while piece := part.read(_PIECE):
            for column, row in _PLACE.findall(before + piece):
                columns.add(column)
                last = max(last, int(row))
            before = piece[-_OVERLAP:]
    return last * max((_number(one) for one in columns), default=0)


def _number(column: bytes) -> int:
    """AA is the 27th column."""
    number = 0
    for letter in column.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _csv(path: Path, octets: bytes) -> Table:
    for encoding in _ENCODINGS:
        try:
            text = octets.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise UsageError(f"{path} is neither UTF-8 nor GB 18030.", _ANOTHER)
    head = text.partition("\n")[0]
    mark = max("\t;,", key=head.count)
    try:
        return _rows(path, list(csv.reader(io.StringIO(text, newline=""), delimiter=mark)))
    except csv.Error as error:
        raise UsageError(f"{path} is no csv: {error}.", _ANOTHER) from error


def _rows(path: Path, rows: Table) -> Table:
    if len(rows) > MAX_ROWS:
        raise UsageError(f"{path} has more than {MAX_ROWS:,} rows.")
    return rows
