"""Encoded words in header fields (RFC 2047), read the way real mail writes them.

Standard decoders lose three things that this one keeps: a character split over two words (the words
are joined as octets first), a mislabelled charset, and raw 8-bit text between the words. One pass over
the value, whatever it holds.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from watcher.mailbox.charsets import decode, decode_unlabelled

_OPENING = re.compile(rb"=\?([^?\s]{1,60})\?([bBqQ])\?")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")

# C0 and C1 controls, the bidirectional overrides that make text read backwards, and the lone
# surrogates that UTF-7 can smuggle in and no database takes.
_UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def decode_words(raw: bytes) -> str:
    """The text of an unfolded field value. Never raises."""
    if b"=?" not in raw:
        return decode_unlabelled(raw)
    return "".join(
        decode(octets, label) if label else decode_unlabelled(octets) for label, octets in _runs(raw)
    )


def one_line(text: str) -> str:
    """Text on one line: control characters out, white space collapsed."""
    return " ".join(_UNWANTED.sub(" ", text).split())


def _runs(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """(charset label, octets) of each stretch of same-charset words; the label is "" between them."""
    for label, pieces in groupby(_pieces(raw), key=itemgetter(0)):
        yield label, b"".join(octets for _, octets in pieces)


def _pieces(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """Words and the text between them, in order. White space between two words is no text (RFC 2047 6.2)."""
    at, after_word = 0, False
    while opening := _OPENING.search(raw, at):
        end = raw.find(b"?=", opening.end())
        if end < 0:
            break
        between = raw[at : opening.start()]
        if between and not (after_word and between.isspace()):
            yield "", between
        label = opening[1].partition(b"*")[0].decode("latin-1").lower()  # RFC 2231: charset*language
        yield label or "unknown", _content(opening[2], raw[opening.end() : end])
        at, after_word = end + 2, True
    if at < len(raw):
        yield "", raw[at:]


def _content(encoding: bytes, text: bytes) -> bytes:
    if encoding in b"qQ":
        return binascii.a2b_qp(text, header=True)
    letters = _NOT_BASE64.sub(b"", text)
    if len(letters) % 4 == 1:  # six bits are no octet: a cut word
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
