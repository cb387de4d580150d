"""Delivery reports in the forms that mail systems really send, written here from their documentation."""

from __future__ import annotations

import time
from email.message import EmailMessage
from textwrap import dedent
from time import process_time

import pytest

from watcher.domain.reports import DeliveryReport
from watcher.mailbox.bodies import MAX_SOURCE
from watcher.mailbox.bounces import read_report

ORIGINAL = (
    "Message-ID: <quote-118@acme.test>\nFrom: wei@acme.test\nTo: anna@cust.example\nSubject: Quotation\n"
)


def report(
    *blocks: str,
    returned: str = ORIGINAL,
    returned_type: str = "message/rfc822",
    head: str = "",
    text: str = "",
) -> bytes:
    """A multipart/report (RFC 3464): human text, status blocks, what came back."""
    status = "\n".join(
        ("Reporting-MTA: dns; mx.acme.test\n", *(dedent(block).strip() + "\n" for block in blocks))
    )
    return (
        f"From: Mail Delivery System <MAILER-DAEMON@mx.acme.test>\nTo: wei@acme.test\n{head}"
        'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        f"--b\nContent-Type: text/plain\n\n{text or 'I am sorry.'}\n"
        f"--b\nContent-Type: message/delivery-status\n\n{status}\n"
        f"--b\nContent-Type: {returned_type}\n\n{returned}\n--b--\n"
    ).encode()


POSTFIX = """
    Final-Recipient: rfc822; anna@cust.example
    Original-Recipient: rfc822;Anna@Cust.example
    Action: failed
    Status: 5.1.1
    Remote-MTA: dns; mx.cust.example
    Diagnostic-Code: smtp; 550 5.1.1 <anna@cust.example>: Recipient address rejected
"""
DELAYED = """
    Final-Recipient: rfc822; anna@cust.example
    Action: delayed
    Status: 4.4.1
    Will-Retry-Until: Sat, 7 Mar 2026 09:11:00 +0000
"""
DELIVERED = "Final-Recipient: rfc822; bob@cust.example\nAction: delivered\nStatus: 2.0.0"
RELAYED = "Final-Recipient: rfc822; bob@cust.example\nAction: relayed (no DSN there)\nStatus: 2.0.0"
EXPIRED = (
    "Final-Recipient: rfc822;anna@cust.example\nAction: failed (expired)\nDiagnostic-Code: smtp;550 5.7.1 no"
)
HEADERS_AS_TEXT = "Original message headers:\n\n  Message-ID: <quote-118@acme.test>\n"
OURS, ANNA, BOB = "<quote-118@acme.test>", "anna@cust.example", "bob@cust.example"
FAILED = DeliveryReport("failed", "5.1.1", ("anna@cust.example",), "<quote-118@acme.test>")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(report(POSTFIX), FAILED, id="postfix"),
        pytest.param(report(POSTFIX, returned_type="text/rfc822-headers"), FAILED, id="headers come back"),
        pytest.param(report(POSTFIX, returned_type="message/rfc822-headers"), FAILED, id="with an odd type"),
        pytest.param(report(DELAYED), DeliveryReport("delayed", "4.4.1", (ANNA,), OURS), id="delayed"),
        pytest.param(report(DELIVERED), DeliveryReport("delivered", "2.0.0", (BOB,), OURS), id="delivered"),
        pytest.param(report(RELAYED), DeliveryReport("relayed", "2.0.0", (BOB,), OURS), id="relayed"),
        pytest.param(report(DELIVERED, POSTFIX), FAILED, id="one delivered, one failed"),
        pytest.param(
            report(POSTFIX, POSTFIX.replace("anna", "otto").replace("Anna", "Otto"), POSTFIX),
            DeliveryReport("failed", "5.1.1", (ANNA, "otto@cust.example"), OURS),
            id="two failed, each named once",
        ),
        pytest.param(
            report(EXPIRED), DeliveryReport("failed", "5.7.1", (ANNA,), OURS), id="status in the diagnostic"
        ),
        pytest.param(
            report("Final-Recipient: rfc822;anna@cust.example\nStatus: 4.2.2"),
            DeliveryReport("delayed", "4.2.2", (ANNA,), OURS),
            id="no action, a temporary status",
        ),
        pytest.param(
            report("Final-Recipient: rfc822; <anna@cust.example>\nAction: error"),
            DeliveryReport("failed", "", (ANNA,), OURS),
            id="opensmtpd",
        ),
        pytest.param(
            report(POSTFIX, returned="", head=f"In-Reply-To: {OURS}\n"), FAILED, id="exchange answers"
        ),
        pytest.param(
            report(POSTFIX, returned="", text=HEADERS_AS_TEXT), FAILED, id="exchange quotes headers"
        ),
        pytest.param(
            report(POSTFIX, returned=""), DeliveryReport("failed", "5.1.1", (ANNA,)), id="nothing came back"
        ),
        pytest.param(report(POSTFIX).replace(b"\n", b"\r\n"), FAILED, id="as it comes over IMAP"),
        pytest.param(
            report(POSTFIX, returned=ORIGINAL + "\n" + "x" * MAX_SOURCE), FAILED, id="cut in what came back"
        ),
    ],
)
def test_rfc3464(source: bytes, expected: DeliveryReport) -> None:
    assert read_report(source) == expected


