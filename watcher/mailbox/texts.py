"""The text of one mail as the rules read it: its octets in, the writer's own words and the rest out.

Of what a mail says twice (multipart/alternative) the plain text is read, else the HTML. Messages attached to
a mail are attachments: their words are somebody else's. format=flowed (RFC 3676) is left alone on purpose:
its quotes begin with ">" like all others, and the rules do not mind where a sentence is wrapped.
"""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message

from watcher.domain.plain import plain
from watcher.domain.reading.text import Attachment, Text
from watcher.mailbox.bodies import MAX_SOURCE, read_part, read_structure
from watcher.mailbox.charsets import decode, decode_unlabelled
from watcher.mailbox.encoded_words import decode_words
from watcher.mailbox.html_text import html_text
from watcher.mailbox.quotes import cut

MAX_NAME = 200  # characters of an attachment's name
MAX_ATTACHMENTS = 200
_MAX_TEXTS = 20  # parts of text in one mail: each costs mail-parser a millisecond


def read_text(source: bytes) -> Text:
    """Read a whole message, or its first MAX_SOURCE octets.

    Raises ValueError where it has parts beyond reason.
    """
    message = read_structure(source)
    text = "\n".join(_texts(message, [_MAX_TEXTS]))
    said, signature, quoted = cut(text)
    attachments = tuple(_attachments(message))
    return Text(said, signature, quoted, attachments, whole=len(source) < MAX_SOURCE)


def _texts(part: Message, left: list[int]) -> Iterator[str]:
    """The text of each part that the writer wrote into, in order; `left` is how many more are read."""
    if left[0] <= 0:
        return
    if part.get_content_type() == "multipart/alternative":
        yield from _preferred(part, left)
    elif part.get_content_maintype() == "multipart":
        for inner in _inner(part):
            yield from _texts(inner, left)
        if not part.is_multipart():  # no boundary of it is found: all we have is the raw lines
            yield str(part.get_payload())
    elif not _is_attachment(part):
        left[0] -= 1
        yield _read(part)


def _preferred(part: Message, left: list[int]) -> Iterator[str]:
    """The plain one of the alternatives, else the first that says anything."""
    inner = sorted(_inner(part), key=lambda one: one.get_content_type() != "text/plain")
    for alternative in inner:
        texts = list(_texts(alternative, left))
        if any(text.strip() for text in texts):
            yield from texts
            return


def _inner(part: Message) -> list[Message]:
    payload: object = part.get_payload()
    return [inner for inner in payload if isinstance(inner, Message)] if isinstance(payload, list) else []


def _is_attachment(part: Message) -> bool:
    """Whether a part that holds no others is a file and no text of the writer's."""
    if part.get_content_type() not in ("text/plain", "text/html"):
        return True
    return part.get_content_disposition() == "attachment" or _has_name(part)


def _has_name(part: Message) -> bool:
    return any(
        _parameter(part, name, field)
        for name, field in (("filename", "content-disposition"), ("name", "content-type"))
    )


def _read(part: Message) -> str:
    read = read_part(part)
    return "\n".join([*read.text_plain, *map(html_text, read.text_html)])


def _attachments(message: Message) -> Iterator[Attachment]:
    """Every file, and every attached message as one, in order. (mail-parser makes up names.)"""
    waiting, found = [message], 0
    while waiting and found < MAX_ATTACHMENTS:
        part = waiting.pop()
        if part.get_content_maintype() == "multipart":
            waiting += _inner(part)[::-1]
        elif _is_attachment(part):
            found += 1
            yield Attachment(_name(part), part.get_content_type())


def _name(part: Message) -> str:
    """Its name as the sender wrote it: RFC 2231, or encoded words, or raw 8-bit, whatever the sender took."""
    raw = _parameter(part, "filename", "content-disposition") or _parameter(part, "name", "content-type")
    return plain(decode_words(raw.encode("utf-8", "replace")), MAX_NAME)


def _parameter(part: Message, name: str, field: str) -> str:
    value = _with_8_bit(part).get_param(name, "", field)
    if isinstance(value, tuple):  # RFC 2231: charset, language, octets
        charset, _, octets = value
        return decode(octets.encode("latin-1", "replace"), charset or "utf-8")
    return str(value or "")


def _with_8_bit(part: Message) -> Message:
    """The fields that name a file, with their raw 8-bit letters: the parser only replaces them."""
    fields = Message()
    for name, value in part.raw_items():
        if name.lower() in ("content-disposition", "content-type"):
            fields[name] = decode_unlabelled(str(value).encode("utf-8", "surrogateescape"))
    return fields
