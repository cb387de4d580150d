"""What one cell means: an amount, a day, a stage, a country, in the one form that compares.

A cell that may mean two things is a problem that is told, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from watcher.domain.countries import country_called
from watcher.domain.labels import stage_called
from watcher.domain.merge import plain_amount
from watcher.domain.plain import plain

# As calamine gives it; a list in CSV has texts only.
Cell = object

TEXT_LIMIT = 1000
NAME_LIMIT = 200
_MOST = Decimal("1e15")
_SERIAL_ZERO = date(1899, 12, 30)  # the day 0 of Excel's calendar (ECMA-376 part 1, 18.17.4.1)
_SERIALS = range(36526, 73051)  # the years 2000 to 2099: a number out of them is no day

_CURRENCIES = {"€": "EUR", "£": "GBP", "us$": "USD", "$": "USD", "rmb": "CNY", "元": "CNY", "人民币": "CNY"}
_CURRENCIES |= {
    "美元": "USD",
    "欧元": "EUR",
    "英镑": "GBP",
    "日元": "JPY",
    "円": "JPY",
    "₹": "INR",
    "₩": "KRW",
}
_TWO_CURRENCIES = {"¥", "￥"}  # of China and of Japan


class Unclear(Exception):
    """What a cell means cannot be told; the message says why, in words for the person."""


def text_of(cell: Cell, limit: int = TEXT_LIMIT) -> str:
    """One line of visible text, whatever the cell holds."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, datetime | date):
        cell = cell.isoformat()
    return "" if cell is None else plain(str(cell), limit)


def number_of(cell: Cell) -> int | None:
    """A deal's number; None where there is none."""
    text = text_of(cell, 20)
    return int(text) if text.isascii() and text.isdigit() else None


def stage_of(cell: Cell, own: Mapping[str, str]) -> str:
    """A stage's name. Raises Unclear."""
    text = text_of(cell, NAME_LIMIT)
    found = stage_called(text, own) if text else ""
    if found is None:
        raise Unclear(f"{text!r} is no stage")
    return found


def country_of(cell: Cell) -> str:
    """An ISO 3166 code. Raises Unclear."""
    text = text_of(cell, NAME_LIMIT)
    found = country_called(text) if text else ""
    if found is None:
        raise Unclear(f"{text!r} is no country")
    return found


def currency_of(cell: Cell) -> str:
    """An ISO 4217 code. Raises Unclear."""
    text = text_of(cell, 20)
    code = _CURRENCIES.get(text.casefold(), text.upper())
    if code in _TWO_CURRENCIES:
        raise Unclear(f"{text} may be CNY or JPY")
    if code and not re.fullmatch("[A-Z]{3}", code):
        raise Unclear(f"{text!r} is no currency")
    return code


def amount_of(cell: Cell) -> tuple[str, str]:
    """A plain decimal, and the currency that stands with it ("" for none). Raises Unclear."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _plain(Decimal(repr(cell)), str(cell)), ""
    text = text_of(cell, 60)
    if not text:
        return "", ""
    match = re.fullmatch(r"(?P<before>[^\d.,+-]*)(?P<number>[\d.,'\s]*\d)(?P<after>[^\d]*)", text)
    if match is None:
        raise Unclear(f"{text!r} is no amount")
    named = (match["before"] or match["after"]).strip()
    if match["before"].strip() and match["after"].strip():
        raise Unclear(f"{text!r} is no amount")
    return _plain(_decimal(match["number"], text), text), currency_of(named)


def _decimal(digits: str, text: str) -> Decimal:
    """12,000 and 12.000,50 and 12 000.5: the last mark is the decimal one where it stands once and not before
    three digits; where that cannot be told the amount is unclear.
    """
    bare = re.sub(r"['\s]", "", digits)
    marks = re.findall("[.,]", bare)
    if len(set(marks)) == 2:
        last = marks[-1]
        if marks.count(last) > 1:
            raise Unclear(f"{text!r} is no amount")
        bare = bare.replace("." if last == "," else ",", "").replace(last, ".")
    elif len(marks) > 1:
        bare = bare.replace(marks[0], "")
    elif marks == [","]:
        head, tail = bare.split(",")
        bare = head + tail if len(tail) == 3 else f"{head}.{tail}"
    elif marks and len(bare.partition(".")[2]) == 3:
        whole = bare.replace(".", "")
        raise Unclear(f"{text!r} may be {whole} or {bare.rstrip('0')}: write it without the dot")
    try:
        return Decimal(bare)
    except InvalidOperation:
        raise Unclear(f"{text!r} is no amount") from None


def _plain(amount: Decimal, text: str) -> str:
    if not amount.is_finite() or not 0 <= amount < _MOST:
        raise Unclear(f"{text!r} is no amount")
    return plain_amount(amount)


def day_of(cell: Cell) -> str:
    """A day as ISO 8601 has it. Raises Unclear."""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if int(cell) in _SERIALS:
            return (_SERIAL_ZERO + timedelta(days=int(cell))).isoformat()
        raise Unclear(f"{text_of(cell)} is no day")
    text = text_of(cell, 40)
    return _day(text) if text else ""


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def _day(text: str) -> str:
    """2026-04-01, 2026/4/1, 2026年4月1日, 1.4.2026, 1 Apr 2026, Apr 1, 2026. Of 3/4/2026 nobody knows."""
    bare = text.partition("T")[0].casefold()
    parts = [one for one in re.split(r"[\s,./年月日-]+", bare) if one and ":" not in one]
    months = [_MONTHS.index(one[:3]) + 1 for one in parts if one.isalpha() and one[:3] in _MONTHS]
    numbers = [int(one) for one in parts if one.isascii() and one.isdigit()]
    if len(parts) != 3 or len(months) > 1 or len(months) + len(numbers) != 3:
        raise Unclear(f"{text!r} is no day")
    try:
        return date(*_in_order(numbers, months, text, slashes="/" in text)).isoformat()
    except ValueError:
        raise Unclear(f"{text!r} is no day") from None


def _in_order(numbers: list[int], months: list[int], text: str, *, slashes: bool) -> tuple[int, int, int]:
    """Year, month, day. Raises Unclear."""
    if months:
        day, year = sorted(numbers)
        return year, months[0], day
    if numbers[0] > 31:
        return numbers[0], numbers[1], numbers[2]
    first, second, year = numbers
    if slashes and first <= 12 and second <= 12 and first != second:
        raise Unclear(f"{text!r} may be two days: write {year}-{first:02}-{second:02}, or these turned")
    return (year, second, first) if second <= 12 else (year, first, second)
