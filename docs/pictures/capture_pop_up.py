"""Takes the picture of a pop-up for the README: the first that `watcher demo --once` shows, on a real
notification server.

python docs/pictures/capture_pop_up.py        (needs Xvfb, dbus, dunst, notify-send, ImageMagick)
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from tests.servers.desktop import Desktop  # noqa: E402

LOOK = """[global]
    font = DejaVu Sans 17
    markup = full
    format = "<b>%s</b>\\n<span size='small'>%b</span>"
    width = (560, 900)
    height = 300
    origin = top-center
    offset = 0x20
    padding = 22
    horizontal_padding = 28
    frame_width = 2
    frame_color = "#4c7899"
    corner_radius = 0
    line_height = 6
    word_wrap = yes
    ellipsize = end
    alignment = left
    show_age_threshold = -1
    sort = no
    notification_limit = 1
    indicate_hidden = no
    icon_position = off
[urgency_normal]
    background = "#20262e"
    foreground = "#eef2f6"
"""


def main() -> None:
    program = Path(sys.executable).parent / "watcher"
    with Desktop(dunst=LOOK, screen="1200x400x24") as desktop:
        run = [program, "demo", "--once"]
        told = subprocess.run(
            run, env={**os.environ, **desktop.env}, check=True, capture_output=True, text=True
        )
        desktop.picture(HERE / "pop-up.png")
        title, text = desktop.shown()[0]
    # What the demo says it showed is what the server was given.
    assert f"▸ {title}\n    {text}\n" in told.stdout, told.stdout  # noqa: S101


if __name__ == "__main__":
    main()
