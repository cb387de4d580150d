"""Text out of a mail, made harmless for any face."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.domain.plain import clip, plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Re: PI 2026-031", "Re: PI 2026-031"),
        ("报价 für Señor Ωmega", "报价 für Señor Ωmega"),
        ("سعر الصمامات", "سعر الصمامات"),
        (" a \t b\r\nc\u2028d\u2029e\u00a0f\u3000g\x85h\x1ci ", "a b c d e f g h i"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b[1;1Hgone", "gone"),
        ("\x1b]0;new title\x07kept", "kept"),
        ("\x1b]8;;https://ads.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mred\x9d0;t\x9ckept", "redkept"),
        ("\x1b]never ended", "never ended"),
        ("\x1bcreset\x1b(B", "reset"),
        ("a\x00b\x07c\x08d\x7fe\x9ff", "abcdef"),
        ("\u202ecod.exe\u202c \u2066x\u2069 \u200e\u200f\u061c", "cod.exe x"),
        ("z\u200be\u200cr\u200do\u2060\ufeff\u00ad", "zero"),
        ("blank\u3164\uffa0\u115f fillers\ufe0f", "blank fillers"),
        ("tag\U000e0041\U000e007f", "tag"),
        ("\ud83d half \udc80", "\ufffd half \ufffd"),
        ("\ue000\uffff", "\ufffd\ufffd"),
        ("", ""),
        ("\u200b \x00", ""),
    ],
)
def test_one_line_of_visible_text(text: str, shown: str) -> None:
    assert plain(text, 80) == shown


@pytest.mark.parametrize(
    ("text", "limit", "clipped"),
    [("abcdef", 6, "abcdef"), ("abcdefg", 6, "abcde…"), ("abcd fg", 6, "abcd…"), ("ab", 1, "…"),
     ("ab", 0, ""), ("😀😀😀", 2, "😀…")],
)  # fmt: skip
def test_what_is_cut_off_is_marked(text: str, limit: int, clipped: str) -> None:
    assert clip(text, limit) == clipped
    assert plain(text, limit) == clipped


@pytest.mark.parametrize(
    "hostile", ["\x1b[", "\x1b]", "\x1b[1;", "\x1b ", "\u202e ", "\x9b0", "\x1bP\x1b", "a\u0301"]
)
def test_ten_times_the_text_takes_ten_times_the_time(hostile: str) -> None:
    def seconds(times: int) -> float:
        started = time.process_time()
        plain(hostile * times, 60)
        return time.process_time() - started

    short = min(seconds(5_000) for _ in range(3))
    long = min(seconds(50_000) for _ in range(3))
    assert long < 40 * short + 0.05  # quadratic would be a hundred


@given(st.text(st.characters()), st.integers(min_value=0, max_value=50))
def test_any_text_becomes_printable_fits_and_stays(text: str, limit: int) -> None:
    shown = plain(text, limit)
    assert shown.isprintable()
    assert len(shown) <= limit
    assert shown == plain(shown, limit)
    shown.encode("utf-8")
