"""A rep's mailbox on a Dovecot, on two days: what was read on the first, and what had come by the second.

Everything that half knowledge could get wrong is in it: an answer in another folder than the question, one
in Junk, one that only its text shows to be a promise, an absence, a mail that came back.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.servers.dovecot import Dovecot
from tests.sync.desk import NOW, USER, Recorder, days_ago
from watcher import fetching
from watcher.app import App
from watcher.config import config_from
from watcher.domain.stages import Stage
from watcher.mailbox import session
from watcher.store import words
from watcher.store.engine import open_store
from watcher.store.migrate import migrate

TIMEOUTS = (1.0, 1.0)  # seconds, for a connection and for an answer
FIRST_DAY = NOW - timedelta(days=14)
_BATCH = 8  # headers in one FETCH here, so that a pass over a small mailbox can break off between two
_CIRCULARS = 30
_CUSTOMERS = ("silent", "promise", "away", "bounced", "junk", "filed", "answered")

_REPORT = """\
--b\r
Content-Type: text/plain\r
\r
Your message could not be delivered.\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.acme.test\r
\r
Final-Recipient: rfc822; anna@bounced.example\r
Action: failed\r
Status: 5.1.1\r
\r
--b\r
Content-Type: message/rfc822\r
\r
Message-ID: <bounced-2@acme.test>\r
\r
--b--\r
"""
_REPORTS = 'multipart/report; report-type=delivery-status; boundary="b"'


class Office:
    """The server, with all that lies there on the second day, and the store as it was on the first."""

    def __init__(self, folder: Path) -> None:
        self.server = Dovecot()
        self._folder = folder
        self._empty, self._first = folder / "empty.db", folder / "first.db"
        self._uids: dict[str, int] = {}
        self._sizes = (session.BATCH, fetching._BLOCK, fetching._MANY)

    def __enter__(self) -> Self:
        session.BATCH = fetching._BLOCK = fetching._MANY = _BATCH  # and over two links
        self.server.start()
        self.server.create("Filed")
        with contextlib.closing(open_store(self._empty)) as store:
            migrate(store, FIRST_DAY)
        shutil.copy(self._empty, self._first)
        self._deliver(_first_day())
        with self.app(self._first, self.server.port, now=FIRST_DAY) as app:
            assert app.round().whole
            app.remind()
            _tell_stages(app)
        self._deliver(_second_day())
        self.server.move("INBOX", self._uids["circular-7"], "Filed")
        self.server.expunge("INBOX", self._uids["circular-9"])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.remove()
        session.BATCH, fetching._BLOCK, fetching._MANY = self._sizes

    def store(self, name: str, *, first: bool) -> Path:
        """A store to begin with: as the first day left it, or one that never read anything."""
        return Path(shutil.copy(self._first if first else self._empty, self._folder / f"{name}.db"))

    def app(
        self, store: Path, port: int, *, tls: bool = False, now: Any = NOW, channel: Recorder | None = None
    ) -> App:
        """The whole of watcher, over a port that leads to the server."""
        account = {
            "address": USER,
            "host": "localhost" if tls else self.server.host,
            "port": port,
            "tls": "implicit" if tls else "off",
            "password_command": f"echo '{self.server.password}'",
            "ca_file": str(self.server.certificate),
        }
        tables = {
            "rep": {"time_zone": "UTC"},
            "account": [account],
            "store": {"url": f"sqlite:///{store}"},
        }
        config = config_from(tables, store.with_suffix(".toml"))
        opened = open_store(config.database_path())
        return App(config, opened, lambda: now, [channel or Recorder()], TIMEOUTS)

    def _deliver(self, mails: Iterator[tuple[str, str, bytes]]) -> None:
        by_folder: dict[str, list[tuple[str, bytes]]] = {}
        for folder, name, raw in mails:
            by_folder.setdefault(folder, []).append((name, raw))
        for folder, named in by_folder.items():
            uids = self.server.append_all(folder, [raw for _, raw in named])
            self._uids.update(zip([name for name, _ in named], uids, strict=True))


Mail = tuple[str, str, bytes]  # folder, name, the mail


def _first_day() -> Iterator[Mail]:
    for who in _CUSTOMERS:
        yield _theirs(f"{who}-0", who, 21, "Could you quote 200 sets of the P40 pump?")
        yield _ours(f"{who}-1", who, 20, "Please find the price list attached.", f"{who}-0@{who}.example")
    for number in range(10):
        yield _circular(number, 20)


def _second_day() -> Iterator[Mail]:
    for number in range(10, _CIRCULARS):
        yield _circular(number, 10)
    for who in _CUSTOMERS:
        yield _ours(f"{who}-2", who, 9, "Have you had time to look at it?", f"{who}-1@acme.test")
    answer: Callable[..., Mail] = partial(_theirs, days=8)
    yield answer("answered-3", "answered", text="Can you also do 300 sets?", answers="answered-2@acme.test")
    promise = "Thank you, well received. I will revert to you on 30 March."
    yield answer("promise-3", "promise", text=promise, answers="promise-2@acme.test")
    away = "I am out of the office until 27 March 2026."
    more = {"Auto-Submitted": "auto-replied"}
    yield answer("away-3", "away", text=away, answers="away-2@acme.test", more=more)
    yield answer("junk-3", "junk", text="We accept.", answers="junk-2@acme.test", folder="Junk")
    yield answer("filed-3", "filed", text="Which port?", answers="filed-2@acme.test", folder="Filed")
    yield answer("bounce", "", text=_REPORT, more={"Content-Type": _REPORTS, "MIME-Version": "1.0"})
    for number in range(3):  # strangers, whose first mails are read for what they want
        yield answer(f"stranger-{number}", f"buyer{number}", text="We need pumps. Please send your offer.")


def _circular(number: int, days: float) -> Mail:
    more = {"List-Id": "<news.fair.example>", "Precedence": "bulk"}
    return _theirs(f"circular-{number}", "fair", days, "The fair opens soon.", more=more)


def _ours(name: str, who: str, days: float, text: str, answers: str) -> Mail:
    fields = {"From": USER, "To": f"anna@{who}.example", "Subject": f"Re: Pumps for {who}"}
    return "Sent", name, _mail({**fields, "Message-ID": f"<{name}@acme.test>"}, days, text, answers)


def _theirs(
    name: str,
    who: str,
    days: float,
    text: str,
    answers: str = "",
    folder: str = "INBOX",
    more: dict[str, str] | None = None,
) -> Mail:
    sender = f"anna@{who}.example" if who else "mailer-daemon@mx.acme.test"
    subject = f"Re: Pumps for {who}" if answers else f"Pumps for {who}" if who else "Returned mail"
    domain = f"{who}.example" if who else "mx.acme.test"
    fields = {"From": sender, "To": USER, "Subject": subject, "Message-ID": f"<{name}@{domain}>"}
    return folder, name, _mail({**fields, **(more or {})}, days, text, answers)


def _mail(fields: dict[str, str], days: float, text: str, answers: str) -> bytes:
    replies = {"In-Reply-To": f"<{answers}>", "References": f"<{answers}>"} if answers else {}
    dated = {"Date": format_datetime(days_ago(days)), **fields, **replies}
    head = "".join(f"{name}: {value}\r\n" for name, value in dated.items())
    return f"{head}\r\n{text}\r\n".encode()


def _tell_stages(app: App) -> None:
    """Nobody pops up without a stage."""
    with app.store.writing() as connection:
        for who in _CUSTOMERS:
            found = words.find_customer(connection, f"{who}.example")
            words.move(connection, found.deals[0][0], Stage.OPPORTUNITY, FIRST_DAY)
    app.review()
