"""What only glances, at the config and at the store, says the same as what reads them whole."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.kept import Desk

READERS = (["status"], ["threads"], ["threads", "--json"], ["show", "1"], ["reminders"])


@pytest.mark.parametrize("command", READERS)
def test_a_store_of_another_version_is_no_bug(desk: Desk, command: list[str]) -> None:
    with closing(sqlite3.connect(desk.store)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        connection.execute("ALTER TABLE thread_message DROP COLUMN because")
        connection.commit()
    answer = desk.watcher(*command)
    assert answer.code == 13
    assert (
        "is of another version of watcher. watcher sync or watcher run brings it up to date." in answer.error
    )


@pytest.mark.parametrize("command", READERS)
def test_every_problem_of_the_config_is_told(desk: Desk, command: list[str]) -> None:
    wrong = desk.config.read_text("utf-8").replace('country = "DE"', 'country = "Atlantis"', 1)
    wrong = wrong.replace("sqlite:///", "mysql:///", 1)
    desk.config.write_text(f"{wrong}\n[sync]\npoll_seconds = -1\n", "utf-8")
    answer = desk.watcher(*command)
    assert answer.code == 10
    assert answer.error.startswith("3 problems in ")
