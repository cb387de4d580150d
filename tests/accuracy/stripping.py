"""What is left of a mail that was relayed, archived or kept for long: the same mail without its marks.

- `bare` keeps the fields that every archive keeps. No trace of a mail system or of a list is left, nor of a
  product that marks what it sends, save what stands in the MIME structure itself.
- `flat` is the text of all parts one after the other under From, Subject and Date, as list archives show a
  mail: the report has no form any more.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from email.message import Message

from watcher.mailbox.bodies import read_structure
from watcher.mailbox.parts import inner, octets

_FIELD = re.compile(rb"(?m)^([^\s:]+):.*\n(?:[ \t].*\n)*")
_SHOWN = (b"from", b"subject", b"date")
_KEPT = (
    *_SHOWN,
    *(b"to", b"cc", b"message-id", b"in-reply-to", b"references", b"mime-version"),
    *(b"content-type", b"content-transfer-encoding"),
)


def bare(source: bytes) -> bytes:
    """The mail with the fields alone that every archive keeps."""
    head, body = _halves(source)
    return _only(head, _KEPT) + b"\n" + body


def flat(source: bytes) -> bytes:
    """The words of all its parts under From, Subject and Date. Raises ValueError as `read_structure` does."""
    head, _ = _halves(source)
    return _only(head, _SHOWN) + b"\n" + b"\n".join(_words(read_structure(source)))


def _halves(source: bytes) -> tuple[bytes, bytes]:
    head, _, body = source.replace(b"\r\n", b"\n").lstrip().partition(b"\n\n")
    return head + b"\n", body


def _only(head: bytes, fields: Collection[bytes]) -> bytes:
    return b"".join(one[0] for one in _FIELD.finditer(head) if one[1].lower() in fields)


def _words(part: Message) -> Iterator[bytes]:
    """Text, the blocks of a status part, and the header of what came back; no file and no HTML."""
    kind = part.get_content_type()
    if part.get_content_maintype() == "multipart":
        for one in inner(part):
            yield from _words(one)
    elif kind.startswith("message/"):
        yield from (one.as_bytes() for one in inner(part))
    elif part.get_content_maintype() == "text" and kind != "text/html":
        yield octets(part)
