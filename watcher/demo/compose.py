"""Writes a letter as the bytes a mail server would hold (RFC 5322, MIME), CRLF line ends.

By hand, not through `email.message`: the demo wants the flaws of real mail, such as GBK text that
claims to be gb2312 or subjects in raw 8-bit bytes, and the standard library would mend them.
"""

from __future__ import annotations

import base64
import hashlib
import quopri
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape

from watcher.demo.clients import CLIENTS, Quoted
from watcher.demo.letters import Letter, Person

_CRLF = "\r\n"


@dataclass(frozen=True, slots=True)
class Mail:
    """A letter that was written. `sent` is on the author's clock; `text` has the quoted text below."""

    letter: Letter
    sent: datetime
    subject: str
    message_id: str
    references: tuple[str, ...]
    text: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class _Part:
    content_type: str
    body: bytes
    encoding: str = "7bit"
    disposition: str = ""

    def lines(self) -> list[tuple[str, str]]:
        fields = [("Content-Type", self.content_type), ("Content-Transfer-Encoding", self.encoding)]
        return [*fields, ("Content-Disposition", self.disposition)] if self.disposition else fields


def write(letter: Letter, sent: datetime, subject: str, parent: Mail | None) -> Mail:
    """Write one letter. `parent` is the mail it answers, None for the first of a thread."""
    answered = None if letter.has("fresh") else parent
    client = CLIENTS[letter.author.client]
    if "subject" in letter.options:
        subject = letter.options["subject"]
    elif answered is not None:
        subject = client.reply_subject(answered.subject, letter.author.language)
    digest = hashlib.sha256(f"{letter.author.address} {sent.isoformat()} {subject}".encode()).hexdigest()
    message_id = client.message_id(digest, sent, letter.author)
    text = _text(letter, sent, answered)
    body = _body(letter, text, parent, digest)
    references = () if answered is None else (*answered.references, answered.message_id)
    fields = _fields(letter, sent, subject, message_id, references)
    head = _head(letter, [*fields, *body.lines()])
    return Mail(letter, sent, subject, message_id, references, text, head + b"\r\n" + body.body)


def _text(letter: Letter, sent: datetime, answered: Mail | None) -> str:
    own = f"{letter.text}\n\n{letter.author.sign}" if letter.author.sign else letter.text
    if answered is None or letter.has("plain") or letter.has("kind"):
        return own
    author, to = answered.letter.author, answered.letter.to[0]
    quoted = Quoted(author, to, answered.sent.astimezone(sent.tzinfo), answered.subject, answered.text)
    quote = CLIENTS[letter.author.client].quote(quoted, letter.author.language)
    return f"{own}\n\n{quote}".rstrip()


def _fields(
    letter: Letter, sent: datetime, subject: str, message_id: str, references: Sequence[str]
) -> list[tuple[str, str]]:
    given = {name.lower() for name, _ in letter.fields}
    fields = [
        *_trace(letter, sent),
        ("Date", format_datetime(sent)),
        ("From", _addresses([letter.author], letter)),
        ("To", _addresses(letter.to, letter)),
        ("Cc", _addresses(letter.cc, letter)),
        ("Bcc", _addresses(letter.bcc, letter)),
        ("Subject", _words(subject, letter)),
        ("Message-ID", message_id),
        ("In-Reply-To", references[-1] if references else ""),
        ("References", f"{_CRLF} ".join(references)),
        CLIENTS[letter.author.client].mailer or ("", ""),
        *((name, _value(value, letter)) for name, value in letter.fields),
        ("MIME-Version", "1.0"),
    ]
    own = len(fields) - 1 - len(letter.fields)
    kept = [field for index, field in enumerate(fields) if index >= own or field[0].lower() not in given]
    return [(name, value) for name, value in kept if value]


def _trace(letter: Letter, sent: datetime) -> list[tuple[str, str]]:
    """What the receiving server writes on top; our own Sent copies have none."""
    if letter.author.client != "server" and letter.author.domain == letter.to[0].domain:
        return []
    back = "" if letter.has("kind") and letter.author.client == "server" else letter.author.address
    by = f"from mail.{letter.author.domain} by mx.{letter.to[0].domain} with ESMTPS"
    return [("Return-Path", f"<{back}>"), ("Received", f"{by};{_CRLF}\t{format_datetime(sent)}")]


def _head(letter: Letter, fields: Iterable[tuple[str, str]]) -> bytes:
    # Only `raw` letters have anything but ASCII left here.
    charset = letter.options.get("charset", "utf-8") if letter.has("raw") else "ascii"
    return "".join(f"{name}: {value}{_CRLF}" for name, value in fields).encode(charset)


def _addresses(people: Iterable[Person], letter: Letter) -> str:
    return f",{_CRLF}\t".join(f"{_phrase(person.name, letter)} <{person.address}>" for person in people)


def _phrase(name: str, letter: Letter) -> str:
    return f'"{name}"' if name.isascii() or letter.has("raw") else _words(name, letter)


def _value(value: str, letter: Letter) -> str:
    """A field as `letters.toml` writes it; where it ends in an address, that stays as it is."""
    phrase, bracket, address = value.rpartition(" <")
    return _words(phrase, letter) + bracket + address if bracket else _words(value, letter)


