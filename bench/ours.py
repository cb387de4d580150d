"""What is timed of watcher, each in a process of its own: `python -m bench.ours WHAT CONFIG` prints JSON."""

from __future__ import annotations

import time

_BEGAN = time.perf_counter()  # before anything is imported: the floors are timed with their imports too

import json
import resource
import sys
from pathlib import Path
from typing import Any


def main(what: str, config: str) -> None:
    """Run one thing, and print what it took: seconds of the clock and of the processor, the most memory."""
    from watcher.app import open_app
    from watcher.config import load_config

    said: dict[str, Any] = {}
    with open_app(load_config(Path(config))) as app:
        if what in ("list", "all"):
            done = app.sync()
            _fail(done.errors)
            app.review()
            said["list"] = time.perf_counter() - _BEGAN
            if what == "all":
                _fail(app.round(to_the_end=True).errors)
                said["all"] = time.perf_counter() - _BEGAN
        elif what == "poll":
            app.keep_links()  # as the daemon does
            _fail(app.round(to_the_end=True).errors)
            said["polls"] = [_timed(app.round) for _ in range(15)]
        with app.store.reading() as connection:
            count = "SELECT count(*) FROM message"
            said["messages"] = connection.exec_driver_sql(count).scalar_one()
    said["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(said))


def _timed(run: Any) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    _fail(run().errors)
    return time.perf_counter() - wall, time.process_time() - cpu


def _fail(errors: Any) -> None:
    for one in errors:
        raise one


if __name__ == "__main__":
    main(*sys.argv[1:3])
