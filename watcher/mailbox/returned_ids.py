"""Which mail a delivery report returns: its Message-ID, wherever the mail system left it."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Sequence
from email.message import Message

from watcher.mailbox.headers import read_envelope
from watcher.mailbox.parts import inner, octets, words_of

_MAX_HEADER = 32 * 1024  # octets of what came back: its header is at the top
_STATUS_TYPES = (
    "message/delivery-status",
    "message/global-delivery-status",
    "message/disposition-notification",
)
# Gmail, Amazon SES and RFC 8098 name the field so in the status part.
_ORIGINAL_ID = ("x-original-message-id", "original-message-id", "x-original-messageid")
_QUOTED_ID = re.compile(
    r"^[>\s|*$\"]{0,8}(?:(?:x-)?original-)?(?:message-?\s?id|nachrichten-?id|id du message|id del mensaje|"
    r"id da mensagem|id messaggio|bericht-?id|邮件\s?id|郵件\s?id|メッセージ\s?id|메시지\s?id)"
    r"\s{0,3}[:：]\s{0,80}(<[^<>\s]{1,990}>|[^<>\s@]{1,400}@[^<>\s]{1,400})",
    re.IGNORECASE | re.MULTILINE,
)


def returned_id(message: Message, parts: Sequence[Message]) -> str:
    """The Message-ID of what came back: attached, named in the status, quoted as text, or answered."""
    candidates = (*map(_attached, parts), *map(_named, parts), *map(_quoted, parts), _answered(message))
    return next(filter(None, candidates), "")


def _attached(part: Message) -> str:
    kind = part.get_content_type()
    if kind in ("message/rfc822", "message/global", "message/partial"):
        return next((_id_of(one, part) for one in inner(part)), "")
    if "rfc822-header" in kind or kind == "message/global-headers":
        return _id_in(octets(part))
    return ""


def _id_of(returned: Message, part: Message) -> str:
    """Some gateways encode what they attach, though no message may be (RFC 2046 5.2.1); some begin it with a
    blank line, and its header is text then.
    """
    found = _id_in(_field(returned, "message-id"))
    if found or returned.is_multipart():
        return found
    text = str(returned.get_payload())[:_MAX_HEADER]
    if "base64" in str(part.get("content-transfer-encoding", "")).lower():
        text = _unpacked(text)
    return _id_on_a_line(text)


def _unpacked(coded: str) -> str:
    try:
        return b64decode(coded.encode("ascii", "ignore") + b"==").decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _named(part: Message) -> str:
    if part.get_content_type() not in _STATUS_TYPES:
        return ""
    fields = (_field(block, name) for block in inner(part)[:50] for name in _ORIGINAL_ID)
    return next(filter(None, map(_id_in, fields)), "")


def _quoted(part: Message) -> str:
    if part.is_multipart():
        return ""
    return _id_on_a_line(words_of(part) or octets(part)[:_MAX_HEADER].decode("utf-8", "replace"))


def _id_on_a_line(text: str) -> str:
    found = _QUOTED_ID.search(text)
    return _id_in(b"Message-ID: " + found[1].encode("utf-8", "replace")) if found else ""


def _answered(message: Message) -> str:
    """Exchange and Gmail point at the returned message by In-Reply-To or References."""
    answered = _id_in(_field(message, "in-reply-to"))
    if answered:
        return answered
    chain = str(message.get("references", "")).split()
    return _id_in(b"Message-ID: " + chain[-1].encode("utf-8", "replace")) if chain else ""


def _field(message: Message, name: str) -> bytes:
    """One field, written as the Message-ID that it holds."""
    value = " ".join(str(message.get(name, ""))[:2_000].split())
    return b"Message-ID: " + value.encode("utf-8", "replace")


def _id_in(block: bytes) -> str:
    try:
        return read_envelope(block).message_id
    except ValueError:
        return ""
