"""Where the corpora of real mail lie, and how to get at them. They are never part of the project."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "corpora"


def place() -> Path:
    """The packed corpora: $WATCHER_CORPORA, else beside the checkout. It may not exist."""
    return Path(os.environ.get("WATCHER_CORPORA") or _BESIDE)


def unpack(into: Path, *sets: str) -> Path:
    """Unpack some of the sets into a folder; the folder."""
    subprocess.run([place() / "unpack", into, *sets], check=True, stdout=subprocess.DEVNULL)
    return into


def mails(folder: Path) -> Iterator[tuple[str, bytes]]:
    """(name, octets) of every file of a set, the ones that are no mail included: senders send anything."""
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            yield str(file.relative_to(folder)), file.read_bytes()
