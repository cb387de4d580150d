"""Suspects and their texts: every form that products document, and what people write that looks like it."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mailbox.automatic_forms import ANNA, RETURNED, Form, forms, judged, message
from watcher.domain.kinds import KindVerdict, classify
from watcher.domain.messages import Kind
from watcher.domain.reading.text import Text
from watcher.mailbox.headers import read_envelope
from watcher.mailbox.suspects import read_suspect

FAILURES, DELAYS, AWAY, PEOPLE = forms("failures"), forms("delays"), forms("away"), forms("people")
TICKETS, RECEIPTS = forms("tickets"), forms("receipts")
LIST = "List-Id: <sales.acme.test>\nList-Post: <mailto:sales@acme.test>\nPrecedence: list"

# What lists and forwards do to a report on its way.
PASSED_ON: dict[str, dict[str, str]] = {
    "as it was sent": {},
    "through a list": {"head": LIST},
    "without its author": {"author": "-"},
    "in the list owner's name": {"author": "sales-owner@acme.test"},
}


def failed_and_returned(form: Form) -> tuple[tuple[str, ...], str]:
    """What must be read of a form: who failed, and what came back where the form tells."""
    told = "{copy}" in form["text"] or "In-Reply-To" in form.get("head", "")
    return (ANNA,), RETURNED if told else ""


@pytest.mark.parametrize("way", PASSED_ON)
@pytest.mark.parametrize("form", FAILURES)
def test_a_failure_in_words(form: str, way: str) -> None:
    mail = FAILURES[form] | {key: value for key, value in PASSED_ON[way].items() if key == "author"}
    verdict, report = judged(message(mail, head=PASSED_ON[way].get("head", "")))
    assert verdict.kind is Kind.BOUNCE
    assert report is not None
    assert (report.action, report.failed, report.returned_message_id) == (
        "failed",
        *failed_and_returned(mail),
    )


@pytest.mark.parametrize("form", DELAYS)
def test_a_delay_in_words(form: str) -> None:
    verdict, report = judged(message(DELAYS[form]))
    assert verdict.kind is Kind.DELAY
    assert report is not None
    assert (report.action, report.failed) == ("delayed", (ANNA,))


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        *((form, Kind.AUTO_REPLY) for form in (AWAY | TICKETS).values()),
        *((form, Kind.RECEIPT) for form in RECEIPTS.values()),
    ],
    ids=lambda given: given["form"] if isinstance(given, dict) else "",
)
def test_an_answer_of_a_machine_that_carries_no_mark(form: Form, kind: Kind) -> None:
    by_header = classify(read_envelope(message(form)))
    assert read_suspect(message(form), by_header)[0].kind is kind
    assert by_header.suspect or form["subject"].startswith("Re:")  # nothing in the header gives that one away


@pytest.mark.parametrize("form", PEOPLE)
def test_people_write_that_too(form: str) -> None:
    source = message(PEOPLE[form])
    by_header = classify(read_envelope(source))
    assert by_header.kind is Kind.PERSONAL
    assert read_suspect(source, by_header) == (KindVerdict(Kind.PERSONAL), None)


@pytest.mark.parametrize("form", PEOPLE)
def test_a_person_on_a_list_stays_bulk(form: str) -> None:
    assert judged(message(PEOPLE[form], head=LIST))[0].kind is Kind.BULK


CALENDAR_SUBJECTS = [
    "Accepted: Call about quotation 118",
    "Tentative: Call about quotation 118",
    "Declined: Call about quotation 118",
    "Accepted: Call @ Tue Mar 3, 2026 10am - 11am (CST) (wei@acme.test)",
    "Invitation: Call @ Tue Mar 3, 2026 10am - 11am (CST) (wei@acme.test)",
    "Canceled: Call about quotation 118",
    "Zugesagt: Telefonat",
    "Accepté : Appel",
    "Aceptada: Llamada",
    "Aceito: Chamada",
    "Accettato: Chiamata",
    "Geaccepteerd: Gesprek",
    "Zaakceptowano: Rozmowa",
    "Kabul edildi: Görüşme",
    "Принято: Звонок",
    "مقبول: مكالمة",
    "已接受: 电话会议",
    "已接受：电话会议",
    "承諾: 電話会議",
    "수락: 전화 회의",
]
IN_PARTS = 'MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary="b"'
INVITED = (
    "--b\nContent-Type: text/plain\n\nSee you then.\n--b\n"
    "Content-Type: text/calendar; charset=utf-8; method=REPLY\n\nBEGIN:VCALENDAR\nEND:VCALENDAR\n--b--\n"
)
WORDS_ALONE = "--b\nContent-Type: text/plain\n\nWe accept your offer.\n--b--\n"


@pytest.mark.parametrize("subject", CALENDAR_SUBJECTS)
def test_a_calendar_answer_has_a_part_that_says_so(subject: str) -> None:
    answer = message({"subject": subject, "text": INVITED}, content=IN_PARTS)
    letter = message({"subject": subject, "text": WORDS_ALONE}, content=IN_PARTS)
    assert judged(answer)[0].kind is Kind.CALENDAR
    assert judged(letter)[0].kind is Kind.PERSONAL


@pytest.mark.parametrize(
    "word", ["Convite", "Invito", "Uitnodiging", "Zaproszenie", "Davetiye", "Приглашение"]
)
def test_an_invitation_has_a_part_that_says_so(word: str) -> None:
    content = "Content-Type: multipart/mixed; boundary=b"
    calendar = "--b\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\nMETHOD:REQUEST\n--b--"
    form = {"subject": f"{word}: fair", "text": f"--b\nContent-Type: text/plain\n\nx\n{calendar}"}
    assert judged(message(form, content=content))[0].kind is Kind.CALENDAR
    assert judged(message({"subject": f"{word}: fair", "text": "See you there."}))[0].kind is Kind.PERSONAL


def test_a_korean_ending_is_no_part_of_an_address() -> None:
    form = {
        "author": "postmaster@mx.example",
        "subject": "배달되지 않음",
        "text": f"{ANNA}에게 배달할 수 없습니다.",
    }
    _, report = judged(message(form))
    assert report is not None
    assert report.failed == (ANNA,)


OUTLOOKS = 'Content-Type: application/ms-tnef; name="winmail.dat"\nContent-Transfer-Encoding: base64'


@pytest.mark.parametrize(
    ("subject", "kind"),
    [("Read: Quotation", "receipt"), ("Accepted: Call", "calendar"), ("Quotation", "personal")],
)
def test_outlooks_own_form_has_no_words(subject: str, kind: str) -> None:
    assert judged(message({"subject": subject, "text": "eJ8+IgAA"}, content=OUTLOOKS))[0].kind == kind


AWAY_TEXT = "I am out of the office. In urgent cases please contact Otto."


@pytest.mark.parametrize(
    ("head", "subject", "text", "kind"),
    [
        ("Return-Path: <>", "Anna Meyer", AWAY_TEXT, "auto_reply"),
        ("Return-Path: <>", "Quotation", "Please quote for 20 pumps.", "personal"),
        ("Return-Path: <>", "Thank you", "Thank you for your message.", "auto_reply"),
        ("X-Auto-Response-Suppress: OOF, AutoReply", "Anna Meyer", AWAY_TEXT, "auto_reply"),
        ("X-Auto-Response-Suppress: All", "Order 4", "Thank you for your message, we order 20.", "personal"),
        ("Precedence: bulk\nReturn-Path: <>", "Thank you", "Thank you for your e-mail.", "auto_reply"),
        ("Auto-Submitted: auto-replied", "PUR-118 Quotation", "We got your request.", "auto_reply"),
        ("Auto-Submitted: auto-replied", "Read: Quotation", "Your message was read on Monday.", "receipt"),
        ("Auto-Submitted: auto-replied", "Read: Quotation", "I am away.", "auto_reply"),
        ("X-Autogenerated: Mirror", "Quotation", "Please quote.", "personal"),  # a copy of a person's mail
    ],
)
def test_a_weak_mark_and_its_words(head: str, subject: str, text: str, kind: str) -> None:
    assert judged(message({"subject": subject, "text": text}, head=head))[0].kind == kind


@pytest.mark.parametrize(
    ("subject", "to", "text", "kind"),
    [
        ("Out of office", "wei@acme.test", AWAY_TEXT, "auto_reply"),
        ("Out of office", "wei@acme.test, li@acme.test", AWAY_TEXT, "personal"),  # a machine answers one
        ("Out of office", "wei@acme.test", f"Hi all,\n{AWAY_TEXT}", "personal"),
        ("Automatic reply: Offer", "wei@acme.test", "Hunting lions.", "auto_reply"),
        ("Re: Offer (Automatic Response)", "wei@acme.test", AWAY_TEXT, "auto_reply"),
        ("Re: Offer (Automatic Response)", "wei@acme.test", "I am back, please call.", "personal"),
        ("Automatic reply: Offer", "wei@acme.test", "Does your valve answer by itself?", "personal"),
        ("Out of office", "wei@acme.test", f"{AWAY_TEXT}\n" + "We spoke of pumps. " * 200, "personal"),
    ],
)
def test_a_vacation_subject_and_its_words(subject: str, to: str, text: str, kind: str) -> None:
    source = f"From: {ANNA}\nTo: {to}\nSubject: {subject}\n\n{text}\n".encode()
    assert judged(source)[0].kind == kind


def test_a_challenge_is_an_automatic_reply_whatever_report_it_dresses_as() -> None:
    text = (
        "--b\nContent-Type: text/plain\n\nYour mail was waitlisted. Please add yourself to my guest list.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x.example\n\n"
        f"Final-Recipient: rfc822; {ANNA}\nAction: failed\n--b--\n"
    )
    content = "Content-Type: multipart/report; report-type=delivery-status; boundary=b"
    source = message({"author": "noreply@box.example", "subject": "Re: Offer", "text": text}, content=content)
    assert judged(source)[0].kind is Kind.AUTO_REPLY


def test_a_text_that_was_read_already_is_used() -> None:
    source = message({"subject": "Out of office", "text": "x"})
    verdict, _ = read_suspect(source, KindVerdict(Kind.PERSONAL, suspect=True), Text(said=AWAY_TEXT))
    assert verdict.kind is Kind.AUTO_REPLY


def test_a_report_of_failure_that_expired_is_a_failure() -> None:
    """Status 4.4.7 with Action: failed: the mail waited until nobody tried any more."""
    text = (
        "--b\nContent-Type: text/plain\n\nIt was not delivered within 5 days.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; {ANNA}\nAction: failed\nStatus: 4.4.7\n--b--\n"
    )
    content = "Content-Type: multipart/report; report-type=delivery-status; boundary=b"
    verdict, report = judged(message({"subject": "Undeliverable", "text": text}, content=content))
    assert verdict == KindVerdict(Kind.BOUNCE, "delivery report: failed 4.4.7")
    assert report is not None
    assert report.status == "4.4.7"


COPY_IN_BASE64 = b64encode(f"To: {ANNA}\nMessage-ID: {RETURNED}\n\nDear Anna\n".encode()).decode()
TOLD = "--b\nContent-Type: text/plain\n\nYour message could not be delivered to anna@cust.example\n--b\n"


@pytest.mark.parametrize(
    "part",
    [
        f"Content-Type: message/rfc822\n\nMessage-ID: {RETURNED}\n\nx",
        f"Content-Type: message/rfc822\n\n\nReceived: from x\nMessage-ID: {RETURNED}\n\nx",
        f"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{COPY_IN_BASE64}",
        f"Content-Type: text/rfc822-headers\n\nMessage-ID: {RETURNED}",
        f"Content-Type: text/rfc822-headers\nContent-Transfer-Encoding: base64\n\n{COPY_IN_BASE64}",
        f"Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\nMessage-ID: =\n{RETURNED}",
        f"Content-Type: text/plain\n\n> Message-Id: {RETURNED}",
        f"Content-Type: text/plain\n\nNachrichten-ID: {RETURNED}",
        f"Content-Type: text/plain; charset=utf-8\n\n邮件ID：{RETURNED}",
        "Content-Type: text/html\n\n<p>Message-ID: &lt;quote-118@acme.test&gt;</p>",
        f"Content-Type: message/delivery-status\n\nX-Original-Message-ID: {RETURNED}\n\nAction: failed",
        f"Content-Type: text/plain\n\n$MessageID: {RETURNED}",
    ],
)
def test_where_the_returned_message_id_stands(part: str) -> None:
    form = {"author": "mailer-daemon@mx.example", "subject": "Undelivered", "text": f"{TOLD}{part}\n--b--\n"}
    _, report = judged(message(form, content="Content-Type: multipart/mixed; boundary=b"))
    assert report is not None
    assert report.returned_message_id == RETURNED


@given(st.binary(max_size=2_000), st.sampled_from(list(Kind)))
def test_no_octets_raise(source: bytes, kind: Kind) -> None:
    verdict, _ = read_suspect(source, KindVerdict(kind, "x", suspect=True))
    assert not verdict.suspect


@given(st.sampled_from(list(FAILURES.values())), st.integers(0, 3_000))
def test_a_report_that_was_cut_anywhere_is_read_as_far_as_it_goes(form: Form, end: int) -> None:
    source = message(form)[:end]
    verdict, _ = read_suspect(source, KindVerdict(Kind.BOUNCE, "x", suspect=True))
    assert verdict.kind in (Kind.BOUNCE, Kind.DELAY)


ANSWERS = {**AWAY, **TICKETS, **RECEIPTS}


@pytest.mark.parametrize("form", ANSWERS)
def test_what_its_words_gave_away_is_told_with_the_phrase(form: str) -> None:
    verdict, _ = judged(message(ANSWERS[form]))
    reason, _, phrase = verdict.why.partition(": ")
    assert "words" not in reason or len(phrase.strip('"')) >= 2, verdict.why
