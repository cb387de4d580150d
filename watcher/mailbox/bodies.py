"""Whole messages, read by mail-parser behind a repair of their charsets.

Fetched only where a decision needs more than the header block. Sizes and nesting are capped first:
mail-parser spends seconds on a message that is made to be slow.
"""

from __future__ import annotations

import logging
import re
from base64 import b64encode
from email import message_from_bytes
from email.message import Message

import mailparser

from watcher.mailbox.charsets import decode, decode_unlabelled

MAX_SOURCE = 256 * 1024  # octets
MAX_LINE = 1_000  # octets: RFC 5322 2.1.1
MAX_CONTAINERS = 60  # multiparts and attached messages: 800 deep take mail-parser 2.3 s
MAX_PARTS = 1_000  # 30,000 take 3 s
MAX_FIELD = 4_000  # octets of a header field: a Content-Type of 250 kB of semicolons takes 150 s

_CONTAINER = re.compile(rb"^content-type:\s*(?:multipart|message)/", re.IGNORECASE | re.MULTILINE)
_BOUNDARY = re.compile(rb"^--", re.MULTILINE)
_LONG_CONTENT_FIELD = re.compile(
    rb"^content-[a-z-]{1,30}:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE
)
_FOLDED_FIELD = re.compile(rb"^[^\n]*(?:\n[ \t][^\n]*)*", re.MULTILINE)
_MISLABELLED = re.compile(
    rb"""((?:charset\s?=\s?["']?)|=\?)(?:gb2312|gbk|x-gbk|gb_2312-80|cp936)(?=["'\s;?*]|$)""",
    re.IGNORECASE | re.MULTILINE,
)
_HEADER_END = re.compile(rb"\r?\n\r?\n")

# It logs what it finds odd in a message, in the message's words. Our logs hold none (DESIGN 5.8).
logging.getLogger("mailparser").setLevel(logging.CRITICAL)


def read_structure(source: bytes) -> Message:
    """One whole message, or as much of it as MAX_SOURCE holds, as a tree of parts.

    Raises ValueError where it has parts beyond reason.
    """
    return message_from_bytes(_bearable(source))


def read_part(part: Message) -> mailparser.MailParser:
    """One text part of a message. Raises ValueError where mail-parser gives up.

    Part by part, because it gives up on a message that was cut in the middle of one. And in UTF-8, because it
    loses all of a text in GBK for one broken octet, and leaves ISO-2022-JP as it stands.
    """
    try:
        return mailparser.MailParser(_in_utf8(part))
    except Exception as error:  # it lets out whatever email, codecs and itself raise
        raise ValueError(f"cannot be parsed: {type(error).__name__}") from error


def _in_utf8(part: Message) -> Message:
    payload = part.get_payload(decode=True)
    octets = payload if isinstance(payload, bytes) else b""
    honest = Message()
    honest["Content-Type"] = f'{part.get_content_type()}; charset="utf-8"'
    honest["Content-Transfer-Encoding"] = "base64"
    honest.set_payload(
        b64encode(decode(octets, part.get_content_charset("utf-8")).encode("utf-8", "replace"))
    )
    return honest


def _bearable(source: bytes) -> bytes:
    source = _cut(source).lstrip()  # no header begins with a blank line: something slipped in before it
    if len(_CONTAINER.findall(source)) > MAX_CONTAINERS or len(_BOUNDARY.findall(source)) > MAX_PARTS:
        raise ValueError("too many parts")
    return repaired(source)


def _cut(source: bytes) -> bytes:
    """At most MAX_SOURCE octets, and whole lines: base64 that ends anywhere is not decoded at all."""
    if len(source) < MAX_SOURCE:
        return source
    end = source.rfind(b"\n", MAX_SOURCE - MAX_LINE, MAX_SOURCE)
    return source[: end + 1 if end >= 0 else MAX_SOURCE]


def repaired(source: bytes) -> bytes:
    """The same message with honest labels and fields of a bearable length.

    GBK that calls itself gb2312 is called gb18030, which reads both, and raw 8-bit header lines become
    UTF-8, which mail-parser expects there.
    """
    source = _LONG_CONTENT_FIELD.sub(_shortened, _MISLABELLED.sub(rb"\1gb18030", source))
    end = _HEADER_END.search(source)
    head, rest = (source[: end.start()], source[end.start() :]) if end else (source, b"")
    head = _FOLDED_FIELD.sub(_shortened, head)
    if not head.isascii():
        head = b"\n".join(decode_unlabelled(line).encode() for line in head.split(b"\n"))
    return head + rest


def _shortened(field: re.Match[bytes]) -> bytes:
    return field[0][:MAX_FIELD]