def _words(value: str, letter: Letter) -> str:
    """Encoded words (RFC 2047), none longer than 75."""
    if value.isascii() or letter.has("raw"):
        return value
    charset = _charset(letter, value)
    label = letter.options.get("label", charset)
    words = (base64.b64encode(chunk).decode() for chunk in _chunks(value, charset))
    return f"{_CRLF} ".join(f"=?{label}?B?{word}?=" for word in words)


def _chunks(value: str, charset: str, size: int = 39) -> Iterator[bytes]:
    """`value` in pieces of at most `size` octets that part no character."""
    chunk = b""
    for octets in (character.encode(charset) for character in value):
        if len(chunk) + len(octets) > size:
            yield chunk
            chunk = b""
        chunk += octets
    yield chunk


def _charset(letter: Letter, text: str) -> str:
    return "us-ascii" if text.isascii() else letter.options.get("charset", "utf-8")


def _body(letter: Letter, text: str, parent: Mail | None, digest: str) -> _Part:
    boundary = f"----=_Part_{digest[:16]}"
    match letter.options.get("kind"):
        case "bounce" if parent is not None:
            return _bounce(letter, text, parent, boundary)
        case "receipt" if parent is not None:
            return _receipt(letter, text, parent, boundary)
        case "calendar":
            return _calendar(letter, text, boundary)
    part = _readable(letter, text, boundary)
    if "attach" in letter.options:
        return _multipart("mixed", [part, _attachment(letter.options["attach"])], f"{boundary}_mixed")
    return part


def _readable(letter: Letter, text: str, boundary: str) -> _Part:
    plain = _text_part(letter, text, "plain")
    if not CLIENTS[letter.author.client].html:
        return plain
    rows = "<br>\n".join(escape(line) for line in text.splitlines())
    page = _text_part(letter, f"<html><body><div>{rows}</div></body></html>", "html")
    return _multipart("alternative", [plain, page], boundary)


def _text_part(letter: Letter, text: str, subtype: str) -> _Part:
    charset = _charset(letter, text)
    kind = f'text/{subtype}; charset="{letter.options.get("label", charset)}"'
    raw = text.replace("\n", _CRLF).encode(charset) + b"\r\n"
    if text.isascii() and max(map(len, text.splitlines()), default=0) < 900:
        return _Part(kind, raw)
    if letter.author.language == "zh":
        return _Part(kind, base64.encodebytes(raw).replace(b"\n", b"\r\n"), "base64")
    quoted = quopri.encodestring(raw.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    return _Part(kind, quoted, "quoted-printable")


def _attachment(name: str) -> _Part:
    page = f"%PDF-1.4\n% {name}\n%%EOF\n".encode()
    body = base64.encodebytes(page).replace(b"\n", b"\r\n")
    return _Part(f'application/pdf; name="{name}"', body, "base64", f'attachment; filename="{name}"')


def _multipart(subtype: str, parts: Iterable[_Part], boundary: str, parameter: str = "") -> _Part:
    body = b""
    for part in parts:
        head = "".join(f"{name}: {value}{_CRLF}" for name, value in part.lines())
        body += f"--{boundary}{_CRLF}{head}{_CRLF}".encode() + part.body + b"\r\n"
    body += f"--{boundary}--{_CRLF}".encode()
    return _Part(f'multipart/{subtype};{parameter}{_CRLF}\tboundary="{boundary}"', body)


def _bounce(letter: Letter, text: str, parent: Mail, boundary: str) -> _Part:
    """A permanent failure as Postfix reports it (RFC 3464), with the whole message returned."""
    lost = parent.letter.to[0]
    status = (
        f"Reporting-MTA: dns; mx.{letter.to[0].domain}\r\n\r\n"
        f"Final-Recipient: rfc822; {lost.address}\r\nOriginal-Recipient: rfc822;{lost.address}\r\n"
        f"Action: failed\r\nStatus: 5.1.1\r\nRemote-MTA: dns; mail.{lost.domain}\r\n"
        f"Diagnostic-Code: smtp; 550 5.1.1 <{lost.address}>: Recipient address rejected: User unknown\r\n"
    )
    parts = [
        _text_part(letter, text, "plain"),
        _Part("message/delivery-status", status.encode()),
        _Part("message/rfc822", parent.raw),
    ]
    return _multipart("report", parts, boundary, " report-type=delivery-status;")


def _receipt(letter: Letter, text: str, parent: Mail, boundary: str) -> _Part:
    """A read receipt (RFC 8098)."""
    reader = letter.author.address
    note = (
        f"Final-Recipient: rfc822;{reader}\r\nOriginal-Message-ID: {parent.message_id}\r\n"
        "Disposition: manual-action/MDN-sent-manually; displayed\r\n"
    )
    parts = [_text_part(letter, text, "plain"), _Part("message/disposition-notification", note.encode())]
    return _multipart("report", parts, boundary, " report-type=disposition-notification;")


def _calendar(letter: Letter, text: str, boundary: str) -> _Part:
    """The answer to an invitation (RFC 5546, METHOD:REPLY)."""
    event = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Calendar//EN\r\nMETHOD:REPLY\r\n"
        f"BEGIN:VEVENT\r\nUID:{boundary[-16:]}@{letter.to[0].domain}\r\n"
        f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{letter.author.address}\r\n"
        f"ORGANIZER:mailto:{letter.to[0].address}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    answer = _Part('text/calendar; charset="utf-8"; method=REPLY', event.encode())
    return _multipart("alternative", [_text_part(letter, text, "plain"), answer], boundary)
