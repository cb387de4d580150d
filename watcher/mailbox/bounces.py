"""What a delivery report says: RFC 3464 where a mail system keeps to it, flufl.bounce where not.

What neither reads (QQ, NetEase, Exchange in other languages, old gateways) is read by its words.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from email.message import Message

from flufl.bounce import all_failures

from watcher.domain.reports import Action, DeliveryReport
from watcher.mailbox.addresses import read_addresses
from watcher.mailbox.bodies import read_structure
from watcher.mailbox.bounce_words import GLUED, Finding, read_words
from watcher.mailbox.parts import inner, own_parts
from watcher.mailbox.returned_ids import returned_id

_STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
_MAX_DETECTED, _MAX_LINES = 64 * 1024, 2_000  # octets; lines: the detectors try fifty patterns on each
_MAX_RECIPIENTS = 200


# The worst first: a report on several recipients is as bad as its worst news.
_SEVERITY: tuple[Action, ...] = ("failed", "delayed", "expanded", "relayed", "delivered")
_BY_STATUS_CLASS: dict[str, Action] = {"5": "failed", "4": "delayed", "2": "delivered"}
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")

logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)  # it logs each of its detectors


def read_report(source: bytes) -> DeliveryReport | None:
    """Read a whole message as a delivery report; None where it is none or nothing can be read of it.

    In plain words nearly anything looks like one: ask only where the headers give a reason.
    """
    try:
        message = read_structure(source)
    except ValueError:
        return None
    return report_of(message, source)


def report_of(message: Message, source: bytes) -> DeliveryReport | None:
    """The same of a message that was parsed already from these octets."""
    parts = list(own_parts(message))
    found = _rfc3464(parts) or _by_text(message, parts, source)
    if found is not None:
        failed = found.addresses or _named_in_header(message) or _addressee(parts)
        returned = returned_id(message, parts)
        return DeliveryReport(found.action, found.status, failed[:_MAX_RECIPIENTS], returned)
    wrapped = _wrapped(message, parts)
    return report_of(wrapped, wrapped.as_bytes()) if wrapped is not None else None


def _by_text(message: Message, parts: Sequence[Message], source: bytes) -> Finding | None:
    """The detectors know more forms and their addresses; our words know better whether it only waits."""
    if _of_somebody_else(message, parts):
        return None
    detected = _by_detectors(source)
    told = read_words(parts, _ours(message))
    if detected is None or told is None:
        return told or detected
    action = told.action if told.sure else detected.action
    return Finding(action, told.status, detected.addresses)


def _ours(message: Message) -> frozenset[str]:
    raw = str(message.get("to", ""))[:2_000].encode("utf-8", "replace")
    return frozenset(one.address for one in read_addresses(raw))


def _of_somebody_else(message: Message, parts: Sequence[Message]) -> bool:
    """Whether its only status part lies in an attached message: somebody forwards a report."""
    held = any(part.get_content_type() in _STATUS_TYPES for part in message.walk())
    return held and not any(part.get_content_type() in _STATUS_TYPES for part in parts)


def _wrapped(message: Message, parts: Sequence[Message]) -> Message | None:
    """The report that a gateway wrapped up under its own subject. A person who forwards one adds "Fwd:"."""
    attached = [one for part in parts if part.get_content_type() == "message/rfc822" for one in inner(part)]
    reports = (one for one in attached if one.get_content_type() == "multipart/report")
    subject = message.get("subject")
    return next((one for one in reports if subject and one.get("subject") == subject), None)


def _named_in_header(message: Message) -> tuple[str, ...]:
    """Exim and Gmail name who failed in the header too."""
    raw = str(message.get("x-failed-recipients", ""))[:4_000].encode("utf-8", "replace")
    return tuple(one.address for one in read_addresses(raw))


def _addressee(parts: Sequence[Message]) -> tuple[str, ...]:
    """To whom the returned message went, where it went to one alone."""
    returned = [one for part in parts if part.get_content_type() == "message/rfc822" for one in inner(part)]
    raw = str(returned[0].get("to", ""))[:2_000].encode("utf-8", "replace") if returned else b""
    addresses = read_addresses(raw)
    return (addresses[0].address,) if len(addresses) == 1 else ()


def _rfc3464(parts: Sequence[Message]) -> Finding | None:
    reports = [part for part in parts if part.get_content_type() in _STATUS_TYPES]
    blocks = [block for report in reports for block in inner(report)][: _MAX_RECIPIENTS + 1]
    known = [(action, block) for block in blocks if (action := _action(block))]
    if not known:
        return None
    worst = min((action for action, _ in known), key=_SEVERITY.index)
    about = [block for action, block in known if action == worst]
    addresses = tuple(dict.fromkeys(filter(None, map(_recipient, about))))
    return Finding(worst, next(filter(None, map(_status, about)), ""), addresses)


def _field(block: Message, name: str) -> str:
    return " ".join(str(block.get(name, ""))[:1000].split())


def _action(block: Message) -> Action | None:
    """RFC 3464 2.3.3; some add a comment, OpenSMTPD says "error", some name no action but a status."""
    said = _field(block, "action").lower()
    if said.startswith(("fail", "error")):
        return "failed"
    named = (action for action in _SEVERITY if said.startswith(action))
    return next(named, _BY_STATUS_CLASS.get(_status(block)[:1]))


def _status(block: Message) -> str:
    for name in ("status", "diagnostic-code"):
        if found := _STATUS.search(_field(block, name)):
            return found[1]
    return ""


def _recipient(block: Message) -> str:
    """The address the sender wrote to, where the report still knows it."""
    for name in ("original-recipient", "final-recipient"):
        value = _field(block, name).rpartition(";")[2]
        if addresses := read_addresses(value.encode("utf-8", "replace")):
            return addresses[0].address
    return ""


def _by_detectors(source: bytes) -> Finding | None:
    try:
        top = b"\n".join(source[:_MAX_DETECTED].split(b"\n", _MAX_LINES)[:_MAX_LINES])
        temporary, permanent = all_failures(read_structure(top))
    except Exception:  # noqa: BLE001 - two dozen heuristics over hostile text (DESIGN 5.5)
        return None
    if not permanent and not temporary:
        return None
    named = (address.decode("utf-8", "replace").lower() for address in permanent or temporary)
    found = sorted({GLUED.sub("", one) for one in named})
    return Finding("failed" if permanent else "delayed", "", tuple(found[:_MAX_RECIPIENTS]))
