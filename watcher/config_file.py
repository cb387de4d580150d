"""The text of a new config, and putting it on the disk so that nobody else can read it."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from watcher.errors import ConfigError, UsageError

Value = str | int | tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What `watcher init` has found or been told. None and "" leave a key to its default."""

    address: str
    host: str
    port: int
    tls: str
    user: str
    account_name: str | None = None
    auth: str = "password"
    client_id: str | None = None
    tenant: str | None = None
    name: str = ""
    country: str | None = None
    time_zone: str | None = None
    working_hours: str | None = None
    aliases: tuple[str, ...] = ()
    password_command: str | None = None
    sent: str | None = None


def render_config(answers: Answers) -> str:
    """A short config file that says what was answered and where to read about the rest."""
    return "\n".join((*_rep_lines(answers), "", *_account_lines(answers))) + "\n"


def render_account(answers: Answers) -> str:
    """The table of one more account."""
    return "\n".join(_account_lines(answers)) + "\n"


def write_config(path: Path, text: str, *, replace: bool = False) -> None:
    """Put a config at `path`: whole or not at all, mode 0600, its folder made with 0700.

    Raises `UsageError` where a file is there and `replace` was not asked for, `ConfigError` where
    the disk says no.
    """
    target = path.resolve()  # a linked config stays a link
    if target.exists() and not replace:
        raise UsageError(f"{path} is there already.", "Change it with an editor; it explains itself.")
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_whole(target, text.encode("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}.") from error


def _rep_lines(answers: Answers) -> Iterator[str]:
    yield "# watcher reads this file at every start. config.example.toml explains every key."
    yield from ("", "[rep]")
    yield from _set("name", answers.name)
    yield from _set("country", answers.country, "whose holidays are yours")
    yield from _set("time_zone", answers.time_zone)
    yield from _set("working_hours", answers.working_hours, "nothing pops up outside them")


def _account_lines(answers: Answers) -> Iterator[str]:
    yield "[[account]]"
    yield from _set("name", answers.account_name)
    yield from _set("address", answers.address)
    yield from _set("aliases", answers.aliases, "other addresses of yours that arrive here")
    yield from _set("host", answers.host)
    yield from _set("port", answers.port)
    yield from _set("tls", answers.tls)
    yield from _set("user", answers.user)
    if answers.auth != "password":
        yield "# What you allowed on the provider's page is in the keyring. Anew: watcher init --password"
        yield from _set("auth", answers.auth)
        yield from _set("client_id", answers.client_id, "the program that the provider knows")
        yield from _set("tenant", answers.tenant if answers.auth == "oauth-microsoft" else None)
    elif not answers.password_command:
        yield "# The password is in the keyring. To change it: watcher init --password"
    yield from _set("password_command", answers.password_command, "prints the password")
    yield from _set("sent", answers.sent, "the folder of what you sent")


def _set(key: str, value: Value, comment: str = "") -> Iterator[str]:
    if value:
        yield f"{key} = {_toml(value)}" + (f"  # {comment}" if comment else "")


def _toml(value: str | int | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    # JSON's strings are TOML's basic strings, but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _write_whole(target: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")  # made with 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    finally:
        Path(name).unlink(missing_ok=True)
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself last; Windows does not open folders."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
