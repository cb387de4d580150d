"""A suspect's whole message → what kind it is: the one door through which a text changes a kind."""

from __future__ import annotations

from dataclasses import replace

from watcher.domain.kinds import KindVerdict
from watcher.domain.messages import Kind
from watcher.domain.reading.automatic import judged_by_text
from watcher.domain.reading.text import Text
from watcher.domain.reports import DeliveryReport
from watcher.mailbox.bodies import read_structure
from watcher.mailbox.bounces import report_of
from watcher.mailbox.headers import read_envelope
from watcher.mailbox.parts import own_parts
from watcher.mailbox.texts import read_text

_OF_REPORTS = (Kind.BOUNCE, Kind.DELAY, Kind.RECEIPT)


def read_suspect(
    source: bytes, verdict: KindVerdict, text: Text | None = None
) -> tuple[KindVerdict, DeliveryReport | None]:
    """Judge a message by its text: (the kind it has now, what it says as a delivery report if it is one).

    `source` is the message or as much of it as was fetched, `verdict` what its headers said, `text` its text
    where that was read already. A person's mail may be asked about too: words of three sorts show a machine's
    that no header gave away. What cannot be read stays what it was. Never raises.
    """
    try:
        message, envelope = read_structure(source), read_envelope(source)
        text = text or read_text(source)
    except ValueError:
        return replace(verdict, suspect=False), None
    report = report_of(message, source)
    inside = frozenset(part.get_content_type() for part in own_parts(message))
    found = judged_by_text(verdict, envelope, text, report, inside)
    return found, report if found.kind in _OF_REPORTS else None
