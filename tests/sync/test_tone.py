"""Tone marks from a text to the faces: read in our own mail since the PI, and nowhere else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sync.test_texts import NOW, Mailbox, mailbox
from watcher.domain.stages import Stage
from watcher.review import review
from watcher.store import words
from watcher.store.tone import doubts, marked_mails

__all__ = ["mailbox"]

DOUBT = "Sorry to bother you, did you pay?"


def signed(mailbox: Mailbox, days_ago: float) -> None:
    with mailbox.store.writing() as connection:
        found = words.find_customer(connection, "meyer.example")
        words.move(connection, found.deals[0][0], Stage.PI, NOW - timedelta(days=days_ago))
    review(mailbox.store, mailbox.config, NOW)


def talk(mailbox: Mailbox) -> None:
    """We wrote before and after they signed, two days ago."""
    mailbox.put("k1@acme.test", "Sorry to bother you: our offer.", 6)
    mailbox.put("a1@anna.example", "We sign. Sorry to bother you.", 4, answers="k1@acme.test")
    mailbox.put("k2@acme.test", DOUBT, 1, answers="a1@anna.example")
    mailbox.sync()


def test_only_ours_since_the_pi_is_read_for_its_tone(mailbox: Mailbox) -> None:
    talk(mailbox)
    signed(mailbox, 2)
    mailbox.read()
    with mailbox.store.reading() as connection:
        found = marked_mails(connection)
        assert [(one.message_id, [mark.phrase for mark in one.marks]) for one in found] == [
            ("<k2@acme.test>", ["sorry to bother"])
        ]
        assert doubts(connection, NOW) == {found[0].deal: ("sorry to bother",)}
        assert doubts(connection, NOW - timedelta(days=3)) == {}


def test_a_deal_that_is_signed_later_has_its_texts_read_then(mailbox: Mailbox) -> None:
    talk(mailbox)
    mailbox.read()
    with mailbox.store.reading() as connection:
        assert marked_mails(connection) == []
    signed(mailbox, 5)
    _, asked = mailbox.read()
    assert asked == ["k2@acme.test"]
    with mailbox.store.reading() as connection:
        assert len(marked_mails(connection)) == 1


@pytest.mark.parametrize("stage", [Stage.OPPORTUNITY, Stage.WON])
def test_on_other_steps_nothing_is_read_for_it(mailbox: Mailbox, stage: Stage) -> None:
    talk(mailbox)
    with mailbox.store.writing() as connection:
        found = words.find_customer(connection, "meyer.example")
        words.move(connection, found.deals[0][0], stage, NOW - timedelta(days=5))
    review(mailbox.store, mailbox.config, NOW)
    mailbox.read()
    with mailbox.store.reading() as connection:
        assert marked_mails(connection) == []
