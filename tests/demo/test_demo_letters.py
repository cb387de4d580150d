"""`letters.toml`: the format, and what breaks it."""

from datetime import time

import pytest

from watcher.demo.letters import Delivered, Moment, Pause, When, _letter, correspondence

PEOPLE = {
    person.address: person for thread in correspondence().threads for person in [thread.letters[0].author]
}
A, B, C = list(PEOPLE.values())[:3]
KEYS = {"a": A, "b": B, "c": C}


@pytest.mark.parametrize(
    ("head", "at", "to", "cc", "bcc"),
    [
        ("24d 10:12 a > b", Moment(24, time(10, 12)), (B,), (), ()),
        ("1d 09:00 a > b c", Moment(1, time(9)), (B, C), (), ()),
        ("1d 09:00 a > b cc c", Moment(1, time(9)), (B,), (C,), ()),
        ("1d 09:00 a > a bcc b c", Moment(1, time(9)), (A,), (), (B, C)),
        ("1d 09:00 a > a cc b bcc c; fresh", Moment(1, time(9)), (A,), (B,), (C,)),
        ("~15s a > b", Pause(15), (B,), (), ()),
        ("+8s a > b cc c; attach=x.pdf", Delivered(8), (B,), (C,), ()),
    ],
)
def test_head_lines(head: str, at: When, to: tuple, cc: tuple, bcc: tuple) -> None:
    letter = _letter(f"{head}\nhello", KEYS)
    assert (letter.at, letter.author, letter.to, letter.cc, letter.bcc) == (at, A, to, cc, bcc)


@pytest.mark.parametrize("head", ["10:12 a > b", "3d 10:12 a < b", "3d 10:12 a >", "3d 1012 a > b", ""])
def test_a_broken_head_line_is_told(head: str) -> None:
    with pytest.raises(ValueError, match="no head line"):
        _letter(f"{head}\nhello", KEYS)


def test_an_unknown_option_is_told() -> None:
    with pytest.raises(ValueError, match="atach"):
        _letter("3d 10:12 a > b; atach=x.pdf\nhello", KEYS)


def test_header_fields_stand_apart_from_the_text() -> None:
    letter = _letter("3d 10:12 a > b; subject=x; fresh\n| Precedence: bulk\nhello\n\nthere\n", KEYS)
    assert letter.fields == (("Precedence", "bulk"),)
    assert letter.text == "hello\n\nthere"
    assert letter.options == {"subject": "x", "fresh": ""}
