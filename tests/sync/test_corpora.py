"""Real mail that nobody here wrote goes in by IMAP, octet for octet: none of it stops a sync, next to none is
set aside, and what a header plainly says is what is stored.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests import corpora
from tests.servers import need
from tests.servers.dovecot import Dovecot
from tests.sync.maildir import fill, uids
from watcher.app import open_app
from watcher.config import config_from
from watcher.store.glance import threads

pytestmark = [pytest.mark.corpora, pytest.mark.dovecot]

MOST_SET_ASIDE = {"parser": 0.01, "ham": 0.0}
# Fields that can be read in one way only, and how many mails of a set have such a one.
PLAINLY_SAID = {"parser": 300, "ham": 5_000}
FOUND_BESIDE = {"parser": 60, "ham": 0}
SECONDS_A_MAIL = 0.5

_FROM = re.compile(rb"(?:[\w .'-]* |\"[^\"\\]*\" ?)?<([\w.+=-]+@[A-Za-z0-9.-]+)>|([\w.+=-]+@[A-Za-z0-9.-]+)")
_DAY = rb"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\d{1,2} [A-Z][a-z]{2} \d{4}"
_DATE = re.compile(_DAY + rb" \d\d:\d\d:\d\d [+-]\d{4}(?: \([A-Z]+\))?")
# A mail from the future counts from its arrival (DESIGN 2.4), and they arrive when the tests run.
_ARRIVED = datetime(2026, 1, 1, tzinfo=UTC)
_FIELD = re.compile(rb"[!-9;-~]+:|[ \t]")
_MESSAGE_ID = re.compile(rb"<[\w.+$%=/-]+@[\w.-]+>")


@dataclass(frozen=True)
class Stored:
    """What the store holds of one mail."""

    message_id: str
    author: str
    sent_at: datetime


@dataclass(frozen=True)
class Synced:
    """A set after one sync and one review. `stored` is by file; a mail that was set aside is not in it."""

    name: str
    mails: dict[str, bytes]
    stored: dict[str, Stored]
    set_aside: int
    seconds: float
    in_threads: set[str]


@pytest.fixture(scope="module", params=["parser", "ham"])
def synced(
    request: pytest.FixtureRequest, unpacked_corpora: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Synced]:
    need("dovecot")
    server = Dovecot()
    try:
        mails = dict(corpora.mails(unpacked_corpora / request.param))
        fill(server, "INBOX", mails.values())
        yield read(request.param, server.start(), mails, tmp_path_factory.mktemp("store"))
    finally:
        server.remove()


def read(name: str, server: Dovecot, mails: dict[str, bytes], folder: Path) -> Synced:
    account = {
        "address": server.user,
        "host": server.host,
        "port": server.port,
        "tls": "off",
        "password_command": f"echo '{server.password}'",
    }
    tables = {
        "account": [account],
        "store": {"url": f"sqlite:///{folder / 'watcher.db'}"},
        "sync": {"since_days": 0},
    }
    with open_app(config_from(tables, folder / "config.toml")) as app:
        began = time.monotonic()
        done = app.sync()
        app.review()
        seconds = time.monotonic() - began
        assert done.whole, done.errors
        query = (
            "SELECT uid, message.message_id, author, sent_at"
            " FROM location JOIN message ON message.id = location.message_id"
        )
        with app.store.reading() as connection:
            rows = {row.uid: row for row in connection.exec_driver_sql(query)}
        listed = {message.message_id for one in threads(app.store.path) for message in one.messages}
    files = dict(zip(uids(server, "INBOX"), mails, strict=True))
    stored = {
        files[uid]: Stored(row.message_id, row.author, datetime.fromtimestamp(row.sent_at, UTC))
        for uid, row in rows.items()
    }
    return Synced(name, mails, stored, done.reports["work"].broken, seconds, listed)


def test_none_is_lost_and_next_to_none_set_aside(synced: Synced) -> None:
    print(f"{synced.name}: {len(synced.mails)} mails, {synced.set_aside} set aside, {synced.seconds:.1f} s")
    assert len(synced.stored) + synced.set_aside == len(synced.mails)
    assert synced.set_aside <= MOST_SET_ASIDE[synced.name] * len(synced.mails)


def test_every_mail_stands_in_a_thread(synced: Synced) -> None:
    assert {one.message_id for one in synced.stored.values()} == synced.in_threads


def test_none_takes_long(synced: Synced) -> None:
    # One mail that takes long shows in the whole: tests/mailbox times each by itself.
    assert synced.seconds < max(SECONDS_A_MAIL * 20, 0.02 * len(synced.mails))


def test_what_a_header_plainly_says_is_stored(synced: Synced) -> None:
    said, wrong = 0, []
    for name, raw in synced.mails.items():
        plain = plainly_said(raw)
        said += len(plain)
        wrong += [(name, field) for field in differing(plain, synced.stored.get(name))]
    assert wrong == []
    assert said >= PLAINLY_SAID[synced.name]


def test_what_other_parsers_found_is_stored(synced: Synced) -> None:
    """mime4j keeps the fields it read in an .xml beside its fixtures: the truth where the block is broken."""
    wrong, compared = [], 0
    for name in filter(re.compile(r".*\.msg").fullmatch, synced.mails):
        truth = plainly_said(_fields_of(synced.mails.get(f"{name.removesuffix('.msg')}.xml", b"")))
        compared += len(truth)
        wrong += [(name, field) for field in differing(truth, synced.stored.get(name))]
    assert wrong == []
    assert compared >= FOUND_BESIDE[synced.name]


def plainly_said(raw: bytes) -> dict[str, object]:
    """Author, time and Message-ID of a mail whose header says each once, on one line, in the plainest form.
    A broken block has no plain reading.
    """
    block = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0]
    lines = re.split(rb"\r?\n", re.sub(rb"\AFrom .*\n", b"", block))  # "From ": an mbox's own line
    if b"\r" in b"".join(lines) or not all(map(_FIELD.match, lines)):
        return {}
    found: dict[str, object] = {}
    if match := _only(lines, b"from", _FROM):
        found["author"] = (match[1] or match[2]).decode().lower()
    if match := _only(lines, b"date", _DATE):
        at = parsedate_to_datetime(match[0].decode()).astimezone(UTC)
        found |= {"sent_at": at} if at < _ARRIVED else {}
    if match := _only(lines, b"message-id", _MESSAGE_ID):
        found["message_id"] = match[0].decode()
    return found


def _only(lines: list[bytes], field: bytes, form: re.Pattern[bytes]) -> re.Match[bytes] | None:
    """The value of a field that stands there once and is not folded, where it has the plain form."""
    places = [n for n, line in enumerate(lines) if line.lower().startswith(field + b":")]
    if len(places) != 1 or b"".join(lines[places[0] + 1 : places[0] + 2]).startswith((b" ", b"\t")):
        return None
    return form.fullmatch(lines[places[0]].partition(b":")[2].strip())


def differing(truth: dict[str, object], found: Stored | None) -> list[str]:
    return [field for field, value in truth.items() if value != getattr(found, field, None)]


def _fields_of(xml: bytes) -> bytes:
    """The header block that mime4j read, as one."""
    try:
        header = ElementTree.fromstring(xml).find("header")  # noqa: S314 - a fixture
    except ElementTree.ParseError:
        return b"\n\n"
    fields = [] if header is None else [(one.text or "").strip("\r\n") for one in header.findall("field")]
    return "\n".join(fields).encode() + b"\n\n"
