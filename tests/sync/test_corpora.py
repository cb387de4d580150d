"""Real mail that nobody here wrote goes in by IMAP: none of it stops a sync, next to none is set aside."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import corpora
from tests.servers.dovecot import Dovecot
from watcher.app import open_app
from watcher.config import config_from
from watcher.store.glance import threads

pytestmark = [pytest.mark.corpora, pytest.mark.dovecot]

# Dovecot, like any server, does not hold what has no octets.
MOST_SET_ASIDE = {"parser": 0.01, "ham": 0.0}


@pytest.mark.parametrize("name", ["parser", "ham"])
def test_no_mail_stops_a_sync(dovecot: Dovecot, unpacked_corpora: Path, tmp_path: Path, name: str) -> None:
    mails = [raw for _, raw in corpora.mails(unpacked_corpora / name) if raw.strip()]
    dovecot.append_all("INBOX", mails)
    account = {
        "address": dovecot.user,
        "host": dovecot.host,
        "port": dovecot.port,
        "tls": "off",
        "password_command": f"echo '{dovecot.password}'",
    }
    tables = {
        "account": [account],
        "store": {"url": f"sqlite:///{tmp_path / 'watcher.db'}"},
        "sync": {"since_days": 0},
    }
    with open_app(config_from(tables, tmp_path / "config.toml")) as app:
        done = app.sync()
        app.review()
        assert done.whole, done.errors
        report = done.reports["work"]
        with app.store.reading() as connection:
            places = connection.exec_driver_sql("SELECT COUNT(*) FROM location").scalar_one()
            stored = connection.exec_driver_sql("SELECT COUNT(*) FROM message").scalar_one()
        listed = {message.message_id for one in threads(app.store.path) for message in one.messages}
    print(f"{name}: {len(mails)} mails, {report.broken} set aside, {stored} messages")
    assert places + report.broken == len(mails)
    assert report.broken <= MOST_SET_ASIDE[name] * len(mails)
    assert len(listed) > 0.5 * stored
