"""`watcher check`: a line each for what must be right, and how to mend what is not."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from watcher.cli.common import Options, print_json, reporting, shown
from watcher.errors import WatcherError

if TYPE_CHECKING:
    from watcher.config import Account, Config


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at. `code` is the exit code it asks for, 0 for fine and for mere warnings."""

    name: str
    ok: bool
    says: str
    mend: str = ""
    code: int = 0


@click.command()
@click.option("--offline", is_flag=True, help="Do not go to the mail server.")
@reporting
@click.pass_obj
def check(options: Options, offline: bool) -> None:
    """Look at config, sign-in, folders, keyring, desktop and store; change nothing.

    \b
    Examples:
      watcher check
      watcher check --offline --json
    """
    lines = list(_lines(options.config, offline=offline))
    if options.json:
        print_json([asdict(one) for one in lines])
    else:
        for one in lines:
            mark = click.style("ok", fg="green") if one.ok else click.style("!!", fg="red")
            click.echo(f"{mark} {one.name:<9} {shown(one.says, 300)}")
            if one.mend and not one.ok:
                click.echo(f"             {one.mend}")
    code = next((one.code for one in lines if one.code), 0)
    if code:
        raise SystemExit(code)


def _lines(path: Path, *, offline: bool) -> Iterator[Line]:
    from watcher.config import load_config
    from watcher.errors import ConfigError

    try:
        config = load_config(path)
    except ConfigError as error:
        for problem in error.problems or (error.message,):
            yield Line("config", ok=False, says=problem, mend=error.mend, code=error.exit_code)
        yield _desktop()
        return
    yield Line("config", ok=True, says=f"{path}, {len(config.accounts)} account(s)")
    yield _keyring()
    if not offline:
        for account in config.accounts:
            yield from _account(account)
    yield _desktop()
    yield from _store(config)


def _tried(name: str, look: Callable[[], str]) -> Line:
    try:
        return Line(name, ok=True, says=look())
    except WatcherError as error:
        return Line(name, ok=False, says=error.message, mend=error.mend, code=error.exit_code)


def _account(account: Account) -> Iterator[Line]:
    from watcher.app import sign_in

    try:
        with sign_in(account) as session:
            folders = session.folders()
    except WatcherError as error:
        yield Line("sign-in", ok=False, says=error.message, mend=error.mend, code=error.exit_code)
        return
    yield Line("sign-in", ok=True, says=f"{account.user} at {account.host}")
    watched = ", ".join(f"{one.name} ({one.role})" for one in folders if one.watched)
    yield Line("folders", ok=True, says=f"watched: {watched}")
    has_sent = any(one.role == "sent" and one.watched for one in folders)
    says = "found" if has_sent else "no Sent folder: what you answered is not seen"
    yield Line("sent", ok=has_sent, says=says, mend='Name it in the config: sent = "…"')


def _keyring() -> Line:
    import keyring
    from keyring.backends.fail import Keyring as NoKeyring

    backend = keyring.get_keyring()
    if isinstance(backend, NoKeyring):
        return Line(
            "keyring", ok=False, says="none on this machine", mend="Use password_command in the config."
        )
    return Line("keyring", ok=True, says=str(getattr(backend, "name", type(backend).__name__)))


def _desktop() -> Line:
    from watcher.alerts.desktop import desktop_report

    report = desktop_report()
    if report.missing:
        return Line("desktop", ok=False, says=report.missing, mend=report.mend)
    return Line(
        "desktop", ok=True, says=f"{report.server or 'the desktop'} through {report.sender or 'plyer'}"
    )


def _store(config: Config) -> Iterator[Line]:
    path = config.database_path()
    if not path.exists():
        yield Line("store", ok=False, says=f"{path} is not there yet", mend="watcher sync makes it.")
        return
    yield _tried("store", lambda: _integrity(path))
    yield from _reading(config, path)


def _integrity(path: Path) -> str:
    from watcher.errors import StoreError

    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            found = connection.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path}: {error}.", "Put back a backup that lies beside it.") from error
    if found != "ok":
        raise StoreError(f"{path}: {found}.", "Put back a backup that lies beside it.")
    return f"{path}, {path.stat().st_size // 1024} kB, sound"


def _reading(config: Config, path: Path) -> Iterator[Line]:
    from watcher.clock import system_clock
    from watcher.domain.blindness import blind_spots, stale_after
    from watcher.store.glance import overview

    now = system_clock()
    try:
        seen = overview(path, now, stale_after(config.sync.poll_seconds))
    except WatcherError as error:
        yield Line("reading", ok=False, says=error.message, mend=error.mend, code=error.exit_code)
        return
    spots = blind_spots(seen.sight, now, config.rep.zone)
    if not spots:
        yield Line("reading", ok=True, says="all folders read")
    for one in spots:
        yield Line("reading", ok=False, says=one, mend="watcher sync, or watcher service install")
    if seen.quarantined:
        yield Line(
            "reading", ok=False, says=f"{seen.quarantined} messages could not be read and were set aside"
        )
