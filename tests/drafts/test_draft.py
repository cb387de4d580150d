"""`watcher draft` on a real server: the last mail is quoted, Drafts is written to when it is allowed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.servers.dovecot import Dovecot
from watcher.app import open_app
from watcher.cli import cli
from watcher.config import load_config

pytestmark = pytest.mark.dovecot

NOW = datetime.now(UTC)
WEI, ANNA = "wei@acme.test", "Anna Meyer <anna@meyer.example>"
QUESTION = "Dear Wei,\r\n\r\nwhen can you ship the pumps?\r\n\r\nAnna"


def mail(
    name: str, author: str, to: str, body: str, answers: str = "", subject: str = "PI 2026-031"
) -> bytes:
    at = NOW - timedelta(days=6 if not answers else 4)
    reply = f"In-Reply-To: <{answers}>\r\nReferences: <{answers}>\r\n" if answers else ""
    return (
        f"From: {author}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <{name}>\r\n"
        f"Date: {at:%a, %d %b %Y %H:%M:%S +0000}\r\n{reply}"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
    ).encode()


@dataclass
class Rep:
    """A rep whose mailbox was read: Anna asked, and waits."""

    server: Dovecot
    config: Path

    def watcher(self, *arguments: str) -> Result:
        return CliRunner(env={"WATCHER_CONFIG": str(self.config)}).invoke(cli, arguments)

    def allow(self, *lines: str) -> None:
        with self.config.open("a", encoding="utf-8") as file:
            file.write("\n".join((*lines, "")))

    def sync(self) -> None:
        with open_app(load_config(self.config)) as app:
            assert not app.round().errors


@pytest.fixture
def rep(dovecot: Dovecot, tmp_path: Path) -> Iterator[Rep]:
    dovecot.append("Sent", mail("o1@acme.test", WEI, ANNA, "Here is the PI."), [r"\Seen"])
    dovecot.append(
        "INBOX", mail("a1@meyer.example", ANNA, f"{WEI}, bob@meyer.example", QUESTION, "o1@acme.test")
    )
    made = Rep(dovecot, tmp_path / "config.toml")
    made.allow(
        f'[rep]\nname = "Wei Chen"\ntime_zone = "UTC"\n\n[[account]]\naddress = "{WEI}"\nhost = "127.0.0.1"',
        f'port = {dovecot.port}\ntls = "off"\npassword_command = "echo {dovecot.password}"',
        '[store]\nurl = "sqlite:///watcher.db"',
    )
    made.sync()
    yield made


def test_the_last_mail_is_answered_and_quoted(rep: Rep) -> None:
    said = rep.watcher("draft", "1")
    assert said.exit_code == 0, said.exception
    head, _, text = said.stdout.partition("\n\n")
    assert head.splitlines() == [
        "To: anna@meyer.example",
        "Cc: bob@meyer.example",
        "Subject: Re: PI 2026-031",
    ]
    assert text.startswith("Dear Anna Meyer,\n")
    assert "Wei Chen\n\nOn " in text
    assert "Anna Meyer wrote:\n> Dear Wei,\n>\n> when can you ship the pumps?\n" in text


def test_who_owes_is_asked_again_in_the_words_of_the_stage(rep: Rep) -> None:
    rep.server.append("Sent", mail("o2@acme.test", WEI, ANNA, "On Friday.", "a1@meyer.example"))
    rep.sync()
    rep.watcher("stage", "meyer", "pi")
    found = json.loads(rep.watcher("draft", "1", "--json").stdout)
    assert (found["to"], found["in_reply_to"]) == (["anna@meyer.example"], "<o2@acme.test>")
    assert found["references"] == ["<a1@meyer.example>", "<o2@acme.test>"]
    assert "bank slip" in found["text"]
    assert "> On Friday." in found["text"]


def test_a_file_to_open_in_the_mail_program(rep: Rep, tmp_path: Path) -> None:
    file = tmp_path / "reply.eml"
    said = rep.watcher("draft", "1", "--eml", str(file), "--language", "zh")
    assert (said.exit_code, said.stdout) == (0, "")
    found = message_from_bytes(file.read_bytes(), policy=default)
    assert (found["X-Unsent"], found["In-Reply-To"]) == ("1", "<a1@meyer.example>")
    assert "Anna Meyer，您好：" in found.get_content()


def test_nothing_is_put_into_drafts_unless_it_is_allowed(rep: Rep) -> None:
    said = rep.watcher("draft", "1", "--append")
    assert "drafts.append is off" in str(said.exception)
    assert rep.server.flags("Drafts") == {}


def test_a_draft_lies_in_drafts_once_and_nothing_else_has_changed(rep: Rep) -> None:
    rep.allow("[drafts]\nappend = true")
    before = {name: rep.server.flags(name) for name in ("INBOX", "Sent")}
    said = rep.watcher("draft", "1", "--append")
    assert said.stdout == "A draft lies in Drafts of wei@acme.test. Read it before you send it.\n"
    assert list(rep.server.flags("Drafts").values()) == [(b"\\Draft", b"\\Seen")]
    with rep.server.signed_in("Drafts", readonly=True) as client:
        (raw,) = client.fetch(client.search(), ["BODY.PEEK[]"]).values()
    found = message_from_bytes(raw[b"BODY[]"], policy=default)
    assert (found["Subject"], found["In-Reply-To"]) == ("Re: PI 2026-031", "<a1@meyer.example>")
    assert {name: rep.server.flags(name) for name in ("INBOX", "Sent")} == before
    # And it is no mail of ours: the turn stays where it was.
    rep.sync()
    assert json.loads(rep.watcher("threads", "--json").stdout)[0]["turn"] == "ours"


def test_a_server_that_is_gone_costs_the_quote_alone(rep: Rep) -> None:
    rep.server.stop()
    said = rep.watcher("draft", "1")
    assert said.exit_code == 0
    assert ">" not in said.stdout
    assert said.stderr.rstrip().endswith("nothing is quoted.")


@pytest.mark.parametrize(("number", "says"), [("99", "there is no thread 99"), ("x", "is no thread number")])
def test_what_there_is_no_draft_of(rep: Rep, number: str, says: str) -> None:
    assert says in str(rep.watcher("draft", number).exception)
