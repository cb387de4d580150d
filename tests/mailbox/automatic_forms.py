"""The tables of automatic mail beside this file, made into whole messages."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from watcher.domain.kinds import KindVerdict, classify
from watcher.domain.reports import DeliveryReport
from watcher.mailbox.headers import read_envelope
from watcher.mailbox.suspects import read_suspect

ANNA = "anna@cust.example"
RETURNED = "<quote-118@acme.test>"
# What came back: words of a report in somebody's mail are no report.
COPY = f"""\
Return-Path: <wei@acme.test>
Received: from mx.acme.test by mx.cust.example; Mon, 2 Mar 2026 09:00:00 +0800
From: Wei Chen <wei@acme.test>
To: {ANNA}
Subject: Quotation 118
Message-ID: {RETURNED}

Dear Anna, here is our quotation again, as delivery to otto@other.example has been delayed.
"""
_PLAIN = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit"

Form = dict[str, str]


def forms(table: str) -> dict[str, Form]:
    """The mails of one table by their form."""
    text = (Path(__file__).parent / "forms" / f"{table}.toml").read_text("utf-8")
    return {one["form"]: one for one in tomllib.loads(text)["mail"]}


def message(form: Form, *, head: str = "", content: str = _PLAIN) -> bytes:
    """One form as a whole message. Further header lines go into `head`."""
    lines = "\n".join(filter(None, (*_from(form), form.get("head", ""), head, content)))
    return f"{lines}\n\n{form['text'].replace('{copy}', COPY)}\n".encode()


def _from(form: Form) -> Iterator[str]:
    author = form.get("author", ANNA)
    if author != "-":
        yield f"From: {author}"
    yield f"To: wei@acme.test\nSubject: {form['subject']}\nMessage-ID: <x1@mx.example>"


def judged(source: bytes) -> tuple[KindVerdict, DeliveryReport | None]:
    """As a sync judges a message: by its header, and by its text where that makes it suspect."""
    verdict = classify(read_envelope(source))
    return read_suspect(source, verdict) if verdict.suspect else (verdict, None)
