"""Judged as of a moment: as of now it is what is stored, as of earlier what came later is not there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.remind.desk import FOLDERS, Desk, kicked, moment
from watcher.app import overview_as_of, threads_as_of
from watcher.demo.mailbox import DemoMailbox, demo_mailbox
from watcher.domain.blindness import stale_after
from watcher.domain.kinds import classify
from watcher.domain.messages import Role
from watcher.domain.stages import Stage
from watcher.domain.turns import Play
from watcher.mailbox.headers import read_envelope
from watcher.mailbox.suspects import read_suspect
from watcher.report import status, status_document, thread_document
from watcher.review import company_of
from watcher.store import glance, mail, texts, words

pytestmark = pytest.mark.daemon

NOW = datetime(2026, 3, 19, 9, 0, tzinfo=UTC)
LIMIT = stale_after(300)


def stored(desk: Desk) -> glance.Overview:
    return glance.overview(desk.store.path, desk.now, LIMIT)


def by_place(overview: glance.Overview) -> list[glance.Clock]:
    return sorted(overview.clocks, key=lambda one: (one.customer, one.thread or 0, one.rule))


# ── as of now ──


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The demo's mailbox, with every stage the rep named."""
    box = demo_mailbox(NOW)
    account = {
        "address": "wei@acme-pumps.test",
        "shared": ["sales@acme-pumps.test"],
        "host": "127.0.0.1",
        "tls": "off",
    }
    rep = {"time_zone": "Asia/Shanghai", "country": "CN", "our_domains": ["acme-pumps.test"]}
    desk = Desk(tmp_path_factory.mktemp("demo"), account=[account], rep=rep)
    desk.now = NOW
    fill(desk, box)
    desk.look()
    tell(desk, box)
    yield desk
    desk.close()


def fill(desk: Desk, box: DemoMailbox) -> None:
    with desk.store.writing() as connection:
        number = mail.account_id(connection, "work")
        for name in ("INBOX", *box.folders):
            mail.keep_folder(connection, number, name, FOLDERS.get(name, Role.OTHER), "")
        known = mail.folders(connection, "work")
        for uid, one in enumerate(box.mails, start=1):
            envelope = read_envelope(one.raw)
            arrival = mail.Arrival(uid, one.internal_date, envelope, classify(envelope))
            mail.keep_arrivals(connection, known[one.folder], [arrival], uid, company_of)
        raws = {uid: one.raw for uid, one in enumerate(box.mails, start=1)}
        for each in texts.doubtful(connection, "work", 1000):
            mail.keep_report(
                connection, each.message, *read_suspect(raws[each.uid], each.verdict), company_of
            )


def tell(desk: Desk, box: DemoMailbox) -> None:
    with desk.store.writing() as connection:
        for said in box.stages:
            found = words.find_customer(connection, said.customer)
            if found.deals:
                words.move(connection, found.deals[0][0], Stage(said.stage), said.at)
            else:
                words.open_deal(connection, found, "", Stage(said.stage), said.at)
    desk.app.review()


def test_as_of_now_the_overview_is_the_stored_one(demo: Desk) -> None:
    found, kept = overview_as_of(demo.app, demo.now), stored(demo)
    assert len(kept.clocks) > 10
    assert by_place(found) == by_place(kept)
    assert replace(found, clocks=()) == replace(kept, clocks=())


def test_as_of_now_the_threads_are_the_stored_ones(demo: Desk) -> None:
    assert threads_as_of(demo.app, demo.now) == glance.threads(demo.store.path)


@pytest.mark.parametrize("days", [1, 8, 30])
def test_stored_and_judged_agree_as_time_goes_by(demo: Desk, days: int) -> None:
    """What is due, dormant or old by the calendar alone, with no new mail."""
    demo.now = NOW + timedelta(days=days)
    demo.look()
    try:
        assert by_place(overview_as_of(demo.app, demo.now)) == by_place(stored(demo))
        assert threads_as_of(demo.app, demo.now) == glance.threads(demo.store.path)
    finally:
        demo.now = NOW
        demo.look()


# ── as of earlier ──


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    kicked(made)
    yield made
    made.close()


