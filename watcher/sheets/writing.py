"""The workbook: Leads, Pyramid, Plan, and the hidden sheet that makes it come back whole.

Every text is written as a text: none becomes a formula or a link, and one that looks like a formula keeps its
quote mark when somebody edits it. The formulas are ours alone: counts over Leads, so that the chart follows
what the rep changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from watcher.errors import UsageError
from watcher.sheets import hidden
from watcher.sheets.columns import HEADINGS, Column

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

# What a cell may hold. Moments are in the rep's zone and have no offset: a sheet knows none.
Value = str | float | int | date | datetime | None

_FORMULA_LIKE = ("=", "+", "-", "@", "\t", "\r")
_WIDTHS = {
    Column.NUMBER: 6,
    Column.NAME: 28,
    Column.CUSTOMER: 26,
    Column.STAGE: 14,
    Column.NOTE: 40,
    Column.TURN: 14,
    Column.THEY_WROTE: 17,
    Column.WE_WROTE: 17,
    Column.DUE: 17,
    Column.TITLE: 20,
}
_TOP_DOWN = ("won", "pi", "opportunity", "inquiry", "cold")
_COLOURS = {"won": "1B7F4B", "pi": "3A9D6E", "opportunity": "E0A030", "inquiry": "5B8DB8", "cold": "9FB3C4"}


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One line of the Plan: `stage` by its label."""

    number: int
    customer: str
    stage: str
    turn: str
    since: datetime
    due: datetime
    do: str


@dataclass(frozen=True, slots=True)
class Words:
    """The words of the workbook that are no column's heading, in one language."""

    leads: str
    pyramid: str
    plan: str
    stage: str
    customers: str
    plan_heads: tuple[str, ...]


WORDS: Mapping[str, Words] = {
    "en": Words(
        "Leads",
        "Pyramid",
        "Plan",
        "Stage",
        "Deals",
        ("No.", "Customer", "Stage", "Whose turn", "Since", "Due", "What to do"),
    ),
    "zh": Words(
        "客户",
        "金字塔",
        "计划",
        "阶段",
        "数量",
        ("编号", "客户", "阶段", "轮到谁", "从何时", "到期", "要做什么"),
    ),
}


@dataclass(frozen=True, slots=True)
class Book:
    """All that goes into a workbook: `leads` a mapping a row, and `labels` what the stages are called."""

    language: str
    labels: Mapping[str, str]
    leads: Sequence[Mapping[Column, Value]]
    plan: Sequence[PlanRow]
    carried: hidden.Carried


def write_workbook(book: Book, path: Path, progress: Callable[[int], None] = lambda _: None) -> None:
    """Write it whole beside the path, then put it in its place. `progress` hears how many leads are written.

    Raises UsageError where that cannot be done: the folder is missing, or another program holds the file.
    """
    from xlsxwriter import Workbook
    from xlsxwriter.exceptions import XlsxWriterException

    beside = path.with_name(f".{path.name}.{uuid4().hex[:8]}.tmp")
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    try:
        made = Workbook(str(beside), options)
        _fill(made, book, progress)
        made.close()
        beside.replace(path)
    except (OSError, XlsxWriterException) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(f"{path} cannot be written: {why}.", "Close it in your spreadsheet.") from error
    finally:
        beside.unlink(missing_ok=True)


def _fill(made: Workbook, book: Book, progress: Callable[[int], None]) -> None:
    words = WORDS[book.language]
    styles = _Styles(made)
    leads = made.add_worksheet(words.leads)
    pyramid = made.add_worksheet(words.pyramid)
    plan = made.add_worksheet(words.plan)
    carried = made.add_worksheet(hidden.NAME)
    carried.very_hidden()
    _leads(leads, book, words, styles, progress)
    _pyramid(made, pyramid, book, words, styles)
    _plan(plan, book, words, styles)
    for row, record in enumerate(hidden.records(book.carried)):
        for place, text in enumerate(record):
            carried.write_string(row, place, text)


class _Styles:
    """The formats of a workbook, each made once."""

    def __init__(self, made: Workbook) -> None:
        self.head = made.add_format({"bold": True, "bottom": 1, "bg_color": "#EEF2F5", "text_wrap": True})
        self.text = made.add_format()
        self.quoted = made.add_format({"quote_prefix": True})
        self.day = made.add_format({"num_format": "yyyy-mm-dd"})
        self.moment = made.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self.whole = made.add_format({"num_format": "#,##0"})
        self.amount = made.add_format({"num_format": "#,##0.00"})
        self.late = made.add_format({"bg_color": "#F8D7DA"})
        self.ours = made.add_format({"bg_color": "#FFF3CD"})


