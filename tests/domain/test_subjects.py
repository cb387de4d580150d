"""Subjects behind prefixes in the languages customers write, however often and however odd."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.domain.data import words
from watcher.domain.subjects import read_subject


@pytest.mark.parametrize("prefix", sorted(words("prefixes", "reply") - words("prefixes", "either")))
def test_every_reply_prefix(prefix: str) -> None:
    shown = prefix.upper() if prefix.isascii() else prefix  # a dotless i has no way back from "I"
    found = read_subject(f"{shown}: Pumps")
    assert (found.base, found.reply, found.forward) == ("pumps", True, False)


@pytest.mark.parametrize("prefix", sorted(words("prefixes", "forward")))
def test_every_forward_prefix(prefix: str) -> None:
    found = read_subject(f"{prefix}: Pumps")
    assert (found.base, found.reply, found.forward) == ("pumps", False, True)


@pytest.mark.parametrize(
    ("subject", "base"),
    [
        ("RE: AW: SV: Antw: RV: Odp: YNT: 回复: 答复: 回覆: Pumps", "pumps"),
        ("Re[2]: Pumps", "pumps"),
        ("RE (3): Pumps", "pumps"),
        ("Re^4: Pumps", "pumps"),
        ("回复：报价", "报价"),  # the full-width colon
        ("Re :Pumps", "pumps"),
        ("  Re:\u3000Pumps  ", "pumps"),
        ("Re: [EXT] Re: Pumps", "pumps"),
        ("***SPAM*** Re: Pumps", "pumps"),
        ("Automatic reply: Pumps", "pumps"),
        ("PUMPS", "pumps"),
        ("Pumps: re: valves", "pumps: re: valves"),
        ("Regarding: pumps", "regarding: pumps"),
        ("Re", "re"),
        ("Re:", ""),
        ("Ｒｅ：　Pumps", "pumps"),
        ("Größe", "grösse"),
        ("[Pumps list] Re: Valves", "[pumps list] valves"),
        ("Re: [Pumps list] Valves", "[pumps list] valves"),
        ("[Pumps list] Re: [Pumps list] Valves", "[pumps list] valves"),
        ("AW: [Ticket 118] RE: Delivery", "[ticket 118] delivery"),
        ("[Order 118] Delivery", "[order 118] delivery"),
        ("[Order 118]", "[order 118]"),
    ],
)
def test_what_stands_behind_the_prefixes(subject: str, base: str) -> None:
    assert read_subject(subject).base == base


@pytest.mark.parametrize(
    ("subject", "automatic"),
    [("Automatic reply: Pumps", True), ("AUTO: Bo is away", True), ("Re: Automatic reply: Pumps", False)],
)
def test_the_outermost_prefix_tells_a_machine(subject: str, automatic: bool) -> None:
    assert read_subject(subject).automatic is automatic


@pytest.mark.parametrize(
    ("subject", "reply"), [("[Pumps list] Re: Valves", True), ("[Pumps list] Valves", False)]
)
def test_a_prefix_behind_a_tag_is_one(subject: str, reply: bool) -> None:
    assert read_subject(subject).reply is reply


@given(st.text(max_size=400))
def test_any_text_is_read_and_a_reply_to_it_is_the_same_matter(subject: str) -> None:
    found = read_subject(subject)
    if "re:" not in found.base and len(subject) < 250:
        answer = read_subject(f"Re: {subject}")
        assert (answer.base, answer.reply) == (found.base, True)
    assert found.base == found.base.strip()
