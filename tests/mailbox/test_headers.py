"""What read_envelope makes of one header block: tables of what real mail does."""

from __future__ import annotations

import time
from base64 import b64encode
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.domain.messages import Address, Envelope
from watcher.mailbox.headers import MAX_SUBJECT, read_envelope


def envelope(*lines: str | bytes) -> Envelope:
    return read_envelope(b"\r\n".join(line if isinstance(line, bytes) else line.encode() for line in lines))


def word(text: str | bytes, label: str, codec: str = "") -> str:
    octets = text if isinstance(text, bytes) else text.encode(codec or label)
    return f"=?{label}?B?{b64encode(octets).decode()}?="


QUOTE = "报价单 镕基公司"  # 镕 is in GBK and not in GB 2312


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        ("Quotation 2026-118", "Quotation 2026-118"),
        ("", ""),
        (word(QUOTE, "utf-8"), QUOTE),
        (word(QUOTE, "gb2312", "gbk"), QUOTE),
        (word("€ und ’", "iso-8859-1", "cp1252"), "€ und ’"),
        (word("見積①", "shift_jis", "cp932"), "見積①"),
        (word("견적서 똠", "ks_c_5601-1987", "cp949"), "견적서 똠"),
        (word("Größe", "x-nobody-knows", "utf-8"), "Größe"),
        (word("Größe", "x-nobody-knows", "latin-1"), "Größe"),
        (word("Größe", "us-ascii", "utf-8"), "Größe"),
        (word("Angebot", "utf-8*de", "utf-8"), "Angebot"),
        (QUOTE.encode("utf-8"), QUOTE),
        (QUOTE.encode("gbk"), QUOTE),
        ("Prüfung".encode("latin-1"), "Prüfung"),
        ("=?utf-8?q?Re=3A_Gr=C3=B6=C3=9Fe?= 3", "Re: Größe 3"),
        ("=?utf-8?q?a?=   =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a?= and =?utf-8?q?b?=", "a and b"),
        ("=?utf-8?q?one?=two", "onetwo"),
        ("=?utf-8?q?unclosed", "=?utf-8?q?unclosed"),
        ("two\r\n  lines\r\n\tthree", "two lines three"),
        ("bell\x07 and \x1b[31mred", "bell and [31mred"),
        ("\u202egnp.exe", "gnp.exe"),
        ("=?utf-7?q?+2AA-x?=", "x"),
        ("=?punycode?q?xn--a?=", "xn--a"),
        ("x" * 5000, "x" * MAX_SUBJECT),
    ],
)
def test_subject(raw: str | bytes, subject: str) -> None:
    octets = raw if isinstance(raw, bytes) else raw.encode()
    assert envelope(b"Subject: " + octets).subject == subject


@pytest.mark.parametrize("content", ["a", "ab", "abc", "abcd=", "!", ""])
def test_a_cut_base64_word_harms_nothing_around_it(content: str) -> None:
    read = envelope(f"Subject: before =?utf-8?b?{content}?= after").subject
    assert read.startswith("before") and read.endswith("after")


def test_a_character_split_over_two_words() -> None:
    octets = QUOTE.encode("gb18030")
    split = f"{word(octets[:5], 'gb2312')}\r\n {word(octets[5:], 'gb2312')}"
    assert envelope(f"Subject: {split}").subject == QUOTE


