"""Stores of any size, filled as a sync fills them, without a server in between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bench.mailbox import REP, Mail, mails, now
from watcher.config import Config, load_config
from watcher.domain.kinds import classify
from watcher.domain.messages import Role
from watcher.domain.stages import Stage
from watcher.mailbox.headers import read_envelope
from watcher.review import company_of, review
from watcher.store import mail, words
from watcher.store.engine import Store, open_store
from watcher.store.migrate import migrate

_BATCH = 2000
_FOLDERS = {"INBOX": Role.INBOX, "Sent": Role.SENT}


def config_in(folder: Path, port: int = 143, password: str = "none", more: str = "") -> Path:  # noqa: S107
    """A config file, for the command line and for us."""
    path = folder / "config.toml"
    path.write_text(
        f'[rep]\nname = "Wei Chen"\ntime_zone = "UTC"\nworking_hours = "00:00-23:59"\n\n'
        f'[[account]]\naddress = "{REP}"\nhost = "127.0.0.1"\nport = {port}\ntls = "off"\n'
        f'password_command = "echo {password}"\n\n[store]\nurl = "sqlite:///watcher.db"\n{more}',
        "utf-8",
    )
    return path


@dataclass
class Filler:
    """Keeps mails in a store, folder by folder, as arrivals of a sync."""

    store: Store

    def __post_init__(self) -> None:
        self._uids = dict.fromkeys(_FOLDERS, 0)

    def fill(self, count: int, moment: datetime) -> None:
        """Keep so many generated mails, and judge them."""
        migrate(self.store, moment)
        with self.store.writing() as connection:
            number = mail.account_id(connection, "work")
            for name, role in _FOLDERS.items():
                mail.keep_folder(connection, number, name, role, "")
        waiting: dict[str, list[Mail]] = {name: [] for name in _FOLDERS}
        for one in mails(count, moment):
            waiting[one.folder].append(one)
            if len(waiting[one.folder]) == _BATCH:
                self.keep(one.folder, waiting[one.folder])
                waiting[one.folder] = []
        for name, rest in waiting.items():
            self.keep(name, rest)

    def keep(self, folder: str, arrived: list[Mail]) -> None:
        """Keep mails as one batch of a sync does."""
        arrivals = []
        for one in arrived:
            self._uids[folder] += 1
            envelope = read_envelope(one.raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
            arrivals.append(mail.Arrival(self._uids[folder], one.at, envelope, classify(envelope)))
        with self.store.writing() as connection:
            known = mail.folders(connection, "work")[folder]
            mail.keep_arrivals(connection, known, arrivals, self._uids[folder], company_of)
            mail.folder_was_read(connection, known, self._uids[folder], now())


def promoted(store: Store, config: Config, moment: datetime, most: int = 30) -> None:
    """Make opportunities of customers who are overdue: `status` lists those, and counts the others."""
    query = "SELECT DISTINCT deal_id FROM wait WHERE due <= ? AND dormant_from > ? ORDER BY due LIMIT ?"
    seconds = int(moment.timestamp())
    with store.writing() as connection:
        for deal in connection.exec_driver_sql(query, (seconds, seconds, most)).scalars().all():
            words.move(connection, deal, Stage.OPPORTUNITY, moment)
    review(store, config, moment)


def filled(folder: Path, count: int, moment: datetime) -> tuple[Filler, Config]:
    """A store of so many messages, kept and judged."""
    config = load_config(config_in(folder))
    made = Filler(open_store(config.database_path()))
    made.fill(count, moment)
    review(made.store, config, moment)
    return made, config
