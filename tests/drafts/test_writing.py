"""The mail that a draft becomes: read back by the standard library, whatever a sender put into it."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.domain.drafting import ReplyHeaders, reply_subject
from watcher.drafts.writing import Draft, as_mail, as_text

AT = datetime(2026, 3, 19, 8, 0, tzinfo=UTC)


def draft(
    subject: str = "Re: PI", name: str = "Wei Chen", text: str = "the slip, please", **more: object
) -> Draft:
    headers = ReplyHeaders(
        to=("anna@meyer.example",),
        cc=("bob@meyer.example",),
        subject=subject,
        in_reply_to="<m2@x>",
        references=("<m1@x>", "<m2@x>"),
    )
    return Draft(("wei@acme.test", name), headers, text, **more)  # type: ignore[arg-type]


def read(made: Draft) -> EmailMessage:
    found = message_from_bytes(as_mail(made, AT), policy=default)
    assert isinstance(found, EmailMessage)
    return found


def test_a_mail_program_opens_it_as_one_that_is_still_to_be_sent() -> None:
    found = read(draft(attribution="On Monday, Anna wrote:", quoted="where is\nthe slip?"))
    assert (found["X-Unsent"], found["Subject"], found["To"]) == ("1", "Re: PI", "anna@meyer.example")
    assert (found["From"], found["Cc"]) == ("Wei Chen <wei@acme.test>", "bob@meyer.example")
    assert (found["In-Reply-To"], found["References"].split()) == ("<m2@x>", ["<m1@x>", "<m2@x>"])
    assert (
        found.get_content().replace("\r\n", "\n")
        == "the slip, please\n\nOn Monday, Anna wrote:\n> where is\n> the slip?\n"
    )


def test_ids_as_long_as_they_may_be_stay_themselves() -> None:
    """Python's own folding makes encoded words of them, which no mail program threads by."""
    ids = tuple(f"<{str(one) * 120}@mail.example>" for one in range(9))
    made = Draft(("wei@acme.test", ""), ReplyHeaders(("a@x.example",), (), "Re:", ids[-1], ids), "x")
    raw = as_mail(made, AT)
    assert max(map(len, raw.splitlines())) < 998
    assert tuple(message_from_bytes(raw)["References"].split()) == ids


HOSTILE = [
    "a\r\nBcc: all@x.example",
    "a\nX-Evil: 1",
    "a\rb",
    "\x00",
    "=?utf-8?q?a=0d=0aBcc:_all?=",
    "\u202eevil",
    "é" * 300,
]


@pytest.mark.parametrize("evil", HOSTILE)
def test_no_header_is_broken_out_of(evil: str) -> None:
    found = read(draft(subject=reply_subject(evil), name=evil, text=evil, quoted=evil, attribution="x"))
    assert set(found.keys()) == {
        *("In-Reply-To", "References", "From", "To", "Cc", "Subject", "Date", "X-Unsent"),
        *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
    }


@given(st.text(max_size=200), st.text(max_size=60))
def test_any_subject_and_name_make_a_mail(subject: str, name: str) -> None:
    found = read(draft(subject=reply_subject(subject), name=name))
    assert found["Bcc"] is None
    assert len(found.get_all("Subject")) == 1


def test_as_text_it_can_be_read_and_copied() -> None:
    assert as_text(draft(subject="Re: PI")) == (
        "To: anna@meyer.example\nCc: bob@meyer.example\nSubject: Re: PI\n\nthe slip, please\n"
    )
