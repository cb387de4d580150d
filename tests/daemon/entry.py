"""`watcher run` with another clock: python tests/daemon/entry.py CONFIG CLOCK

CLOCK is a file that holds the moment, ISO 8601 with an offset; it is read each time somebody asks what time
it is, so a test can let a weekend pass. The scheduler still runs by the machine's clock.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from watcher.alerts.channel import Channel
from watcher.app import open_app
from watcher.config import load_config
from watcher.daemon import Daemon
from watcher.errors import WatcherError


def main(config: Path, clock: Path, around: Callable[[Channel], Channel] = lambda one: one) -> int:
    """The exit code. `around` may put something around each channel."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    try:
        with open_app(load_config(config), lambda: at(clock)) as app:
            app.channels = tuple(around(one) for one in app.channels)
            Daemon(app).run()
    except WatcherError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def at(clock: Path) -> datetime:
    """The moment a clock file holds."""
    return datetime.fromisoformat(clock.read_text("utf-8")).astimezone(UTC)


def set_clock(clock: Path, moment: datetime) -> None:
    """Set a clock file; who reads it meanwhile sees the old moment or the new one."""
    new = clock.with_suffix(".new")
    new.write_text(moment.isoformat(), "utf-8")
    new.replace(clock)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
