"""A case through the real pipeline: octets → sync → texts → review → what `threads` and `status` print."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from tests.cases.composing import Composer
from tests.cases.loading import Case, Mail, Said
from tests.cases.times import moment
from tests.sync.fake import FakeFolder, FakeMail, FakeSession
from watcher import report
from watcher.alerts.channel import Delivery, PopUp
from watcher.config import Config, config_from
from watcher.domain.blindness import stale_after
from watcher.domain.customers import Role as CustomerRole
from watcher.domain.messages import Role
from watcher.domain.stages import Stage
from watcher.domain.turns import Play, Turn
from watcher.mailbox.headers import read_envelope
from watcher.remind import remind
from watcher.review import company_of, review
from watcher.store import glance, words
from watcher.store.engine import Store, open_store
from watcher.store.migrate import migrate
from watcher.sync import Pass
from watcher.texts import TextPass

_FOLDERS = {"INBOX": Role.INBOX, "Sent": Role.SENT, "Junk": Role.JUNK}
ACCOUNT = "work"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the watcher says of a case: the documents of `threads --json` and `status --json`.

    `names` are the cases' names of mails by Message-ID, `pops` the titles of the pop-ups of the last look.
    """

    threads: tuple[Mapping[str, Any], ...]
    status: Mapping[str, Any]
    names: Mapping[str, str]
    pops: tuple[str, ...]


def run_case(case: Case) -> Outcome:
    """Play a case on a desk of its own: every mail arrives, every word is said at its time."""
    desk = Desk(case, _fresh_store())
    for at in _moments(case):
        desk.look(at)
    return desk.outcome()


def _moments(case: Case) -> list[datetime]:
    """When the watcher looks: before the rep says something, when mail leaves a folder, and at `now`."""
    said = [one.at for one in case.says]
    left = [moment(one) for mail in case.mails if (one := _left(mail))]
    return sorted({*said, *left, *case.looks, case.now})


def _left(mail: Mail) -> str:
    """When a mail is no longer where it was."""
    return mail.gone or mail.moved.rpartition(" ")[0]


