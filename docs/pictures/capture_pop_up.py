"""Takes the picture of a pop-up for the README: the first that `watcher demo` shows, on a real notification
server that draws its buttons.

python docs/pictures/capture_pop_up.py     (needs Xvfb, dbus, notification-daemon, Pillow, desktop-notifier)
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from tests.servers.desktop import Desktop  # noqa: E402


def main() -> None:
    program = Path(sys.executable).parent / "watcher"
    with Desktop(notification_daemon=True, screen="1200x800x24", scale=2) as desktop:
        environment = {**os.environ, **desktop.env, "PYTHONUNBUFFERED": "1"}
        with subprocess.Popen([program, "demo"], env=environment, stdout=subprocess.PIPE, text=True) as demo:
            assert demo.stdout is not None  # noqa: S101
            told = "".join(iter(demo.stdout.readline, "$ watcher status\n"))
            desktop.picture(HERE / "pop-up.png")
            title, text = desktop.shown()[0]
            demo.terminate()
    # What the demo says it showed is what the server was given.
    assert f"▸ {title}\n    {text}\n" in told, told  # noqa: S101


if __name__ == "__main__":
    main()
