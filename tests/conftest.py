"""Real servers for every test that asks for one, and loud skips where a machine has none."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests import corpora
from tests.servers import need as require
from tests.servers.dovecot import Dovecot

if TYPE_CHECKING:
    from pathlib import Path

    from watcher.demo.server import DemoServer

__all__ = ["require"]


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    """A running Dovecot with an empty account of its own."""
    require("dovecot")
    server = Dovecot()
    try:
        yield server.start()
    finally:
        server.remove()


@pytest.fixture
def pymap_server() -> Iterator[DemoServer]:
    """A running pymap with an empty account of its own, and the folders Sent, Junk, Trash and Drafts."""
    if importlib.util.find_spec("pymap") is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(
            "pymap is not installed (the demo extra)"
        )
    from watcher.demo.server import SPECIAL_USE, DemoServer

    with DemoServer("wei@acme.test", "kick it back") as server:
        for folder in SPECIAL_USE:
            server.create(folder)
        yield server


@pytest.fixture(scope="session")
def unpacked_corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sets `parser` and `ham` of real mail.

    Skipped where they are absent, even with CI=true: they are no part of the project.
    """
    if not (corpora.place() / "unpack").exists():
        pytest.skip(f"no corpora of real mail in {corpora.place()} (WATCHER_CORPORA names another place)")
    return corpora.unpack(tmp_path_factory.mktemp("corpora"), "parser", "ham")
