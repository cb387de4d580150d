"""The bell and one line."""

from __future__ import annotations

import io
import os
import pty

import pytest

from watcher.alerts.channel import Delivery, PopUp
from watcher.alerts.terminal import LINE_LIMIT, TerminalChannel

MEYER = PopUp("PI · Meyer Armaturen: they owe a reply", "4 working days.")
LINE = "PI · Meyer Armaturen: they owe a reply - 4 working days.\n"


def test_a_log_file_gets_the_line_and_no_bell() -> None:
    stream = io.StringIO()
    assert TerminalChannel(stream).deliver(MEYER) == Delivery(True, "terminal", "standard output")
    assert stream.getvalue() == LINE


def test_a_terminal_gets_the_bell_too() -> None:
    reading, writing = pty.openpty()
    with os.fdopen(reading, "rb", buffering=0) as screen, os.fdopen(writing, "w", encoding="utf-8") as stream:
        assert TerminalChannel(stream).deliver(MEYER) == Delivery(True, "terminal", "a terminal")
        assert screen.read(1000).decode() == f"\a{LINE}".replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("title", "text", "written"),
    [
        ("\x1b[2J\x1b]0;owned\x07Meyer", "a\nb\r\x00c", "Meyer - a b c\n"),
        ("Meyer", "", "Meyer\n"),
        ("\u202etxt.exe", "\ud800", "txt.exe - \ufffd\n"),
        ("-u <b>&amp;", "--help", "-u <b>&amp; - --help\n"),
        ("x" * 10_000, "y" * 10_000, "x" * (LINE_LIMIT - 1) + "…\n"),
    ],
)
def test_hostile_words_stay_one_harmless_line(title: str, text: str, written: str) -> None:
    stream = io.StringIO()
    assert TerminalChannel(stream).deliver(PopUp(title, text)).delivered
    assert stream.getvalue() == written


def test_a_terminal_of_few_letters_shows_what_it_can() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    assert TerminalChannel(stream).deliver(PopUp("PI · 报价", "")).delivered
    assert raw.getvalue() == b"PI ? ??\n"


def test_a_closed_stream_took_nothing() -> None:
    stream = io.StringIO()
    stream.close()
    took = TerminalChannel(stream).deliver(MEYER)
    assert not took.delivered
    assert took.answer.startswith("the terminal is gone")


def test_a_pipe_nobody_reads_took_nothing() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "w", encoding="utf-8")
    took = TerminalChannel(stream).deliver(MEYER)
    assert not took.delivered
    with pytest.raises(BrokenPipeError):
        stream.close()  # the line still waits in its buffer