EXIM = f"""\
X-Failed-Recipients: anna@cust.example
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.acme.test>
To: wei@acme.test
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  anna@cust.example
    host mx.cust.example [192.0.2.7]: 550 no such user

------ This is a copy of the message, including all the headers. ------

{ORIGINAL}
Dear Anna
"""

QMAIL = f"""\
From: MAILER-DAEMON@mx.acme.test
To: wei@acme.test
Subject: failure notice

Hi. This is the qmail-send program at mx.acme.test.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<anna@cust.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

{ORIGINAL}
"""


def chinese_bounce(charset: str) -> bytes:
    """The form of the big Chinese web mailers: no report structure, a page of words."""
    page = (
        "<html><body><p>抱歉，您的邮件被退回来了。</p><p>收件人：anna@cust.example</p>"
        "<p>退信原因：550 5.1.1 User not found</p></body></html>"
    )
    message = EmailMessage()
    message["From"] = "PostMaster@mail.example"
    message["Subject"] = "系统退信"
    message["In-Reply-To"] = "<quote-118@acme.test>"
    message.set_content(page, subtype="html", charset=charset)
    return bytes(message).replace(b"gb18030", b"gb2312")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (EXIM.encode(), DeliveryReport("failed", "", ("anna@cust.example",), "<quote-118@acme.test>")),
        (QMAIL.encode(), FAILED),
        (chinese_bounce("utf-8"), FAILED),
        (chinese_bounce("gb18030"), FAILED),
    ],
)
def test_without_the_structure(source: bytes, expected: DeliveryReport) -> None:
    assert read_report(source) == expected


FORWARDED = (
    b"From: otto@acme.test\nContent-Type: multipart/mixed; boundary=f\n\n--f\n\nlook what came\n"
    b"--f\nContent-Type: message/rfc822\n\n" + report(POSTFIX) + b"\n--f--\n"
)
RECEIPT = (
    b"Content-Type: multipart/report; report-type=disposition-notification; boundary=r\n\n--r\n\nread\n"
    b"--r\nContent-Type: message/disposition-notification\n\nDisposition: manual-action; displayed\n\n--r--\n"
)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"From: anna@cust.example\n\nPlease quote for 200 pieces.\n", id="a person"),
        pytest.param(RECEIPT, id="a read receipt"),
        pytest.param(FORWARDED, id="somebody forwards a bounce"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\xff", id="no mail"),
    ],
)
def test_no_report(source: bytes) -> None:
    assert read_report(source) is None


HOSTILE = {
    "containers": b"".join(
        b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(800)
    ),
    "attached messages": b"Content-Type: message/rfc822\n\n" * 8_000,
    "parts": b"Content-Type: multipart/report; boundary=a\n\n" + b"--a\n\nx\n" * 30_000,
    "semicolons": b'Content-Type: multipart/report; x="' + b";" * 250_000 + b"\n\nx",
    "folded parameters": b"Content-Type: text/plain;\n" + b' a="b";\n' * 30_000 + b"\n\nx",
    "encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 20_000 + b"\n\nx",
    "recipients": report(*[POSTFIX] * 1_000),
    "angles": b"Content-Type: text/html\n\n" + b"<" * 250_000,
    "ten megabytes": b"Subject: x\n\n" + b"Message-ID: \n" * 800_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_time_stays_bounded(name: str) -> None:
    began = time.process_time()
    read_report(HOSTILE[name])
    assert time.process_time() - began < 1.0  # 0.01 to 0.1 s on a quiet machine


@pytest.mark.parametrize(
    "body", [b"\n" * 200_000, b"a\n" * 120_000, b"550 x\n" * 40_000], ids=["empty", "a", "550"]
)
def test_many_lines_take_no_time(body: bytes) -> None:
    source = b"From: mailer-daemon@mx.example\nTo: wei@acme.test\nSubject: Undelivered\n\n" + body
    began = process_time()
    read_report(source)
    assert process_time() - began < 1
