"""Every error a person can meet, with its exit code and its one helpful line.

Errors of libraries are translated into these at the edge, once. A traceback that
reaches a person is a bug (exit 1).
"""

from __future__ import annotations

from collections.abc import Sequence


class WatcherError(Exception):
    """What went wrong, and what to do about it: `message` says what, `mend` the next step."""

    exit_code = 1

    def __init__(self, message: str, mend: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.message} {self.mend}".rstrip()


class UsageError(WatcherError):
    """The command was asked for something that does not exist or does not fit."""

    exit_code = 2


class ConfigError(WatcherError):
    """The config has problems: all of them, each a line "key: value, what would be right"."""

    exit_code = 10

    def __init__(self, message: str, mend: str = "", problems: Sequence[str] = ()) -> None:
        super().__init__(message, mend)
        self.problems = tuple(problems)


class SignInRefused(WatcherError):
    """The server was reached and refused who we are.

    `stamp` tells apart what was tried from what may be stored later, without being it ("" where unknown).
    """

    exit_code = 11
    stamp = ""


class ServerUnreachable(WatcherError):
    """No usable connection: name, network, TLS, time-out, or the server ended the talk."""

    exit_code = 12


class ServerBusy(ServerUnreachable):
    """The server refuses us for now, whatever we ask: over a limit, or down behind its front."""


class StoreError(WatcherError):
    """The store cannot be opened, read, migrated or written."""

    exit_code = 13


class OtherSchema(StoreError):
    """The store was written by another version of the program."""


class AlreadyRunning(WatcherError):
    """Another watcher holds the lock; the message names its process id."""

    exit_code = 14
