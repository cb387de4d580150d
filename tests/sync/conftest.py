"""What the tests of sync share."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from watcher.store.engine import open_store
from watcher.store.migrate import migrate


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that holds nothing: the migrations run once, and every test begins with a copy."""
    place = tmp_path_factory.mktemp("empty") / "watcher.db"
    with contextlib.closing(open_store(place)) as store:
        migrate(store, datetime(2026, 1, 1, tzinfo=UTC))
    return place
