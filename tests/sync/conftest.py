"""What the tests of sync share."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from watcher import links
from watcher.store.engine import open_store
from watcher.store.migrate import migrate


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that holds nothing: the migrations run once, and every test begins with a copy."""
    place = tmp_path_factory.mktemp("empty") / "watcher.db"
    with contextlib.closing(open_store(place)) as store:
        migrate(store, datetime(2026, 1, 1, tzinfo=UTC))
    return place


@pytest.fixture
def signed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Who signed in, each time."""
    names: list[str] = []
    real = links.sign_in

    def counted(account: Any, *more: Any) -> Any:
        names.append(account.name)
        return real(account, *more)

    monkeypatch.setattr(links, "sign_in", counted)
    return names
