"""What holds for every command: help with examples, completion, quick to start, one line for an error."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest
from click.shell_completion import ShellComplete

from watcher.cli import _COMMANDS, cli

if TYPE_CHECKING:
    from tests.cli.kept import Desk

HEAVY = {
    "sqlalchemy",
    "pydantic",
    "imapclient",
    "alembic",
    "holidays",
    "apscheduler",
    "mailparser",
    "keyring",
}


def all_commands() -> list[tuple[str, ...]]:
    context = click.Context(cli)
    found: list[tuple[str, ...]] = []
    for name in _COMMANDS:
        command = cli.get_command(context, name)
        found.append((name,))
        if isinstance(command, click.Group):
            found += [(name, one) for one in command.commands]
    return found


@pytest.mark.parametrize("command", all_commands(), ids=" ".join)
def test_help_has_two_examples(desk: Desk, command: tuple[str, ...]) -> None:
    for option in ("-h", "--help"):
        answer = desk.watcher(*command, option)
        assert answer.code == 0
    if command[0] == "service" and len(command) > 1:
        return  # three words with no options between them
    examples = answer.out.partition("Examples:\n")[2].partition("\n\n")[0].splitlines()
    assert len(examples) >= 2
    assert command[0] in examples[0].split()
    assert all(line.split()[0] == "watcher" for line in examples)


@pytest.mark.parametrize(
    ("words", "typed", "expected"),
    [
        ([], "s", {"sync", "status", "show", "stage", "snooze", "sheet", "service"}),
        (["customer"], "m", {"merge"}),
        (["stage", "meyer"], "", {"cold", "inquiry", "opportunity", "pi", "won", "lost"}),
        (["log", "meyer", "call", "x", "--turn"], "", {"theirs", "ours", "nobody"}),
        (["status"], "--a", {"--all"}),
    ],
)
def test_completion(words: list[str], typed: str, expected: set[str]) -> None:
    completion = ShellComplete(cli, {}, "watcher", "_WATCHER_COMPLETE")
    assert {one.value for one in completion.get_completions(words, typed)} == expected


@pytest.mark.daemon
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(desk: Desk, shell: str) -> None:
    answer = run(desk, environment={"_WATCHER_COMPLETE": f"{shell}_source", "PATH": os.environ["PATH"]})
    assert "_WATCHER_COMPLETE" in answer.stdout


def run(
    desk: Desk, *arguments: str, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "watcher", *arguments],
        env={
            "WATCHER_CONFIG": str(desk.config),
            "PYTHONPATH": ":".join(filter(None, sys.path)),
            **(environment or {}),
        },
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        check=False,
    )


@pytest.mark.daemon
@pytest.mark.parametrize(
    "arguments", [("status",), ("status", "--json"), ("threads",), ("--help",), ("reminders",)]
)
def test_what_is_glanced_at_loads_nothing_heavy(desk: Desk, arguments: tuple[str, ...]) -> None:
    answer = run(desk, *arguments)
    assert answer.returncode == 0
    loaded = {line.rpartition("|")[2].strip() for line in answer.stderr.splitlines()}
    assert "watcher.cli.common" in loaded
    assert loaded.isdisjoint(HEAVY)


@pytest.mark.daemon
def test_status_loads_no_calendar_and_no_traceback(desk: Desk) -> None:
    """Each costs as much as all that a list is printed with."""
    answer = run(desk, "status", "--all")
    loaded = {line.rpartition("|")[2].strip() for line in answer.stderr.splitlines()}
    assert "watcher.domain.marks" in loaded
    assert loaded.isdisjoint({"watcher.domain.calendars", "traceback", "configparser"})


@pytest.mark.daemon
@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("show", "9999"), 2, "error: there is no thread 9999. watcher threads lists them. (exit 2)"),
        (("snooze", "1", "never"), 2, "error: 'never' is no date."),
        (("--config", "/nowhere.toml", "threads"), 10, "error: no config at /nowhere.toml."),
    ],
)
def test_an_error_is_one_line(desk: Desk, arguments: tuple[str, ...], code: int, says: str) -> None:
    answer = run(desk, *arguments)
    lines = [line for line in answer.stderr.splitlines() if not line.startswith("import time:")]
    assert (answer.returncode, len(lines)) == (code, 1)
    assert lines[0].startswith(says)


@pytest.mark.daemon
@pytest.mark.parametrize("arguments", [("--help",), ("show", "-h"), ("threads", "--json"), ("status",)])
def test_whoever_reads_may_have_enough(desk: Desk, arguments: tuple[str, ...]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "watcher", *arguments],
        env={"WATCHER_CONFIG": str(desk.config), "PYTHONPATH": ":".join(filter(None, sys.path))},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert (process.stderr.read(), process.wait(60)) == (b"", 0)
    process.stderr.close()
