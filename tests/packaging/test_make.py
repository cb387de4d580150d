"""The command file: every command is explained, and the environment says what it lacks."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with the command file and its scripts, and `bin` first on PATH."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "bin").mkdir()
    return tmp_path


def put_python(tree: Path, name: str, version: str = "", without_venv: bool = False) -> None:
    """A Python that claims to be `version`, or the real one but for its venv part."""
    old = f'case "$1" in --version) echo "Python {version}"; exit ;; esac; exit 1'
    bare = 'case "$2" in *ensurepip*) exit 1 ;; esac'
    lines = [
        "#!/bin/sh",
        old if version else "",
        bare if without_venv else "",
        f'exec "{sys.executable}" "$@"',
    ]
    (tree / "bin" / name).write_text("\n".join(lines))
    (tree / "bin" / name).chmod(0o755)


def run(tree: Path, *argv: str, **environ: str) -> subprocess.CompletedProcess[str]:
    path = f"{tree / 'bin'}:/usr/bin:/bin"
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "PYTHON"))}
    return subprocess.run(
        argv,
        cwd=tree,
        env={**inherited, "PATH": path, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_every_command_is_explained() -> None:
    commands = {name for names in re.findall(r"(?m)^\.PHONY: (.+)$", MAKEFILE) for name in names.split()}
    explained = set(re.findall(r"(?m)^([a-z]+):.* ## \S", MAKEFILE))
    assert commands == explained


def test_make_alone_lists_the_commands(tree: Path) -> None:
    listed = run(tree, "make").stdout
    assert re.search(r"(?m)^  make check +The gate", listed)
    assert len(listed.splitlines()) == len(re.findall(r" ## ", MAKEFILE))


def test_ci_runs_the_test_command() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert lines[-1] == "exec make test"


def test_a_python_that_is_too_old(tree: Path) -> None:
    put_python(tree, "oldpython", version="3.9.2")
    answer = run(tree, "scripts/environment", "demo", PYTHON="oldpython")
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert "needs Python 3.11 or newer, and here is Python 3.9.2" in answer.stderr


def test_no_python_at_all(tree: Path) -> None:
    answer = run(tree, "scripts/environment", "demo", PYTHON="no-such-python")
    assert answer.returncode == 1
    assert "and here is no no-such-python" in answer.stderr


def test_a_name_that_only_answers_not_installed_is_passed_over(tree: Path) -> None:
    put_python(tree, "python3.13", version="3.9.2")
    put_python(tree, "python3.12")
    assert run(tree, "scripts/python").stdout == "python3.12\n"


def test_a_python_without_venv_names_the_one_apt_line(tree: Path) -> None:
    put_python(tree, "python3.13", without_venv=True)
    answer = run(tree, "make", "demo")
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    assert answer.returncode == 2
    assert re.search(rf"apt install {package}$", answer.stderr, re.MULTILINE)
    assert not (tree / ".venv").exists()


@pytest.mark.parametrize("stamp", [".venv/.demo", ".venv/.dev"])
def test_the_environment_is_made_again_only_when_its_contents_changed(tree: Path, stamp: str) -> None:
    (tree / ".venv").mkdir()
    (tree / stamp).touch()
    assert run(tree, "make", "--question", stamp).returncode == 0
    later = (tree / stamp).stat().st_mtime + 1
    os.utime(tree / "pyproject.toml", (later, later))
    assert run(tree, "make", "--question", stamp).returncode == 1


def test_bytecode_is_written_whatever_the_shell_says(tree: Path) -> None:
    (tree / "GNUmakefile").write_text(
        f"include Makefile\nshow:\n\t@{sys.executable} -c 'import sys; print(sys.dont_write_bytecode)'\n"
    )
    assert run(tree, "make", "show", PYTHONDONTWRITEBYTECODE="1").stdout == "False\n"
