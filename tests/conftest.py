"""Real servers for every test that asks for one, and loud skips where a machine has none."""

from __future__ import annotations

import gc
import importlib.util
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests import corpora
from tests.servers import need as require
from tests.servers.dovecot import Dovecot

if TYPE_CHECKING:
    from watcher.demo.server import DemoServer

__all__ = ["require"]

# `make check` asks each property the same few questions, so that the gate is quick and says the same twice;
# `make test` asks new ones each time, and more of them. A busy machine is no defect: nothing has a deadline.
settings.register_profile("quick", max_examples=15, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=100, deadline=None, print_blob=True)
settings.load_profile("thorough")

# What is imported while tests are collected stays to the end: looking through it again and again for garbage
# costs a sixth of the run.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


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


@pytest.fixture(scope="session")
def every_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every set of real mail. Skipped where they are absent, as above."""
    if not (corpora.place() / "unpack").exists():
        pytest.skip(f"no corpora of real mail in {corpora.place()} (WATCHER_CORPORA names another place)")
    return corpora.unpack(tmp_path_factory.mktemp("every_corpus"))


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree, unpacked as an installer would: the folder to put on the path."""
    folder = tmp_path_factory.mktemp("wheel")
    build = f"from hatchling.build import build_wheel; build_wheel({str(folder)!r})"
    root = Path(__file__).parents[1]
    subprocess.run([sys.executable, "-c", build], cwd=root, check=True, capture_output=True, timeout=120)
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder / "site"
