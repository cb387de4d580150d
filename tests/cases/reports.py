"""What mail systems write by themselves: failures and delays of each family, receipts, answers to invitations.

The forms are the systems' own as their documentation and RFC 3464 (reports), RFC 8098 (receipts) and RFC 5546
(calendars) give them; the words around them are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from email.header import Header
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cases.loading import Mail
    from tests.cases.people import Person

Report = Callable[..., bytes]


def _message(head: Mapping[str, str], body: str) -> bytes:
    lines = [f"{name}: {value}" for name, value in head.items()]
    return "\r\n".join((*lines, "", *body.split("\n"))).encode()


def _head(sender: str, to: str, subject: str, at: str, id: str, **more: str) -> dict[str, str]:
    named = {name.replace("_", "-"): value for name, value in more.items()}
    plain = subject if subject.isascii() else Header(subject, "utf-8").encode()
    return {
        "Return-Path": "<>",
        "From": sender,
        "To": to,
        "Subject": plain,
        "Date": at,
        "Message-ID": id,
        **named,
    }


def _returned(sender: str, subject: str, id: str, failed: tuple[str, ...]) -> str:
    plain = subject if subject.isascii() else Header(subject, "utf-8").encode()
    return f"From: {sender}\nTo: {', '.join(failed)}\nSubject: {plain}\nMessage-ID: {id}\n"


def _block(address: str, action: str, status: str, diagnostic: str) -> str:
    return (
        f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; {diagnostic}\n"
    )


def _report(mta: str, said: str, blocks: str, returned: str, part: str) -> str:
    """The three parts of RFC 3462: words, the report, what comes back."""
    return (
        f"--=_report\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{said}\n"
        f"--=_report\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; {mta}\n\n{blocks}\n"
        f"--=_report\nContent-Type: {part}\n\n{returned}\n--=_report--\n"
    )


_REPORT_TYPE = 'multipart/report; report-type=delivery-status; boundary="=_report"'


def _standard(mta: str, sender: str, subject: str, said: str, part: str = "message/rfc822") -> Report:
    """A family that keeps to RFC 3464 and only words it in its own way."""

    def write(
        *,
        id: str,
        at: str,
        to: str,
        failed: tuple[str, ...],
        returned: str,
        delayed: bool,
        head: Mapping[str, str],
        **of: str,
    ) -> bytes:
        action, status, diagnostic = (
            ("delayed", "4.4.1", "451 4.4.1 connection timed out")
            if delayed
            else ("failed", "5.1.1", "550 5.1.1 no such user here")
        )
        blocks = "\n".join(_block(one, action, status, diagnostic) for one in failed)
        words = said.format(failed=", ".join(failed), reason=diagnostic)
        title = "Delivery delayed: " + of["subject"] if delayed else subject.format(subject=of["subject"])
        top = _head(sender, to, title, at, id, MIME_Version="1.0", Content_Type=_REPORT_TYPE)
        returned_part = _returned(to, of["subject"], returned, failed)
        return _message({**top, **head}, _report(mta, words, blocks, returned_part, part))

    return write


def _plain(sender: str, subject: str, said: str) -> Report:
    """A family that writes words only; the mail comes back as text below them."""

    def write(
        *,
        id: str,
        at: str,
        to: str,
        failed: tuple[str, ...],
        returned: str,
        head: Mapping[str, str],
        **of: object,
    ) -> bytes:
        text = said.format(
            failed=failed[0],
            returned=_returned(to, str(of["subject"]), returned, failed),
            subject=of["subject"],
        )
        top = _head(sender, to, subject, at, id, MIME_Version="1.0")
        top["Content-Type"], top["Content-Transfer-Encoding"] = "text/plain; charset=utf-8", "8bit"
        return _message({**top, **head}, text)

    return write


def _exim(
    *,
    id: str,
    at: str,
    to: str,
    failed: tuple[str, ...],
    returned: str,
    delayed: bool,
    head: Mapping[str, str],
    **of: str,
) -> bytes:
    """Exim: X-Failed-Recipients, words, and a copy of the mail as text."""
    if delayed:
        subject = "Warning: message 1wA2bC-0003xy-7k delayed 24 hours"
        said = (
            "This message was created automatically by mail delivery software.\nA message that you sent has not yet "
            f"been delivered to one or more of its recipients after more than 24 hours on the queue.\n\n  {failed[0]}\n"
        )
        more: dict[str, str] = {}
    else:
        subject = "Mail delivery failed: returning message to sender"
        said = (
            "This message was created automatically by mail delivery software.\n\nA message that you sent could not "
            "be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) "
            f"failed:\n\n  {failed[0]}\n    SMTP error from remote mail server after RCPT TO:<{failed[0]}>:\n"
            "    550 5.1.1 User unknown\n\n"
        )
        more = {"X-Failed-Recipients": ", ".join(failed)}
    copy = "------ This is a copy of the message, including all the headers. ------\n\n"
    body = said + copy + _returned(to, of["subject"], returned, failed) + "\nText of the mail.\n"
    sender = "Mail Delivery System <Mailer-Daemon@mx.relay.example>"
    top = _head(sender, to, subject, at, id, Auto_Submitted="auto-replied", **more)
    return _message({**top, **head}, body)


REPORTS: Mapping[str, Report] = {
    "postfix": _standard(
        "mail.acme.test",
        "Mail Delivery System <MAILER-DAEMON@mail.acme.test>",
        "Undelivered Mail Returned to Sender",
        "This is the mail system at host mail.acme.test.\n\nI'm sorry to have to inform you that your message could\n"
        "not be delivered to one or more recipients. It's attached below.\n\n<{failed}>: {reason}\n",
        part="text/rfc822-headers",
    ),
    "exchange": _standard(
        "BN8PR01.prod.outlook.example",
        "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@acme.test>",
        "Undeliverable: {subject}",
        "Your message to {failed} couldn't be delivered.\n\nThe address wasn't found at the destination domain.\n",
    ),
    "exchange-de": _standard(
        "mx.outlook.example",
        "Microsoft Outlook <postmaster@acme.test>",
        "Unzustellbar: {subject}",
        "Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Gruppen:\n\n{failed}\nDie eingegebene "
        "E-Mail-Adresse konnte nicht gefunden werden.\n",
    ),
    "gmail": _standard(
        "googlemail.example",
        "Mail Delivery Subsystem <mailer-daemon@googlemail.example>",
        "Delivery Status Notification (Failure)",
        "** Address not found **\n\nYour message wasn't delivered to {failed} because the address couldn't be found, "
        "or is unable to receive mail.\n\nThe response from the remote server was:\n{reason}\n",
    ),
    "exim": _exim,
    "qmail": _plain(
        "MAILER-DAEMON@mail.acme.test",
        "failure notice",
        "Hi. This is the qmail-send program at mail.acme.test.\nI'm afraid I wasn't able to deliver your message to "
        "the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<{failed}>:\n"
        "192.0.2.25 does not like recipient.\nRemote host said: 550 5.1.1 user unknown\nGiving up on 192.0.2.25.\n\n"
        "--- Below this line is a copy of the message.\n\nReturn-Path: <wei@acme.test>\n{returned}\nText of the mail.\n",
    ),
    "qq": _plain(
        "PostMaster@qq.example",
        "系统退信/Systems bounce",
        "抱歉，您的邮件被退回来了……\n\n原邮件信息：\n主题：{subject}\n收件人：{failed}\n退信原因：收件人邮件地址（{failed}）不存在，"
        "邮件无法送达。\n\n550 Mailbox not found\n\n此为系统邮件，请勿回复。\n\n{returned}",
    ),
    "163": _plain(
        "Postmaster@163.example",
        "系统退信",
        "您好，\n\n很抱歉，您发送的邮件未能投递成功，已被退回。\n\n退信原因：收件人的邮箱地址不存在\n收件人：{failed}\n"
        "英文说明：550 User not found: {failed}\n\n----------------------------------------\n原邮件头：\n{returned}",
    ),
    "yahoo": _plain(
        "MAILER-DAEMON@yahoo.example",
        "Failure Notice",
        "Sorry, we were unable to deliver your message to the following address.\n\n<{failed}>:\n554: delivery error: "
        "dd This user doesn't have a yahoo.example account ({failed}) [0] - mta1.mail.yahoo.example\n\n"
        "--- Below this line is a copy of the message.\n\n{returned}\nText of the mail.\n",
    ),
    "lotus": _standard(
        "domino.acme.test",
        "Postmaster@acme.test",
        "DELIVERY FAILURE: User not listed in Domino Directory",
        "Your message\n\n  Subject: mail\n\nwas not delivered to:\n\n  {failed}\n\nbecause:\n\n  User not listed in "
        "Domino Directory\n",
    ),
}


def read_receipt(mail: Mail, id: str, returned: str, reader: Person) -> bytes:
    """RFC 8098, as Outlook writes it."""
    body = (
        "--=_report\nContent-Type: text/plain; charset=utf-8\n\nYour message was read.\n\n"
        "--=_report\nContent-Type: message/disposition-notification\n\n"
        f"Reporting-UA: {reader.domain}; Microsoft Outlook\nFinal-Recipient: rfc822;{reader.address}\n"
        f"Original-Message-ID: {returned}\nDisposition: manual-action/MDN-sent-manually; displayed\n\n--=_report--\n"
    )
    kind = 'multipart/report; report-type=disposition-notification; boundary="=_report"'
    at = format_datetime(mail.at)
    head = _head(reader.address, "wei@acme.test", mail.subject or "Read: your message", at, id)
    more = {"MIME-Version": "1.0", "Content-Type": kind, "In-Reply-To": returned, "References": returned}
    return _message({**head, **more, **mail.head}, body)


def calendar_reply(message: EmailMessage, text: str, mail: Mail) -> bytes:
    """RFC 5546: accepted, declined or a request, as a text/calendar mail."""
    method = "REQUEST" if mail.text == "REQUEST" else "REPLY"
    event = (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nUID:118@acme.test\r\n"
        f"DTSTART:20260312T080000Z\r\nATTENDEE;PARTSTAT={mail.text}:mailto:anna@meyer.example\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    message.set_content(event, subtype="calendar", params={"method": method})
    return message.as_bytes()
