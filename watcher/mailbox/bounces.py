"""What a delivery report says: RFC 3464 where a mail system keeps to it, flufl.bounce where not.

Systems that write neither (QQ, NetEase and other Chinese ones) are read by their own words.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from email.message import Message

from flufl.bounce import all_failures

from watcher.domain.reports import Action, DeliveryReport
from watcher.mailbox.addresses import read_addresses
from watcher.mailbox.bodies import read_structure
from watcher.mailbox.charsets import decode
from watcher.mailbox.headers import read_envelope

_Finding = tuple[Action, str, tuple[str, ...]]  # action, status, addresses

_STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
_MAX_DETECTED = 64 * 1024  # octets: the detectors try fifty patterns on every line
_MAX_TEXT = 32 * 1024  # octets of one part that are searched for words
_MAX_RECIPIENTS = 200

# The worst first: a report on several recipients is as bad as its worst news.
_SEVERITY: tuple[Action, ...] = ("failed", "delayed", "expanded", "relayed", "delivered")
_BY_STATUS_CLASS: dict[str, Action] = {"5": "failed", "4": "delayed", "2": "delivered"}
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_QUOTED_ID = re.compile(rb"^[>\s|*]{0,8}message-id:\s{0,80}(<[^<>\s]{1,990}>)", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(r"[\w.+=-]{1,64}@[\w.-]{1,255}")

_RETURNED_WORDS = ("退信", "无法送达", "無法送達", "被退回", "投递失败", "投遞失敗", "发送失败")
_RECIPIENT_WORDS = ("收件人", "收信人", "收件者")

logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)  # it logs each of its detectors


def read_report(source: bytes) -> DeliveryReport | None:
    """Read a whole message as a delivery report; None where it is none or nothing can be read of it."""
    try:
        message = read_structure(source)
    except ValueError:
        return None
    parts = list(_own_parts(message))
    found = _rfc3464(parts) or _by_detectors(message, source) or _by_words(parts)
    if found is None:
        return None
    action, status, failed = found
    return DeliveryReport(action, status, failed, _returned_id(message, parts))


def _own_parts(message: Message) -> Iterator[Message]:
    """The parts of a message, without those of the messages attached to it: they speak for themselves."""
    waiting: list[Message] = [message]
    while waiting:
        part = waiting.pop(0)
        yield part
        if part.get_content_maintype() == "multipart":
            waiting += _inner(part)


def _inner(part: Message) -> list[Message]:
    """What the parser made messages of: parts, an attached message, the blocks of a status report."""
    payload: object = part.get_payload()
    return [inner for inner in payload if isinstance(inner, Message)] if isinstance(payload, list) else []


def _rfc3464(parts: Sequence[Message]) -> _Finding | None:
    reports = [part for part in parts if part.get_content_type() in _STATUS_TYPES]
    blocks = [block for report in reports for block in _inner(report)][: _MAX_RECIPIENTS + 1]
    known = [(action, block) for block in blocks if (action := _action(block))]
    if not known:
        return None
    worst = min((action for action, _ in known), key=_SEVERITY.index)
    about = [block for action, block in known if action == worst]
    addresses = tuple(dict.fromkeys(filter(None, map(_recipient, about))))
    return worst, next(filter(None, map(_status, about)), ""), addresses


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


def _by_detectors(message: Message, source: bytes) -> _Finding | None:
    if any(part.get_content_type() in _STATUS_TYPES for part in message.walk()):
        return None  # in an attached message: somebody forwards a report
    try:
        temporary, permanent = all_failures(read_structure(source[:_MAX_DETECTED]))
    except Exception:  # noqa: BLE001 - two dozen heuristics over hostile text (DESIGN 5.5)
        return None
    if not permanent and not temporary:
        return None
    found = sorted(address.decode("utf-8", "replace").lower() for address in permanent or temporary)
    return ("failed" if permanent else "delayed"), "", tuple(found[:_MAX_RECIPIENTS])


def _by_words(parts: Sequence[Message]) -> _Finding | None:
    lines = [line for part in parts for line in _text(part).splitlines()]
    if not any(word in line for line in lines for word in _RETURNED_WORDS):
        return None
    named = [line for line in lines if any(word in line for word in _RECIPIENT_WORDS)]
    found = [address.lower().rstrip(".") for line in named for address in _ADDRESS.findall(line[:1000])]
    status = next(filter(None, (_STATUS.search(line[:1000]) for line in lines)), None)
    return ("failed", status[1] if status else "", tuple(dict.fromkeys(found))) if found else None


def _text(part: Message) -> str:
    if part.get_content_maintype() != "text":
        return ""
    payload = part.get_payload(decode=True)
    octets = payload[:_MAX_TEXT] if isinstance(payload, bytes) else b""
    text = decode(octets, part.get_content_charset("utf-8"))
    return re.sub(r"<[^<>]{0,500}>", "\n", text) if part.get_content_subtype() == "html" else text


def _returned_id(message: Message, parts: Sequence[Message]) -> str:
    """The Message-ID of what came back: attached, quoted as text, or in what the report answers."""
    candidates = (*map(_attached_id, parts), *map(_quoted_id, parts), _answered_id(message))
    return next(filter(None, candidates), "")


def _attached_id(part: Message) -> str:
    kind = part.get_content_type()
    if kind in ("message/rfc822", "message/global"):
        return next((_id_in(_field_line(inner, "message-id")) for inner in _inner(part)), "")
    if "rfc822-header" in kind or kind == "message/global-headers":
        return _id_in(_octets(part))
    return ""


def _id_in(block: bytes) -> str:
    try:
        return read_envelope(block).message_id
    except ValueError:
        return ""


def _octets(part: Message) -> bytes:
    for inner in _inner(part):  # a header block of a message/* type was parsed as a message
        return b"\n".join(f"{name}: {value}".encode("utf-8", "replace") for name, value in inner.items())
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _quoted_id(part: Message) -> str:
    if part.is_multipart() or part.get_content_maintype() == "multipart":
        return ""
    found = _QUOTED_ID.search(_octets(part)[:_MAX_TEXT])
    return _id_in(b"Message-ID: " + found[1]) if found else ""


def _answered_id(message: Message) -> str:
    """Exchange and Gmail point at the returned message by In-Reply-To or References."""
    return _id_in(_field_line(message, "in-reply-to")) or _id_in(_field_line(message, "references"))


def _field_line(message: Message, name: str) -> bytes:
    """One field, written as the Message-ID that it holds."""
    return b"Message-ID: " + str(message.get(name, "")).encode("utf-8", "replace")
