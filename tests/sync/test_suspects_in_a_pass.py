"""Suspects through a whole pass and a review: a mail that came back is ours to follow up, no other one is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.mailbox.automatic_forms import ANNA, Form, forms, message
from tests.sync.fake import FakeFolder, FakeMail, FakeSession
from watcher.config import Config, config_from
from watcher.domain.kinds import KindVerdict
from watcher.domain.messages import Kind, Role
from watcher.domain.reading.automatic import SUSPECTS_VERSION
from watcher.mailbox.headers import read_envelope
from watcher.report import thread_document
from watcher.review import company_of, review
from watcher.store import glance
from watcher.store.engine import Store, open_store
from watcher.store.texts import any_doubtful, doubt_again
from watcher.sync import Pass
from watcher.texts import TextPass

pytestmark = pytest.mark.wide

NOW = datetime(2026, 3, 19, 9, 0, tzinfo=UTC)
TOLD = {form: mail for form, mail in forms("failures").items() if "{copy}" in mail["text"]}
QUOTATION = b"""\
From: wei@acme.test
To: anna@cust.example
Subject: Quotation 118
Message-ID: <quote-118@acme.test>
Date: Mon, 09 Mar 2026 09:00:00 +0000

Dear Anna
"""


@dataclass
class Desk:
    """We sent a quotation ten days ago; what comes in after it lies in the Inbox."""

    store: Store
    config: Config

    def thread_after(self, source: bytes) -> dict[str, Any]:
        boxes = {"Sent": FakeFolder(Role.SENT), "INBOX": FakeFolder(Role.INBOX)}
        for folder, raw, days in (("Sent", QUOTATION, 10), ("INBOX", source, 9)):
            at = NOW - timedelta(days=days)
            boxes[folder].put(FakeMail(read_envelope(raw), at, raw))
        session = FakeSession(boxes)
        Pass(self.store, session, "wei@acme.test", lambda: NOW, 365, company_of).run()
        review(self.store, self.config, NOW)
        TextPass(self.store, session, "wei@acme.test", lambda: NOW, company_of).run()
        review(self.store, self.config, NOW)
        found = [thread_document(one, NOW) for one in glance.threads(self.store.path)]
        return next(one for one in found if one["customer"] == "cust.example")


@pytest.fixture
def desk(empty_store: Path, tmp_path: Path) -> Iterator[Desk]:
    account = {"address": "wei@acme.test", "host": "imap.acme.test", "password_command": "true"}
    config = config_from({"rep": {"time_zone": "UTC"}, "account": [account]}, tmp_path / "config.toml")
    store = open_store(shutil.copy(empty_store, tmp_path / "watcher.db"))
    yield Desk(store, config)
    store.close()


@pytest.mark.parametrize("form", TOLD)
def test_a_mail_that_came_back_is_ours(desk: Desk, form: str) -> None:
    thread = desk.thread_after(dated(TOLD[form]))
    assert (thread["turn"], thread["reason"], thread["failed"]) == ("ours", "undelivered", [ANNA])


@pytest.mark.parametrize("table", ["delays", "away", "tickets", "receipts"])
def test_no_other_automatic_mail_passes_the_ball(desk: Desk, table: str) -> None:
    form = next(iter(forms(table).values()))
    thread = desk.thread_after(dated(form, "In-Reply-To: <quote-118@acme.test>"))
    assert (thread["turn"], thread["reason"]) == ("theirs", "sent_last")


def test_a_person_who_writes_about_lost_mail_does(desk: Desk) -> None:
    form = forms("people")["answers a bounce"]
    thread = desk.thread_after(dated(form, "In-Reply-To: <quote-118@acme.test>"))
    assert (thread["turn"], thread["reason"]) == ("ours", "received_last")


def dated(form: Form, head: str = "") -> bytes:
    return message(form, head=f"Date: Tue, 10 Mar 2026 09:00:00 +0000\n{head}".strip())


@pytest.fixture
def misread(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A person's mail that older rules called automatic."""
    form = {"subject": "Out of office next week", "text": "Hello Wei, when does the container leave?"}
    source = dated(form, "In-Reply-To: <quote-118@acme.test>")
    wrong = KindVerdict(Kind.AUTO_REPLY, "an older rule")
    with monkeypatch.context() as older:
        older.setattr("watcher.texts.read_suspect", lambda *_: (wrong, None))
        assert desk.thread_after(source)["reason"] == "sent_last"
    return source


def test_a_wrong_automatic_kind_is_taken_back_when_the_rules_are_raised(
    desk: Desk, misread: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watcher.texts.SUSPECTS_VERSION", SUSPECTS_VERSION + 1)
    assert desk.thread_after(misread)["reason"] == "received_last"


@pytest.mark.usefixtures("misread")
@pytest.mark.parametrize(("now", "again"), [(NOW, 1), (NOW + timedelta(days=200), 0)])
def test_raised_rules_read_again_what_matters_and_pop_ups_go_on(
    desk: Desk, now: datetime, again: int
) -> None:
    with desk.store.writing() as connection:
        doubt_again(connection, SUSPECTS_VERSION + 1, now)
        assert not any_doubtful(connection), "an older reading is a reading"
        doubted = connection.exec_driver_sql("SELECT COUNT(*) FROM message WHERE doubtful").scalar_one()
    assert doubted == again
