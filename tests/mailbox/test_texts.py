"""Whole mails: which part is the writer's text, and what came with it."""

from __future__ import annotations

from base64 import encodebytes
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.domain.reading.text import MAX_SAID, Attachment, Text
from watcher.mailbox.bodies import MAX_CONTAINERS, MAX_SOURCE
from watcher.mailbox.texts import MAX_ATTACHMENTS, MAX_NAME, read_text


def part(content: str, kind: str = "text/plain; charset=utf-8", *fields: str) -> str:
    return "\n".join([f"Content-Type: {kind}", *fields, "", content])


def multipart(subtype: str, *parts: str) -> str:
    boundary = f"b-{subtype}-{len(''.join(parts))}"
    inner = "".join(f"--{boundary}\n{one}\n" for one in parts)
    return part(f"{inner}--{boundary}--\n", f'multipart/{subtype}; boundary="{boundary}"')


def read(body: str) -> Text:
    return read_text(f"From: anna@cust.example\nSubject: x\nMIME-Version: 1.0\n{body}".encode())


SAID = "Yes, 500 pcs."
PLAIN, HTML = part(SAID), part("<p>Yes, <b>500</b> pcs.</p>", "text/html; charset=utf-8")
OTHER = part("<p>Other</p>", "text/html")
FILE = "Content-Disposition: attachment"
BASE64 = "Content-Transfer-Encoding: base64"
PDF = part("JVBERi0=", 'application/pdf; name="PI 118.pdf"', BASE64, FILE)
PICTURE = part("aGk=", "image/png", "Content-ID: <logo>", "Content-Disposition: inline", BASE64)
TABLE = part("a;b", "text/csv", f"{FILE}; filename=prices.csv")
NOTES = part("not said", "text/plain", FILE)
ANSWER = part("BEGIN:VCALENDAR", "text/calendar; method=REPLY")
SEAL = part("x", "application/pgp-signature")
INNER = part(f"Subject: inner\n{part('Somebody else says no.')}", "message/rfc822")

A_PDF = ("PI 118.pdf", "application/pdf")
A_MESSAGE = ("", "message/rfc822")


@pytest.mark.parametrize(
    ("body", "said", "attachments"),
    [
        (PLAIN, SAID, []),
        (HTML, SAID, []),
        (f"\n{SAID}", SAID, []),
        (multipart("alternative", PLAIN, OTHER), SAID, []),
        (multipart("alternative", OTHER, PLAIN), SAID, []),
        (multipart("alternative", part(" \n "), HTML), SAID, []),
        (multipart("alternative", PLAIN, multipart("related", HTML, PICTURE)), SAID, [("", "image/png")]),
        (multipart("alternative", PLAIN, ANSWER), SAID, [("", "text/calendar")]),
        (multipart("mixed", multipart("alternative", PLAIN, HTML), PDF), SAID, [A_PDF]),
        (multipart("mixed", PLAIN, PDF, part("And soon.")), f"{SAID}\nAnd soon.", [A_PDF]),
        (multipart("mixed", HTML, part("And soon.")), f"{SAID}\nAnd soon.", []),
        (multipart("mixed", PLAIN, INNER), SAID, [A_MESSAGE]),
        (multipart("mixed", INNER), "", [A_MESSAGE]),
        (multipart("digest", "\nSubject: a\n\nnot ours"), "", [A_MESSAGE]),
        (multipart("mixed", PLAIN, TABLE), SAID, [("prices.csv", "text/csv")]),
        (multipart("mixed", PLAIN, NOTES), SAID, [("", "text/plain")]),
        (multipart("signed", PLAIN, SEAL), SAID, [("", "application/pgp-signature")]),
        (PDF, "", [A_PDF]),
        (multipart("mixed"), "", []),
    ],
)
def test_parts(body: str, said: str, attachments: list[tuple[str, str]]) -> None:
    found = read(body)
    assert found.said == said
    assert found.attachments == tuple(Attachment(*one) for one in attachments)
    assert found.whole


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        (f'{FILE}; filename="PI.pdf"', "PI.pdf"),
        (f"{FILE}; filename*=utf-8''%E6%8A%A5%E4%BB%B7.pdf", "报价.pdf"),
        (f"{FILE}; filename*=gb2312''%B1%A8%BC%DB.pdf", "报价.pdf"),
        (f'{FILE}; filename*0="long "; filename*1="name.pdf"', "long name.pdf"),
        (f'{FILE}; filename="=?utf-8?B?5oql5Lu3LnBkZg==?="', "报价.pdf"),
        (f'{FILE}; filename="=?gb2312?B?sai82w==?=.pdf"', "报价.pdf"),
        (f"{FILE}; filename=报价.pdf", "报价.pdf"),
        (f'{FILE}; filename="../../etc/passwd"', "../../etc/passwd"),
        (f'{FILE}; filename="a\x1b[31m\u202efdp.exe"', "afdp.exe"),
        (f'{FILE}; filename="{"x" * 900}.pdf"', "x" * (MAX_NAME - 1) + "…"),
        (FILE, ""),
    ],
)
def test_names_of_attachments(fields: str, name: str) -> None:
    [attachment] = read(part("x", "application/pdf", fields)).attachments
    assert attachment.name == name


