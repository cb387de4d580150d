"""What is found without the config's models: by the same rules, and without their weight."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from watcher.config import load_config
from watcher.errors import ConfigError
from watcher.paths import config_path, rep_time_zone, store_path, system_time_zone

ACCOUNT = '[[account]]\naddress = "wei@acme.test"\nhost = "imap.acme.test"\n'


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_the_config_is_where_it_was_asked_for_then_where_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home-of-wei")
    monkeypatch.setenv("WATCHER_CONFIG", "~/from-environment.toml")
    assert config_path("asked.toml") == tmp_path / "asked.toml"
    assert config_path(None) == Path("/home-of-wei/from-environment.toml")


@pytest.mark.skipif(sys.platform != "linux", reason="each platform has its own config folder")
def test_the_config_is_else_in_the_platforms_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WATCHER_CONFIG", "")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert config_path() == tmp_path / "watcher" / "config.toml"


@pytest.mark.parametrize(
    "text",
    [
        "",
        '[store]\nurl = "sqlite:///watcher.db"',
        '[store]\nurl = "sqlite:////srv/watcher.db"',
        '[rep]\ntime_zone = "America/Mexico_City"',
    ],
)
def test_store_and_zone_are_those_of_the_whole_config(config_file: Path, text: str) -> None:
    config_file.write_text(ACCOUNT + text)
    config = load_config(config_file)
    assert store_path(config_file) == config.database_path()
    assert rep_time_zone(config_file) == config.rep.zone


@pytest.mark.parametrize(
    "text",
    [
        '[store]\nurl = "postgresql://wei:hunter2@db.test/mail"',
        "[store]\nurl = 5",
        '[rep]\ntime_zone = "Mars/Olympus"',
        "[rep]\ntime_zone = 8",
    ],
)
def test_a_wrong_value_is_told_as_the_whole_config_tells_it(config_file: Path, text: str) -> None:
    config_file.write_text(ACCOUNT + text)
    with pytest.raises(ConfigError) as whole:
        load_config(config_file)
    with pytest.raises(ConfigError) as light:
        store_path(config_file)
        rep_time_zone(config_file)
    assert (light.value.message, light.value.problems) == (whole.value.message, whole.value.problems)


def test_other_problems_do_not_stand_in_the_way(config_file: Path) -> None:
    config_file.write_text('unknown = 1\n[store]\nurl = "sqlite:///w.db"\n')
    assert store_path(config_file) == config_file.parent / "w.db"


def test_a_table_that_is_none_is_a_problem_here_too(config_file: Path) -> None:
    config_file.write_text("store = 5")
    with pytest.raises(ConfigError) as refused:
        store_path(config_file)
    assert refused.value.problems == ("store: 5 is not a table; write it under its own [heading]",)


@pytest.mark.parametrize(
    ("variable", "link", "name"),
    [
        ("Europe/Berlin", "/usr/share/zoneinfo/Asia/Tokyo", "Europe/Berlin"),
        (":Europe/Berlin", "/usr/share/zoneinfo/Asia/Tokyo", "Europe/Berlin"),
        ("", "/usr/share/zoneinfo/Asia/Tokyo", "Asia/Tokyo"),
        ("", "/var/db/timezone/zoneinfo/Asia/Tokyo", "Asia/Tokyo"),
        ("CET-1CEST", "/usr/share/zoneinfo/Asia/Tokyo", "Asia/Tokyo"),
        ("", "/usr/share/zoneinfo/Not/There", "UTC"),
        ("", "/somewhere/else", "UTC"),
        ("/etc/localtime", "/somewhere/else", "UTC"),
    ],
)
def test_the_systems_zone_is_tz_then_the_link_then_utc(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, link: str, name: str
) -> None:
    monkeypatch.setenv("TZ", variable)
    localtime = tmp_path / "localtime"
    localtime.symlink_to(link)
    assert system_time_zone(localtime) == name
    assert ZoneInfo(name)


def test_a_copied_localtime_names_no_zone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TZ", raising=False)
    (tmp_path / "localtime").touch()
    assert system_time_zone(tmp_path / "localtime") == "UTC"


def test_paths_come_without_the_weight_of_the_models() -> None:
    heavy = "import sys, watcher.paths; print(sorted({'pydantic', 'sqlalchemy'} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
