"""Which column a heading means, in any order and both languages."""

from __future__ import annotations

import pytest

from watcher.errors import UsageError
from watcher.sheets.columns import HEADINGS, Column, find_headings


@pytest.mark.parametrize("language", HEADINGS)
def test_our_own_headings_come_back(language: str) -> None:
    found = find_headings([list(HEADINGS[language].values())], {})
    assert found is not None
    assert list(found.places) == list(HEADINGS[language])
    assert found.unknown == ()


@pytest.mark.parametrize(
    ("headings", "columns"),
    [
        (["Company Name", "E-Mail:", "Status", "Amount (USD)"], ["name", "email", "stage", "value"]),
        (["公司名称", "邮箱", "客户阶段", "订单金额"], ["name", "email", "stage", "value"]),
        (["Remarks", "Sales Rep", "COUNTRY/REGION"], ["note", "owner", "country"]),
    ],
)
def test_headings_of_other_peoples_lists(headings: list[str], columns: list[str]) -> None:
    found = find_headings([headings], {})
    assert found is not None
    assert [one.value for one in found.places] == columns


def test_headings_may_stand_below_a_title() -> None:
    found = find_headings([["Leads of 2026"], [], ["", "Stage", "Company", "Colour"]], {})
    assert found is not None
    assert (found.at, dict(found.places), found.unknown) == (
        2,
        {Column.STAGE: 1, Column.NAME: 2},
        ("Colour",),
    )


def test_the_first_of_two_headings_counts() -> None:
    found = find_headings([["Customer", "Company", "Stage"]], {})
    assert found is not None
    assert (found.places[Column.NAME], found.unknown) == (0, ("Company",))


def test_a_heading_is_mapped_by_hand() -> None:
    found = find_headings([["Firm", "Mark", "Stage"]], {"firm": "customer", "Stage": ""})
    assert found is not None
    assert (dict(found.places), found.unknown) == ({Column.CUSTOMER: 0}, ("Mark", "Stage"))


@pytest.mark.parametrize(
    ("said", "says"), [({"Firma": "customer"}, "no heading"), ({"Firm": "x"}, "no column")]
)
def test_what_cannot_be_mapped_is_refused(said: dict[str, str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        find_headings([["Firm", "Stage", "Company"]], said)


def test_a_table_without_headings_is_none() -> None:
    assert find_headings([["a", "b"], ["c", "d"]], {}) is None
