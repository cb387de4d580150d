"""Whole messages: the charset repair and the caps in front of mail-parser."""

from __future__ import annotations

from base64 import b64encode

import pytest
from mailparser import MailParser, parse_from_bytes

from watcher.mailbox.bodies import MAX_CONTAINERS, MAX_SOURCE, read_part, read_structure, repaired

TEXT = "报价单 镕基公司"  # 镕 is in GBK and not in GB 2312


def message(label: str, codec: str) -> bytes:
    head = f"From: a@x.example\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset={label}\r\n"
    return head.encode() + b"Content-Transfer-Encoding: 8bit\r\n\r\n" + TEXT.encode(codec)


def parsed(source: bytes) -> MailParser:
    return parse_from_bytes(repaired(source))


@pytest.mark.parametrize(
    ("label", "codec"),
    [("gb2312", "gbk"), ('"GB2312"', "gbk"), ("gbk", "gb18030"), ("GBK", "gbk"), ("utf-8", "utf-8")],
)
def test_a_mislabelled_body(label: str, codec: str) -> None:
    assert parsed(message(label, codec)).text_plain == [TEXT]
    assert read_part(read_structure(message(label, codec))).text_plain == [TEXT]


@pytest.mark.parametrize("codec", ["utf-8", "gbk", "gb18030"])
def test_raw_8_bit_header_lines(codec: str) -> None:
    source = f"From: {TEXT} <a@x.example>\r\nSubject: {TEXT}\r\n\r\nhi".encode(codec)
    read = parsed(source)
    assert read.subject == TEXT
    assert read.from_ == [(TEXT, "a@x.example")]


def test_mislabelled_encoded_words() -> None:
    word = b64encode(TEXT.encode("gbk"))
    assert parsed(b"Subject: =?gb2312?B?" + word + b"?=\r\n\r\nhi").subject == TEXT


@pytest.mark.parametrize(
    "source",
    [
        b"Subject: plain\r\nContent-Type: text/plain; charset=utf-8\r\n\r\ncharset of the body\r\n",
        b"Subject: x\n\nbody only in bytes \xff\xfe",
        b"no header at all",
        b"",
    ],
)
def test_honest_mail_stays_as_it_is(source: bytes) -> None:
    assert repaired(source) == source


def test_containers_beyond_reason() -> None:
    part = b"Content-Type: multipart/mixed; boundary=x\n\n--x\n"
    assert read_structure(part * MAX_CONTAINERS).is_multipart()
    with pytest.raises(ValueError, match="too many parts"):
        read_structure(part * (MAX_CONTAINERS + 1))


def test_a_long_message_is_read_as_far_as_the_cap() -> None:
    long = read_structure(b"Subject: long\n\n" + b"x" * (2 * MAX_SOURCE))
    assert long["subject"] == "long"
    assert 0 < len(read_part(long).text_plain[0]) < MAX_SOURCE


@pytest.mark.parametrize(
    ("charset", "octets", "text"),
    [
        ("gbk", TEXT.encode("gbk") + b"\xff", TEXT + "\ufffd"),  # one broken octet costs one letter
        ("iso-2022-jp", "見積書".encode("iso-2022-jp"), "見積書"),
        ("ks_c_5601-1987", "견적서 똠".encode("cp949"), "견적서 똠"),
        ("iso-8859-1", "5 €".encode("cp1252"), "5 €"),
        ("x-nobody-knows", TEXT.encode(), TEXT),
    ],
)
def test_what_mail_parser_alone_would_lose(charset: str, octets: bytes, text: str) -> None:
    head = f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: 8bit\n\n".encode()
    assert read_part(read_structure(head + octets)).text_plain == [text]
