"""One header block → one `Envelope`.

On the hot path of the first sync: the block is split and unfolded here (RFC 5322 2.2) and the values
that recur all the time (addresses, subjects) are cached. Sizes are capped before anything is
decoded, so the time is linear in what was sent and no sender can stop a sync.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from watcher.domain.messages import MARK_FIELDS, Address, Envelope
from watcher.mailbox.addresses import read_addresses, read_author
from watcher.mailbox.charsets import decode_unlabelled
from watcher.mailbox.dates import read_date
from watcher.mailbox.encoded_words import decode_words, one_line

MAX_BLOCK = 256 * 1024  # octets
MAX_SUBJECT = 2_000  # characters
_MAX_SUBJECT_OCTETS = 32 * 1024
_MAX_MARK = 2_000  # characters
_MAX_MARKS = 100
_MAX_ID = 998  # RFC 5322 2.1.1: no line is longer
_FIRST_REFERENCES, _LAST_REFERENCES = 20, 500

# What a sync asks the server for: everything an Envelope keeps.
FIELDS = (
    "message-id",
    "in-reply-to",
    "references",
    "subject",
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "bcc",
    "date",
    *MARK_FIELDS,
)

_MARKS = {name.encode() for name in MARK_FIELDS}
_FOLD = re.compile(rb"\n[ \t]+")
_FIELD_NAME = re.compile(rb"[!-9;-~]+")
_BRACKETED = re.compile(r"<([^<>]*)>")
_Fields = dict[bytes, list[bytes]]


def read_envelope(block: bytes) -> Envelope:
    """Read a header block, or the one at the start of a whole message (it ends at the blank line).

    Raises ValueError where it holds no header field at all.
    """
    fields, marks = _sorted_out(split_fields(block))
    first = {name: values[0] for name, values in fields.items()}
    date, offset = read_date(decode_unlabelled(first.get(b"date", b"")))
    return Envelope(
        message_id=next(iter(_own_id(first.get(b"message-id", b""))), ""),
        in_reply_to=_answered_ids(first.get(b"in-reply-to", b"")),
        references=_capped(_ids(b" ".join(fields.get(b"references", ())))),
        subject=read_subject(first.get(b"subject", b"")),
        author=_author(fields),
        reply_to=_listed(fields, b"reply-to"),
        to=_listed(fields, b"to"),
        cc=_listed(fields, b"cc"),
        bcc=_listed(fields, b"bcc"),
        date=date,
        offset_minutes=offset,
        marks=marks,
    )


def split_fields(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(lower-case name, unfolded value) of each field. A line that is no field is passed over."""
    for line in _FOLD.sub(b" ", _header_part(block[:MAX_BLOCK])).split(b"\n"):
        name, colon, value = line.partition(b":")
        name = name.rstrip(b" \t")  # RFC 5322 4.5: space before the colon
        if colon and _FIELD_NAME.fullmatch(name):
            yield name.lower(), value.strip()


def read_subject(raw: bytes) -> str:
    """A decoded subject on one line, at most MAX_SUBJECT characters."""
    return _cached_subject(raw) if len(raw) <= 512 else _decoded_subject(raw)


def _header_part(block: bytes) -> bytes:
    if b"\n" in block:
        block = block.replace(b"\r\n", b"\n").replace(b"\r", b" ")
    else:
        block = block.replace(b"\r", b"\n")
    block = block.lstrip(b"\n")
    return block.partition(b"\n\n")[0]


def _sorted_out(fields: Iterator[tuple[bytes, bytes]]) -> tuple[_Fields, tuple[tuple[str, str], ...]]:
    values: _Fields = {}
    marks: list[tuple[str, str]] = []
    for name, value in fields:
        values.setdefault(name, []).append(value)
        if name in _MARKS and len(marks) < _MAX_MARKS:
            marks.append((name.decode(), one_line(decode_unlabelled(value[: 4 * _MAX_MARK]))[:_MAX_MARK]))
    if not values:
        raise ValueError("no header field in the block")
    return values, tuple(marks)


@lru_cache(maxsize=8192)
def _cached_subject(raw: bytes) -> str:
    return _decoded_subject(raw)


def _decoded_subject(raw: bytes) -> str:
    return one_line(decode_words(raw[:_MAX_SUBJECT_OCTETS]))[:MAX_SUBJECT]


def _author(fields: _Fields) -> Address | None:
    """The first From that names somebody, else the Sender."""
    return read_author([*fields.get(b"from", ()), *fields.get(b"sender", ())])


def _listed(fields: _Fields, name: bytes) -> tuple[Address, ...]:
    values = fields.get(name, ())
    if len(values) == 1:
        return read_addresses(values[0])
    return read_addresses(b", ".join(values)) if values else ()


def _id_text(raw: bytes) -> str:
    # Some gateways encode long ids as words; nothing may, but the id is still the id.
    return decode_words(raw) if b"=?" in raw else decode_unlabelled(raw)


def _bracketed(token: str) -> str:
    inner = "".join(one_line(token).split()).strip("<>")[: _MAX_ID - 2]
    return f"<{inner}>" if inner else ""


def _ids(raw: bytes) -> tuple[str, ...]:
    """Message ids in order, each once. Words between them are a comment of old mail programs."""
    text = _id_text(raw)
    found = _BRACKETED.findall(text)
    if not found:
        words = text.replace(",", " ").split()
        found = words if all("@" in word for word in words) else []
    return tuple(dict.fromkeys(filter(None, map(_bracketed, found))))


def _own_id(raw: bytes) -> tuple[str, ...]:
    if ids := _ids(raw):
        return ids
    words = _id_text(raw).split()
    return (_bracketed(words[0]),) if words else ()


def _answered_ids(raw: bytes) -> tuple[str, ...]:
    """In-Reply-To. `Message from Bob <bob@x> of Monday <id@y>`: an address among prose is no id."""
    ids = _ids(raw)
    if len(ids) < 2 or not _BRACKETED.sub("", _id_text(raw)).strip(" ,"):
        return _capped(ids)
    return ids[:1] if raw.startswith(b"<") else ids[-1:]


def _capped(ids: tuple[str, ...]) -> tuple[str, ...]:
    """The root and its first descendants, and the nearest ancestors: what threading needs."""
    if len(ids) <= _FIRST_REFERENCES + _LAST_REFERENCES:
        return ids
    return ids[:_FIRST_REFERENCES] + ids[-_LAST_REFERENCES:]
