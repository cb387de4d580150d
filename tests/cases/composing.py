"""Mails of a case as octets: header, text, quote, attachments, as the programs of both sides write them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape

from tests.cases.loading import Case, Mail
from tests.cases.people import WEI, Language, Person, languages
from tests.cases.reports import Trouble, calendar_reply, delivery_report, read_receipt
from tests.cases.times import moment
from watcher.domain.subjects import read_subject

SUBJECT = "Quotation 2026-118 for pumps"
_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "ics": "text/calendar",
    "zip": "application/zip",
}


class Composer:
    """Composes the mails of one case, in the order in which they were written."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._before: list[Mail] = []
        self._texts: dict[str, str] = {}  # of each mail, with what it quotes
        self._subjects: dict[str, str] = {}
        self._references: dict[str, tuple[str, ...]] = {}

    def compose(self, mail: Mail) -> bytes:
        """One mail; the ones before it are known by then."""
        source = self._reported(mail) or self._written(mail)
        self._before.append(mail)
        return source

    def id(self, name: str) -> str:
        """The Message-ID of a mail of the case."""
        if name.startswith("<"):
            return name
        mail = self._case.mail(name)
        host = "mta.example" if mail.what in ("bounce", "delay") else self.sender(mail).domain
        return f"<{mail.id}@{host}>"

    def sender(self, mail: Mail) -> Person:
        """Who wrote it."""
        return self._case.who(mail.sender or ("wei" if mail.ours else "anna"))

    def recipients(self, mail: Mail) -> tuple[str, ...]:
        """To."""
        return mail.to or (("anna",) if mail.ours else ("wei",))

    # ── what people write ──

    def _written(self, mail: Mail) -> bytes:
        parent = self._parent(mail)
        subject = self._subject(mail, parent)
        message = EmailMessage(SMTP)
        self._address(message, mail)
        message["Subject"] = subject
        self._refer(message, mail, parent)
        for name, value in self._head(mail).items():
            message[name] = value
        text = "\n".join(filter(None, (self._signed(mail), self._below(mail, parent))))
        self._texts[mail.id], self._subjects[mail.id] = text, subject
        if mail.what == "calendar":
            return calendar_reply(message, mail.text)
        _fill(message, mail, text)
        return message.as_bytes()

    def _address(self, message: EmailMessage, mail: Mail) -> None:
        message["Message-ID"] = self.id(mail.id)
        date = _date(mail, self.sender(mail))
        if date:
            message["Date"] = date
        message["From"] = self.sender(mail).header
        for name, people in (("To", self.recipients(mail)), ("Cc", mail.cc), ("Bcc", mail.bcc)):
            if people and people != ("none",):
                message[name] = ", ".join(self._case.who(one).header for one in people)
        if mail.reply_to:
            message["Reply-To"] = self._case.who(mail.reply_to).header

    def _refer(self, message: EmailMessage, mail: Mail, parent: str) -> None:
        if not parent or mail.bare:
            return
        chain = (*self._references.get(parent, ()), self.id(parent))
        self._references[mail.id] = chain
        if not mail.fw:
            message["In-Reply-To"] = chain[-1]
        message["References"] = " ".join(chain)

    def _parent(self, mail: Mail) -> str:
        """The name (or bracketed id) of the mail it answers, "" for none."""
        if mail.fw or mail.re:
            return mail.fw or ("" if mail.re == "new" else mail.re)
        return next((one.id for one in reversed(self._before) if one.written), "")

    def _subject(self, mail: Mail, parent: str) -> str:
        if mail.subject is not None:
            return mail.subject
        base = _without_prefix(self._subjects.get(parent, SUBJECT))
        if mail.what == "auto":
            return f"{self._case.language.automatic}{base}"
        if mail.fw:
            return f"Fw: {base}"
        reply = "Re: " if mail.ours else self._language(mail).reply
        return f"{reply}{base}" if parent else base

    def _head(self, mail: Mail) -> Mapping[str, str]:
        if mail.what == "auto":
            return {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All", **mail.head}
        return mail.head

    def _language(self, mail: Mail) -> Language:
        """Of the writer: the customer's side writes its own, everybody else English."""
        customer = self.sender(mail).domain == self._case.customer.domain
        return self._case.language if customer else languages()["en"]

    def _signed(self, mail: Mail) -> str:
        if mail.sign == "none" or mail.what == "auto":
            return mail.text
        name = self.sender(mail).name or self.sender(mail).address
        close = f"{mail.text}\n\n{self._language(mail).sign_off}\n{name}"
        if mail.sign == "card":
            return f"{close}\n{_card(self.sender(mail))}"
        if mail.sign == "phone":
            return f"{mail.text}\n\nSent from my iPhone"
        return close

    def _below(self, mail: Mail, parent: str) -> str:
        """What stands below the text: what it answers, as mail programs quote it."""
        if parent not in self._texts or mail.quote == "none" or mail.what in ("auto", "calendar"):
            return ""
        if mail.fw:
            return f"\n{_forwarded(self._quoted_block(parent))}\n\n{self._texts[parent]}"
        style = mail.quote or ("outlook" if self._language(mail).reply.strip() != "Re:" else "gmail")
        return f"\n{self._quote(style, mail, parent)}"

    def _quote(self, style: str, mail: Mail, parent: str) -> str:
        asked = self._case.mail(parent)
        who, at, text = self.sender(asked), _told_at(asked, self.sender(mail)), self._texts[parent]
        language = self._language(mail)
        to = self._case.who(self.recipients(asked)[0]).address
        subject = self._subjects[parent]
        if style == "gmail":
            return f"{language.attribution(who, at)}\n{_marked(text)}"
        if style == "outlook":
            return f"________________________________\n{language.block(who, at, to, subject)}\n\n{text}"
        if style == "163":
            return f'At {at:%Y-%m-%d %H:%M:%S}, "{who.name}" <{who.address}> wrote:\n{_marked(text)}'
        if style == "foxmail":
            rows = (
                f"发件人： {who.name}",
                f"发送时间： {at:%Y-%m-%d %H:%M}",
                f"收件人： {to}",
                f"主题： {subject}",
            )
            return "\n".join((f"{who.address}", " ", *rows, "", text))
        assert style == "qq", style
        rows = (
            "------------------ 原始邮件 ------------------",
            f'发件人: "{who.name}" <{who.address}>;',
            f"发送时间: {at.year}年{at.month}月{at.day}日(星期{'一二三四五六日'[at.weekday()]}) {at:%H:%M}",
            f"收件人: {to};",
            f"主题: {subject}",
        )
        return "\n".join((*rows, "", text))

    def _quoted_block(self, parent: str) -> str:
        asked = self._case.mail(parent)
        to = self._case.who(self.recipients(asked)[0]).address
        return languages()["en"].block(self.sender(asked), _told_at(asked, WEI), to, self._subjects[parent])

    # ── what machines write ──

    def _reported(self, mail: Mail) -> bytes | None:
        if mail.what == "receipt":
            reader, returned = self.sender(mail), self.id(self._of(mail).id)
            head = {
                "From": reader.address,
                "To": WEI.address,
                "Subject": mail.subject or f"Read: {self._subjects[self._of(mail).id]}",
                "Date": format_datetime(mail.at),
                "Message-ID": self.id(mail.id),
                **mail.head,
            }
            return read_receipt(head, reader.address, returned)
        if mail.what not in ("bounce", "delay"):
            return None
        sent = self._of(mail)
        trouble = Trouble(
            message_id=self.id(mail.id),
            at=format_datetime(mail.at),
            to=WEI.address,
            failed=tuple(self._case.who(one).address for one in mail.failed or self.recipients(sent)),
            returned=self.id(sent.id),
            subject=self._subjects[sent.id],
            delayed=mail.what == "delay",
            head=mail.head,
        )
        return delivery_report(mail.text, trouble)

    def _of(self, mail: Mail) -> Mail:
        """The mail of ours that a report is about."""
        if mail.of:
            return self._case.mail(mail.of)
        return next(one for one in reversed(self._before) if one.ours)


def _without_prefix(subject: str) -> str:
    """The subject as it was first written."""
    length = len(read_subject(subject).base)
    return subject[len(subject) - length :] if length else subject


def _date(mail: Mail, who: Person) -> str:
    if mail.date == "none":
        return ""
    at = moment(mail.date) if mail.date else mail.at
    return format_datetime(at.astimezone(who.zone))


def _told_at(mail: Mail, reader: Person) -> datetime:
    return mail.at.astimezone(reader.zone)


def _marked(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _forwarded(block: str) -> str:
    return f"-------- Forwarded message --------\n{block}"


def _card(who: Person) -> str:
    company = who.domain.partition(".")[0].title()
    return f"{company} Ltd. | Purchasing\n12 Harbour Road, Unit 4\nTel. +44 20 7946 0018 | www.{who.domain}"


def _fill(message: EmailMessage, mail: Mail, text: str) -> None:
    if mail.format == "html":
        message.set_content(_as_html(text), subtype="html", charset=mail.charset)
    else:
        message.set_content(f"{text}\n", charset=mail.charset)
    for name in mail.files:
        kind, _, sub = _TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream").partition("/")
        message.add_attachment(b"%PDF-1.4 of a test\n", maintype=kind, subtype=sub, filename=name)


def _as_html(text: str) -> str:
    """As web mail writes it: a div a line, what is marked as a quote inside a blockquote."""
    lines = [escape(line) for line in text.split("\n")]
    own = [line for line in lines if not line.startswith("&gt;")]
    quoted = [line.removeprefix("&gt;").strip() for line in lines if line.startswith("&gt;")]
    inner = "".join(f"<div>{line or '<br>'}</div>" for line in quoted)
    quote = f'<blockquote type="cite">{inner}</blockquote>' if quoted else ""
    body = "".join(f"<div>{line or '<br>'}</div>" for line in own)
    return f"<html><head><style>p {{margin: 0}}</style></head><body>{body}{quote}</body></html>\n"
