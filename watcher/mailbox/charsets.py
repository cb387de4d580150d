"""From octets to text, when the label may lie.

Mail from real customers is mislabelled all the time: GBK called gb2312, windows-1252 called latin-1,
raw 8-bit header lines with no label at all. The repairs are those of the WHATWG Encoding Standard
(https://encoding.spec.whatwg.org/#names-and-labels): decode by the superset that senders really use.
"""

from __future__ import annotations

import encodings
import pkgutil
import re
from encodings.aliases import aliases
from functools import lru_cache

# What a label means in practice. Keys are normalised by encodings.normalize_encoding, lower case.
_REPAIRED = {
    "gb2312": "gb18030",
    "gb_2312": "gb18030",
    "gb_2312_80": "gb18030",
    "gbk": "gb18030",
    "x_gbk": "gb18030",
    "cp936": "gb18030",
    "cp_936": "gb18030",
    "windows_936": "gb18030",
    "euc_cn": "gb18030",
    "big5": "cp950",
    "x_x_big5": "cp950",
    "shift_jis": "cp932",
    "x_sjis": "cp932",
    "euc_kr": "cp949",
    "ks_c_5601": "cp949",
    "ks_c_5601_1987": "cp949",
    "iso_8859_1": "cp1252",
    "iso8859_1": "cp1252",
    "latin1": "cp1252",
    "latin_1": "cp1252",
    "l1": "cp1252",
    "iso_8859_8_i": "iso8859_8",
    "windows_874": "cp874",
    "unicode_1_1_utf_7": "utf_7",  # delivery reports of Exchange 2000 and 2003
}

# Nothing a mail may ask for: slow (punycode is quadratic), or not about characters.
_REFUSED = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}

# Known up front, so that an unknown label costs a look-up and not a search of the disk for a module.
_CODECS = (
    {module.name for module in pkgutil.iter_modules(encodings.__path__)}
    | set(aliases)
    | set(aliases.values())
) - _REFUSED

_TWO_HIGH_OCTETS = re.compile(rb"[\x80-\xff]{2}")


@lru_cache(maxsize=512)
def codec_for(label: str) -> str | None:
    """The codec that reads what senders mean by a charset label; None where nobody knows it."""
    name = encodings.normalize_encoding(label.strip("\"' ")).lower()
    if name in _REPAIRED:
        return _REPAIRED[name]
    codec = aliases.get(name, name)
    codec = _REPAIRED.get(codec, codec)
    return codec if codec in _CODECS else None


def decode(raw: bytes, label: str) -> str:
    """Text labelled with a charset. Never raises: what cannot be read becomes U+FFFD."""
    codec = codec_for(label)
    if codec is None:
        return _first_that_fits(raw, "utf-8") or raw.decode("latin-1")
    if codec in ("ascii", "us_ascii") and not raw.isascii():
        return decode_unlabelled(raw)
    try:
        return raw.decode(codec, "replace")
    except (UnicodeError, LookupError):  # utf-16 of an odd length; base64_codec and its like
        return raw.decode("latin-1")


def decode_unlabelled(raw: bytes) -> str:
    """Raw 8-bit text: UTF-8, else GB 18030, else latin-1.

    Chinese has no lone high octet between ASCII ones in practice; "Pr\\xfcfung" has nothing else.
    """
    if raw.isascii():
        return raw.decode("ascii")
    likely = ("utf-8", "gb18030") if _TWO_HIGH_OCTETS.search(raw) else ("utf-8",)
    return _first_that_fits(raw, *likely) or raw.decode("cp1252", "replace")


def _first_that_fits(raw: bytes, *codecs: str) -> str | None:
    for codec in codecs:
        try:
            return raw.decode(codec)
        except UnicodeDecodeError:
            continue
    return None
