"""Which definition a platform gets, and which paths it can hold."""

from __future__ import annotations

from pathlib import PurePath

from watcher.errors import UsageError
from watcher.service.launchd import agent
from watcher.service.plan import Login, ServiceFiles
from watcher.service.systemd import unit
from watcher.service.task_scheduler import task

_BY_PLATFORM = {"linux": unit, "darwin": agent, "win32": task}


def render(
    platform: str, executable: PurePath, config_path: PurePath | None = None, login: Login | None = None
) -> ServiceFiles:
    """The definition that starts `executable run` at login on `platform` (sys.platform's words).

    Both paths must be absolute: a service has no working directory of its own. Raises UsageError for
    a platform without a definition and for a path that no definition can hold.
    """
    if platform not in _BY_PLATFORM:
        raise UsageError(f"There is no service definition for {platform}.", "Start `watcher run` yourself.")
    config = ("--config", _writable(config_path)) if config_path else ()
    arguments = (_writable(executable), *config, "run")
    return _BY_PLATFORM[platform](arguments, login or Login.current(platform))


def _writable(path: PurePath) -> str:
    """`path` as text. Line breaks would end a unit's line, XML has no control characters at all."""
    text = str(path)
    if not path.is_absolute():
        raise UsageError(f"{text} is not an absolute path.", "Give the whole path.")
    if any(ord(character) < 32 or 0xD800 <= ord(character) <= 0xDFFF for character in text):
        raise UsageError(f"A service definition cannot hold the path {text!a}.", "Rename it.")
    return text
