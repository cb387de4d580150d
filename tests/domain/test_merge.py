"""The three-way merge of a sheet: what is taken, what is a conflict, what only fills."""

from __future__ import annotations

import pytest

from watcher.domain.merge import Field, Known, Merge, SheetRow, merge

STAGE, NAME, NOTE, VALUE = Field.STAGE, Field.NAME, Field.NOTE, Field.VALUE


def known(deal: int = 7, customer: str = "meyer.example", **values: str) -> Known:
    return Known(deal, customer, {Field(name): text for name, text in values.items()})


def row(number: int | None = 7, customer: str = "", place: int = 2, **values: str) -> SheetRow:
    return SheetRow(place, {Field(name): text for name, text in values.items()}, number, customer)


def merged(
    *rows: SheetRow, store: tuple[Known, ...], base: dict[int, dict[Field, str]], prefer: bool = False
) -> Merge:
    return merge(rows, store, base, lambda text: text.casefold(), prefer_sheet=prefer)


@pytest.mark.parametrize(
    ("base", "sheet", "store", "taken", "both"),
    [
        ("cold", "cold", "cold", [], []),  # nobody changed it
        ("cold", "pi", "cold", ["pi"], []),  # the sheet did
        ("cold", "cold", "pi", [], []),  # the store did
        ("cold", "pi", "pi", [], []),  # both, to the same
        ("cold", "pi", "won", [], ["pi"]),  # both, and otherwise
        (None, "pi", "cold", [], []),  # a list of the rep's own fills only
        ("cold", "", "cold", [], []),  # no deal stands nowhere
    ],
)
@pytest.mark.parametrize("prefer", [False, True])
def test_a_value(
    base: str | None, sheet: str, store: str, taken: list[str], both: list[str], prefer: bool
) -> None:
    before = {} if base is None else {7: {STAGE: base}}
    found = merged(row(stage=sheet), store=(known(stage=store),), base=before, prefer=prefer)
    assert [one.after for one in found.conflicts] == both
    assert [one.after for one in found.changes] == (taken + both if prefer else taken)


@pytest.mark.parametrize(
    ("base", "sheet", "store", "taken", "kept"),
    [
        (None, "hot", "", ["hot"], []),
        (None, "hot", "cool", [], ["hot"]),
        (None, "", "cool", [], [""]),
        ("old", "", "old", [""], []),  # the rep emptied the cell
    ],
)
def test_an_empty_value(base: str | None, sheet: str, store: str, taken: list[str], kept: list[str]) -> None:
    before = {} if base is None else {7: {NOTE: base}}
    found = merged(row(note=sheet), store=(known(note=store),), base=before)
    assert ([one.after for one in found.changes], [one.after for one in found.kept]) == (taken, kept)


def test_a_column_that_is_not_there_says_nothing() -> None:
    found = merged(
        row(stage="cold"), store=(known(stage="cold", note="x"),), base={7: {STAGE: "cold", NOTE: "x"}}
    )
    assert (found.changes, found.conflicts, found.kept) == ([], [], [])


def test_a_row_that_is_gone_deletes_nothing() -> None:
    found = merged(store=(known(stage="pi"),), base={7: {STAGE: "pi"}})
    assert found == Merge()


@pytest.mark.parametrize(
    ("given", "store", "deal"),
    [
        (row(7), (known(7), known(8, "gulf.example")), 7),
        (row(None, "Gulf.example"), (known(7), known(8, "gulf.example")), 8),
        (row(None, "", name="gulf trading"), (known(8, "gulf.example", name="Gulf Trading"),), 8),
        (row(99, "gulf.example"), (known(8, "gulf.example"),), 8),  # a number of another store
        (
            row(None, "gulf.example", title="spares"),
            (known(8, "gulf.example"), known(9, "gulf.example", title="spares")),
            9,
        ),
    ],
)
def test_which_deal_a_row_means(given: SheetRow, store: tuple[Known, ...], deal: int) -> None:
    assert merged(given, store=store, base={}).matched == {2: deal}


def test_somebody_unknown_is_a_new_lead() -> None:
    (new,) = merged(row(None, "new.example", name="New", stage="inquiry"), store=(known(),), base={}).new
    assert (new.key, new.values[NAME], new.values[STAGE]) == ("new.example", "New", "inquiry")


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([row(7, "gulf.example")], "No. 7 is meyer.example, not gulf.example"),
        ([row(7), row(7, place=3)], "is the same lead as row 2"),
        ([row(None, "new.example"), row(None, "NEW.example", place=3)], "is the same lead as row 2"),
        ([row(None, "two.example")], "two.example has several deals (8, 9): give the row its No."),
        ([row(None, note="who is it?")], "names no customer"),
        ([row(8, name="A"), row(9, name="B", place=3)], "a row above gives another name"),
    ],
)
def test_what_is_not_clear_is_told_and_left(rows: list[SheetRow], says: str) -> None:
    store = (known(7), known(8, "two.example", name=""), known(9, "two.example", name=""))
    found = merged(*rows, store=store, base={8: {NAME: ""}, 9: {NAME: ""}})
    assert [one.says for one in found.problems] == [says]


def test_an_empty_row_says_nothing() -> None:
    assert merged(row(None), store=(known(),), base={}) == Merge()
