"""The bell and one line, for a rep who has a terminal and no desktop."""

from __future__ import annotations

from typing import TextIO

from watcher.alerts.channel import Delivery, PopUp
from watcher.domain.plain import plain

BELL = "\a"
LINE_LIMIT = 400  # characters: five rows of a terminal of 80 columns


class TerminalChannel:
    """Writes to `stream`; the bell only where a person can hear it, so that a log file holds none."""

    name = "terminal"

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def deliver(self, pop_up: PopUp) -> Delivery:
        """Delivered when the stream took the line."""
        try:
            heard = self._stream.isatty()
            self._stream.write(self._encodable(f"{BELL if heard else ''}{_line(pop_up)}\n"))
            self._stream.flush()
        except (OSError, ValueError) as error:  # a pipe nobody reads any more; a stream that was closed
            return Delivery(False, self.name, f"the terminal is gone ({error}): run watcher in an open one")
        return Delivery(True, self.name, "a terminal" if heard else "standard output")

    def _encodable(self, line: str) -> str:
        """The line in what the stream can hold: a terminal set to ASCII shows "?" and stays alive."""
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        return line.encode(encoding, "replace").decode(encoding)


def _line(pop_up: PopUp) -> str:
    return plain(" - ".join(part for part in (pop_up.title, pop_up.text) if part), LINE_LIMIT)
