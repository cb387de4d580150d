"""Linux: the shipped user unit with this machine's paths in ExecStart (systemd.service(5))."""

from __future__ import annotations

import re
from pathlib import Path

from watcher.service.plan import Command, Login, ServiceFiles
from watcher.shipped import shipped

UNIT = "watcher.service"

# systemd refuses an executable with quotes or a backslash in its path, and expands $ in arguments only.
_NOT_IN_A_PROGRAM_PATH = re.compile(r"[\"'\\$]")


def unit(arguments: tuple[str, ...], login: Login) -> ServiceFiles:
    """The user unit that runs `arguments`, under the login's `systemd/user`."""
    return ServiceFiles(
        path=Path(login.settings) / "systemd" / "user" / UNIT,
        text=_with_exec_start(_template(), exec_start(arguments)),
        probe=_systemctl("show-environment"),
        # restart, not `enable --now`: a second install must put the new definition to work.
        enable=(_systemctl("daemon-reload"), _systemctl("enable", UNIT), _systemctl("restart", UNIT)),
        disable=(_systemctl("disable", "--now", UNIT, may_fail=True),),
        forget=(_systemctl("daemon-reload", may_fail=True),),
        query=_systemctl("show", UNIT, "--property=ActiveState,SubState,Result,NRestarts,StatusText"),
        running_mark="ActiveState=active",
    )


def exec_start(arguments: tuple[str, ...]) -> str:
    """`arguments` (program first) as the value of ExecStart=."""
    if _NOT_IN_A_PROGRAM_PATH.search(arguments[0]):
        # exec, so that the daemon is still the main process: it alone may talk to NOTIFY_SOCKET.
        arguments = ("/bin/sh", "-c", 'exec "$0" "$@"', *arguments)
    return " ".join(_quoted(argument) for argument in arguments)


def _quoted(argument: str) -> str:
    """One argument in quotes: C escapes, %% for specifiers, $$ for variables."""
    doubled = argument.replace("%", "%%").replace("$", "$$")
    return '"' + doubled.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _template() -> str:
    return (shipped("systemd") / UNIT).read_text(encoding="utf-8")


def _with_exec_start(template: str, value: str) -> str:
    return re.sub(r"(?m)^ExecStart=.*$", lambda _: f"ExecStart={value}", template)


def _systemctl(*arguments: str, may_fail: bool = False) -> Command:
    return Command(("systemctl", "--user", *arguments), may_fail)


def is_absent_manager(answer: str) -> bool:
    """Whether `answer`, systemctl's error text in English, says that no user manager runs."""
    return bool(re.search(r"connect to (user scope )?bus|not been booted with systemd", answer))
