"""Puts the daemon in the hands of the platform's own service manager.

`render` decides (a `ServiceFiles`, plain values); `install`, `uninstall` and `status` do.
"""

from watcher.service.install import ServiceStatus, install, installed_program, status, uninstall
from watcher.service.plan import Command, Login, ServiceFiles
from watcher.service.render import render

__all__ = [
    "Command",
    "Login",
    "ServiceFiles",
    "ServiceStatus",
    "install",
    "installed_program",
    "render",
    "status",
    "uninstall",
]
