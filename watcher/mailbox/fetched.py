"""What one FETCH answer says of a message, as imapclient hands it out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from watcher.domain.messages import Envelope
from watcher.mailbox.headers import read_envelope
from watcher.mailbox.protocol import FetchedHeader

Answer = Mapping[bytes, Any]
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def read_fetched(uid: int, answer: Answer) -> FetchedHeader:
    """One message's header; `broken` where it cannot be read. Never raises."""
    received = internal_date(answer)
    block = body(answer, b"BODY[HEADER")
    if block is None:
        return FetchedHeader(uid, received, None, broken="the server has no header for it")
    try:
        # Fields were asked for by name: an empty block is a message that has none of them.
        envelope = read_envelope(block) if block.strip() else Envelope()
    except Exception as error:  # noqa: BLE001 - one bad message costs one message (DESIGN 5.5)
        return FetchedHeader(uid, received, None, broken=f"its header cannot be read: {type(error).__name__}")
    return FetchedHeader(uid, received, envelope, server_thread=_server_thread(answer))


def body(answer: Answer, section: bytes) -> bytes | None:
    """The octets of the first item whose name starts with `section`; None where it is missing or NIL."""
    value = next((value for key, value in answer.items() if key.startswith(section)), None)
    return str(value).encode() if isinstance(value, int) else value  # imapclient reads "42" as a number


def internal_date(answer: Answer) -> datetime:
    """INTERNALDATE, aware and UTC; 1970-01-01 where it is illegible."""
    received = answer.get(b"INTERNALDATE")
    try:
        return received.astimezone(UTC) if isinstance(received, datetime) else _NEVER
    except OverflowError:
        return _NEVER


def _server_thread(answer: Answer) -> str:
    thread = answer.get(b"X-GM-THRID") or answer.get(b"THREADID")
    if isinstance(thread, tuple):  # RFC 8474 5.2: THREADID (id)
        thread = thread[0] if thread else None
    if isinstance(thread, bytes):
        return thread.decode("ascii", "replace")
    return "" if thread is None else str(thread)
