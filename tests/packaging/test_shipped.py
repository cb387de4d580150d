"""Shipped files are found in the source tree, and in the wheel that people install."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from watcher.shipped import shipped

ROOT = Path(__file__).parents[2]
NAMES = ("migrations", "systemd", "config.example.toml")


@pytest.mark.parametrize("name", NAMES)
def test_in_the_source_tree(name: str) -> None:
    assert shipped(name) == ROOT / name


@pytest.mark.daemon
@pytest.mark.parametrize("name", NAMES)
def test_in_the_wheel(installed: Path, name: str) -> None:
    ask = f"from watcher.shipped import shipped; print(shipped({name!r}))"
    # -I would drop PYTHONPATH, and -P keeps this tree's own `watcher` out of the way.
    answer = subprocess.run(
        [sys.executable, "-P", "-c", ask],
        env={"PYTHONPATH": str(installed)},
        cwd=installed.parent,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert Path(answer.stdout.strip()) == installed / "watcher" / "_shipped" / name


@pytest.mark.daemon
def test_the_wheel_has_all_of_each_folder(installed: Path) -> None:
    for name in ("migrations", "systemd"):
        in_tree = {
            path.relative_to(ROOT / name) for path in (ROOT / name).rglob("*.[psm]*") if path.is_file()
        }
        unpacked = installed / "watcher" / "_shipped" / name
        assert {path for path in in_tree if path.suffix != ".pyc" and not (unpacked / path).exists()} == set()


def test_a_broken_installation_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="no-such-file is neither in"):
        shipped("no-such-file")
