"""Windows: a Task Scheduler entry at logon. Rendered and parsed in tests, never run on Windows by us.

Elements and defaults: Task Scheduler Schema, learn.microsoft.com/windows/win32/taskschd.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from xml.etree import ElementTree

from watcher.service.plan import Command, Login, ServiceFiles

TASK = "followup-watcher"
NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"

_SETTINGS = {
    "MultipleInstancesPolicy": "IgnoreNew",
    # The defaults would leave a laptop on battery without a watcher, and end it after three days.
    "DisallowStartIfOnBatteries": "false",
    "StopIfGoingOnBatteries": "false",
    "ExecutionTimeLimit": "PT0S",
    "StartWhenAvailable": "true",
}


def task(arguments: tuple[str, ...], login: Login) -> ServiceFiles:
    """The task that runs `arguments` when the login's user logs on."""
    path = Path(login.settings) / "watcher" / "watcher-task.xml"
    state = f"(Get-ScheduledTask -TaskName {TASK}).State"  # an enum: the same word in every language
    return ServiceFiles(
        path=path,
        text=_task_xml(arguments, login),
        # schtasks reads the encoding from a byte order mark, and UTF-8 without one as ANSI.
        encoding="utf-16",
        enable=(_schtasks("/Create", "/XML", str(path), "/F"), _schtasks("/Run")),
        disable=(_schtasks("/End", may_fail=True), _schtasks("/Delete", "/F", may_fail=True)),
        query=Command(("powershell", "-NoProfile", "-Command", state), may_fail=True),
        running_mark="Running",
    )


def _task_xml(arguments: tuple[str, ...], login: Login) -> str:
    root = ElementTree.Element("Task", version="1.2", xmlns=NAMESPACE)
    _texts(_under(root, "RegistrationInfo"), {"Description": "Whose turn is it on every customer thread"})
    # Without UserId it would mean anybody's logon, which only an administrator may ask for.
    _texts(_under(root, "Triggers", "LogonTrigger"), {"Enabled": "true", "UserId": login.user})
    principal = _under(root, "Principals", "Principal")
    principal.set("id", "Author")
    _texts(principal, {"UserId": login.user, "LogonType": "InteractiveToken", "RunLevel": "LeastPrivilege"})
    settings = _under(root, "Settings")
    _texts(settings, _SETTINGS)
    _texts(_under(settings, "RestartOnFailure"), {"Interval": "PT1M", "Count": "3"})
    actions = _under(root, "Actions")
    actions.set("Context", "Author")
    command = {"Command": arguments[0], "Arguments": subprocess.list2cmdline(arguments[1:])}
    _texts(_under(actions, "Exec"), command)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-16"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _under(parent: ElementTree.Element, *names: str) -> ElementTree.Element:
    for name in names:
        parent = ElementTree.SubElement(parent, name)
    return parent


def _texts(parent: ElementTree.Element, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        ElementTree.SubElement(parent, name).text = text


def _schtasks(verb: str, *arguments: str, may_fail: bool = False) -> Command:
    return Command(("schtasks", verb, "/TN", TASK, *arguments), may_fail)
