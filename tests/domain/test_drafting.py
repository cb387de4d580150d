"""A reply's headers: whom it goes to, what it answers, by which text, in which language."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from watcher.domain.drafting import (
    ReplyHeaders,
    language_of,
    matter_of,
    reply_headers,
    reply_subject,
    template_name,
)
from watcher.domain.messages import Address, Direction, Kind, Message

WEI, ANNA, BOB, FACTORY = "wei@acme.test", "anna@meyer.example", "bob@meyer.example", "li@factory.example"
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def mail(author: str, to: tuple[str, ...], cc: tuple[str, ...] = (), **more: object) -> Message:
    held = Message(
        id=1,
        message_id="<m1@x.example>",
        at=AT,
        kind=Kind.PERSONAL,
        direction=Direction.OUTBOUND if author == WEI else Direction.INBOUND,
        subject="PI 2026-031",
        author=Address(author, ""),
        to=to,
        cc=cc,
    )
    return (
        held
        if not more
        else held.__class__(**{**{name: getattr(held, name) for name in held.__slots__}, **more})
    )


def headers(last: Message) -> ReplyHeaders:
    return reply_headers(last, lambda address: address.endswith("@acme.test"))


@pytest.mark.parametrize(
    ("last", "to", "cc"),
    [
        (mail(ANNA, (WEI,), (BOB, "colleague@acme.test")), (ANNA,), (BOB,)),
        (mail(ANNA, (WEI, BOB)), (ANNA,), (BOB,)),
        (mail(ANNA, (WEI,), (ANNA,)), (ANNA,), ()),
        (mail(WEI, (ANNA,), (BOB, "boss@acme.test")), (ANNA,), (BOB,)),  # asked again
        (mail(WEI, (WEI,), bcc=(ANNA, BOB)), (ANNA,), ()),  # nobody else is shown a Bcc
    ],
)
def test_whom_it_goes_to(last: Message, to: tuple[str, ...], cc: tuple[str, ...]) -> None:
    found = headers(last)
    assert (found.to, found.cc) == (to, cc)


def test_it_answers_the_last_mail_and_names_all_before() -> None:
    found = headers(mail(ANNA, (WEI,), references=("<a@x>", "<b@x>")))
    assert (found.in_reply_to, found.references) == ("<m1@x.example>", ("<a@x>", "<b@x>", "<m1@x.example>"))


def test_a_long_chain_keeps_its_root_and_its_end() -> None:
    found = headers(mail(ANNA, (WEI,), references=tuple(f"<{one}@x>" for one in range(10_000))))
    assert len(found.references) == 20
    assert (found.references[0], found.references[-2:]) == ("<0@x>", ("<9999@x>", "<m1@x.example>"))


@pytest.mark.parametrize(
    "evil",
    ["<a@x>\r\nBcc: all@x.example", "<a b@x>", "a@x", "<a@x><b@x>", "<ä@x>", f"<{'a' * 999}@x>", "<>", ""],
)
def test_what_is_no_message_id_is_left_out(evil: str) -> None:
    found = headers(mail(ANNA, (WEI,), references=(evil, "<b@x>"), message_id=evil))
    assert (found.in_reply_to, found.references) == ("", ("<b@x>",))


@pytest.mark.parametrize(
    ("subject", "reply", "matter"),
    [
        ("PI 2026-031", "Re: PI 2026-031", "PI 2026-031"),
        ("Re: PI 2026-031", "Re: PI 2026-031", "PI 2026-031"),
        ("AW: RE: Angebot", "AW: RE: Angebot", "Angebot"),
        ("回复：报价", "回复：报价", "报价"),
        ("Fwd: Pumps", "Re: Fwd: Pumps", "Pumps"),
        ("a\r\nBcc: all@x.example", "Re: a Bcc: all@x.example", "a Bcc: all@x.example"),
        ("", "Re:", ""),
    ],
)
def test_subjects(subject: str, reply: str, matter: str) -> None:
    assert (reply_subject(subject), matter_of(subject)) == (reply, matter)


@pytest.mark.parametrize(
    ("policy", "ours", "follow_ups", "name"),
    [
        ("pi", False, 0, "pi-ask-1"),
        ("pi", False, 1, "pi-ask-2"),
        ("cold", False, 9, "cold-ask-3"),
        ("old", False, 0, "old-ask-1"),
        ("won", True, 0, "answer"),
    ],
)
def test_which_text(policy: str, ours: bool, follow_ups: int, name: str) -> None:
    assert template_name(policy, turn_is_ours=ours, follow_ups=follow_ups) == name


@pytest.mark.parametrize(
    ("country", "texts", "language"),
    [
        ("DE", ["Angebot"], "en"),
        ("DE", ["报价"], "zh"),
        ("CN", ["PI"], "zh"),
        ("CN", ["Quotation"], "en"),
        ("JP", ["見積もり"], "en"),
        ("KR", ["견적 報價"], "en"),
        ("TW", ["報價"], "zh"),
        ("", [], "en"),
    ],
)
def test_which_language(country: str, texts: list[str], language: str) -> None:
    assert language_of(country, texts) == language
