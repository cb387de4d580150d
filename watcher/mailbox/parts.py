"""The parts of a whole message, and the words in them, for readers that look at single mails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from email.message import Message

from watcher.mailbox.charsets import decode, decode_unlabelled
from watcher.mailbox.html_text import html_text
from watcher.mailbox.quotes import SIGNED

MAX_TEXT = 32 * 1024  # characters of one part that are looked at


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
    return html_text(text).replace(SIGNED, "") if part.get_content_subtype() == "html" else text


def body(parts: Sequence[Message]) -> str:
    """What a mail says to its reader: its plain text, else its HTML."""
    plain = [words_of(part) for part in parts if part.get_content_subtype() != "html"]
    return "\n".join(filter(None, plain)) or "\n".join(filter(None, map(words_of, parts)))
