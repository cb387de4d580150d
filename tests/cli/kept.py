"""A rep's store, filled by the code that fills a real one, and the command line run on it in this process.

Mail goes in as header blocks; what a sync would do on a server is in test_main_job.py.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import time_machine
from click.testing import CliRunner, Result

from tests.plainly import read_plainly
from watcher.app import App, open_app
from watcher.cli import cli
from watcher.clock import frozen_clock
from watcher.config import load_config
from watcher.domain.kinds import classify
from watcher.domain.messages import Role
from watcher.errors import WatcherError
from watcher.mailbox.headers import read_envelope
from watcher.review import company_of
from watcher.store import mail
from watcher.store.mail import Arrival

if TYPE_CHECKING:
    from collections.abc import Iterator

# Thursday, two minutes past nine in the rep's Berlin.
NOW = datetime(2026, 3, 19, 8, 2, tzinfo=UTC)
REP = "wei@acme.test"

CONFIG = """
[rep]
name = "Wei Chen"
country = "DE"
time_zone = "Europe/Berlin"
our_domains = ["acme.test"]

[[account]]
address = "wei@acme.test"
shared = ["sales@acme.test"]
host = "127.0.0.1"
tls = "off"
password_command = "echo kept"

[store]
url = "sqlite:///watcher.db"
"""


@dataclass(frozen=True)
class Mail:
    """One mail: `ago` says how long before NOW it was written. Without `to` it is theirs, to the rep."""

    id: str
    author: str
    ago: timedelta
    subject: str = "pumps"
    to: str = REP
    answers: str = ""
    headers: tuple[str, ...] = ()
    zone_hours: int = 1

    @property
    def at(self) -> datetime:
        return NOW - self.ago

    def block(self) -> bytes:
        lines = [
            f"Message-ID: <{self.id}>",
            f"From: {self.author}",
            f"To: {self.to}",
            f"Subject: {self.subject}",
            f"Date: {format_datetime(self.at)}",
            *self.headers,
        ]
        if self.answers:
            lines.append(f"In-Reply-To: <{self.answers}>")
        return "\r\n".join((*lines, "", "")).encode()


@dataclass
class Answer:
    """What a command said, and its exit code."""

    code: int
    out: str
    error: str = ""


@dataclass
class Desk:
    """The rep at work: a config, a store, and the command line at a moment that stands still."""

    home: Path
    now: datetime = NOW
    _uid: int = field(default=0, repr=False)

    def __post_init__(self) -> None:
        self.config = self.home / "config.toml"
        self.config.write_text(CONFIG, "utf-8")

    @property
    def store(self) -> Path:
        return self.home / "watcher.db"

    @contextmanager
    def app(self) -> Iterator[App]:
        with open_app(load_config(self.config), frozen_clock(self.now)) as app:
            yield app

    def receive(self, *mails: Mail, folder: str = "INBOX") -> None:
        """Keep mails as a sync finds them: the rep's own in Sent, the others in `folder`."""
        ours = [one for one in mails if f"{REP}>" in one.author or one.author == REP]
        with self.app() as app:
            self._keep(app, "Sent", Role.SENT, ours)
            self._keep(app, folder, Role.INBOX, [one for one in mails if one not in ours])
            app.review()

    def _keep(self, app: App, name: str, role: Role, mails: Iterable[Mail]) -> None:
        with app.store.writing() as connection:
            mail.keep_folder(connection, mail.account_id(connection, "work"), name, role, "")
            known = mail.folders(connection, "work")[name]
            for one in mails:
                self._uid += 1
                envelope = read_envelope(one.block())
                arrival = Arrival(self._uid, one.at, envelope, classify(envelope))
                mail.keep_arrivals(connection, known, [arrival], self._uid, company_of)
            mail.folder_was_read(connection, known, self._uid, self.now - timedelta(minutes=1))
            read_plainly(connection)

    def watcher(
        self, *arguments: str, environment: Mapping[str, str] = MappingProxyType({}), color: bool = False
    ) -> Answer:
        """Run a command as the rep would; a WatcherError is told as `main` tells it."""
        around = {"WATCHER_CONFIG": str(self.config), "COLUMNS": "80", "NO_COLOR": None, **environment}
        with time_machine.travel(self.now, tick=False):
            result = CliRunner(env=around).invoke(cli, list(arguments), color=color)
        return _answer(result)

    def read(self, *arguments: str) -> Any:
        """What a command prints as JSON."""
        answer = self.watcher(*arguments, "--json")
        assert answer.code == 0, answer.error
        return json.loads(answer.out)

    def thread_of(self, customer: str) -> dict[str, Any]:
        """The newest thread with a customer."""
        found = [one for one in self.read("threads") if one["customer"] == customer]
        assert found, customer
        return max(found, key=lambda one: one["messages"][-1]["date"])


