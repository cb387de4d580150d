"""macOS: a launchd agent (launchd.plist(5)). Rendered and parsed in tests, never run on a Mac by us."""

from __future__ import annotations

import plistlib
from pathlib import Path

from watcher.service.plan import Command, Login, ServiceFiles

LABEL = "followup-watcher"


def agent(arguments: tuple[str, ...], login: Login) -> ServiceFiles:
    """The agent that runs `arguments` in the login's graphical session."""
    path = Path(login.home) / "Library" / "LaunchAgents" / f"{LABEL}.plist"
    domain = f"gui/{login.uid}"
    unload = Command(("launchctl", "bootout", f"{domain}/{LABEL}"), may_fail=True)
    return ServiceFiles(
        path=path,
        text=_property_list(arguments, login),
        # bootstrap refuses an agent that is loaded already, so a second install unloads it first.
        enable=(unload, Command(("launchctl", "bootstrap", domain, str(path)))),
        disable=(unload,),
        query=Command(("launchctl", "print", f"{domain}/{LABEL}"), may_fail=True),
        running_mark="state = running",
    )


def _property_list(arguments: tuple[str, ...], login: Login) -> str:
    log = str(login.home / "Library" / "Logs" / "watcher.log")
    agent = {
        "Label": LABEL,
        "ProgramArguments": list(arguments),
        "RunAtLoad": True,
        # Only after a failure. launchd cannot tell exit codes apart, so a refused password is tried
        # again too: once a minute at most.
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 60,
        "ExitTimeOut": 10,
        "Umask": 0o077,
        "EnvironmentVariables": {"PYTHONUNBUFFERED": "1"},
        "StandardOutPath": log,
        "StandardErrorPath": log,
    }
    return plistlib.dumps(agent, sort_keys=False).decode("utf-8")
