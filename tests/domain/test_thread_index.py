"""Outlook's Thread-Index (MS-OXOMSG 2.2.1.3): the GUID in it, and nothing from what is no such header."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.domain.thread_index import read_thread_index

GUID = bytes(range(16, 32))
HEAD = b"\x01\x01\xdc\x8e\x5f\x20" + GUID
ANSWER = b"\x00\x01\x02\x03\x04"  # what each answer puts behind it


def header(octets: bytes) -> str:
    return b64encode(octets).decode()


@pytest.mark.parametrize(
    ("value", "guid"),
    [
        pytest.param(header(HEAD), GUID.hex(), id="the first mail"),
        pytest.param(header(HEAD + ANSWER), GUID.hex(), id="an answer"),
        pytest.param(header(HEAD + ANSWER * 40), GUID.hex(), id="the fortieth"),
        pytest.param(header(HEAD)[:20] + "\r\n " + header(HEAD)[20:], GUID.hex(), id="folded"),
        pytest.param(header(HEAD).rstrip("="), GUID.hex(), id="padding lost"),
        pytest.param(header(HEAD[:21]), "", id="an octet short"),
        pytest.param(header(HEAD[:6] + bytes(16)), "", id="no GUID in it"),
        pytest.param("", "", id="none"),
        pytest.param("not base64, says the sender ünd more", "", id="words"),
        pytest.param("A" * 33 + "!", "", id="one odd letter"),
        pytest.param(header(HEAD) + header(HEAD), "", id="padding inside"),
    ],
)
def test_the_conversation_in_a_header(value: str, guid: str) -> None:
    assert read_thread_index(value) == guid


@given(st.binary(max_size=400), st.text(max_size=300))
def test_any_value_is_read(octets: bytes, text: str) -> None:
    for value in (header(octets), text):
        assert len(read_thread_index(value)) in (0, 32)