def _answer(result: Result) -> Answer:
    error = result.exception
    if isinstance(error, WatcherError):
        return Answer(error.exit_code, result.stdout, str(error))
    if error is not None and not isinstance(error, SystemExit):
        raise error
    return Answer(result.exit_code, result.stdout, result.stderr)


def days(many: float) -> timedelta:
    """So many days before NOW."""
    return timedelta(days=many)


ESC = "\x1b"
# What a hostile sender puts into a subject and a name: colours, a window title, right-to-left, a new line.
HOSTILE = f"{ESC}[31mPay{ESC}]0;owned\x07 now\u202egnp.exe\u2066\nSubject2: \x9b2J\u200b\x00"


def _encoded(text: str) -> str:
    """A text as RFC 2047 lets anybody send it."""
    return f"=?utf-8?b?{b64encode(text.encode()).decode()}?="


def fill(desk: Desk) -> Desk:
    """A small mailbox with one of everything that the commands have to tell."""
    minute = timedelta(minutes=1)
    desk.receive(
        # Long ago, so that a reply to a mail of ours that nobody holds proves something about Sent.
        Mail("old@acme.test", REP, days(120), "Catalogue", "x@fjord.no"),
        # Germany: they asked, we answered, a machine said she is away, a factory wrote in between.
        Mail("m1@meyer.de", "Anna Meyer <anna@meyer.de>", days(20), "PI 2026-031"),
        Mail("m2@acme.test", REP, days(10), "Re: PI 2026-031", "anna@meyer.de", "m1@meyer.de"),
        Mail(
            "m3@meyer.de",
            "Anna Meyer <anna@meyer.de>",
            days(10) - minute,
            "Out of office",
            answers="m2@acme.test",
            headers=("Auto-Submitted: auto-replied",),
        ),
        Mail(
            "m4@foundry.test", "Foundry <li@foundry.test>", days(9), "Re: PI 2026-031", answers="m2@acme.test"
        ),
        # The Emirates: it is our turn.
        Mail("g1@acme.test", REP, days(12), "Offer 7", "omar@gulf.ae"),
        Mail("g2@gulf.ae", "Omar <omar@gulf.ae>", days(6), "Re: Offer 7", answers="g1@acme.test"),
        # Mexico: two follow-ups, no answer.
        Mail("s1@sol.mx", "Luz <luz@sol.mx>", days(30), "Bombas"),
        Mail("s2@acme.test", REP, days(28), "Re: Bombas", "luz@sol.mx", "s1@sol.mx"),
        Mail("s3@acme.test", REP, days(21), "Re: Bombas", "luz@sol.mx", "s2@acme.test"),
        Mail("s4@acme.test", REP, days(14), "Re: Bombas", "luz@sol.mx", "s3@acme.test"),
        # They answer a mail of ours that no folder holds.
        Mail("p1@solar.example", "Pat <pat@solar.example>", days(8), "Kit 5"),
        Mail("p2@solar.example", "Pat <pat@solar.example>", days(3), "Re: Kit 5", answers="phone@acme.test"),
        # China, in a subject twice as wide as it is long.
        Mail("c1@acme.test", REP, days(15), _encoded("询价：不锈钢自吸泵 三十台 报价单"), "wang@haichuan.cn"),
        # Nobody's customer, a stranger, and somebody who means harm.
        Mail(
            "n1@news.test",
            "News <news@news.test>",
            days(2),
            "Pump weekly",
            headers=(
                "List-Unsubscribe: <mailto:off@news.test>",
                "List-Id: <weekly.news.test>",
                "Precedence: bulk",
            ),
        ),
        Mail("u1@stranger.example", "Jo <jo@stranger.example>", days(4), "Do you sell valves?"),
        Mail("e1@acme.test", REP, days(20), "Offer 9", "eve@evil.example"),
        Mail(
            "e2@evil.example",
            f"{_encoded(HOSTILE)} <eve@evil.example>",
            days(5),
            _encoded(HOSTILE),
            answers="",
        ),
    )
    return desk