@dataclass
class Desk:
    """The rep's mailbox and store, as far as the case has come."""

    case: Case
    store: Store
    now: datetime = field(init=False)
    _uids: dict[str, tuple[str, int]] = field(default_factory=dict)  # where each mail lies
    _deals: dict[str, int] = field(default_factory=dict)
    _popped: tuple[str, ...] = ()
    _staged: bool = False
    _heard: datetime = datetime(1970, 1, 1, tzinfo=UTC)  # up to when the rep was listened to

    def __post_init__(self) -> None:
        self.config = _config(self.case, self.store.path)
        self.composer = Composer(self.case)
        self.boxes = {name: FakeFolder(_FOLDERS[name]) for name in ("INBOX", "Sent")}
        # Composed in the order of writing: an answer quotes what was written before it.
        self._sources = {one.id: self.composer.compose(one) for one in self.case.mails}

    def look(self, at: datetime) -> None:
        """The mailbox as it is then; one round of the watcher; then what the rep says at that moment."""
        self.now = at
        for mail in self.case.mails:
            self._place(mail)
        for name, since in self.case.fails.items():
            self.boxes[name].refuses = "the server said no" if moment(since) <= at else ""
        self._round()
        due = [one for one in self.case.says if self._heard < one.at <= at]
        for one in due:
            with self.store.writing() as connection:
                self._say(connection, one)
            review(self.store, self.config, self.now)
        self._heard = at
        if self.case.pops is not None:
            shown = remind(self.store, self.config, [_Taken()], self.now, lambda: False).shown
            self._popped = tuple(one.title for one in shown)

    def _round(self) -> None:
        session = FakeSession(self.boxes, batch=500)
        Pass(self.store, session, ACCOUNT, lambda: self.now, 0, company_of).run()
        review(self.store, self.config, self.now)
        changed = self._put_on_stage()
        while TextPass(self.store, session, ACCOUNT, lambda: self.now, company_of).run().read or changed:
            review(self.store, self.config, self.now)
            changed = False

    def _put_on_stage(self) -> bool:
        """Where the deal stands from the first mail on: the store can be told once it knows the customer."""
        if not self.case.stage or self._staged:
            return False
        with self.store.writing() as connection:
            self._say(connection, Said(self.case.mails[0].at, "stage", self.case.stage))
        self._staged = True
        return True

    def outcome(self) -> Outcome:
        path = self.store.path
        seen = glance.overview(path, self.now, stale_after(self.config.sync.poll_seconds))
        found = report.status(seen, self.now, UTC)
        return Outcome(
            threads=tuple(report.thread_document(one, self.now) for one in glance.threads(path)),
            status=report.status_document(found),
            names={self.composer.id(one.id): one.id for one in self.case.mails},
            pops=self._popped,
        )

    # ── the mailbox ──

    def _place(self, mail: Mail) -> None:
        """Put a mail where it lies now: nowhere before it came and after it was deleted."""
        wanted = self._lies_in(mail)
        box, uid = self._uids.pop(mail.id, ("", 0))
        if box == wanted:
            if box:
                self._uids[mail.id] = (box, uid)
            return
        if box:
            del self.boxes[box].mails[uid]
        if wanted:
            held = self.boxes.setdefault(wanted, FakeFolder(_FOLDERS.get(wanted, Role.OTHER)))
            source = self._sources[mail.id]
            uid = held.put(FakeMail(read_envelope(source), mail.at, source, mail.server))
            self._uids[mail.id] = (wanted, uid)

    def _lies_in(self, mail: Mail) -> str:
        if mail.at > self.now or (mail.gone and moment(mail.gone) <= self.now):
            return ""
        at, _, place = mail.moved.rpartition(" ")
        if at and moment(at) <= self.now:
            return place
        return mail.folder if mail.folder is not None else "Sent" if mail.ours else "INBOX"

    # ── the rep ──

    def _say(self, connection: Connection, said: Said) -> None:
        at = said.at
        if said.what in ("done", "snooze", "log"):
            self._say_of_thread(connection, said, at)
        elif said.what in ("stage", "new_deal"):
            self._move(connection, said, at)
        elif said.what == "merge":
            self._merge(connection, self._customer(connection, said.who), said.value)
        elif said.what == "split":
            owner = self._customer(connection, said.who)
            words.split(connection, self.case.who(said.value).address, owner, owner.role)
        elif said.what == "hold":
            words.hold(connection, self._customer(connection, said.who), at, moment(said.value), "")
        elif said.what == "shipped":
            number = self._customer(connection, said.who).deals[0][0]
            words.change_deal(connection, number, {"shipped_at": moment(said.value)})
        else:
            value = {"country": said.value}
            if said.what == "role":
                value = {"role": CustomerRole(said.value).value, "role_said": True}  # type: ignore[dict-item]
            words.change_customer(connection, self._customer(connection, said.who), value)

    def _merge(self, connection: Connection, into: words.Customer, other: str) -> None:
        """As the command does it: a third party is made a customer first."""
        if all(one.key not in _keys_of(self.case, other) for one in words.customers(connection)):
            words.split(connection, self.case.who(other).address, into, into.role)
        words.merge(connection, into, self._customer(connection, other))

    def _say_of_thread(self, connection: Connection, said: Said, at: datetime) -> None:
        play = {"done": Play.DONE, "snooze": Play.SNOOZED, "log": Play.LOGGED}[said.what]
        until = moment(said.value) if play is Play.SNOOZED else None
        place = words.find_thread(connection, self._thread(connection, said))
        turn = Turn(said.turn)
        words.say(connection, place, play, at, turn=turn, until=until, channel=said.value)

    def _thread(self, connection: Connection, said: Said) -> int:
        """The thread of a mail, else the customer's newest."""
        owner = self._customer(connection, said.who)
        if not said.of:
            return words.newest_thread(connection, owner)
        name = self.composer.id(said.of)
        return next(
            one.thread
            for one in glance.threads(self.store.path)
            if one.customer == owner.key and any(each.message_id == name for each in one.messages)
        )

    def _move(self, connection: Connection, said: Said, at: datetime) -> None:
        owner = self._customer(connection, said.who)
        if said.what == "new_deal":
            number = words.open_deal(connection, owner, said.value, Stage(said.stage or "inquiry"), at)
            self._deals[said.value] = number
            if said.of:
                place = words.find_thread(connection, self._thread(connection, said))
                words.put_thread_into_deal(connection, place, number)
            return
        number = self._deals.get(said.deal) or next((one[0] for one in owner.deals), 0)
        if number:
            words.move(connection, number, Stage(said.value), at)
        else:
            words.open_deal(connection, owner, "", Stage(said.value), at)

    def _customer(self, connection: Connection, who: str) -> words.Customer:
        return words.find_customer(connection, self.case.who(who).address)


def _keys_of(case: Case, who: str) -> tuple[str, str]:
    one = case.who(who)
    return (one.address, one.domain)


class _Taken:
    """A desktop that takes every pop-up."""

    name = "desktop"

    def deliver(self, pop_up: PopUp) -> Delivery:
        return Delivery(True, self.name, "taken")


def _config(case: Case, database: Path) -> Config:
    given = dict(case.config)
    rep = {"name": "Wei Chen", "country": "CN", "time_zone": "Asia/Shanghai", "working_hours": "09:00-18:00"}
    rep |= {key: given.pop(key) for key in ("our_domains",) if key in given}
    ignore = {"domains": given.pop("ignore", [])}
    account = {"name": ACCOUNT, "address": "wei@acme.test", "host": "127.0.0.1", "tls": "off", **given}
    store = {"url": f"sqlite:///{database}"}
    alerts = {"digest": False}
    tables = {"rep": rep, "account": [account], "ignore": ignore, "store": store, "alerts": alerts}
    return config_from(tables, database.with_name("config.toml"))


def _fresh_store() -> Store:
    """The one store of all cases, empty again. Its engine stays: most of a case's time would go into the same
    statements, compiled for a new one.
    """
    store, empty = _one_store()
    store.close()
    for file in store.path.parent.glob("watcher.db*"):
        file.unlink()
    store.path.write_bytes(empty)
    return store


@cache
def _one_store() -> tuple[Store, bytes]:
    """A store of today's schema, and its octets. In memory where the system has a place for that."""
    memory = Path("/dev/shm")
    folder = tempfile.mkdtemp(prefix="watcher-cases-", dir=memory if memory.is_dir() else None)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    store = open_store(Path(folder) / "watcher.db")
    migrate(store, datetime(2026, 1, 1, tzinfo=UTC))
    store.close()
    return store, store.path.read_bytes()
