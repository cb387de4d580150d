"""A short command of the user's: what it prints, and that it never outlives us.

It runs in a session of its own, so that whatever it starts can be ended with it, and so that it fails
at once where it would ask something on the terminal.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from watcher.clock import monotonic_seconds

_LOOK_UP_SECONDS = 0.2  # how soon we notice that we are asked to end
_GRACE_SECONDS = 0.5  # between asking it to end and ending it


class CutOff(Exception):
    """We were asked to end while the command was running."""


def output_of(
    words: Sequence[str], timeout: float, stopping: Callable[[], bool] = lambda: False
) -> tuple[int, bytes]:
    """Exit status and standard output of a command that is run without a shell.

    `timeout` is seconds. Raises OSError or IndexError where it cannot be run, subprocess.TimeoutExpired where
    it takes longer, CutOff once `stopping` says so; in either case it has ended, with all that it started.
    """
    ends_at = monotonic_seconds() + timeout
    with _started(words) as process:
        while True:
            left = ends_at - monotonic_seconds()
            try:
                printed, _ = process.communicate(timeout=max(0, min(_LOOK_UP_SECONDS, left)))
            except subprocess.TimeoutExpired as error:
                if stopping():
                    raise CutOff from error
                if left <= 0:
                    raise
            else:
                return process.returncode, printed


@contextmanager
def _started(words: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            yield process
        except BaseException:
            _end(process)
            raise


def _end(process: subprocess.Popen[bytes]) -> None:
    """The command and its children; those that made a session of their own are beyond us."""
    if os.name != "posix":
        process.kill()
        return
    _signal(process, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE_SECONDS)
    _signal(process, signal.SIGKILL)  # whoever of the group is still there


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: a group of the dead
        os.killpg(process.pid, number)