@pytest.mark.parametrize(
    ("charset", "codec", "text"),
    [
        ("gb2312", "gbk", "报价单"),
        ("gbk", "gb18030", "报价单"),
        ("big5", "cp950", "報價單"),
        ("iso-2022-jp", "iso-2022-jp", "見積書"),
        ("euc-kr", "cp949", "견적서"),
        ("ks_c_5601-1987", "cp949", "견적서 똠"),
        ("iso-8859-1", "cp1252", "Größe 5 €"),
        ("windows-1251", "cp1251", "цена"),
        ("nonsense", "utf-8", "报价单"),
        ("", "utf-8", "报价单"),
    ],
)
def test_charsets(charset: str, codec: str, text: str) -> None:
    label = f"; charset={charset}" if charset else ""
    head = f"MIME-Version: 1.0\nContent-Type: text/plain{label}\nContent-Transfer-Encoding: 8bit\n\n"
    assert read_text(head.encode() + text.encode(codec)).said == text


def test_quoted_and_signed_parts_of_a_whole_mail() -> None:
    found = read(
        part("Yes.\n\nBest regards\nAnna\n\nOn 2 Mar 2026, Wei <wei@acme.test> wrote:\n> 500 pcs?\n")
    )
    assert (found.said, found.signature) == ("Yes.", "Best regards\nAnna")
    assert found.quoted.endswith("> 500 pcs?")


def big(*, encoding: str) -> bytes:
    message = EmailMessage()
    message["From"] = "anna@cust.example"
    message.set_content("Yes, 500 pcs.\n")
    message.add_attachment(
        b"%PDF" + b"x" * MAX_SOURCE, maintype="application", subtype="pdf", filename="PI.pdf", cte=encoding
    )
    return message.as_bytes()


@pytest.mark.parametrize("limit", [MAX_SOURCE, MAX_SOURCE + 7])
def test_a_mail_cut_in_the_middle_of_an_attachment(limit: int) -> None:
    found = read_text(big(encoding="base64")[:limit])
    assert found == Text(SAID, attachments=(Attachment("PI.pdf", "application/pdf"),), whole=False)


@pytest.mark.parametrize("left_over", range(4))
def test_a_text_cut_in_the_middle_of_its_base64(left_over: int) -> None:
    body = encodebytes(b"Yes, 500 pcs.\n" * 20_000)
    head = b"X: " + b"x" * left_over + b"\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n"
    found = read_text((head + body)[:MAX_SOURCE])
    assert found.said.startswith("Yes, 500 pcs.\nYes, 500 pcs.")
    assert not found.whole


def test_a_multipart_that_never_closes() -> None:
    body = multipart("mixed", PLAIN, PDF)
    found = read(body[: body.index("JVBER") + 3])
    assert (found.said, found.attachments) == (
        SAID,
        (Attachment("PI 118.pdf", "application/pdf"),),
    )


def test_a_multipart_without_its_boundary_is_read_as_it_stands() -> None:
    assert "500 pcs" in read(part("--other\n\nYes, 500 pcs.\n", "multipart/mixed; boundary=b")).said


def test_no_part_is_longer_than_the_cap() -> None:
    found = read(part("word " * 20_000 + "\n\n> " + "quoted " * 2_000))
    assert len(found.said) <= MAX_SAID and len(found.quoted) <= MAX_SAID


def test_parts_beyond_reason() -> None:
    with pytest.raises(ValueError, match="too many parts"):
        read("Content-Type: multipart/mixed; boundary=x\n\n--x\n" * (MAX_CONTAINERS + 1))
    assert len(read(multipart("mixed", *[PDF] * 400)).attachments) == MAX_ATTACHMENTS


@given(
    st.binary(max_size=600),
    st.sampled_from([PLAIN, HTML, multipart("mixed", PLAIN, PDF), INNER]),
    st.integers(0, 600),
)
def test_any_octets_are_read_or_refused(noise: bytes, body: str, at: int) -> None:
    source = f"Subject: x\n{body}".encode()
    for mail in (noise, source[:at] + noise + source[at:], source[:at]):
        try:
            found = read_text(mail)
        except ValueError:
            continue
        assert max(map(len, (found.said, found.signature, found.quoted))) <= MAX_SAID
