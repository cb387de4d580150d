"""The parts of a whole message, and the words in them, for readers that look at single mails."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from email.message import Message
from html import unescape

from watcher.mailbox.charsets import decode, decode_unlabelled

MAX_TEXT = 32 * 1024  # characters of one part that are looked at

_UNSEEN = re.compile(r"<(style|script|title)\b", re.IGNORECASE)
_BREAK = re.compile(r"<(?:br|p|/p|div|/div|tr|/tr|td|li|h\d|/h\d|table|hr)\b[^<>]{0,500}>", re.IGNORECASE)
_TAG = re.compile(r"<[a-z/!?][^<>]{0,2000}>", re.IGNORECASE)


def own_parts(message: Message) -> Iterator[Message]:
    """The parts of a message, without those of the messages attached to it: they speak for themselves."""
    waiting: list[Message] = [message]
    while waiting:
        part = waiting.pop(0)
        yield part
        if part.get_content_maintype() == "multipart":
            waiting += inner(part)


def inner(part: Message) -> list[Message]:
    """What the parser made messages of: parts, an attached message, the blocks of a status report."""
    payload: object = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def octets(part: Message) -> bytes:
    """The decoded octets of a part; of one that was parsed as a message, its header block."""
    for one in inner(part):
        return b"\n".join(f"{name}: {value}".encode("utf-8", "replace") for name, value in one.items())
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def words_of(part: Message) -> str:
    """The text of a text part, or of a multipart that lost its boundary, without its HTML; else ""."""
    if part.is_multipart() or part.get_content_maintype() not in ("text", "multipart"):
        return ""
    charset, raw = part.get_content_charset(), octets(part)
    text = (decode(raw, charset) if charset else decode_unlabelled(raw))[:MAX_TEXT]
    return without_markup(text) if part.get_content_subtype() == "html" else text


def without_markup(page: str) -> str:
    """A page of HTML as lines of text. Linear in its length."""
    return unescape(_TAG.sub(" ", _BREAK.sub("\n", "".join(_seen(page)))))


def _seen(page: str) -> Iterator[str]:
    """A page without its style sheets and scripts. One that never ends hides nothing."""
    lowered, at = page.lower(), 0
    for begin in _UNSEEN.finditer(page):
        end = lowered.find(f"</{begin[1].lower()}", begin.end())
        if end < 0:
            break
        if begin.start() >= at:
            yield page[at : begin.start()]
        at = max(at, end)
    yield page[at:]


def body(parts: Sequence[Message]) -> str:
    """What a mail says to its reader: its plain text, else its HTML."""
    plain = [words_of(part) for part in parts if part.get_content_subtype() != "html"]
    return "\n".join(filter(None, plain)) or "\n".join(filter(None, map(words_of, parts)))
