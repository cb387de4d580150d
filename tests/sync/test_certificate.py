"""A certificate nobody vouches for: nothing is read, and it is said why."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.dovecot import Dovecot
from watcher.app import open_app
from watcher.config import config_from

pytestmark = pytest.mark.dovecot


@pytest.mark.parametrize("trusted", [True, False])
def test_only_a_trusted_certificate_will_do(dovecot: Dovecot, tmp_path: Path, trusted: bool) -> None:
    account = {
        "address": dovecot.user,
        "host": "localhost",
        "port": dovecot.tls_port,
        "password_command": f"echo '{dovecot.password}'",
    }
    if trusted:
        account["ca_file"] = str(dovecot.certificate)
    tables = {"account": [account], "store": {"url": f"sqlite:///{tmp_path / 'watcher.db'}"}}
    with open_app(config_from(tables, tmp_path / "config.toml")) as app:
        done = app.sync()
    assert done.whole is trusted
    if not trusted:
        assert [one.exit_code for one in done.errors] == [12]
        assert "certificate" in str(done.errors[0])


def test_a_file_that_is_no_certificate_is_a_config_error(dovecot: Dovecot, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate", "utf-8")
    account = {
        "address": dovecot.user,
        "host": "localhost",
        "port": dovecot.tls_port,
        "password_command": f"echo '{dovecot.password}'",
        "ca_file": str(tmp_path / "ca.pem"),
    }
    tables = {"account": [account], "store": {"url": f"sqlite:///{tmp_path / 'watcher.db'}"}}
    with open_app(config_from(tables, tmp_path / "config.toml")) as app:
        done = app.sync()
    assert [one.exit_code for one in done.errors] == [10]
    assert "holds no certificate" in str(done.errors[0])