def seen_at(desk: Desk, at: str) -> Any:
    """Thread and clocks of the one customer as of a moment, by their documents."""
    when = moment(at)
    threads = [thread_document(one, when) for one in threads_as_of(desk.app, when)]
    for one in threads:
        for message in one["messages"]:
            message["folders"] = []
    return threads, by_place(overview_as_of(desk.app, when))


def answered(desk: Desk) -> None:
    desk.got("a1@meyer.example", "4 09:00", answers="k1@acme.test", subject="Re: Offer")


def written_to_again(desk: Desk) -> None:
    desk.sent("k2@acme.test", "4 09:00", subject="Other matter")


def somebody_new(desk: Desk) -> None:
    desk.got("q1@new.example", "4 09:00", sender="who@new.example", subject="Pumps?")


def moved(desk: Desk) -> None:
    desk.stage(Stage.PI)


def done(desk: Desk) -> None:
    desk.say(Play.DONE)


def snoozed(desk: Desk) -> None:
    desk.say(Play.SNOOZED, until="20 09:00")


def held(desk: Desk) -> None:
    desk.hold("20 09:00")


@pytest.mark.parametrize("later", [answered, written_to_again, somebody_new, moved, done, snoozed, held])
def test_what_came_later_is_ignored(desk: Desk, later: Any) -> None:
    then = "3 12:00"
    before = seen_at(desk, then)
    counted = overview_as_of(desk.app, moment(then))
    desk.now = moment("4 10:00")
    later(desk)
    desk.look()
    assert seen_at(desk, then) == before
    assert seen_at(desk, "4 10:00") != before
    again = overview_as_of(desk.app, moment(then))
    assert (again.customers, again.unsorted) == (counted.customers, counted.unsorted) == (1, 0)


# ── the documents (DESIGN 3) ──

TIME = datetime
ROW = {
    "customer": str,
    "stage": str,
    "turn": str,
    "since": TIME,
    "due": TIME,
    "overdue_days": int,
    "thread": (int, type(None)),
    "subject": (str, type(None)),
    "contact": (str, type(None)),
    "reason": str,
    "decided_by": (str, type(None)),
}
THREAD = {
    "thread": int,
    "conversation": int,
    "subject": str,
    "customer": (str, type(None)),
    "role": (str, type(None)),
    "deal": (int, type(None)),
    "stage": (str, type(None)),
    "turn": str,
    "since": (TIME, type(None)),
    "reason": str,
    "decided_by": (str, type(None)),
    "due": (TIME, type(None)),
    "overdue": bool,
    "dormant": bool,
    "follow_ups": int,
    "messages": list,
}
MESSAGE = {
    "message_id": str,
    "direction": str,
    "kind": str,
    "date": TIME,
    "from": str,
    "folders": list,
}


def assert_shape(document: dict[str, Any], shape: dict[str, Any]) -> None:
    for key, kinds in shape.items():
        value = document[key]
        if TIME in (kinds if isinstance(kinds, tuple) else (kinds,)) and value is not None:
            assert datetime.fromisoformat(value).utcoffset() is not None, key
        else:
            assert isinstance(value, kinds), key
        assert not (isinstance(value, bool) and kinds is int), key


@pytest.mark.parametrize("stored_one", [True, False], ids=["stored", "as of"])
def test_the_documents_have_their_keys(demo: Desk, stored_one: bool) -> None:
    seen = stored(demo) if stored_one else overview_as_of(demo.app, demo.now)
    document = status_document(status(seen, demo.now, UTC))
    assert document["as_of"] == "2026-03-19T09:00:00+00:00"
    assert document["blind"] == []
    assert isinstance(document["quarantined"], int)
    assert document["overdue"]
    for one in document["overdue"]:
        assert_shape(one, ROW)
    threads = glance.threads(demo.store.path) if stored_one else threads_as_of(demo.app, demo.now)
    for one in threads:
        found = thread_document(one, demo.now)
        assert_shape(found, THREAD)
        assert found["messages"]
        for message in found["messages"]:
            assert_shape(message, MESSAGE)


def test_quarantine_is_counted(desk: Desk) -> None:
    with desk.store.writing() as connection:
        known = mail.folders(connection, "work")["INBOX"]
        for _ in range(2):
            mail.keep_broken(connection, known, 7, "unreadable", desk.now)
    assert status(stored(desk), desk.now, UTC).quarantined == 1
