"""The documents keep what they promise."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from watcher.cli import _COMMANDS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("name", _COMMANDS)
def test_every_command_is_in_the_readme(name: str) -> None:
    assert f"`watcher {name}`" in (ROOT / "README.md").read_text("utf-8")


def test_ci_calls_the_readmes_test_command() -> None:
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert any(line.strip().endswith("make test") for line in lines)
    assert "\nmake test " in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize(
    "page", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=lambda page: page.name
)
def test_a_decision_is_under_thirty_lines(page: Path) -> None:
    assert len(page.read_text("utf-8").splitlines()) < 30
