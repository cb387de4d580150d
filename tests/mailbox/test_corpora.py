"""Real and broken mail of others: nothing stops the readers, and nothing takes long."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.corpora import mails
from watcher.mailbox.bounces import read_report
from watcher.mailbox.headers import read_envelope
from watcher.mailbox.texts import read_text

pytestmark = pytest.mark.corpora

SECONDS_A_MAIL = 0.5


@pytest.mark.parametrize(("name", "at_least"), [("parser", 800), ("ham", 2_700)])
def test_headers_and_reports(unpacked_corpora: Path, name: str, at_least: int) -> None:
    slow, unreadable, count = [], [], 0
    for mail, source in mails(unpacked_corpora / name):
        began = time.process_time()
        try:
            read_envelope(source)
        except ValueError:
            unreadable.append(mail)
        read_report(source)
        count += 1
        if time.process_time() - began > SECONDS_A_MAIL:
            slow.append(mail)
    assert count >= at_least
    assert slow == []
    if name == "ham":
        assert unreadable == []


@pytest.mark.parametrize(("name", "at_least"), [("parser", 800), ("ham", 2_700)])
def test_texts(unpacked_corpora: Path, name: str, at_least: int) -> None:
    slow, unreadable, count = [], [], 0
    for mail, source in mails(unpacked_corpora / name):
        began = time.process_time()
        try:
            read_text(source)
        except ValueError:
            unreadable.append(mail)
        count += 1
        if time.process_time() - began > SECONDS_A_MAIL:
            slow.append(mail)
    assert count >= at_least
    assert (slow, unreadable) == ([], [])
