"""How the mail clients of this trade write: Message-IDs, reply prefixes, quoted text, X-Mailer.

What each does is copied from the field as far as a reader of mail can tell it apart: Outlook quotes
with a block of header lines in its own language, Gmail with an attribution and "> ", Foxmail with
header lines below a rule, and phones often with nothing at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from watcher.demo.letters import Person

_PREFIX = re.compile(r"^(?:(?:re|aw|rv|fw|fwd|wg|回复|答复|转发)\s*[:：]\s*)+", re.IGNORECASE)
_OUTLOOK_LABELS: Mapping[str, tuple[str, str, str, str]] = MappingProxyType(
    {
        "en": ("From", "Sent", "To", "Subject"),
        "de": ("Von", "Gesendet", "An", "Betreff"),
        "es": ("De", "Enviado el", "Para", "Asunto"),
    }
)


@dataclass(frozen=True, slots=True)
class Quoted:
    """The mail that is answered, as the quote shows it; `sent` is on the answering author's clock."""

    author: Person
    to: Person
    sent: datetime
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class MailClient:
    """One client. `message_id` takes a digest of 32 hex digits, the time and the author."""

    message_id: Callable[[str, datetime, Person], str]
    quote: Callable[[Quoted, str], str]
    mailer: tuple[str, str] | None = None
    html: bool = False
    prefixes: Mapping[str, str] = field(default_factory=dict)

    def reply_subject(self, subject: str, language: str) -> str:
        """The subject of an answer: this client's prefix, once."""
        return self.prefixes.get(language, "Re: ") + bare_subject(subject)


def bare_subject(subject: str) -> str:
    """A subject without reply and forward prefixes."""
    return _PREFIX.sub("", subject)


def _indent(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _quote_outlook(quoted: Quoted, language: str) -> str:
    sender, sent, to, subject = _OUTLOOK_LABELS.get(language, _OUTLOOK_LABELS["en"])
    return (
        f"________________________________\n{sender}: {quoted.author.name} <{quoted.author.address}>\n"
        f"{sent}: {quoted.sent:%d.%m.%Y %H:%M}\n{to}: {quoted.to.name} <{quoted.to.address}>\n"
        f"{subject}: {quoted.subject}\n\n{quoted.text}"
    )


def _quote_gmail(quoted: Quoted, language: str) -> str:
    author, sent = quoted.author, quoted.sent
    line = f"On {sent:%a, %b %d, %Y at %H:%M} {author.name} <{author.address}> wrote:"
    if language == "es":
        line = f"El {sent:%d/%m/%Y} a las {sent:%H:%M}, {author.name} (<{author.address}>) escribió:"
    return f"{line}\n\n{_indent(quoted.text)}"


def _quote_foxmail(quoted: Quoted, language: str) -> str:
    labels = (
        ("发件人", "发送时间", "收件人", "主题") if language == "zh" else ("From", "Date", "To", "Subject")
    )
    colon = "： " if language == "zh" else ": "
    values = (
        f"{quoted.author.name} <{quoted.author.address}>",
        f"{quoted.sent:%Y-%m-%d %H:%M}",
        quoted.to.address,
        quoted.subject,
    )
    head = "\n".join(label + colon + value for label, value in zip(labels, values, strict=True))
    return f"\n{head}\n\n{quoted.text}"


def _quote_thunderbird(quoted: Quoted, language: str) -> str:
    line = f"On {quoted.sent:%d/%m/%Y %H:%M}, {quoted.author.name} wrote:"
    if language == "de":
        line = f"Am {quoted.sent:%d.%m.%Y} um {quoted.sent:%H:%M} schrieb {quoted.author.name}:"
    return f"{line}\n{_indent(quoted.text)}"


def _quote_nothing(_quoted: Quoted, _language: str) -> str:
    return ""


def _outlook_id(digest: str, _sent: datetime, _author: Person) -> str:
    host = f"{digest[:2]}0PR04MB{int(digest[2:6], 16) % 9000 + 1000}".upper()
    return f"<{host}{digest[6:24].upper()}@{host}.eurprd04.prod.outlook.example>"


def _gmail_id(digest: str, _sent: datetime, _author: Person) -> str:
    return f"<CA+{digest[:12]}={digest[12:24]}_{digest[24:32]}@mail.gmail.example>"


def _foxmail_id(digest: str, sent: datetime, author: Person) -> str:
    return f"<{sent:%Y%m%d%H%M%S}{int(digest[:6], 16):08d}@{author.domain}>"


def _uuid_id(digest: str, _sent: datetime, author: Person) -> str:
    parts = (digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32])
    return f"<{'-'.join(parts)}@{author.domain}>"


def _server_id(digest: str, sent: datetime, author: Person) -> str:
    return f"<{sent:%Y%m%d%H%M%S}.{digest[:10].upper()}@{author.domain}>"


CLIENTS: Mapping[str, MailClient] = MappingProxyType(
    {
        "outlook": MailClient(
            _outlook_id, _quote_outlook, None, html=True, prefixes={"en": "RE: ", "de": "AW: ", "es": "RE: "}
        ),
        "gmail": MailClient(_gmail_id, _quote_gmail, html=True),
        "foxmail": MailClient(
            _foxmail_id, _quote_foxmail, ("X-Mailer", "Foxmail 7.2.25.254[cn]"), prefixes={"zh": "回复: "}
        ),
        "thunderbird": MailClient(
            _uuid_id, _quote_thunderbird, ("User-Agent", "Mozilla Thunderbird"), prefixes={"de": "AW: "}
        ),
        "phone": MailClient(_uuid_id, _quote_nothing, ("X-Mailer", "iPhone Mail (21F90)")),
        "server": MailClient(_server_id, _quote_nothing),
    }
)
