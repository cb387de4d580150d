"""What a sheet that came back changes: a three-way merge of leads (DESIGN 2.9, the sheet).

A workbook that we wrote carries what stood in it then, the base. What only the sheet changed since is taken;
what both changed is a conflict, and the store's word stands unless the sheet is preferred. Without a base (a
list of the rep's own) only what is empty is filled. A row that is gone deletes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


class Field(StrEnum):
    """What a sheet may change of a lead. Name and country are the customer's, the others the deal's."""

    NAME = "name"
    COUNTRY = "country"
    STAGE = "stage"
    VALUE = "value"
    CURRENCY = "currency"
    EXPECTED = "expected"
    SHIPPED = "shipped"
    NOTE = "note"
    OWNER = "owner"
    TITLE = "title"


OF_THE_CUSTOMER = (Field.NAME, Field.COUNTRY)

# Each in one form, so that they compare: a stage's name, a country's and a currency's code, a plain decimal,
# ISO 8601 days; "" for nothing.
Values = Mapping[Field, str]


def plain_amount(amount: Decimal) -> str:
    """A decimal in the one form that compares: no exponent, no zeros behind."""
    return f"{amount.normalize():f}" if amount else "0"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row as it was read. `row` counts as the person sees it. `number` is the deal's, `customer` whatever
    names the customer: a domain, an address, a name. `values` holds the columns that the sheet has.
    """

    row: int
    values: Values
    number: int | None = None
    customer: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """One deal as the store has it; `customer` is the key."""

    deal: int
    customer: str
    values: Values


@dataclass(frozen=True, slots=True)
class Change:
    """One value that is taken from the sheet, or, in a conflict or a list that only fills, is not."""

    row: int
    deal: int
    customer: str
    field: Field
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class NewLead:
    """A row of somebody the store does not know. `key` is what they are known by from now on."""

    row: int
    key: str
    values: Values


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that cannot be taken, and why."""

    row: int
    says: str


@dataclass(slots=True)
class Merge:
    """What came of a sheet. `conflicts`: both sides changed it; `kept`: the store has another value, and the
    sheet only fills. `matched`: the deal of each row that has one.
    """

    changes: list[Change] = field(default_factory=list)
    conflicts: list[Change] = field(default_factory=list)
    kept: list[Change] = field(default_factory=list)
    new: list[NewLead] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    matched: dict[int, int] = field(default_factory=dict)


class _Outcome(StrEnum):
    SAME = "same"
    TAKEN = "changes"
    CONFLICT = "conflicts"
    KEPT = "kept"


def merge(
    rows: Iterable[SheetRow],
    known: Iterable[Known],
    base: Mapping[int, Values],
    key_of: Callable[[str], str],
    *,
    prefer_sheet: bool = False,
) -> Merge:
    """Merge rows into what is known. `base` holds what the sheet said before, by deal; `key_of` tells what a
    customer is known by, from whatever names them.
    """
    found = Merge()
    deals = _Deals(known, key_of)
    said: dict[tuple[str, Field], str] = {}
    for row in rows:
        place = deals.of(row)
        if isinstance(place, Problem):
            found.problems.append(place)
        elif isinstance(place, NewLead):
            found.new.append(place)
        elif place is not None:
            found.matched[row.row] = place.deal
            _compare(row, place, base.get(place.deal), found, said, prefer_sheet=prefer_sheet)
    return found


def _compare(
    row: SheetRow,
    known: Known,
    base: Values | None,
    found: Merge,
    said: dict[tuple[str, Field], str],
    *,
    prefer_sheet: bool,
) -> None:
    """Sort what a row says otherwise. `said` is what rows above said of customers, who have one name each."""
    for one in _differences(row, known):
        outcome = _outcome(one, None if base is None else base.get(one.field, ""))
        if outcome is _Outcome.KEPT:
            found.kept.append(one)
        if outcome is _Outcome.CONFLICT:
            found.conflicts.append(one)
        if outcome is _Outcome.TAKEN or (outcome is _Outcome.CONFLICT and prefer_sheet):
            of_the_customer = one.field in OF_THE_CUSTOMER
            if of_the_customer and said.setdefault((one.customer, one.field), one.after) != one.after:
                found.problems.append(Problem(row.row, f"a row above gives another {one.field}"))
            else:
                found.changes.append(one)


def _differences(row: SheetRow, known: Known) -> Iterator[Change]:
    for name, after in row.values.items():
        before = known.values.get(name, "")
        if after != before and not (name is Field.STAGE and not after):  # no deal stands nowhere
            yield Change(row.row, known.deal, known.customer, name, before, after)


def _outcome(one: Change, base: str | None) -> _Outcome:
    if base is None:
        return _Outcome.KEPT if one.before or not one.after else _Outcome.TAKEN
    if one.after == base:
        return _Outcome.SAME
    return _Outcome.TAKEN if one.before == base else _Outcome.CONFLICT


class _Deals:
    """Which deal a row means."""

    def __init__(self, known: Iterable[Known], key_of: Callable[[str], str]) -> None:
        self._key_of = key_of
        self._by_number: dict[int, Known] = {}
        self._by_key: dict[str, list[Known]] = {}
        self._by_name: dict[str, list[Known]] = {}
        self._rows: dict[int | str, int] = {}  # by deal or new key, the row that spoke of it
        for one in known:
            self._by_number[one.deal] = one
            self._by_key.setdefault(one.customer, []).append(one)
            if name := one.values.get(Field.NAME, ""):
                self._by_name.setdefault(name.casefold(), []).append(one)

    def of(self, row: SheetRow) -> Known | NewLead | Problem | None:
        """The deal, a lead that is new, why neither; None for an empty row."""
        name = row.values.get(Field.NAME, "")
        key = self._key_of(row.customer or name)
        numbered = self._by_number.get(row.number or 0)
        if numbered and row.customer and key != numbered.customer:
            return Problem(row.row, f"No. {numbered.deal} is {numbered.customer}, not {row.customer}")
        if numbered is None and not key:
            return Problem(row.row, "names no customer") if any(row.values.values()) else None
        found = numbered or self._of_customer(row, key, name)
        return self._once(row, found)

    def _of_customer(self, row: SheetRow, key: str, name: str) -> Known | NewLead | Problem:
        deals = self._by_key.get(key) or ([] if row.customer else self._by_name.get(name.casefold(), []))
        if len(deals) > 1:
            title = row.values.get(Field.TITLE, "")
            titled = [one for one in deals if title and one.values.get(Field.TITLE) == title]
            if len(titled) != 1:
                numbers = ", ".join(str(one.deal) for one in deals)
                return Problem(row.row, f"{key} has several deals ({numbers}): give the row its No.")
            return titled[0]
        return deals[0] if deals else NewLead(row.row, key, row.values)

    def _once(self, row: SheetRow, found: Known | NewLead | Problem) -> Known | NewLead | Problem:
        if isinstance(found, Problem):
            return found
        place: int | str = found.deal if isinstance(found, Known) else found.key
        above = self._rows.setdefault(place, row.row)
        return found if above == row.row else Problem(row.row, f"is the same lead as row {above}")
