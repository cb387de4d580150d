"""Takes the picture of the status table for the README: what `watcher demo --once` shows on a terminal.

python docs/pictures/capture_status.py
"""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

HERE = Path(__file__).resolve().parent
COLUMNS = 96
# rich names a web font in the picture. What is shown in a README may load none: the reader's own will do.
FORMAT = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace(
    "Fira Code", "DejaVu Sans Mono, Menlo, Consolas"
)


def main() -> None:
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(status(on_a_terminal("watcher", "demo", "--once"))))
    picture = console.export_svg(title="watcher demo", code_format=FORMAT, unique_id="status")
    (HERE / "status.svg").write_text(picture, "utf-8")


def on_a_terminal(*command: str) -> str:
    """What a command writes to a terminal, colours and all."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(COLUMNS), "TERM": "xterm-256color", "PYTHONUTF8": "1"}
    program = Path(sys.executable).parent / command[0]
    process = subprocess.Popen([program, *command[1:]], stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    told = bytearray()
    try:
        while piece := os.read(ours, 65536):
            told += piece
    except OSError:  # Linux says EIO when the last writer has gone
        pass
    if process.wait():
        sys.exit(told.decode())
    return told.decode().replace("\r\n", "\n")


def status(told: str) -> str:
    """The command and its table, without what the demo says around them."""
    return told[told.index("$ watcher status") : told.index("\n\x1b[2m\n●")]


if __name__ == "__main__":
    main()