def _put(sheet: Worksheet, row: int, place: int, value: Value, styles: _Styles) -> None:
    if value is None or value == "":
        return
    if isinstance(value, str):
        style = styles.quoted if value.startswith(_FORMULA_LIKE) else styles.text
        sheet.write_string(row, place, value, style)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, place, value, styles.moment)
    elif isinstance(value, date):
        sheet.write_datetime(row, place, datetime(value.year, value.month, value.day), styles.day)  # noqa: DTZ001
    else:
        sheet.write_number(row, place, value, styles.whole if float(value).is_integer() else styles.amount)


# ── Leads ──


def _leads(
    sheet: Worksheet, book: Book, words: Words, styles: _Styles, progress: Callable[[int], None]
) -> None:
    heads = HEADINGS[book.language]
    columns = list(heads)
    last = len(book.leads)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, _WIDTHS.get(column, 12))
        sheet.write_string(0, place, heads[column], styles.head)
    for row, lead in enumerate(book.leads, start=1):
        for place, column in enumerate(columns):
            _put(sheet, row, place, lead.get(column), styles)
        if row % 1000 == 0:
            progress(row)
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, max(last, 1), len(columns) - 1)
    # Beyond the last row too: leads are added below.
    beyond = last + 1000
    stage, late, turn = (columns.index(one) for one in (Column.STAGE, Column.OVERDUE, Column.TURN))
    choices = f"='{words.pyramid}'!$A$2:$A${len(_TOP_DOWN) + 2}"
    sheet.data_validation(1, stage, beyond, stage, {"validate": "list", "source": choices})
    whole = (1, 0, beyond, len(columns) - 1)
    sheet.conditional_format(
        *whole, _where(f"=AND(ISNUMBER(${_letter(late)}2),${_letter(late)}2>=0)", styles.late)
    )
    ours = TURNS[book.language]["ours"]
    sheet.conditional_format(*whole, _where(f'=${_letter(turn)}2="{ours}"', styles.ours))


def _where(formula: str, style: Format) -> dict[str, Any]:
    return {"type": "formula", "criteria": formula, "format": style, "stop_if_true": True}


# Whose turn, in the words of every face.
TURNS: Mapping[str, Mapping[str, str]] = {
    "en": {"theirs": "they owe", "ours": "you owe", "nobody": "next step"},
    "zh": {"theirs": "等对方", "ours": "轮到我方", "nobody": "下一步"},
}


def _letter(place: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    return str(xl_col_to_name(place))


# ── Pyramid ──


def _pyramid(made: Workbook, sheet: Worksheet, book: Book, words: Words, styles: _Styles) -> None:
    """Counts over Leads, and a stacked bar whose first, unseen part centres the second."""
    stage = _letter(list(HEADINGS[book.language]).index(Column.STAGE))
    counts = dict.fromkeys(("lost", *_TOP_DOWN), 0)
    for lead in book.leads:
        for name in counts:
            counts[name] += lead.get(Column.STAGE) == book.labels[name]
    widest = max((counts[one] for one in _TOP_DOWN), default=0)
    for place, head in enumerate((words.stage, words.customers, "")):
        sheet.write_string(0, place, head, styles.head)
    for row, name in enumerate((*_TOP_DOWN, "lost"), start=1):
        sheet.write_string(row, 0, book.labels[name])
        where = f"'{words.leads}'!${stage}:${stage}"
        sheet.write_formula(row, 1, f"=COUNTIF({where},$A{row + 1})", None, counts[name])
        padding = f"=(MAX($B$2:$B${len(_TOP_DOWN) + 1})-$B{row + 1})/2"
        if name != "lost":
            sheet.write_formula(row, 2, padding, None, (widest - counts[name]) / 2)
    sheet.set_column(0, 0, 18)
    chart = made.add_chart({"type": "bar", "subtype": "stacked"})
    first, last = 1, len(_TOP_DOWN)
    names = [words.pyramid, first, 0, last, 0]
    chart.add_series(
        {"categories": names, "values": [words.pyramid, first, 2, last, 2], "fill": {"none": True}, "gap": 8}
    )
    chart.add_series(
        {
            "categories": names,
            "values": [words.pyramid, first, 1, last, 1],
            "data_labels": {"value": True},
            "points": [{"fill": {"color": f"#{_COLOURS[one]}"}} for one in _TOP_DOWN],
        }
    )
    chart.set_title({"name": words.pyramid})
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True, "line": {"none": True}})
    chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}})
    chart.set_size({"width": 640, "height": 360})
    sheet.insert_chart("E2", chart)


# ── Plan ──


def _plan(sheet: Worksheet, book: Book, words: Words, styles: _Styles) -> None:
    for place, (head, width) in enumerate(zip(words.plan_heads, (6, 28, 14, 12, 17, 17, 50), strict=True)):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, head, styles.head)
    for row, one in enumerate(book.plan, start=1):
        cells: tuple[Value, ...] = (one.number, one.customer, one.stage, one.turn, one.since, one.due, one.do)
        for place, value in enumerate(cells):
            _put(sheet, row, place, value, styles)
    sheet.freeze_panes(1, 2)
