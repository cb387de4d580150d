"""Takes the picture of a pop-up for the README: the real words, shown by a real notification server.

python docs/pictures/capture_pop_up.py        (needs Xvfb, dbus, dunst, notify-send, ImageMagick)
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from tests.servers.desktop import Desktop  # noqa: E402
from watcher.alerts.desktop import DesktopChannel  # noqa: E402
from watcher.alerts.wording import Waiting, pop_up_for  # noqa: E402

MEYER = Waiting(
    customer="Meyer Armaturen",
    stage_label="PI",
    turn="theirs",
    rule="theirs",
    working_days=4,
    subject="Re: PI 2026-031",
    since_text="Fri 13 Mar",
)
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
    icon_position = off
[urgency_normal]
    background = "#20262e"
    foreground = "#eef2f6"
"""


def main() -> None:
    with Desktop(dunst=LOOK, screen="1200x400x24") as desktop:
        os.environ.update(desktop.env)
        took = DesktopChannel().deliver(pop_up_for(MEYER))
        if not took.delivered:
            sys.exit(took.answer)
        desktop.picture(HERE / "pop-up.png")


if __name__ == "__main__":
    main()
