"""Where things lie, read without the weight of the config's models.

`watcher status` answers in a blink, so it may not import pydantic: it needs the store's path and the
rep's time zone, and both are found here by the rules that `watcher.config` uses too.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from watcher.config_problems import MEND, WRONG_TYPE, shown
from watcher.domain.labels import LANGUAGES, labels
from watcher.errors import ConfigError

_APP = "watcher"
_LOCALTIME = Path("/etc/localtime")


def config_path(explicit: str | None = None) -> Path:
    """The config file, absolute: as asked, else `$WATCHER_CONFIG`, else in the platform's config folder."""
    named = explicit or os.environ.get("WATCHER_CONFIG")
    if named:
        return Path(named).expanduser().absolute()
    from platformdirs import user_config_path

    return user_config_path(_APP, appauthor=False) / "config.toml"


def read_toml(path: Path) -> dict[str, object]:
    """The tables of a config file.

    Raises `ConfigError` where the file is missing, cannot be read, or is not TOML in UTF-8
    (https://toml.io/en/v1.0.0); a syntax error names its line and column.
    """
    try:
        # Windows editors put a byte order mark in front, which TOML does not allow.
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(f"no config at {path}.", "Create one: watcher init") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text.", "Save it as UTF-8.") from error
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is not TOML: {_with_place(str(error), text)}.", MEND) from error


def default_store_url() -> str:
    """SQLite in the platform's data folder."""
    from platformdirs import user_data_path

    return f"sqlite:///{user_data_path(_APP, appauthor=False) / 'watcher.db'}"


def sqlite_path(url: str, folder: Path) -> Path:
    """The file of `sqlite:///FILE`; a relative one lies in `folder`, `~` is the home.

    Four slashes begin a full path, as SQLAlchemy has it. Raises ValueError with what would be right.
    """
    if url.startswith("postgres"):
        raise ValueError('is not supported yet, PostgreSQL comes later; use "sqlite:///watcher.db"')
    scheme, _, file = url.partition(":///")
    if scheme != "sqlite" or not file or file.endswith(("/", "\\")):
        raise ValueError('is not the URL of a store; use "sqlite:///watcher.db"')
    if file == ":memory:":
        raise ValueError('would forget everything at exit; name a file, as in "sqlite:///watcher.db"')
    if "?" in file:
        raise ValueError('takes no options after "?"; use "sqlite:///watcher.db"')
    return beside(folder, file)


def beside(folder: Path, file: str) -> Path:
    """A path as the config may give it: relative ones start at `folder`, `~` is the home.

    Raises ValueError for the home of somebody unknown.
    """
    try:
        return folder / Path(file).expanduser()
    except RuntimeError as error:
        raise ValueError("names the home of nobody on this machine; write the full path") from error


def store_path(config_path: Path) -> Path:
    """The store's file as `[store] url` names it, nothing else of the config being looked at.

    Raises `ConfigError`.
    """
    url = _text(config_path, "store", "url") or default_store_url()
    try:
        return sqlite_path(url, config_path.parent)
    except ValueError as error:
        raise _problem(config_path, f"store.url: {shown(url)} {error}") from error


def rep_time_zone(config_path: Path) -> ZoneInfo:
    """The zone as `[rep] time_zone` names it, else the system's. Raises `ConfigError`."""
    name = _text(config_path, "rep", "time_zone")
    if name is None:
        return ZoneInfo(system_time_zone())
    try:
        return zone(name)
    except ValueError as error:
        raise _problem(config_path, f"rep.time_zone: {shown(name)} {error}") from error


def zone(name: str) -> ZoneInfo:
    """A zone of the IANA database. Raises ValueError with what would be right."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        near = get_close_matches(name, available_timezones(), n=1) or ["Europe/Berlin"]
        raise ValueError(f'is not a time zone; use a name as in "{near[0]}"') from error


def system_time_zone(localtime: Path = _LOCALTIME) -> str:
    """The name of the system's zone: `$TZ`, else where /etc/localtime points to, else UTC."""
    linked = localtime.resolve().as_posix().partition("zoneinfo/")[2]
    for name in (os.environ.get("TZ", "").removeprefix(":"), linked):
        if name and _is_zone(name):
            return name
    return "UTC"


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False  # a POSIX rule such as "CET-1CEST" has no name we could keep
    return True


def stage_labels(config_path: Path) -> dict[str, str]:
    """What each stage is called, as `[stages] language` and the stages' `label` say. Raises `ConfigError`."""
    table = read_toml(config_path).get("stages")
    stages = table if isinstance(table, Mapping) else {}
    own = {
        name: said["label"]
        for name, said in stages.items()
        if isinstance(said, Mapping) and said.get("label")
    }
    language = stages.get("language", "en")
    if language not in LANGUAGES or not all(isinstance(one, str) for one in own.values()):
        raise _problem(config_path, "stages: the language or a label is not right; watcher check says which")
    return labels(language, own)


def _text(config_path: Path, table: str, key: str) -> str | None:
    section = read_toml(config_path).get(table, {})
    if not isinstance(section, Mapping):
        raise _problem(config_path, f"{table}: {shown(section)} {WRONG_TYPE['model_type']}")
    value = section.get(key)
    if value is None or isinstance(value, str):
        return value
    raise _problem(config_path, f"{table}.{key}: {shown(value)} {WRONG_TYPE['string_type']}")


def _problem(config_path: Path, line: str) -> ConfigError:
    return ConfigError(f"1 problem in {config_path}", MEND, [line])


def _with_place(complaint: str, text: str) -> str:
    """tomllib names line and column except for what is wrong at the very end."""
    lines = text.split("\n")
    return complaint.replace("at end of document", f"at line {len(lines)}, column {len(lines[-1]) + 1}")


def poll_seconds(path: Path) -> int:
    """`[sync] poll_seconds` of a config file, 300 by default. Raises `ConfigError` as read_toml does."""
    table = read_toml(path).get("sync")
    seconds = table.get("poll_seconds") if isinstance(table, Mapping) else None
    return seconds if isinstance(seconds, int) and not isinstance(seconds, bool) and seconds > 0 else 300
