"""store → workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection

from watcher.agenda import rank_of
from watcher.config import Config
from watcher.domain.due import Rule
from watcher.domain.history import DealHistory
from watcher.domain.marks import marked_days
from watcher.domain.merge import Field
from watcher.domain.order import STAGE_ORDER
from watcher.domain.stages import CALL_AFTER_FOLLOW_UPS
from watcher.domain.turns import Reason
from watcher.errors import UsageError
from watcher.sheets import hidden
from watcher.sheets.columns import Column
from watcher.sheets.reading import read_workbook
from watcher.sheets.writing import TURNS, Book, PlanRow, Value, write_workbook
from watcher.store import ledger, settings
from watcher.store.engine import Store
from watcher.store.history import deal_histories
from watcher.store.ledger import RunningWait
from watcher.store.sheet import known_deals

_PLANNED = timedelta(days=7)

# What the Plan says is to be done, by what is awaited.
_DO: Mapping[str, Mapping[str, str]] = {
    "en": {
        "undelivered": "your mail came back: check the address, or call",
        "payment": "signed, and no payment noted: ask for the slip",
        "ours": "answer them",
        "theirs": "ask again",
        "idle": "no date is set: what is the next step?",
        "no_mail": "no mail with them yet: write, or call",
        "silent": "call them, or move them down",
    },
    "zh": {
        "undelivered": "邮件被退回：核对地址或打电话",
        "payment": "已签PI，未见付款：索要水单",
        "ours": "回复客户",
        "theirs": "再次跟进",
        "idle": "没有约定日期：下一步做什么？",
        "no_mail": "还没有邮件往来：写信或打电话",
        "silent": "打电话，或下调阶段",
    },
}


def export(
    store: Store,
    config: Config,
    path: Path,
    now: datetime,
    *,
    force: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Write the sheet; returns how many leads are in it.

    Raises UsageError where the path is no xlsx, or holds what we did not write (unless `force`), or cannot be
    written; StoreError.
    """
    if path.suffix.casefold() != ".xlsx":
        raise UsageError(f"{path} is no xlsx file.", "Give it a name that ends in .xlsx.")
    if path.exists() and not force and not _is_ours(path):
        raise UsageError(f"{path} is there, and watcher did not write it.", "Another name, or --force.")
    book = _book(store, config, now)
    write_workbook(book, path, progress)
    return len(book.leads)


def _is_ours(path: Path) -> bool:
    try:
        return read_workbook(path).carried is not None
    except UsageError:
        return False


def _book(store: Store, config: Config, now: datetime) -> Book:
    with store.writing() as connection:
        home = store_id(connection)
        histories = deal_histories(connection, now)
        base = {one.deal: one.values for one in known_deals(connection, config.rep.zone)}
        waits = ledger.running_waits(connection, now)
    zone, language, labels = config.rep.zone, config.stages.language, config.labels()
    histories.sort(key=lambda one: (STAGE_ORDER.index(one.stage), one.called.casefold(), one.id))
    carried = hidden.Carried(
        workbook=uuid4().hex,
        store=home,
        rep_name=config.rep.name or config.accounts[0].address,
        as_of=now,
        labels=labels,
        histories=tuple(histories),
        base=base,
    )
    tops = _tops(waits)
    leads = [_lead(one, base[one.id], tops.get(one.id), language, labels, zone, now) for one in histories]
    return Book(language, labels, leads, _plan(waits, language, labels, zone, now), carried)


def store_id(connection: Connection) -> str:
    """What tells this store's workbooks from those of another: made once."""
    held = settings.get_setting(connection, "store_id")
    if held is None:
        held = uuid4().hex
        settings.put_setting(connection, "store_id", held)
    return held


def _tops(waits: Iterable[RunningWait]) -> dict[int, RunningWait]:
    """The clock that comes first of each deal."""
    tops: dict[int, RunningWait] = {}
    for one in sorted(waits, key=rank_of):
        tops.setdefault(one.deal_id, one)
    return tops


def _lead(
    deal: DealHistory,
    values: Mapping[Field, str],
    running: RunningWait | None,
    language: str,
    labels: Mapping[str, str],
    zone: tzinfo,
    now: datetime,
) -> dict[Column, Value]:
    told: dict[Column, Value] = {Column(name.value): text for name, text in values.items()}
    told |= {
        Column.NUMBER: deal.id,
        Column.CUSTOMER: deal.customer,
        Column.STAGE: labels[deal.stage],
        Column.VALUE: _number(values[Field.VALUE]),
        Column.EXPECTED: deal.expected_on,
        Column.SHIPPED: deal.shipped_at.astimezone(zone).date() if deal.shipped_at else None,
        Column.THEY_WROTE: _local(deal.they_wrote, zone),
        Column.WE_WROTE: _local(deal.we_wrote, zone),
    }
    if running is not None:
        wait = running.wait
        late = marked_days(running.workdays, running.zone, wait.since, wait.due, now)
        told |= {
            Column.TURN: TURNS[language][wait.turn],
            Column.DUE: _local(wait.due, zone),
            Column.OVERDUE: late if wait.due <= now else None,
            Column.FOLLOW_UPS: wait.follow_ups or None,
        }
    return told


def _number(text: str) -> Value:
    """A number where a sheet's numbers (IEEE 754 doubles) hold it exactly, else its text."""
    return float(text) if text and len(text.replace(".", "")) <= 15 else text


def _local(moment: datetime | None, zone: tzinfo) -> datetime | None:
    return moment.astimezone(zone).replace(tzinfo=None) if moment else None


def _plan(
    waits: Sequence[RunningWait], language: str, labels: Mapping[str, str], zone: tzinfo, now: datetime
) -> list[PlanRow]:
    """The first clock of each customer: what is due first, top-down, then what the coming week brings."""
    first: dict[int, RunningWait] = {}
    for one in sorted(waits, key=lambda one: (one.wait.due > now, rank_of(one))):
        if one.wait.due <= now + _PLANNED:
            first.setdefault(one.customer_id, one)
    due = [one for one in first.values() if one.wait.due <= now]
    later = sorted((one for one in first.values() if one.wait.due > now), key=lambda one: one.wait.due)
    return [
        PlanRow(
            number=one.deal_id,
            customer=one.customer,
            stage=labels[one.stage],
            turn=TURNS[language][one.wait.turn],
            since=one.wait.since.astimezone(zone).replace(tzinfo=None),
            due=one.wait.due.astimezone(zone).replace(tzinfo=None),
            do=_DO[language][_what(one)],
        )
        for one in (*due, *later)
    ]


def _what(one: RunningWait) -> str:
    if one.wait.reason is Reason.NO_MAIL:
        return "no_mail"
    if one.wait.rule is Rule.THEIRS and one.wait.follow_ups >= CALL_AFTER_FOLLOW_UPS:
        return "silent"
    return one.wait.rule.value
