"""What must be right before mail can be watched, each looked at once: config, keyring, sign-in, desktop.

Nothing is changed and nothing is shown here: every check answers with lines. What the store has to say is
in `watcher.store_checks`.
"""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from watcher.alerts.desktop import desktop_report
from watcher.alerts.push import services
from watcher.config import Account, Config, load_config
from watcher.domain.messages import Role
from watcher.errors import ConfigError, ServerUnreachable, WatcherError
from watcher.mailbox.account import client_of, secret_from, signed_in, stored_for
from watcher.mailbox.grants import AccessToken
from watcher.mailbox.protocol import Folder
from watcher.mailbox.signin import password_for

PASSWORD_SECONDS = 30.0  # a keyring or a password_command may ask somebody to unlock it
SIGN_IN_SECONDS = 30.0
DESKTOP_SECONDS = 10.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One thing that was looked at.

    `mend` says what to do where it is not `ok`; `code` is the exit code it asks for, 0 for a mere warning;
    `account` is the name of the account it is about, "" for none.
    """

    name: str
    ok: bool
    says: str
    mend: str = ""
    code: int = 0
    account: str = ""


def failed(name: str, error: WatcherError, account: str = "") -> CheckLine:
    """The line of something that ended in an error."""
    return CheckLine(name, False, error.message, error.mend, error.exit_code, account)


def within(seconds: float, look: Callable[[], T], late: T) -> T:
    """What `look` answers, or `late` where it takes longer. What it raises is raised here.

    It is left behind on a thread of its own: a keyring that waits for a click cannot be interrupted.
    """
    answer: Future[T] = Future()
    threading.Thread(target=_answer, args=(answer, look), name="check", daemon=True).start()
    wait([answer], seconds)
    return answer.result() if answer.done() else late


def _answer(answer: Future[T], look: Callable[[], T]) -> None:
    try:
        answer.set_result(look())
    except BaseException as error:  # noqa: BLE001 - raised again by whoever waits for the answer
        answer.set_exception(error)


# ── config and keyring ──


def config_lines(path: Path) -> tuple[Config | None, list[CheckLine]]:
    """The config, None where it has problems, and a line for each of them."""
    try:
        config = load_config(path)
    except ConfigError as error:
        problems = error.problems or (error.message,)
        return None, [CheckLine("config", False, one, error.mend, error.exit_code) for one in problems]
    count = len(config.accounts)
    accounts = "1 account" if count == 1 else f"{count} accounts"
    return config, [CheckLine("config", True, f"{path}, {accounts}")]


def keyring_name() -> str:
    """What the keyring of this login is called, "" where there is none that keeps anything."""
    import keyring  # 60 ms, and only where it is asked
    from keyring.backends import fail, null

    backend = keyring.get_keyring()
    if isinstance(backend, fail.Keyring | null.Keyring):
        return ""
    return str(getattr(backend, "name", "") or type(backend).__name__)


def keyring_line(config: Config | None) -> CheckLine:
    """The keyring's backend. Where every account has a password_command, none is needed."""
    late = CheckLine("keyring", False, "does not answer", "Unlock it, or use password_command.")
    name = within(PASSWORD_SECONDS, keyring_name, None)
    if name is None:
        return late
    if name:
        return CheckLine("keyring", True, name)
    if config is not None and all(one.password_command for one in config.accounts):
        return CheckLine("keyring", True, "none on this machine, and no account needs one")
    mend = 'Use password_command in the config, e.g. password_command = "pass show mail".'
    return CheckLine("keyring", False, "none on this machine", mend)


# ── an account ──


def found_password(account: Account) -> tuple[str, str]:
    """The password of an account, and where it was found. Raises ConfigError."""
    who = (account.name, account.user, account.host)
    if account.password_command:
        return password_for(*who, account.password_command), "password_command"
    try:
        return password_for(*who, environment={}), "the keyring"
    except ConfigError:  # said again by the next line where systemd does not know it either
        return password_for(*who), "systemd's credentials"


def found_secret(account: Account) -> tuple[str | AccessToken, str]:
    """What signs an account in, and where it was found.

    Raises ConfigError, SignInRefused, ServerUnreachable.
    """
    if account.provider is None:
        return found_password(account)
    token = secret_from(account, stored_for(account))
    return token, f"the keyring, allowed by {client_of(account).name}"


