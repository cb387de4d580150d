"""A mail's words on their way into a pop-up: inert in markup, on a command line and in C escapes.

`watcher.domain.plain` has already made them one visible line; this page knows what desktops do to a line.
Sources: the Desktop Notifications Specification 1.2, and libnotify's notify-send.c (0.8), measured.
"""

from __future__ import annotations

from watcher.domain.plain import MORE, plain

TITLE_LIMIT = 100  # characters; more is cut off by every server anyway
TEXT_LIMIT = 300
WINDOWS_TITLE_UNITS = 63  # NOTIFYICONDATAW: szInfoTitle[64] and szInfo[256], the last unit is NUL
WINDOWS_TEXT_UNITS = 255

_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_HYPHEN = "\u2010"  # looks like "-", and starts no option


def title_for_desktop(title: str) -> str:
    """A summary that is never empty (notify-send refuses that) and never starts an option.

    It needs no escaping: the specification has no markup in a summary.
    """
    return _no_option(plain(title, TITLE_LIMIT)) or "watcher"


def text_for_desktop(text: str, markup: bool) -> str:
    """A body that is shown as it reads. `markup`: the server has the capability "body-markup"."""
    inert = _no_option(plain(text, TEXT_LIMIT))
    return inert.translate(_MARKUP) if markup else inert


def for_notify_send(text: str) -> str:
    r"""The body as notify-send must be given it: it reads C escapes ("\033", "\n") in it."""
    return text.replace("\\", "\\\\")


def clip_utf16(text: str, units: int) -> str:
    """`text` in at most `units` UTF-16 code units, never half a pair; "…" where something was cut off."""
    if _units(text) <= units:
        return text
    kept = text[: units - 1]
    while _units(kept) > units - 1:
        kept = kept[:-1]
    return kept + MORE


def _no_option(text: str) -> str:
    return _HYPHEN + text[1:] if text.startswith("-") else text


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
