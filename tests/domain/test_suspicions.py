"""What makes a mail suspect, and what does not: each suspicion costs a fetch."""

from __future__ import annotations

import unicodedata

import pytest

from watcher.domain.data import table
from watcher.domain.kinds import classify
from watcher.domain.messages import Address, Envelope
from watcher.domain.suspicions import Suspicion, suspicions, vacation_subject


def suspected(subject: str = "", author: str | None = "anna@cust.example", name: str = "") -> set[Suspicion]:
    writer = Address(author, name) if author is not None else None
    return set(suspicions(Envelope(subject=subject, author=writer)))


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ("Quotation 118", ""),
        ("Re: Quotation 118", ""),
        ("Undeliverable: Quotation 118", "returned"),
        ("[sales] Undelivered Mail Returned to Sender", "returned"),
        ("Re: Undeliverable: Quotation 118", ""),
        ("Fwd: failure notice", ""),
        ("退信通知", "returned"),
        ("转发: 退信通知", ""),
        ("Automatic reply: Quotation 118", "away"),
        ("Re: Automatic reply: Quotation 118", ""),
        ("Re: Quotation 118 (Automatic Response)", "away"),
        ("Abwesend", "away"),
        ("I am away until May", "away"),
        ("Read: Quotation 118", "receipt"),
        ("Gelesen: Quotation 118", "receipt"),
        ("Lu : Quotation 118", "receipt"),
        ("Please read: our terms", ""),
        ("Accepted: Call", "calendar"),
        ("已接受：电话会议", "calendar"),
        ("We accepted: what now", ""),
        ("[Ticket#2026030210000017] Quotation 118", "ticket"),
        ("Re: [cust.example #4711] Quotation 118", "ticket"),
        ("Re: Case 00004711", "ticket"),
    ],
)
def test_by_subject(subject: str, found: str) -> None:
    assert suspected(subject) == ({Suspicion(found)} if found else set())


@pytest.mark.parametrize(
    ("author", "name", "found"),
    [
        ("anna@cust.example", "Anna Meyer", False),
        ("postmaster@cust.example", "", True),
        ("mailer-daemon@cust.example", "", True),
        ("microsoftexchange329e71ec@cust.example", "", True),
        ("x@cust.example", "Mail Delivery System", True),
        ("x@cust.example", "系统管理员", True),
        ("sales-owner@cust.example", "", True),
        ("owner@cust.example", "The Owner", False),
        (None, "", True),
    ],
)
def test_by_author(author: str | None, name: str, found: bool) -> None:
    assert suspected("Pumps", author, name) == ({Suspicion.MAILER} if found else set())


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("return-path", "<>", "machine"),
        ("return-path", "<anna@cust.example>", ""),
        ("x-auto-response-suppress", "All", "hushed"),
        ("x-auto-response-suppress", "DR, OOF, AutoReply", "hushed"),
        ("x-auto-response-suppress", "DR, RN", ""),
    ],
)
def test_by_a_mark(field: str, value: str, found: str) -> None:
    envelope = Envelope(author=Address("anna@cust.example"), marks=((field, value),))
    assert {one.value for one in suspicions(envelope)} == ({found} if found else set())
    assert classify(envelope).suspect is bool(found)


@pytest.mark.parametrize("name", ["automatic", "automatic_texts", "returned"])
def test_phrases_are_spelled_as_they_are_looked_for(name: str) -> None:
    """Folded text never holds a full-width letter or a curly apostrophe."""
    written = [phrase for group in table(name) for some in lines_of(name, group).values() for phrase in some]
    odd = [one for one in written if _folded(one) != one.casefold()]
    assert len(written) > 100
    assert odd == []


@pytest.mark.parametrize("name", ["automatic", "automatic_texts", "returned"])
def test_no_phrase_is_empty_or_written_twice(name: str) -> None:
    for group in table(name):
        for language, phrases in lines_of(name, group).items():
            assert all(phrase.strip() for phrase in phrases), (group, language)
            assert len(set(phrases)) == len(phrases), (group, language, _twice(phrases))


@pytest.mark.parametrize("name", ["automatic", "automatic_texts", "returned"])
def test_each_line_says_whence_it_comes(name: str) -> None:
    for group, lines in table(name).items():
        assert lines["sources"].keys() == lines_of(name, group).keys(), group
        assert all(len(source) > 10 for source in lines["sources"].values()), group


def lines_of(name: str, group: str) -> dict[str, list[str]]:
    """The phrases of a group by language, without what says whence they come."""
    return {line: phrases for line, phrases in table(name)[group].items() if line != "sources"}


def test_a_very_long_subject_is_read_in_no_time() -> None:
    assert not vacation_subject("x" * 100_000)
    assert suspected("[" * 100_000 + "#" * 100_000) == set()


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")


def _twice(phrases: list[str]) -> set[str]:
    return {one for one in phrases if phrases.count(one) > 1}