@pytest.mark.parametrize(
    ("raw", "addresses"),
    [
        ("anna@cust.example", [("anna@cust.example", "")]),
        ("Anna.Meyer@CUST.Example", [("anna.meyer@cust.example", "")]),
        ("Anna Meyer <anna@cust.example>", [("anna@cust.example", "Anna Meyer")]),
        ('"Meyer, Anna" <anna@cust.example>', [("anna@cust.example", "Meyer, Anna")]),
        ('"Anna \\"A\\" Meyer" <anna@cust.example>', [("anna@cust.example", 'Anna "A" Meyer')]),
        ("anna@cust.example (Anna (sales) Meyer)", [("anna@cust.example", "Anna sales Meyer")]),
        ("'anna@cust.example' <anna@cust.example>", [("anna@cust.example", "")]),
        ("a@x.example, b@y.example", [("a@x.example", ""), ("b@y.example", "")]),
        ("a@x.example; b@y.example", [("a@x.example", ""), ("b@y.example", "")]),
        ("<a@x.example> <b@y.example>", [("a@x.example", ""), ("b@y.example", "")]),
        ("Buyers: a@x.example, B <b@x.example>;", [("a@x.example", ""), ("b@x.example", "B")]),
        ("Buyers:a@x.example;, c@y.example", [("a@x.example", ""), ("c@y.example", "")]),
        ("undisclosed-recipients:;", []),
        ("=?utf-8?q?Garc=C3=ADa=2C_Jos=C3=A9?= <j@sol.example>", [("j@sol.example", "García, José")]),
        ("=?utf-8?Q?Smith, John?= <j@sol.example>", [("j@sol.example", "Smith, John")]),
        ('"=?gb2312?B?zfU=?=" <wang@cn.example>', [("wang@cn.example", "王")]),
        ("<@relay.example,@b.example:anna@cust.example>", [("anna@cust.example", "")]),
        ("<mailto:anna@cust.example>", [("anna@cust.example", "")]),
        ("anna @ cust . example", [("anna@cust.example", "")]),
        ("Anna <anna@cust.example", [("anna@cust.example", "Anna")]),
        ('Anna "The <anna@cust.example>', [("anna@cust.example", "")]),
        ('"odd local"@cust.example', [("oddlocal@cust.example", "")]),
        ("Anna Meyer", []),
        ("<>", []),
        (", ,;", []),
        ("@", []),
        ("Wang 王 <w@cn.example>".encode("gbk"), [("w@cn.example", "Wang 王")]),
    ],
)
def test_addresses(raw: str | bytes, addresses: list[tuple[str, str]]) -> None:
    octets = raw if isinstance(raw, bytes) else raw.encode()
    read = envelope(b"To: " + octets).to
    assert [(address.address, address.name) for address in read] == addresses


@pytest.mark.parametrize(
    ("lines", "author"),
    [
        (["From: a@x.example, b@y.example", "Sender: c@z.example"], Address("a@x.example")),
        (["From: Nobody", "From: a@x.example"], Address("a@x.example")),
        (["From: a@x.example", "From: b@y.example"], Address("a@x.example")),
        (["From:", "Sender: c@z.example"], Address("c@z.example")),
        (["From: MAILER-DAEMON (Mail Delivery System)"], Address("mailer-daemon")),
        (["From: Mail Delivery System <MAILER-DAEMON>"], Address("mailer-daemon")),
        (["To: a@x.example"], None),
    ],
)
def test_author(lines: list[str], author: Address | None) -> None:
    read = envelope(*lines).author
    assert (read.address if read else None) == (author.address if author else None)


def test_repeated_to_fields_are_one_list() -> None:
    assert [a.address for a in envelope("To: a@x.example", "To: b@x.example").to] == [
        "a@x.example",
        "b@x.example",
    ]


@pytest.mark.parametrize(
    ("raw", "ids"),
    [
        ("<1@x.example>", ("<1@x.example>",)),
        ("<1@x.example>\r\n <2@x.example>\r\n\t<1@x.example>", ("<1@x.example>", "<2@x.example>")),
        ("<1@x.example><2@x.example>", ("<1@x.example>", "<2@x.example>")),
        ("<long-\r\n part@x.example>", ("<long-part@x.example>",)),
        ("1@x.example", ("<1@x.example>",)),
        ("1@x.example, 2@x.example", ("<1@x.example>", "<2@x.example>")),
        ("your mail of Monday", ()),
        ("<> < >", ()),
        ("=?utf-8?q?=3C1=40x=2Eexample=3E?=", ("<1@x.example>",)),
    ],
)
def test_references(raw: str, ids: tuple[str, ...]) -> None:
    assert envelope(f"References: {raw}").references == ids


