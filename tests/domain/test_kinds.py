"""Kinds by headers: every strong sign of DESIGN 2.2, and what must stay a person's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.domain.week import moment
from watcher.domain.kinds import classify, in_context
from watcher.domain.messages import Address, Envelope, Kind
from watcher.domain.subjects import read_subject
from watcher.mailbox.headers import read_envelope


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        ("Subject: Offer", "personal"),
        ("Auto-Submitted: auto-replied", "auto_reply"),
        ("Auto-Submitted: auto-generated (vacation)", "auto_reply"),
        ("Auto-Submitted: no", "personal"),
        ("X-Autoreply: yes", "auto_reply"),
        ("X-Autorespond: 1", "auto_reply"),
        ("X-Mail-Autoreply: true", "auto_reply"),
        ("X-FC-MachineGenerated: true", "auto_reply"),
        ("X-QQ-AUTO-REPLY: true", "auto_reply"),
        ("X-QQ-HolidayReply: true", "auto_reply"),
        ("Precedence: auto_reply", "auto_reply"),
        ("Precedence: junk\nIn-Reply-To: <offer@acme.test>", "auto_reply"),
        ("Precedence: junk\nIn-Reply-To: <offer@acme.test>\nList-Id: <news.list.example>", "bulk"),
        ("Precedence: junk", "bulk"),
        ("X-POST-MessageClass: 9; Autoresponder", "auto_reply"),
        ("X-Auto-Response-Suppress: All", "personal"),
        ("X-Auto-Response-Suppress: All\nX-MS-Exchange-Inbox-Rules-Loop: li@buyer.example", "auto_reply"),
        ("Subject: Out of office\nReturn-Path: <>", "auto_reply"),
        ("Subject: 自动回复: Offer\nReturn-Path: <>", "auto_reply"),
        ("Subject: Re: Out of office", "personal"),
        ("Content-Type: multipart/report; report-type=delivery-status; boundary=b", "bounce"),
        ("Content-Type: multipart/report; report-type=disposition-notification; boundary=b", "receipt"),
        ("Content-Type: text/calendar; method=REPLY", "calendar"),
        ("List-Unsubscribe: <mailto:off@list.example>", "bulk"),
        ("List-Id: <news.list.example>", "bulk"),
        ("Precedence: bulk", "bulk"),
    ],
)
def test_a_kind_by_its_headers(lines: str, kind: str) -> None:
    block = f"From: anna@meyer.example\n{lines}\n\n".encode()
    assert classify(read_envelope(block)).kind == kind


@pytest.mark.parametrize(
    ("sender", "kind"),
    [
        ("mailer-daemon@mx.example", "bounce"),
        ("postmaster@meyer.example", "personal"),
        ("no-reply@shop.example", "bulk"),
        ("anna@meyer.example", "personal"),
    ],
)
def test_a_kind_by_its_sender(sender: str, kind: str) -> None:
    assert classify(Envelope(author=Address(sender))).kind == kind


@pytest.mark.parametrize(("seconds", "kind"), [(5, "auto_reply"), (3600, "personal")])
def test_nobody_answers_within_seconds(seconds: int, kind: str) -> None:
    found = in_context(
        Kind.PERSONAL,
        subject="Abwesenheitsnotiz: Offer",
        at=moment("Mon") + timedelta(seconds=seconds),
        answered_at=moment("Mon"),
        known_since=None,
        outbound=False,
    )
    assert found == kind


@pytest.mark.parametrize(
    ("subject", "base", "reply", "forward"),
    [
        ("Re: Offer", "offer", True, False),
        ("AW: WG: Offer", "offer", True, False),
        ("Fwd: Re: Offer", "offer", False, True),
        ("回复:报价", "报价", True, False),
        ("轉寄: 報價", "報價", False, True),
        ("RV: Oferta", "oferta", True, True),
        ("Odp: Re[2]: Offer", "offer", True, False),
        ("YNT: Offer", "offer", True, False),
        ("[EXT] Re: Offer", "offer", True, False),
        ("Research: results", "research: results", False, False),
        ("", "", False, False),
    ],
)
def test_a_subject_behind_its_prefixes(subject: str, base: str, reply: bool, forward: bool) -> None:
    found = read_subject(subject)
    assert (found.base, found.reply, found.forward) == (base, reply, forward)
