"""Shipped files are found in the source tree, and in the wheel that people install."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from watcher.shipped import shipped

ROOT = Path(__file__).parents[2]
NAMES = ("migrations", "systemd", "config.example.toml")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree, unpacked as an installer would."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", f"--wheel-dir={folder}", str(ROOT)]
    if importlib.util.find_spec("hatchling"):
        build.append("--no-build-isolation")  # nothing to download then
    subprocess.run(build, check=True, capture_output=True, timeout=120)
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder / "site"


@pytest.mark.parametrize("name", NAMES)
def test_in_the_source_tree(name: str) -> None:
    assert shipped(name) == ROOT / name


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
