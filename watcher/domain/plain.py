"""Text out of a mail, made harmless for any face: terminal, pop-up, sheet, page.

A subject is whatever a stranger typed. It may hold terminal escapes that repaint the screen
(ECMA-48), bidi controls that show "cod.exe" as "exe.doc" (UAX 9, CVE-2021-42574), invisible
characters, or ten thousand letters. What is left here is one line of visible text.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Terminated control sequences go as a whole, or their visible rest ("[31m") would stay behind. Possessive
# quantifiers keep every pattern linear: a start that fails is never tried twice.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]"  # CSI: colours, cursor
    r"|(?:\x1b[P\]X^_]|[\x90\x9d\x98\x9e\x9f])[^\x07\x1b\x9c]*+(?:\x07|\x1b\\|\x9c)"  # OSC, DCS
    r"|\x1b[ -/]*+[0-~]"  # two-character escapes
)

# Left after Cf and Cc are gone, and yet nothing that is seen: fillers and joiners that Unicode files
# under letters and marks. Variation selectors are among them.
_BLANKS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)

_LINE_ENDS = {"\u2028", "\u2029"}
MORE = "…"


def plain(text: str, limit: int) -> str:
    """One line of visible text, at most `limit` characters (code points; "…" marks what was cut off).

    Control, bidi and zero-width characters are gone, white space of any kind is one blank, and what has no
    letter form (half a surrogate pair, private use, unassigned) is U+FFFD. So the result is printable, can
    always be encoded, and stays what it is when made plain again. Linear in the length of `text`.
    """
    if text.isascii() and text.isprintable():  # most of what there is
        return clip(" ".join(text.split()), limit)
    without_escapes = _ESCAPES.sub("", text)
    visible = "".join(map(_visible, without_escapes))
    return clip(" ".join(_BLANKS.sub("", visible).split()), limit)


def clip(text: str, limit: int) -> str:
    """`text` in at most `limit` code points, the last one "…" where something was cut off."""
    if len(text) <= limit:
        return text
    return text[: max(limit - len(MORE), 0)].rstrip() + MORE if limit > 0 else ""


@lru_cache(maxsize=4096)
def _visible(character: str) -> str:
    """The character, a blank for white space, nothing for what is not seen (categories: UAX 44)."""
    if character.isspace() or character in _LINE_ENDS:
        return " "
    category = unicodedata.category(character)
    if category in {"Cc", "Cf"}:
        return ""
    return "\ufffd" if category in {"Cs", "Co", "Cn"} else character
