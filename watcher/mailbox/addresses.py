"""Address lists (RFC 5322 3.4), obsolete forms and real-world damage included.

One pass over the tokens of the value, so the time is linear in its length whatever it holds. Nothing
raises: what is no address is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice

from watcher.domain.messages import Address
from watcher.mailbox.charsets import decode_unlabelled
from watcher.mailbox.encoded_words import decode_words, one_line

MAX_OCTETS = 64 * 1024  # of one field: nobody reads a longer list of recipients
MAX_ADDRESSES = 3_000
_CACHED_OCTETS = 512
_MAX_ADDRESS = 320  # RFC 3696 erratum 1690: 64 + 1 + 255
_MAX_NAME = 256

# Every alternative ends at the next mark or at the end of the text, so none can fail and be tried again.
_TOKEN = re.compile(
    r"""
      (?P<word>=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*\?=)     # an encoded word may (wrongly) hold any special
    | "(?P<quoted>(?:[^"\\]|\\.?)*)"?                 # a quote that never ends takes the rest
    | <(?P<angle>[^<>]*)>?
    | (?P<mark>[(),;:])
    | (?P<atom>\[[^\[\]]*\]? | [^\s"<>(),;:\[]+)
    | (?P<space>\s+|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_LONELY = re.compile(r"[^<>()@]*<\s*([\w.+-]+)\s*>|\s*([\w.+-]+)\s*(?:\(|$)")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_NO_ADDRESS = set('<>(),;"')
_BETWEEN_ADDRESSES = re.compile(r"[\s<>()\[\],;:\"']+")


def read_addresses(raw: bytes) -> tuple[Address, ...]:
    """The addresses of one unfolded field value, in order; groups are taken apart."""
    return _cached(raw) if len(raw) <= _CACHED_OCTETS else _read(raw[:MAX_OCTETS])


def read_author(values: Sequence[bytes]) -> Address | None:
    """The first address of several From values; else a lone word without an @ (MAILER-DAEMON, root)."""
    for value in values:
        if addresses := read_addresses(value):
            return addresses[0]
    lonely = (_LONELY.match(decode_unlabelled(value[:_CACHED_OCTETS])) for value in values)
    return next((Address((word[1] or word[2]).lower()) for word in lonely if word), None)


def _read(raw: bytes) -> tuple[Address, ...]:
    text = decode_unlabelled(raw)
    return tuple(_addresses(text)) or tuple(_salvaged(text))


@lru_cache(maxsize=8192)
def _cached(raw: bytes) -> tuple[Address, ...]:
    return _read(raw)


class _Mailbox:
    """What was read of one mailbox so far."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.comments: list[str] = []
        self.angle: str | None = None

    def take(self, kind: str, value: str, glued: bool) -> None:
        if kind == "angle":
            self.angle = value
        elif kind == "comment":
            self.comments.append(value)
        elif kind == "group":
            self.words.clear()
        elif glued and value.startswith("@") and self.words:  # "quoted local part"@cust.example
            self.words[-1] += value
        else:
            self.words.append(_ESCAPED.sub(r"\1", value) if kind == "quoted" else value)

    def finished(self) -> Address | None:
        if self.angle is None:
            self._take_bare_address()
        address = _addr_spec(self.angle or "")
        name = _phrase(self.words) or _phrase(self.comments)
        return Address(address, "" if name.lower() == address else name) if address else None

    def _take_bare_address(self) -> None:
        """`anna@cust.example (Anna)`, or with the spaces of old: `anna @ cust.example`."""
        whole = [word for word in self.words if "@" in word[1:-1]]
        if whole:
            self.angle = whole[-1]
            self.words = [word for word in self.words if word is not whole[-1]]
        elif any("@" in word for word in self.words):
            self.angle, self.words = "".join(self.words), []


def _addresses(text: str) -> Iterator[Address]:
    for box in islice(_boxes(text), MAX_ADDRESSES):
        if address := box.finished():
            yield address


def _boxes(text: str) -> Iterator[_Mailbox]:
    box, before = _Mailbox(), ""
    for kind, value in _tokens(text):
        if kind == "end" or (kind == "angle" and box.angle is not None):
            yield box
            box = _Mailbox()
        if kind not in ("end", "space"):
            box.take(kind, value, glued=before in ("atom", "quoted"))
        before = kind
    yield box


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """(kind, value): word, quoted, angle, atom, space, comment, group (its colon), end (of a mailbox)."""
    depth = 0
    for token in _TOKEN.finditer(text):
        kind, value = str(token.lastgroup), token[str(token.lastgroup)]
        if value in ("(", ")") and kind == "mark":
            depth = max(0, depth + (1 if value == "(" else -1))
        elif depth:
            yield "comment", token[0]
        elif kind == "mark":
            yield ("group" if value == ":" else "end"), value
        else:
            yield kind, value


def _phrase(words: list[str]) -> str:
    text = " ".join(word for word in words if not word.isspace())[: 8 * _MAX_NAME]
    if "=?" in text:
        text = decode_words(text.encode("utf-8", "surrogatepass"))
    return one_line(text)[:_MAX_NAME].strip("'\" ")


def _addr_spec(text: str) -> str:
    """The address in the form that is compared: one token, lower case. "" where it is none."""
    if "=?" in text:
        text = decode_words(text[:2048].encode("utf-8", "surrogatepass"))
    spec = "".join(one_line(text).split()).lower()
    spec = spec.rpartition(":")[2] if spec.startswith(("@", "mailto:")) else spec  # obsolete routes
    spec = spec.strip("'\"<>,;").rstrip(".")
    local, at, domain = spec.rpartition("@")
    sound = at and local and domain and len(spec) <= _MAX_ADDRESS and not _NO_ADDRESS & set(spec)
    return spec if sound else ""


def _salvaged(text: str) -> Iterator[Address]:
    """Addresses in a value whose syntax is beyond repair."""
    for word in _BETWEEN_ADDRESSES.split(text) if "@" in text else ():
        if address := _addr_spec(word):
            yield Address(address)
