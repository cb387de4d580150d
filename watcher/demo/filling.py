"""A past that was made up, put into a real store: its mail goes in as a sync puts it, and is judged."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from watcher.app import App
from watcher.clock import frozen_clock
from watcher.config import config_from
from watcher.demo.past import Letter, PastDeal
from watcher.domain.kinds import classify
from watcher.domain.messages import Direction, Role
from watcher.mailbox.headers import read_envelope
from watcher.review import company_of
from watcher.store import mail, words
from watcher.store.engine import open_store
from watcher.store.mail import Arrival
from watcher.store.migrate import migrate

REP = "wei@acme-pumps.test"
_ACCOUNT = "work"
_FOLDERS = {"INBOX": Role.INBOX, "Sent": Role.SENT}
_CONFIG = """\
# Made up by `watcher demo --history`: no server stands behind it.
[rep]
name = "Wei Chen"
time_zone = "Asia/Shanghai"
our_domains = ["acme-pumps.test"]

[[account]]
address = "{rep}"
host = "127.0.0.1"
tls = "off"
password_command = "echo none"

[store]
url = "sqlite:///watcher.db"
"""


def filled(folder: Path, deals: Sequence[PastDeal], now: datetime) -> App:
    """A config and a store in that folder, with the past in it; the caller closes the app.

    Raises StoreError.
    """
    path = folder / "config.toml"
    path.write_text(_CONFIG.format(rep=REP), "utf-8")
    config = config_from(tomllib.loads(path.read_text("utf-8")), path)
    store = open_store(config.database_path())
    migrate(store, now)
    app = App(config, store, frozen_clock(now), ())
    _keep_mail(app, deals, now)
    app.review()
    _keep_moves(app, deals)
    app.review()
    return app


def _keep_mail(app: App, deals: Sequence[PastDeal], now: datetime) -> None:
    arrivals: Mapping[str, list[Arrival]] = {name: [] for name in _FOLDERS}
    for name, at, raw in sorted(_mails(deals), key=lambda one: one[1]):
        envelope = read_envelope(raw)
        here = arrivals[name]
        here.append(Arrival(len(here) + 1, at, envelope, classify(envelope)))
    with app.store.writing() as connection:
        number = mail.account_id(connection, _ACCOUNT)
        for name, role in _FOLDERS.items():
            mail.keep_folder(connection, number, name, role, "")
        for name, known in mail.folders(connection, _ACCOUNT).items():
            last = len(arrivals[name])
            mail.keep_arrivals(connection, known, arrivals[name], last, company_of)
            mail.folder_was_read(connection, known, last, now)


def _mails(deals: Sequence[PastDeal]) -> Iterator[tuple[str, datetime, bytes]]:
    """Folder, moment and header block of each mail."""
    for number, deal in enumerate(deals):
        for place, letter in enumerate(deal.letters):
            folder = "Sent" if letter.by is Direction.OUTBOUND else "INBOX"
            yield folder, letter.at, _block(number, place, deal, letter)


def _block(number: int, place: int, deal: PastDeal, letter: Letter) -> bytes:
    buyer, ours = f"buyer@{deal.domain}", letter.by is Direction.OUTBOUND
    made = EmailMessage(policy=SMTP)
    made["Message-ID"] = _id(number, place, deal, deal.letters[place])
    made["From"], made["To"] = (REP, buyer) if ours else (buyer, REP)
    asked = deal.letters[0].by is Direction.INBOUND
    subject = f"Inquiry: {deal.product}" if asked else f"{deal.product} for {deal.name}"
    made["Subject"] = f"Re: {subject}" if place else subject
    made["Date"] = format_datetime(letter.at)
    if place:
        before = [_id(number, one, deal, deal.letters[one]) for one in range(place)]
        made["In-Reply-To"], made["References"] = before[-1], " ".join(before[-10:])
    return made.as_bytes()


def _id(number: int, place: int, deal: PastDeal, letter: Letter) -> str:
    host = "acme-pumps.test" if letter.by is Direction.OUTBOUND else deal.domain
    return f"<{number}.{place}@{host}>"


def _keep_moves(app: App, deals: Sequence[PastDeal]) -> None:
    """What the rep said of each customer; the first step is told by the first mail."""
    with app.store.writing() as connection:
        for deal in deals:
            found = words.find_customer(connection, deal.domain)
            words.change_customer(connection, found, {"name": deal.name, "country": deal.country})
            number = found.deals[0][0]
            for at, stage in deal.moves[1:]:
                words.move(connection, number, stage, at)
            noted = {"value": str(deal.value), "currency": "USD"} if deal.value else {}
            words.change_deal(connection, number, {**noted, "shipped_at": deal.shipped_at})
