"""What putting the daemon in place comes to, as plain values: nothing here touches the machine."""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass
from pathlib import Path, PurePath

_SETTINGS_FOLDER = {"win32": ("LOCALAPPDATA", "AppData/Local")}


@dataclass(frozen=True, slots=True)
class Command:
    """One call of the platform's own tool. `may_fail`: its failure means there was nothing to do."""

    argv: tuple[str, ...]
    may_fail: bool = False

    def __str__(self) -> str:
        return " ".join(self.argv)


@dataclass(frozen=True, slots=True)
class ServiceFiles:
    """One definition, where it goes, and the commands around it.

    `probe` must succeed before anything is written; `enable` runs after the file is there, `disable`
    before it is removed, `forget` after. `query` prints `running_mark` while the daemon runs.
    """

    path: Path
    text: str
    enable: tuple[Command, ...]
    disable: tuple[Command, ...]
    query: Command
    running_mark: str
    encoding: str = "utf-8"
    probe: Command | None = None
    forget: tuple[Command, ...] = ()


@dataclass(frozen=True, slots=True)
class Login:
    """Whose session the daemon belongs to; `settings` is where that platform keeps a user's settings."""

    home: PurePath
    settings: PurePath
    user: str
    uid: int

    @classmethod
    def current(cls, platform: str) -> Login:
        """The person at this machine, read from the environment."""
        home = Path.home()
        variable, usual = _SETTINGS_FOLDER.get(platform, ("XDG_CONFIG_HOME", ".config"))
        settings = Path(os.environ.get(variable) or home / usual)
        return cls(home, settings, _user_name(platform), os.getuid() if hasattr(os, "getuid") else 0)


def _user_name(platform: str) -> str:
    # Task Scheduler wants DOMAIN\user: a bare name may be ambiguous on a machine in a domain.
    domain = os.environ.get("USERDOMAIN", "") if platform == "win32" else ""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in some containers
        name = ""
    return f"{domain}\\{name}" if domain else name
