"""What one cell means, and what is too unclear to be taken."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from watcher.domain.countries import country_called
from watcher.sheets import cells
from watcher.sheets.cells import Unclear


@pytest.mark.parametrize(
    ("cell", "amount", "currency"),
    [
        ("", "", ""),
        (12000.0, "12000", ""),
        (12000.5, "12000.5", ""),
        ("12000.50", "12000.5", ""),
        ("12,000", "12000", ""),
        ("12,000.50", "12000.5", ""),
        ("12.000,50", "12000.5", ""),
        ("1.234.567", "1234567", ""),
        ("12 000,5", "12000.5", ""),
        ("12'000", "12000", ""),
        ("0,5", "0.5", ""),
        ("USD 12,000", "12000", "USD"),
        ("12,000 usd", "12000", "USD"),
        ("US$12,000", "12000", "USD"),
        ("€ 900", "900", "EUR"),
        ("900元", "900", "CNY"),
        ("0", "0", ""),
    ],
)
def test_an_amount(cell: object, amount: str, currency: str) -> None:
    assert cells.amount_of(cell) == (amount, currency)


@pytest.mark.parametrize(
    "cell",
    [
        "1.500",
        "12.345,67.8",
        "about 5",
        "-3",
        -3.0,
        float("nan"),
        "1e9",
        "¥ 900",
        "USD 5 EUR",
        1e15,
        "5 tons",
    ],
)
def test_no_amount(cell: object) -> None:
    with pytest.raises(Unclear):
        cells.amount_of(cell)


def test_an_unclear_amount_says_what_it_may_be() -> None:
    with pytest.raises(Unclear, match=r"'1\.500' may be 1500 or 1\.5: write it without the dot"):
        cells.amount_of("1.500")


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("", ""),
        (date(2026, 4, 1), "2026-04-01"),
        (datetime(2026, 4, 1, 9), "2026-04-01"),  # noqa: DTZ001 - a sheet knows no zone
        (46113.0, "2026-04-01"),
        ("2026-04-01", "2026-04-01"),
        ("2026-04-01T09:00:00", "2026-04-01"),
        ("2026/4/1", "2026-04-01"),
        ("2026年4月1日", "2026-04-01"),
        ("1.4.2026", "2026-04-01"),
        ("1 Apr 2026", "2026-04-01"),
        ("April 1, 2026", "2026-04-01"),
        ("13/4/2026", "2026-04-13"),
        ("4/13/2026", "2026-04-13"),
        ("4/4/2026", "2026-04-04"),
    ],
)
def test_a_day(cell: object, day: str) -> None:
    assert cells.day_of(cell) == day


@pytest.mark.parametrize("cell", ["3/4/2026", "soon", "32.1.2026", "Q2 2026", 12.0, "2026", "1 2 3 4", True])
def test_no_day(cell: object) -> None:
    with pytest.raises(Unclear):
        cells.day_of(cell)


@pytest.mark.parametrize(
    ("cell", "code"), [("usd", "USD"), ("RMB", "CNY"), ("人民币", "CNY"), ("€", "EUR"), ("", ""), (None, "")]
)
def test_a_currency(cell: object, code: str) -> None:
    assert cells.currency_of(cell) == code


@pytest.mark.parametrize("cell", ["¥", "dollars", "12"])
def test_no_currency(cell: str) -> None:
    with pytest.raises(Unclear):
        cells.currency_of(cell)


def test_a_stage_and_a_country_say_what_they_are_not() -> None:
    assert (cells.stage_of("机会客户", {}), cells.stage_of("", {})) == ("opportunity", "")
    with pytest.raises(Unclear, match="'maybe' is no stage"):
        cells.stage_of("maybe", {})
    assert cells.country_of("Deutschland") == "DE"
    with pytest.raises(Unclear, match="'Atlantis' is no country"):
        cells.country_of("Atlantis")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *[("de", "DE"), ("Germany", "DE"), ("the Netherlands", "NL"), ("United Arab Emirates", "AE")],
        *[("España", "ES"), ("美国", "US"), ("UK", "GB"), ("Türkiye", "TR"), ("xx", None), ("", None)],
    ],
)
def test_a_country_by_whatever_it_is_called(text: str, code: str | None) -> None:
    assert country_called(text) == code


def test_a_text_is_one_visible_line() -> None:
    assert cells.text_of("\x1b[31mred\u202e\nline") == "red line"
    assert cells.text_of(7.0) == "7"
    assert len(cells.text_of("x" * 5000)) == cells.TEXT_LIMIT
