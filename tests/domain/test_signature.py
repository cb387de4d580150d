"""Hosts and telephones in a signature, as written around the world; nothing of a person."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.domain.reading.signature import Signature, read_signature
from watcher.domain.reading.text import MAX_SAID, Text


@pytest.mark.parametrize(
    ("signed", "hosts", "phones"),
    [
        ("Anna\nMeyer GmbH\nanna@Meyer.example\nwww.meyer.example", ["meyer.example"], []),
        ("https://shop.meyer.example/pumps?x=1", ["shop.meyer.example"], []),
        ("anna@meyer.example, ben@gulf.example", ["meyer.example", "gulf.example"], []),
        ("Anna.Meyer, Dept.Export", [], []),
        ("a@b", [], []),
        ("Tel: +49 (0)40 123 45-67", [], ["49401234567"]),
        ("Tel.: 0049 40 1234567 Fax 99", [], ["49401234567"]),
        ("Mobile 0151 2345678", [], ["01512345678"]),
        ("电话：0574-87654321\n手机：13912345678", [], ["057487654321", "13912345678"]),
        ("тел. +7 (495) 123-45-67", [], ["74951234567"]),
        ("WhatsApp: +971 50 123 4567", [], ["971501234567"]),
        ("+1 212 555 0100 ext. 12", [], ["12125550100"]),
        ("IBAN DE89 3704 0044 0532 0130 00", [], []),
        ("Order 20260118, 1.250,00 EUR", [], []),
        ("Tel: 12345", [], []),
        ("+" + "1" * 40, [], []),
        ("", [], []),
    ],
)
def test_what_a_signature_names(signed: str, hosts: list[str], phones: list[str]) -> None:
    assert read_signature(Text(signature=signed)) == Signature(tuple(hosts), tuple(phones))


def test_the_last_lines_stand_for_a_signature_that_was_not_found() -> None:
    said = "See www.rival.example\n" + "\n" * 20 + "Regards\nAnna\nwww.meyer.example"
    assert read_signature(Text(said=said)).hosts == ("meyer.example",)


def test_what_is_quoted_is_no_signature() -> None:
    assert read_signature(Text(said="Thanks", quoted="www.acme.test")) == Signature()


@given(st.text(alphabet="a.@w+0( )-:/telх电话\n", max_size=300))
def test_any_text_is_read(signed: str) -> None:
    found = read_signature(Text(signature=signed))
    assert all(one.isdigit() and 7 <= len(one) <= 15 for one in found.phones)
    assert all("." in one and not one.startswith("www.") for one in found.hosts)


@pytest.mark.parametrize("piece", ["a.", "@a.b.c.", "+1", "tel: 1 ", "www.a-", "+1 (", "\n"])
def test_a_long_text_is_quick(piece: str) -> None:
    began = time.process_time()
    read_signature(Text(signature=(piece * MAX_SAID)[:MAX_SAID], said=(piece * MAX_SAID)[:MAX_SAID]))
    assert time.process_time() - began < 0.1
