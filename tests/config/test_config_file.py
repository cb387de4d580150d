"""A new config: what is rendered loads again as it was answered, and nobody else can read it."""

from __future__ import annotations

import shlex
import tomllib
from datetime import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from watcher.config import Answers, config_from, load_config, render_config, write_config
from watcher.errors import ConfigError, UsageError

ANSWERS = Answers(
    name='Wei "Max" Chen',
    country="CN",
    time_zone="Asia/Shanghai",
    working_hours="08:30-17:30",
    address="wei@acme.test",
    aliases=("wei.chen@acme.test",),
    host="imap.acme.test",
    port=1143,
    tls="starttls",
    user="ACME\\wei",
    password_command="pass show 'mail/acme test'",
    sent="已发送",
)
LEAST = Answers(address="wei@acme.test", host="imap.acme.test", port=993, tls="implicit", user="wei")


def test_every_answer_comes_back_from_the_file(tmp_path: Path) -> None:
    write_config(tmp_path / "config.toml", render_config(ANSWERS))
    config = load_config(tmp_path / "config.toml")
    (account,) = config.accounts
    assert (config.rep.name, config.rep.country) == ('Wei "Max" Chen', "CN")
    assert config.rep.time_zone == "Asia/Shanghai"
    assert config.rep.working_hours == (time(8, 30), time(17, 30))
    assert (account.address, account.aliases) == ("wei@acme.test", ("wei.chen@acme.test",))
    assert (account.host, account.port, account.tls) == ("imap.acme.test", 1143, "starttls")
    assert (account.user, account.sent) == ("ACME\\wei", "已发送")
    assert account.password_command == "pass show 'mail/acme test'"


def test_what_was_not_answered_is_left_out() -> None:
    assert tomllib.loads(render_config(LEAST)) == {
        "rep": {},
        "account": [
            {
                "address": "wei@acme.test",
                "host": "imap.acme.test",
                "port": 993,
                "tls": "implicit",
                "user": "wei",
            }
        ],
    }


def test_a_new_config_is_short_and_says_where_the_password_is() -> None:
    text = render_config(LEAST)
    assert len(text.splitlines()) <= 20
    assert "keyring" in text
    assert "keyring" not in render_config(ANSWERS)


# Any text that UTF-8 can hold; a surrogate alone is not text.
texts = st.text(st.characters(exclude_categories=["Cs"]))
said = texts.filter(lambda text: bool(text.strip()))
locals_ = st.text(
    st.characters(categories=["Ll", "Nd"], include_characters="!#$%&'*+-/=?^_`{|}~.\"\\"), min_size=1
)
addresses = locals_.map(lambda local: f"{local}@acme.test")


@example(name='\x7f\\"\r\n\x00', address="wei@acme.test", aliases=(), user="wei", command=None, sent=None)
@given(
    name=texts,
    address=addresses,
    aliases=st.lists(addresses, unique_by=str.lower).map(tuple),
    user=said,
    command=st.none() | st.lists(texts, min_size=1).map(shlex.join),
    sent=st.none() | said,
)
def test_any_names_addresses_and_commands_come_back(
    name: str, address: str, aliases: tuple[str, ...], user: str, command: str | None, sent: str | None
) -> None:
    answers = Answers(
        name=name,
        address=address,
        aliases=aliases,
        host="imap.acme.test",
        port=993,
        tls="implicit",
        user=user,
        password_command=command,
        sent=sent,
    )
    config = config_from(tomllib.loads(render_config(answers)), Path("/nowhere/config.toml"))
    (account,) = config.accounts
    assert config.rep.name == name
    assert (account.address, account.aliases) == (address.lower(), tuple(map(str.lower, aliases)))
    assert (account.user, account.password_command, account.sent) == (user, command, sent)


def test_only_the_rep_can_read_the_file_and_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "watcher" / "config.toml"
    write_config(path, "a")
    write_config(path, "b", replace=True)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["config.toml"]


def test_a_config_is_not_overwritten_unasked(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        write_config(path, "theirs")
    assert path.read_text() == "mine"
    write_config(path, "theirs", replace=True)
    assert path.read_text() == "theirs"


def test_a_linked_config_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles.toml", tmp_path / "config.toml"
    real.write_text("old")
    link.symlink_to(real)
    write_config(link, "new", replace=True)
    assert link.is_symlink()
    assert real.read_text() == "new"


def test_a_disk_that_says_no_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"cannot be written: (File exists|Not a directory)\."):
        write_config(tmp_path / "file" / "config.toml", "text")
