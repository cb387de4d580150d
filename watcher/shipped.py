"""Files that live beside the package in the source tree and inside it in a wheel.

The migrations, the systemd unit and the example config belong at the top level, where people look
for them; the wheel carries copies in `watcher/_shipped` (pyproject.toml, force-include).
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """The file or folder called `name` ("migrations", "systemd", "config.example.toml").

    Raises FileNotFoundError when neither place has it: the installation is broken, which is a bug.
    """
    for place in (_PACKAGE / "_shipped", _PACKAGE.parent):
        if (place / name).exists():
            return place / name
    raise FileNotFoundError(f"{name} is neither in {_PACKAGE / '_shipped'} nor in {_PACKAGE.parent}")
