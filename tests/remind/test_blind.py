"""No pop-up claims silence while we were not looking (DESIGN 2.7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.remind.desk import Desk, kicked, moment
from watcher.domain.messages import Role
from watcher.store import mail

pytestmark = pytest.mark.wide

THEY_OWE = "Opportunity · meyer.example: they owe a reply"
BOUNCED = "Opportunity · meyer.example: your mail did not arrive"
IN_JUNK = "Opportunity · meyer.example: they answered, it lies in Junk"


def failed(desk: Desk) -> None:
    with desk.store.writing() as connection:
        mail.folder_failed(connection, mail.folders(connection, "work")["Sent"], "NO", desk.now)


def stale(desk: Desk) -> None:
    desk.now += timedelta(minutes=17)  # three polls of five minutes, and one to spare


def unread(desk: Desk) -> None:
    with desk.store.writing() as connection:
        number = mail.account_id(connection, "second")
        mail.keep_folder(connection, number, "INBOX", Role.INBOX, "")


def rereading(desk: Desk) -> None:
    """The Junk folder has a new UIDVALIDITY."""
    with desk.store.writing() as connection:
        junk = mail.folders(connection, "work")["Junk"]
        mail.begin_reading_again(connection, replace(junk, uidvalidity=1), 2)


Blind = Callable[[Desk], None]
BLIND: list[Blind] = [failed, stale, unread]


@pytest.mark.parametrize("blind", [*BLIND, rereading])
def test_silence_is_not_claimed(desk: Desk, blind: Blind) -> None:
    kicked(desk)
    desk.now = moment("6 09:00")
    desk.look()
    blind(desk)
    assert desk.remind() == []
    assert desk.report().held_back


def test_it_is_claimed_once_everything_was_read(desk: Desk) -> None:
    kicked(desk)
    desk.now = moment("6 09:00")
    desk.look()
    failed(desk)
    assert desk.remind() == []
    assert desk.round("6 09:05") == [THEY_OWE]


def test_a_folder_that_can_never_be_read_does_not_silence_the_rest(desk: Desk) -> None:
    kicked(desk)
    with desk.store.writing() as connection:
        number = mail.account_id(connection, "work")
        mail.keep_folder(connection, number, "Broken", Role.OTHER, "")
    desk.now = moment("6 09:00")
    with desk.store.writing() as connection:
        for name, one in mail.folders(connection, "work").items():
            if name == "Broken":
                mail.folder_failed(connection, one, "NO", desk.now)
            else:
                mail.folder_was_read(connection, one, 1, desk.now)
    assert desk.remind() == [THEY_OWE]


def bounced(desk: Desk) -> None:
    desk.bounce("b1@mail.acme.test", "2 11:00", returned="k1@acme.test")


def answered_in_junk(desk: Desk) -> None:
    desk.got("a1@meyer.example", "2 11:00", folder="Junk", answers="k1@acme.test", subject="Re: Offer")


@pytest.mark.parametrize("blind", BLIND)
@pytest.mark.parametrize(("happened", "title"), [(bounced, BOUNCED), (answered_in_junk, IN_JUNK)])
def test_what_claims_no_silence_is_said(desk: Desk, blind: Blind, happened: Blind, title: str) -> None:
    kicked(desk)
    happened(desk)
    desk.now = moment("2 11:05")
    desk.look()
    blind(desk)
    assert desk.remind() == [title]
    assert desk.remind() == []


def test_while_a_folder_is_read_anew_nothing_at_all_is_said(desk: Desk) -> None:
    """DESIGN 5.7: what fires in that cycle may be the re-reading's doing."""
    kicked(desk)
    bounced(desk)
    desk.now = moment("2 11:05")
    desk.look()
    rereading(desk)
    assert desk.report().held_back == "a folder is being read anew"
    assert desk.channel.shown == []
    with desk.store.writing() as connection:
        mail.end_reading_again(connection)
    assert desk.round("2 11:10") == [BOUNCED]


def test_nobody_is_called_silent_while_their_last_word_is_unread(desk: Desk) -> None:
    """ "Will revert on Friday" is no silence, and nobody knows yet what they wrote."""
    kicked(desk)
    with desk.last_words_unread():
        assert desk.round("6 09:00") == []
    assert desk.round("6 09:01") == [THEY_OWE]


def test_a_report_that_was_not_read_silences_what_claims_silence(desk: Desk) -> None:
    kicked(desk)
    with desk.store.writing() as connection:
        connection.exec_driver_sql("UPDATE message SET doubtful = 1")
    assert desk.round("6 09:00") == []
    with desk.store.writing() as connection:
        connection.exec_driver_sql("UPDATE message SET doubtful = 0")
    assert desk.round("6 09:01") == [THEY_OWE]
