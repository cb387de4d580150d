"""A suspect's whole message → what kind it is: the one door through which a text changes a kind."""

from __future__ import annotations

from watcher.domain.kinds import KindVerdict
from watcher.domain.messages import Kind
from watcher.domain.reading.automatic import judged_by_text
from watcher.domain.reading.text import MAX_SAID, Text
from watcher.domain.reports import DeliveryReport
from watcher.mailbox.bodies import read_structure
from watcher.mailbox.bounces import report_of
from watcher.mailbox.headers import read_envelope
from watcher.mailbox.parts import body, own_parts

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
    except ValueError:
        return KindVerdict(verdict.kind, verdict.why), None
    parts = list(own_parts(message))
    text = text or Text(said=body(parts)[:MAX_SAID])
    report = report_of(message, source)
    inside = frozenset(part.get_content_type() for part in parts)
    found = judged_by_text(verdict, envelope, text, report, inside)
    return found, report if found.kind in _OF_REPORTS else None
