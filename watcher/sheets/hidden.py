"""What an exported workbook carries beside what is seen: the values and numbers it was written with, and what
the rates need. No subject and no text of a mail is in it.

One sheet, a record a row, its sort in the first cell; everything is text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from watcher.domain.deals import StageMove
from watcher.domain.history import DealHistory, Exchange
from watcher.domain.merge import Field, Values
from watcher.domain.messages import Direction
from watcher.domain.stages import Stage

NAME = "_watcher"
SCHEMA = "1"

Record = tuple[str, ...]
_WIDTH = 4 + len(Field)  # of the longest, a deal: its sort, number, customer, and the moment the goods left


class Unreadable(Exception):
    """The hidden sheet was written by another version, or somebody wrote in it."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What the hidden sheet says. `workbook` names the export, `store` where it came from; `base` holds what
    a sheet may change, by deal, as it was exported.
    """

    workbook: str
    store: str
    rep_name: str
    as_of: datetime
    labels: Mapping[str, str] = field(default_factory=dict)
    histories: tuple[DealHistory, ...] = ()
    base: Mapping[int, Values] = field(default_factory=dict)


# ── out ──


def records(carried: Carried) -> Iterator[Record]:
    """The rows of the hidden sheet."""
    said = {
        "schema": SCHEMA,
        "workbook": carried.workbook,
        "store": carried.store,
        "rep": carried.rep_name,
        "as_of": carried.as_of.isoformat(),
        **{f"label {name}": label for name, label in carried.labels.items()},
    }
    yield from (("meta", name, value) for name, value in said.items())
    for deal in carried.histories:
        number = str(deal.id)
        values = carried.base[deal.id]
        yield ("deal", number, deal.customer, *(values[one] for one in Field), _iso(deal.shipped_at))
        for move in deal.moves:
            yield "move", number, move.at.isoformat(), move.stage.value, move.source
        for one in deal.exchanges:
            answered = _iso(one.answered)
            yield "exchange", number, one.by.value, one.asked.isoformat(), answered, str(one.follow_ups)


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


# ── in ──


def carried_by(rows: Iterable[Sequence[object]]) -> Carried:
    """What the rows of a hidden sheet say. Raises Unreadable."""
    sorted_out: dict[str, list[list[str]]] = {"meta": [], "deal": [], "move": [], "exchange": []}
    for row in rows:
        cells = ["" if one is None else str(one) for one in row]
        cells += [""] * (_WIDTH - len(cells))  # a spreadsheet drops empty columns on the right
        sorted_out.get(cells[0] if cells else "", []).append(cells[1:])
    said = {name: value for name, value, *_ in sorted_out["meta"]}
    if said.get("schema") != SCHEMA:
        raise Unreadable("was exported by another version of watcher")
    try:
        return Carried(
            workbook=said["workbook"],
            store=said["store"],
            rep_name=said["rep"],
            as_of=_moment(said["as_of"]),
            labels={name[6:]: label for name, label in said.items() if name.startswith("label ")},
            histories=tuple(_histories(sorted_out)),
            base={int(number): _values(cells) for number, _, *cells in sorted_out["deal"]},
        )
    except (KeyError, ValueError, IndexError, ArithmeticError) as error:
        raise Unreadable("has a hidden sheet that somebody wrote in") from error


def _histories(records: Mapping[str, Sequence[Sequence[str]]]) -> Iterator[DealHistory]:
    moves: dict[str, list[StageMove]] = {}
    for number, at, stage, source, *_ in records["move"]:
        moves.setdefault(number, []).append(StageMove(_moment(at), Stage(stage), source))
    exchanges: dict[str, list[Exchange]] = {}
    for number, by, asked, answered, many, *_ in records["exchange"]:
        one = Exchange(Direction(by), _moment(asked), _moment(answered) if answered else None, int(many))
        exchanges.setdefault(number, []).append(one)
    for number, customer, *cells in records["deal"]:
        values, shipped = _values(cells), cells[len(Field)]
        yield DealHistory(
            id=int(number),
            customer=customer,
            moves=tuple(moves[number]),
            name=values[Field.NAME],
            title=values[Field.TITLE],
            country=values[Field.COUNTRY],
            owner=values[Field.OWNER],
            note=values[Field.NOTE],
            value=Decimal(values[Field.VALUE]) if values[Field.VALUE] else None,
            currency=values[Field.CURRENCY],
            expected_on=date.fromisoformat(values[Field.EXPECTED]) if values[Field.EXPECTED] else None,
            shipped_at=_moment(shipped) if shipped else None,
            exchanges=tuple(exchanges.get(number, ())),
        )


def _values(cells: Sequence[str]) -> dict[Field, str]:
    return dict(zip(Field, cells, strict=False))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment
