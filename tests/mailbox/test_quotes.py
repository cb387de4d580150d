"""What was said, apart from what is quoted: each mail program, each language; above, below and between."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.domain.reading.text import MAX_SAID
from watcher.mailbox.quotes import MAX_TEXT, cut

SAID = "Can you do 500 pcs?"
QUOTED = "Our price is 10 USD."

# The line or block that a program puts between the answer and a quote that has no ">".
BARE: dict[str, str] = tomllib.loads(Path(__file__).with_name("quote_lines.toml").read_text("utf-8"))


@pytest.mark.parametrize("client", BARE)
def test_an_answer_above_a_quote_without_marks(client: str) -> None:
    said, signature, quoted = cut(f"{SAID}\n\n{BARE[client]}\n\n{QUOTED}\nWhen?\n")
    assert (said, signature) == (SAID, "")
    assert quoted.endswith(f"{QUOTED}\nWhen?")


ATTRIBUTIONS = [client for client, line in BARE.items() if line.rstrip("\u202c\u200f").endswith((":", "："))]


@pytest.mark.parametrize("client", ATTRIBUTIONS)
def test_an_answer_above_marked_lines(client: str) -> None:
    assert cut(f"{SAID}\n\n{BARE[client]}\n\n> {QUOTED}\n>\n> When?\n")[0] == SAID


@pytest.mark.parametrize("client", ATTRIBUTIONS)
def test_an_answer_below_marked_lines(client: str) -> None:
    assert cut(f"{BARE[client]}\n> {QUOTED}\n> When?\n\n{SAID}\n")[0] == SAID


@pytest.mark.parametrize("client", ATTRIBUTIONS)
def test_answers_between_marked_lines(client: str) -> None:
    said = cut(f"Hi Wei,\n\n{BARE[client]}\n> {QUOTED}\n{SAID}\n> When?\nMonday.\n>\n> Anna\n")[0]
    assert said.replace("\n\n", "\n") == f"Hi Wei,\n{SAID}\nMonday."


@pytest.mark.parametrize("client", sorted(BARE.keys() - {"david"}))
def test_a_mail_that_only_quotes_says_nothing(client: str) -> None:
    assert cut(f"{BARE[client]}\n\n{QUOTED}\n")[0] == ""


@pytest.mark.parametrize("client", BARE)
def test_a_signature_stands_apart_from_the_quote_below_it(client: str) -> None:
    said, signature, _ = cut(
        f"{SAID}\n\nBest regards,\nWei Chen\nACME\n\n{BARE[client]}\n\n{QUOTED}\n\nRegards\nAnna\n"
    )
    assert (said, signature) == (SAID, "Best regards,\nWei Chen\nACME")


# Own words that look like the beginning of a quote.
OWN = [
    "On Monday we will ship 200 pcs.",
    "Please note the following:\n- 100 pcs red\n- 200 pcs blue",
    "From: Ningbo\nTo: Hamburg\nDate: 20 March\nPlease quote the freight.",
    "To: be delivered by 5 March\nFrom: our warehouse",
    "Our terms, valid until 02.03.2026:\n30% deposit",
    "We met on 2 March 2026 in Hall 5:\nplease send the offer.",
    "As Anna wrote:\nthe price is too high.",
    "Subject: to final confirmation.",
    "Write to anna@cust.example or call 09:11:\nwe are there.",
    "Data: 2026\nCena: 10",
    "Von: uns an Sie, die Preise.",
    "---------- new prices ----------\n10 USD",
    ">From the factory we hear nothing.",
    "- 500 pcs\n- 10 USD",
    "时间：3月2日\n地点：宁波\n请确认。",
    "收件人：王伟\n地址：宁波市\n电话：0574",
    "Date: 5 May\nVenue: Hall 5\nSubject: prices",
    "--> please see our answer",
    "5 < 6 and 7 > 6",
    "Wie am 02.03.2026 geschrieben:\n500 Stück",
    "Come ho scritto il 02/03/2026:\n500 pezzi",
    "02.03.2026 tarihinde yazdığımız teklif:\n500 adet",
    "견적서 2026년 3월 2일 작성:\n500개",
    "From: Anna <anna@cust.example>\nSubject: Inquiry\n\nMessage Body:\nPlease quote.",  # a web form
]


@pytest.mark.parametrize("text", OWN)
def test_own_words_stay(text: str) -> None:
    assert cut(text) == (text, "", "")


def test_quotes_of_the_bat_and_wide_marks() -> None:
    assert cut("AB> Price?\n10 USD\n＞ When?\nMonday\n >> so\n")[0] == "10 USD\n\nMonday".replace(
        "\n\n", "\n"
    )


WROTE = "On 2 March 2026 at 09:11, Anna wrote:"


def test_bars_are_quotes_below_a_line_that_says_who_wrote() -> None:
    assert cut(f"{WROTE}\n|\n| Price?\n\n10 USD\n\n| When?\nMonday")[0] == "10 USD\n\nMonday"
    assert cut("| red | 10 USD |\n| blue | 11 USD |")[2] == ""


@pytest.mark.parametrize("left_out", ["...", "[...]", "<SNIP>", "[snip]", "\n"])
def test_what_was_left_out_of_a_quote_is_no_end_of_it(left_out: str) -> None:
    assert cut(f"{WROTE}\n\n{left_out}\n\n> Price?\n10 USD")[0] == "10 USD"


@given(st.text(max_size=2_000))
def test_anything_is_cut_without_an_error_and_nothing_is_made_up(text: str) -> None:
    parts = cut(text)
    assert all(len(part) <= MAX_SAID for part in parts)
    letters = [letter for letter in text if letter.isalnum()]
    assert sorted(letter for part in parts for letter in part if letter.isalnum()) == sorted(letters)


LINES = [
    "> q",
    "On 2 Mar 2026 Anna wrote:",
    "",
    "hi",
    "From: Anna",
    "Sent: Monday",
    "To: Wei",
    "Subject: x",
    "--",
    "Best regards,",
    "Wei",
    "____________",
    "-----Original Message-----",
    "PS: so",
]


@given(st.lists(st.sampled_from(LINES), max_size=30))
def test_said_holds_no_quoted_line(lines: list[str]) -> None:
    assert not any(line.startswith(">") for line in cut("\n".join(lines))[0].split("\n"))


HOSTILE = {
    "on": "On " * 50_000,
    "on lines": "On \n" * 50_000,
    "on with evidence": "On 1 a@b\n" * 20_000,
    "on of many lines": "".join(f"On {n} a@b.test\n" for n in range(20_000)),
    "schrieb": "Am schrieb " * 20_000,
    "schrieb in lines": "Am schrieb schrieb schrieb\n" * 10_000,
    "marks": "> " * 20_000,
    "marked lines": "> \n" * 20_000,
    "nested": "".join(">" * depth + " x\n" for depth in range(1_000)),
    "deep": ">" * 100_000,
    "labels": "".join(f"From: {n}\n" for n in range(20_000)),
    "labels without a from": "Date: x\nTo: y\n" * 20_000,
    "dashes": "-" * 200_000,
    "dashes and blanks": "- " * 100_000,
    "separators": "-----a" * 30_000,
    "rules": "__________\n" * 20_000,
    "blanks": " " * 200_000,
    "no-break blanks": "\xa0" * 200_000,
    "line ends": "\n" * 200_000,
    "thanks": "Thanks,\n" * 20_000,
    "regards": "Best regards\n" * 20_000,
    "regards in a line": "best regards, " * 20_000,
    "delimiters": "-- \n" * 50_000,
    "addresses": "a@" * 100_000,
    "times": "1:11" * 50_000,
    "dates": "1." * 100_000,
    "zero width": "\u200b" * 200_000,
    "colon at the end": "a " * 100_000 + ":",
    "long lines": ("x" * 399 + "\n") * 500,
    "contacts": "a\n\nAnna\n+1 555-1234\nwww.x.test\n" * 5_000,
}
SECONDS = 0.05


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_takes_no_time(name: str) -> None:
    cut("warm")
    took = []
    for _ in range(3):  # the least of three: other processes are no part of the promise
        began = time.process_time()
        cut(HOSTILE[name])
        took.append(time.process_time() - began)
        if took[-1] < SECONDS:
            return
    assert min(took) < SECONDS


def test_no_more_than_the_limit_is_looked_at() -> None:
    said, _, quoted = cut("x" * (2 * MAX_TEXT) + "\n> y")
    assert (len(said), quoted) == (MAX_SAID, "")
