"""What mail systems write by themselves: failures and delays by family, receipts, answers to invitations.

RFC 3464 (reports), RFC 8098 (receipts), RFC 5546 (calendars); the words of each family stand in reports.toml.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from email.header import Header
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any

_BOUNDARY = "=_report"
_FAILED = ("failed", "5.1.1", "550 5.1.1 no such user here")
_DELAYED = ("delayed", "4.4.1", "451 4.4.1 connection timed out")


@dataclass(frozen=True, slots=True)
class Trouble:
    """One mail of ours that did not arrive, and what the report of it is headed by."""

    message_id: str
    at: str
    to: str
    failed: tuple[str, ...]
    returned: str
    subject: str
    delayed: bool
    head: Mapping[str, str]

    @property
    def status(self) -> tuple[str, str, str]:
        """Action, status and diagnostic (RFC 3464 2.3)."""
        return _DELAYED if self.delayed else _FAILED

    @property
    def returned_header(self) -> str:
        """The header of the mail that comes back."""
        return (
            f"From: {self.to}\nTo: {', '.join(self.failed)}\nSubject: {_encoded(self.subject)}\n"
            f"Message-ID: {self.returned}"
        )


@cache
def _families() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(Path(__file__).with_name("reports.toml").read_text("utf-8"))


def delivery_report(family: str, trouble: Trouble) -> bytes:
    """The report of that family."""
    table = _families().get(f"{family}-delay" if trouble.delayed else family) or _families()[family]
    filled = {
        "failed": trouble.failed[0],
        "reason": trouble.status[2],
        "subject": trouble.subject,
        "returned": trouble.returned_header,
    }
    words = table["said"].strip("\n").format(**filled)
    late = "Delivery delayed: {subject}" if trouble.delayed and "mta" in table else table["subject"]
    head = {
        "Return-Path": "<>",
        "From": table["sender"],
        "To": trouble.to,
        "Subject": _encoded(late.format(**filled)),
        "Date": trouble.at,
        "Message-ID": trouble.message_id,
        "MIME-Version": "1.0",
        **{name: value.format(**filled) for name, value in table.get("head", {}).items()},
        **trouble.head,
    }
    if "mta" not in table:
        kind = {"Content-Type": "text/plain; charset=utf-8", "Content-Transfer-Encoding": "8bit"}
        return _octets({**head, **kind}, f"{words}\n")
    blocks = f"Reporting-MTA: dns; {table['mta']}\n\n" + "\n".join(_blocks(trouble))
    parts = (
        ("text/plain; charset=utf-8", words),
        ("message/delivery-status", blocks),
        (table["returns"], f"{trouble.returned_header}\n"),
    )
    return _report("delivery-status", head, parts)


def _blocks(trouble: Trouble) -> list[str]:
    action, status, diagnostic = trouble.status
    return [
        f"Final-Recipient: rfc822; {one}\nAction: {action}\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; {diagnostic}\n"
        for one in trouble.failed
    ]


def read_receipt(head: Mapping[str, str], reader: str, returned: str) -> bytes:
    """RFC 8098, as Outlook writes it."""
    notification = (
        f"Reporting-UA: {reader.rpartition('@')[2]}; Microsoft Outlook\nFinal-Recipient: rfc822;{reader}\n"
        f"Original-Message-ID: {returned}\nDisposition: manual-action/MDN-sent-manually; displayed\n"
    )
    parts = (
        ("text/plain; charset=utf-8", "Your message was read.\n"),
        ("message/disposition-notification", notification),
    )
    answers = {"MIME-Version": "1.0", "In-Reply-To": returned, "References": returned}
    return _report("disposition-notification", {**head, **answers}, parts)


def calendar_reply(message: EmailMessage, status: str) -> bytes:
    """RFC 5546: a REQUEST, or an answer to one (ACCEPTED, DECLINED, TENTATIVE), as a text/calendar mail."""
    method = "REQUEST" if status == "REQUEST" else "REPLY"
    event = (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nUID:118@acme.test\r\n"
        f"DTSTART:20260312T080000Z\r\nATTENDEE;PARTSTAT={status}:mailto:anna@meyer.example\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    message.set_content(event, subtype="calendar", params={"method": method})
    return message.as_bytes()


def _report(kind: str, head: Mapping[str, str], parts: tuple[tuple[str, str], ...]) -> bytes:
    """A multipart/report (RFC 6522)."""
    content = {"Content-Type": f'multipart/report; report-type={kind}; boundary="{_BOUNDARY}"'}
    body = "".join(f"--{_BOUNDARY}\nContent-Type: {of}\n\n{text}\n" for of, text in parts)
    return _octets({**head, **content}, f"{body}--{_BOUNDARY}--\n")


def _octets(head: Mapping[str, str], body: str) -> bytes:
    lines = [f"{name}: {value}" for name, value in head.items()]
    return "\r\n".join((*lines, "", *body.split("\n"))).encode()


def _encoded(subject: str) -> str:
    return subject if subject.isascii() else Header(subject, "utf-8").encode()
