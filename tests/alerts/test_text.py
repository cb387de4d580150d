"""A mail's words on their way into a pop-up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.alerts.text import (
    TEXT_LIMIT,
    TITLE_LIMIT,
    clip_utf16,
    for_notify_send,
    text_for_desktop,
    title_for_desktop,
)

ANY_TEXT = st.text(st.characters())


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("PI · Meyer Armaturen", "PI · Meyer Armaturen"),
        ("-u critical", "\u2010u critical"),
        (" \u200b--help", "\u2010-help"),
        ("Re: -h", "Re: -h"),
        ("<b>x</b> & y", "<b>x</b> & y"),
        ("", "watcher"),
        ("\x00\u202e \n", "watcher"),
        ("x" * 10_000, "x" * (TITLE_LIMIT - 1) + "…"),
    ],
)
def test_a_title_is_visible_and_no_option(title: str, shown: str) -> None:
    assert title_for_desktop(title) == shown


@pytest.mark.parametrize(
    ("text", "markup", "shown"),
    [
        ("valves < 2 bar & <b>more</b>", True, "valves &lt; 2 bar &amp; &lt;b&gt;more&lt;/b&gt;"),
        ("valves < 2 bar & <b>more</b>", False, "valves < 2 bar & <b>more</b>"),
        ("&amp;", True, "&amp;amp;"),
        ("--help", True, "\u2010-help"),
        ("a\nb", False, "a b"),
        ("", True, ""),
    ],
)
def test_a_text_is_shown_as_it_reads(text: str, markup: bool, shown: str) -> None:
    assert text_for_desktop(text, markup) == shown


def test_escaping_comes_after_clipping_so_no_entity_is_cut() -> None:
    assert text_for_desktop("&" * 1000, markup=True) == "&amp;" * (TEXT_LIMIT - 1) + "…"


@pytest.mark.parametrize(
    ("text", "argument"),
    [(r"\033[31m", r"\\033[31m"), ("tail\\", "tail\\\\"), ("C:\\n", "C:\\\\n"), ("", "")],
)
def test_notify_send_is_given_no_escapes(text: str, argument: str) -> None:
    assert for_notify_send(text) == argument


@pytest.mark.parametrize(
    ("text", "units", "clipped"),
    [
        ("short", 63, "short"),
        ("x" * 63, 63, "x" * 63),
        ("x" * 64, 63, "x" * 62 + "…"),
        ("😀" * 40, 63, "😀" * 31 + "…"),
        ("a" + "😀" * 40, 63, "a" + "😀" * 30 + "…"),
        ("报价" * 200, 255, ("报价" * 127) + "…"),
    ],
)
def test_windows_clips_by_utf16_units(text: str, units: int, clipped: str) -> None:
    assert clip_utf16(text, units) == clipped


@given(ANY_TEXT)
def test_whatever_a_stranger_typed_can_be_shown(text: str) -> None:
    title, body = title_for_desktop(text), text_for_desktop(text, markup=True)
    assert 0 < len(title) <= TITLE_LIMIT
    assert not title.startswith("-")
    assert not body.startswith("-")
    assert not set("<>") & set(body)
    for shown in (title, body):
        assert shown.isprintable()
        assert len(clip_utf16(shown, 63).encode("utf-16-le")) <= 126
