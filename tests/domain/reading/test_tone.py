"""The tone of our mail after the PI: what is marked, and the ordinary mail that never is."""

from __future__ import annotations

from time import process_time

import pytest

from watcher.domain.data import table
from watcher.domain.reading.text import Text
from watcher.domain.reading.tone import ToneMark, from_fact, read_tone, to_fact


def phrases(said: str) -> list[tuple[str, str]]:
    return [(one.kind, one.phrase) for one in read_tone(Text(said=said))]


@pytest.mark.parametrize(
    ("said", "marks"),
    [
        ("Dear Anna,\nIf you still want the pumps, please pay.", [("doubt", "if you still want")]),
        ("Sorry to bother you again!", [("doubt", "sorry to bother")]),
        ("Just checking if you got the PI.", [("doubt", "just checking if")]),
        ("Would it be possible to\npay this week?", [("doubt", "would it be possible … pay")]),
        ("We can offer you a 3% discount if you pay now.", [("selling", "we can offer … discount")]),
        ("By the way, we also have other models.", [("selling", "also have other models")]),
        ("Have you found another supplier?", [("doubt", "found another supplier")]),
        ("I hope you did not; feel free to cancel.", [("doubt", "feel free to cancel")]),
        ("不好意思打扰您了。", [("doubt", "不好意思打扰")]),
        ("如果您还需要这批货，请付款。", [("doubt", "如果您还需要")]),
        ("您好，我们可以给您更优惠的价格。", [("selling", "更优惠的价格")]),
        ("我们还有新产品，您要看看吗？", [("selling", "我们还有新产品")]),
        ("Sorry to bother you. Sorry to bother you.", [("doubt", "sorry to bother")]),
    ],
)
def test_what_is_better_not_said(said: str, marks: list[tuple[str, str]]) -> None:
    assert phrases(said) == marks


@pytest.mark.parametrize(
    "said",
    [
        "We are sorry for the delay of the vessel. She sails on Friday.",
        "Please find our bank details attached. When may we expect the slip?",
        "The production starts as soon as the deposit is here; which day suits you?",
        "The 3% discount you asked for is included in the PI.",
        "As agreed, we give you a special discount of 2%: please see the PI.",
        "Your goods are ready for shipment. Do you want them by sea or by air?",
        "Do you want us to book the vessel of 3 April?",
        "Thank you for the signed PI! The next step is the deposit of 30%.",
        "The freight is lower this week, so we book now. Is Hamburg still the port?",
        "Is there any news of the letter of credit?",
        "If you need the packing list before, just tell me.",
        "We don't want to lose the slot at the yard: may we count on Thursday?",
        "I will be out of office until Monday; my colleague takes care of your order.",
        "Please check the quality certificate, and confirm the marks on the cartons.",
        "We cannot give a further date before the deposit.",
        "您好，附件是我们的银行信息，请问什么时候安排付款？",
        "货已备好，请确认唛头和装箱单。",
        "按您要求，折扣已包含在PI里。",
        "船期延误，我们深表歉意，新的船期是4月3日。",
        "请问定金水单什么时候可以发过来？我们马上安排生产。",
        "您需要海运还是空运？",
        "质检报告已经发给您了，请查收。",
    ],
)
def test_ordinary_mail_after_the_pi_is_never_marked(said: str) -> None:
    assert phrases(said) == []


def test_what_is_quoted_is_not_said() -> None:
    assert read_tone(Text(said="Thanks, well received.", quoted="> sorry to bother you")) == ()


@pytest.mark.parametrize("language", table("tone"))
def test_every_phrase_is_found_and_has_a_reason(language: str) -> None:
    rows = table("tone")[language]
    for kind in ("doubt", "selling"):
        for phrase, why in rows[kind]:
            said = phrase.replace("…", "you a" if language == "english" else "这批货").replace("*", "ue")
            assert (kind, why) in {(one.kind, one.why) for one in read_tone(Text(said=f"{said}."))}, phrase
            assert why


def test_it_is_kept_without_a_word_of_the_mail() -> None:
    marks = read_tone(Text(said="Dear Anna Meyer, sorry to bother you in Hamburg."))
    kept = to_fact(marks)
    assert kept == {"marks": [["doubt", "sorry to bother", "makes oneself small"]]}
    assert from_fact(kept) == marks == (ToneMark("doubt", "sorry to bother", "makes oneself small"),)
    assert (to_fact(()), from_fact({})) == ({}, ())


def test_a_hostile_text_costs_no_time() -> None:
    began = process_time()
    read_tone(Text(said="if you still " * 20_000 + "would it be possible " * 20_000))
    assert process_time() - began < 1