@pytest.mark.parametrize(
    ("raw", "ids"),
    [
        ("<1@x.example>", ("<1@x.example>",)),
        ("<1@x.example> <2@x.example>", ("<1@x.example>", "<2@x.example>")),
        ("Message from Bob <bob@x.example> of Monday <1@x.example>", ("<1@x.example>",)),
        ("<1@x.example>; from Bob <bob@x.example> on Fri", ("<1@x.example>",)),
        ("bob@x.example's message of Monday", ()),
    ],
)
def test_in_reply_to(raw: str, ids: tuple[str, ...]) -> None:
    assert envelope(f"In-Reply-To: {raw}").in_reply_to == ids


@pytest.mark.parametrize(
    ("raw", "message_id"),
    [
        ("<a@x.example>", "<a@x.example>"),
        ("a@x.example", "<a@x.example>"),
        ("12223", "<12223>"),
        ("<<a@x.example>>", "<a@x.example>"),
        ("\r\n <a@x.example>", "<a@x.example>"),
        ("", ""),
        ("<>", ""),
    ],
)
def test_message_id(raw: str, message_id: str) -> None:
    assert envelope(f"Message-ID: {raw}", "X: y").message_id == message_id


def test_references_keep_the_root_and_the_nearest() -> None:
    ids = [f"<{n}@x.example>" for n in range(900)]
    assert envelope("References: " + "\r\n ".join(ids)).references == (*ids[:20], *ids[-500:])


NINE = datetime(2026, 3, 2, 9, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "date", "offset"),
    [
        ("Mon, 02 Mar 2026 17:11:00 +0800", NINE, 480),
        ("Mon, 2 Mar 2026 17:11:00 +0800 (CST)", NINE, 480),
        ("2 Mar 2026 09:11 GMT", NINE, 0),
        ("Mon,  2 Mar 26 09:11:00 UT", NINE, 0),
        ("Mon, 02 Mar 2026 04:11:00 EST", NINE, -300),
        ("Mon, 02 Mar 2026 09:11:00 Z", NINE, 0),
        ("Mon, 02 Mar 2026 10:11:00 CET", NINE, 60),
        ("Mon, 02 Mar 2026 14:56:00 +0545", NINE, 345),
        ("Mon, 02 Mar 2026 17:11:00 GMT+0800", NINE, 480),
        ("Mon, 02 Mar 2026 17:11:00 GMT+8", NINE, 480),
        ("Mon, 02 Mar 2026 17:11:00 +08:00", NINE, 480),
        ("2026-03-02T17:11:00+08:00", NINE, 480),
        ("2026-03-02 09:11:00Z", NINE, 0),
        ("Mon, 02 Mar 2026 09:11:00 -0000", NINE, None),
        ("Mon, 02 Mar 2026 09:11:00", None, None),
        ("Mon Mar  2 09:11:00 2026", None, None),
        ("Mon, 02 Mar 2026 09:11:00 XYZ", None, None),
        ("Mon, 02 Mar 2026 09:11:00 +9900", None, None),
        ("Mon, 02 Mar 20260 09:11:00 +0000", None, None),
        ("Thu, 01 Jan 1970 00:00:00 +0000", None, None),
        ("Mon, 31 Feb 2026 09:11:00 +0000", None, None),
        ("yesterday", None, None),
        ("", None, None),
        ("(" * 300, None, None),
    ],
)
def test_date(raw: str, date: datetime | None, offset: int | None) -> None:
    read = envelope(f"Date: {raw}", "X: y")
    assert (read.date, read.offset_minutes) == (date, offset)