def proved_folders(account: Account, secret: str | AccessToken) -> Sequence[Folder]:
    """Sign in and list the folders. Raises ConfigError, SignInRefused, ServerUnreachable."""
    with signed_in(account, secret, timeout_read=SIGN_IN_SECONDS) as session:
        folders = session.folders()
        # NetEase lets everybody sign in and refuses at the first folder ("Unsafe Login").
        for inbox in (one for one in folders if one.role is Role.INBOX):
            session.examine(inbox.name)
    return folders


def account_lines(account: Account, *, offline: bool = False) -> Iterator[CheckLine]:
    """Password, sign-in, folders and Sent of one account; `offline`: the password alone."""
    name = account.name
    late = ConfigError(f"asking for it took longer than {PASSWORD_SECONDS:g} s.", "Unlock the keyring.")
    try:
        found = within(PASSWORD_SECONDS, lambda: found_secret(account), None)
        if found is None:
            raise late
    except WatcherError as error:
        yield failed("password", error, name)
        yield from [] if offline else [CheckLine("sign-in", False, "not tried without one", account=name)]
        return
    secret, source = found
    yield CheckLine("password", True, f"found in {source}", account=name)
    if not offline:
        yield from _sign_in_lines(account, secret)


def _sign_in_lines(account: Account, secret: str | AccessToken) -> Iterator[CheckLine]:
    server = f"{account.host}:{account.port}"
    try:
        folders = within(SIGN_IN_SECONDS, lambda: proved_folders(account, secret), None)
        if folders is None:
            raise ServerUnreachable(f"{server} took longer than {SIGN_IN_SECONDS:g} s.", "Try again later.")
    except WatcherError as error:
        yield failed("sign-in", error, account.name)
        return
    yield CheckLine("sign-in", True, f"{account.user} at {server}", account=account.name)
    yield from _folder_lines(account, folders)


def _folder_lines(account: Account, folders: Sequence[Folder]) -> Iterator[CheckLine]:
    name = account.name
    watched = watched_names(folders)
    yield CheckLine(
        "folders", bool(watched), f"watched: {watched or 'none'}", "[[account]] folders names them.", 0, name
    )
    if left_out := left_out_names(folders):
        yield CheckLine("folders", True, f"left out: {left_out}", account=name)
    missing = missing_names(account, folders)
    if missing:
        yield CheckLine("folders", False, f"not on the server: {missing}", "Mend the config.", 0, name)
    sent = sent_name(folders)
    says = sent or "no Sent folder is watched: what you answered is not seen"
    yield CheckLine("sent", bool(sent), says, 'Name it in the config: sent = "…"', 0, name)


def watched_names(folders: Iterable[Folder]) -> str:
    """The watched folders with their roles."""
    return ", ".join(f"{one.name} ({one.role})" for one in folders if one.watched)


def left_out_names(folders: Iterable[Folder]) -> str:
    """The folders that are not watched, and why."""
    return ", ".join(f"{one.name} ({one.left_out})" for one in folders if not one.watched)


def missing_names(account: Account, folders: Iterable[Folder]) -> str:
    """The folders that the config names and the server does not have."""
    there = {one.name.casefold() for one in folders}
    named = [*([account.sent] if account.sent else []), *(account.folders or ())]
    return ", ".join(one for one in named if one.casefold() not in there)


def sent_name(folders: Iterable[Folder]) -> str:
    """The folder of what was sent, "" where none is watched."""
    return ", ".join(one.name for one in folders if one.watched and one.role is Role.SENT)


# ── push, the desktop ──


def push_line(config: Config) -> CheckLine | None:
    """What stands in the way of a push, None where none is wanted. Nothing is sent: `push test` does."""
    if "push" not in config.alerts.channels:
        return None
    if importlib.util.find_spec("apprise") is None:
        return CheckLine("push", False, "apprise is not installed", "pipx install 'followup-watcher[push]'")
    return CheckLine("push", True, f"to {services(config.push.urls)}; watcher push test tries it")


def desktop_line() -> CheckLine:
    """Could a pop-up be shown? Never more than a warning: a server has no desktop."""
    report = within(DESKTOP_SECONDS, desktop_report, None)
    if report is None:
        return CheckLine("desktop", False, "the session bus does not answer", "Sign out and in again.")
    if report.missing:
        return CheckLine("desktop", False, report.missing, report.mend)
    server = report.server or "the desktop"
    if report.buttons:
        return CheckLine("desktop", True, f"pop-ups with buttons to {server}")
    return CheckLine("desktop", True, f"pop-ups through {report.sender or 'plyer'} to {server}")
