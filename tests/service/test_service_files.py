"""Each definition is read back with the standard library: what comes out is what went in."""

from __future__ import annotations

import plistlib
import re
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from xml.etree import ElementTree

import pytest

from watcher.errors import UsageError
from watcher.service import Login, ServiceFiles, render

POSIX = Login(PurePosixPath("/home/wei"), PurePosixPath("/home/wei/.config"), "wei", 1000)
WINDOWS = Login(
    PureWindowsPath("C:/Users/wei"), PureWindowsPath("C:/Users/wei/AppData/Local"), "ACME\\wei", 0
)

HOSTILE_FOLDERS = ["plain", "two  words", "100%h", "a&b<c>", "it's", "$HOME ${HOME}", "销售 é", "-x;#", "a=b"]
POSIX_ONLY = ['say "hi"', "back\\slash", "%%n", "\\x41", "tail\\"]


def posix(folder: str, file: str) -> PurePosixPath:
    return PurePosixPath("/opt", folder, file)


def task_element(service: ServiceFiles, name: str) -> str:
    # Read as the bytes that are written: declaration, byte order mark and all.
    root = ElementTree.fromstring(service.text.encode(service.encoding))  # noqa: S314  # our own text
    found = root.find(f".//{{http://schemas.microsoft.com/windows/2004/02/mit/task}}{name}")
    assert found is not None
    return found.text or ""


@pytest.mark.parametrize("folder", HOSTILE_FOLDERS + POSIX_ONLY)
def test_a_property_list_keeps_every_path(folder: str) -> None:
    program, config = posix(folder, "watcher"), posix(folder, "config.toml")
    agent = plistlib.loads(render("darwin", program, config, POSIX).text.encode())
    assert agent["ProgramArguments"] == [str(program), "--config", str(config), "run"]


@pytest.mark.parametrize("folder", HOSTILE_FOLDERS)
def test_a_task_keeps_every_path(folder: str) -> None:
    program = PureWindowsPath("C:/Program Files", folder, "watcher.exe")
    config = PureWindowsPath("D:/", folder, "config.toml")
    service = render("win32", program, config, WINDOWS)
    quoted = f'"{config}"' if " " in folder else str(config)
    assert task_element(service, "Command") == str(program)
    assert task_element(service, "Arguments") == f"--config {quoted} run"


@pytest.mark.parametrize(
    ("program", "config", "line"),
    [
        ("/bin/watcher", None, '"/bin/watcher" "run"'),
        ("/a b/watcher", "/c d.toml", '"/a b/watcher" "--config" "/c d.toml" "run"'),
        ("/100%/watcher", "/%h.toml", '"/100%%/watcher" "--config" "/%%h.toml" "run"'),
        ("/w", "/$HOME", '"/w" "--config" "/$$HOME" "run"'),
        ("/w", '/"\\', '"/w" "--config" "/\\"\\\\" "run"'),
        ("/销售/w", "/é", '"/销售/w" "--config" "/é" "run"'),
        # systemd takes no such program, a shell does; test_user_manager.py starts one
        ("/it's", None, '"/bin/sh" "-c" "exec \\"$$0\\" \\"$$@\\"" "/it\'s" "run"'),
    ],
)
def test_exec_start(program: str, config: str | None, line: str) -> None:
    service = render("linux", PurePosixPath(program), PurePosixPath(config) if config else None, POSIX)
    assert re.findall(r"(?m)^ExecStart=(.*)$", service.text) == [line]


def test_the_unit_is_the_shipped_one_but_for_exec_start() -> None:
    shipped = (Path(__file__).parents[2] / "systemd" / "watcher.service").read_text(encoding="utf-8")
    ours = render("linux", PurePosixPath("/bin/watcher"), None, POSIX).text
    assert ours.replace('"/bin/watcher" "run"', "%h/.local/bin/watcher run") == shipped


@pytest.mark.parametrize(
    ("platform", "login", "path"),
    [
        ("linux", POSIX, "/home/wei/.config/systemd/user/watcher.service"),
        ("darwin", POSIX, "/home/wei/Library/LaunchAgents/followup-watcher.plist"),
    ],
)
def test_where_it_goes(platform: str, login: Login, path: str) -> None:
    assert render(platform, PurePosixPath("/w"), None, login).path == Path(path)


def test_a_mac_restarts_after_a_failure_only_and_once_a_minute() -> None:
    agent = plistlib.loads(render("darwin", PurePosixPath("/w"), None, POSIX).text.encode())
    assert agent["KeepAlive"] == {"SuccessfulExit": False}
    assert agent["ThrottleInterval"] == 60
    assert agent["RunAtLoad"] is True
    assert agent["Umask"] == 0o077


@pytest.mark.parametrize(
    ("element", "text"),
    [
        ("LogonTrigger/{*}UserId", "ACME\\wei"),
        ("Principal/{*}RunLevel", "LeastPrivilege"),
        ("RestartOnFailure/{*}Interval", "PT1M"),
        ("RestartOnFailure/{*}Count", "3"),
        ("ExecutionTimeLimit", "PT0S"),
        ("StopIfGoingOnBatteries", "false"),
    ],
)
def test_a_task_runs_on_a_laptop_for_weeks(element: str, text: str) -> None:
    assert task_element(render("win32", PureWindowsPath("C:/w.exe"), None, WINDOWS), element) == text


@pytest.mark.parametrize(
    ("platform", "program", "config", "says"),
    [
        ("haiku", PurePosixPath("/w"), None, "no service definition for haiku"),
        ("linux", PurePosixPath("watcher"), None, "not an absolute path"),
        ("linux", PurePosixPath("/w"), PurePosixPath("config.toml"), "not an absolute path"),
        ("linux", PurePosixPath("/a\nExecStartPre=/b"), None, "cannot hold"),
        ("darwin", PurePosixPath("/\x01"), None, "cannot hold"),
        ("linux", PurePosixPath("/not-utf8-\udcff"), None, "cannot hold"),
    ],
)
def test_what_cannot_be_rendered(
    platform: str, program: PurePath, config: PurePath | None, says: str
) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        render(platform, program, config, POSIX)
    assert caught.value.mend