def test_marks_are_the_kept_fields_in_order() -> None:
    read = envelope(
        "Received: from x", "auto-submitted: auto-replied", "List-Id: L\r\n <l.example>", "Precedence : bulk"
    )
    assert read.marks == (
        ("auto-submitted", "auto-replied"),
        ("list-id", "L <l.example>"),
        ("precedence", "bulk"),
    )


@pytest.mark.parametrize(
    "block",
    [
        b"Subject: hi\r\nFrom: a@x.example\r\n\r\nSubject: body\r\n",
        b"Subject: hi\nFrom: a@x.example\n\nbody",
        b"Subject: hi\rFrom: a@x.example\r\rbody",
        b"\r\n\r\nSubject: hi\r\nFrom: a@x.example\r\n",
        b"From a@x.example Mon Mar  2 09:11:00 2026\r\nSubject: hi\r\nFrom: a@x.example\r\n",
        b"Subject: hi\r\nno field at all\r\nFrom: a@x.example\r\n",
        b"SUBJECT:hi\r\nfrom:a@x.example",
    ],
)
def test_block_forms(block: bytes) -> None:
    read = read_envelope(block)
    assert (read.subject, read.author) == ("hi", Address("a@x.example"))


@pytest.mark.parametrize("block", [b"", b"\r\n", b"just text", b"\x89PNG\r\n\x1a\n", b"spaced name: x"])
def test_nothing_to_read(block: bytes) -> None:
    with pytest.raises(ValueError, match="no header field"):
        read_envelope(block)


HOSTILE = {
    "encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 20_000,
    "encoded words in To": b"To: " + b"=?utf-8?q?a?=<a@b>," * 20_000,
    "unknown charsets": b"Subject: " + b"".join(b"=?x%d?q?a?= " % n for n in range(20_000)),
    "words never closed": b"To: " + b"=?a?q?x " * 40_000,
    "quotes never closed": b"To: " + b'"' + b'\\"' * 130_000,
    "parentheses": b"To: " + b"(" * 260_000,
    "angles": b"To: " + b"<" * 260_000,
    "angles in References": b"References: " + b"<a>" * 90_000,
    "one long word": b"To: " + b"a" * 260_000 + b"@",
    "folds": b"To: " + b"\n " * 130_000,
    "fields": b"a:b\n" * 65_000,
    "commas": b"To: " + b"a@b," * 65_000,
    "a long date": b"Date: " + b"(" * 260_000,
    "nine megabytes": b"Subject: x\n" + b"y" * 9_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_time_stays_linear(name: str) -> None:
    began = time.process_time()
    read_envelope(HOSTILE[name])
    assert time.process_time() - began < 0.4  # 0.01 to 0.05 s on a quiet machine; quadratic takes minutes


_MARKS = [bytes([mark]) for mark in b'<>"(),;:@\\\xd5']
_SNIPPETS = [*_MARKS, b"=?gb2312?b?", b"=?utf-8?q?", b"=?utf-7?q?", b"?=", b"\r\n "]
_VALUES = st.lists(st.one_of(st.sampled_from(_SNIPPETS), st.binary(max_size=6)), max_size=30).map(b"".join)


_FIELDS = st.sampled_from(["From", "To", "Subject", "Date", "Message-ID", "References", "In-Reply-To"])


@given(_FIELDS, _VALUES)
def test_any_value_reads_as_something_clean(field: str, value: bytes) -> None:
    read = read_envelope(b"X-First: y\r\n" + field.encode() + b": " + value)
    texts = [read.subject, read.message_id, *read.references, *read.in_reply_to]
    texts += [text for who in (read.author, *read.to) if who for text in (who.address, who.name)]
    assert not any(ord(letter) < 32 or 0xD800 <= ord(letter) <= 0xDFFF for text in texts for letter in text)
    assert all(who.address == "".join(who.address.split()).lower() for who in read.to)


@given(st.binary(max_size=400))
def test_any_octets_are_read_or_refused(block: bytes) -> None:
    try:
        read_envelope(block)
    except ValueError as refusal:
        assert str(refusal) == "no header field in the block"
