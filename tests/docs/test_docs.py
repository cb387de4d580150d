"""The documents keep what they promise."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from watcher import __version__
from watcher.cli import _COMMANDS
from watcher.errors import WatcherError
from watcher.store.engine import open_store
from watcher.store.migrate import migrate
from watcher.store.tables import metadata

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
# Words that praise instead of saying what a thing does.
FLUFF = ("powerful", "seamless", "effortless", "blazing", "cutting-edge", "leverage", "easily", "simply")


def _name(page: Path) -> str:
    return page.name


@pytest.mark.parametrize("name", _COMMANDS)
def test_every_command_is_in_the_readme(name: str) -> None:
    assert f"\n| `watcher {name}` |" in README


def test_the_readme_names_no_command_that_is_not_there() -> None:
    told = re.findall(r"^(?:\| `)?watcher ([a-z]+)", README, re.MULTILINE)
    assert set(told) == set(_COMMANDS)


def test_every_exit_code_is_in_the_readme() -> None:
    line = re.search(r"Exit codes: (.*)\.", README)
    assert line is not None
    told = {int(one.split()[0]) for one in line[1].split(", ")}
    assert told == {0, *(one.exit_code for one in (WatcherError, *_below(WatcherError)))}


def _below(error: type[WatcherError]) -> list[type[WatcherError]]:
    return [each for one in error.__subclasses__() for each in (one, *_below(one))]


def test_ci_calls_the_readmes_test_command() -> None:
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert [line for line in lines if not line.startswith(("#", "set ", "cd "))] == ["exec make test"]
    assert "\nmake test " in README


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_pages_that_are_named_are_there(page: Path) -> None:
    """`watcher/domain/turns.py` in a text is a promise as good as a link."""
    for named in re.findall(
        r"`((?:watcher|docs|migrations|systemd|tests)/[\w/.-]+)`", page.read_text("utf-8")
    ):
        assert (ROOT / named).exists(), named


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_nothing_is_praised(page: Path) -> None:
    text = page.read_text("utf-8").casefold()
    assert [word for word in FLUFF if word in text] == []


@pytest.mark.parametrize("page", DECISIONS, ids=_name)
def test_a_decision_is_under_thirty_lines(page: Path) -> None:
    lines = page.read_text("utf-8").splitlines()
    assert len(lines) < 30
    assert lines[0].startswith(f"# {page.name[:4]} ")


@pytest.mark.parametrize("table", sorted(metadata.tables))
def test_every_table_is_in_the_architecture(table: str) -> None:
    store = ARCHITECTURE.partition("## The store")[2].partition("### The view")[0]
    assert f"`{table}`" in store


def test_the_columns_of_glance_are_documented(tmp_path: Path) -> None:
    section = ARCHITECTURE.partition("### The view")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.*?`) \|", section, re.MULTILINE)
    documented = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    store = open_store(tmp_path / "watcher.db")
    migrate(store, datetime(2026, 3, 19, tzinfo=UTC))
    with store.reading() as connection:
        assert documented == set(connection.exec_driver_sql("SELECT * FROM glance").keys())
    store.close()


def test_the_changelog_begins_with_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(r"^## \[([\d.]+)\]", text, re.MULTILINE)[1] == __version__  # type: ignore[index]
