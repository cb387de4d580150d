"""Where the password comes from: a command, the keyring, or systemd. Never the config file.

The chain: `password_command` where the account has one, else the keyring of the desktop, else
systemd's credentials (https://systemd.io/CREDENTIALS/). A password is in no message and no log.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from watcher.errors import ConfigError
from watcher.mailbox.command import CutOff, output_of

SERVICE = "watcher"  # the keyring's name for us
_MEND = "watcher init --password"


def password_for(
    account: str,
    user: str,
    host: str,
    password_command: str | None = None,
    *,
    timeout: float = 30,
    environment: Mapping[str, str] = os.environ,
    stopping: Callable[[], bool] = lambda: False,
) -> str:
    """The password of one account (its name in the config). `timeout`, in seconds, is the command's; it is
    cut off once `stopping` says so.

    Raises ConfigError where the command fails or where no place knows a password.
    """
    if password_command:
        return _from_command(account, password_command, timeout, stopping)
    trouble = ConfigError(f"No password is stored for {user} at {host}.", _MEND)
    try:
        if password := _from_keyring(user, host):
            return password
    except ConfigError as error:  # a locked keyring is the reason only if nobody else knows
        trouble = error
    if password := _from_credentials(account, environment):
        return password
    raise trouble


def store_password(user: str, host: str, password: str) -> None:
    """Put a password into the keyring. Raises ConfigError where there is no keyring or it is locked."""
    import keyring  # 60 ms, and only where it is asked
    from keyring.errors import KeyringError

    try:
        keyring.set_password(SERVICE, _entry(user, host), password)
    except KeyringError as error:
        raise _keyring_trouble(error) from error


def from_keyring(user: str, host: str) -> str | None:
    """What the keyring holds for a name at a host, or None. Raises ConfigError where it is locked."""
    return _from_keyring(user, host)


def _entry(user: str, host: str) -> str:
    return f"{user}@{host}"


def _from_command(account: str, command: str, timeout: float, stopping: Callable[[], bool]) -> str:
    key = f'password_command of account "{account}"'
    try:
        status, printed = output_of(shlex.split(command), timeout, stopping)
    except CutOff as error:
        raise ConfigError(f"{key} was cut off.", "watcher was asked to end.") from error
    except ValueError as error:
        raise ConfigError(f"{key} cannot be read: {error}.", "Check its quotes.") from error
    except subprocess.TimeoutExpired as error:
        raise ConfigError(f"{key} took longer than {timeout:g} s.", "Does it ask something?") from error
    except (OSError, IndexError) as error:
        raise ConfigError(f"{key} cannot be run ({type(error).__name__}).", "Is it installed?") from error
    if status != 0:
        raise ConfigError(f"{key} ended with exit status {status}.", "Run it by hand.")
    password = printed.decode("utf-8", "replace").partition("\n")[0].rstrip("\r")
    if not password:
        raise ConfigError(f"{key} printed nothing.", "The password is the first line it prints.")
    return password


def _from_keyring(user: str, host: str) -> str | None:
    """None where the keyring has no such entry, or where there is no keyring at all."""
    import keyring
    from keyring.errors import KeyringError, NoKeyringError

    try:
        return keyring.get_password(SERVICE, _entry(user, host))
    except NoKeyringError:
        return None
    except KeyringError as error:
        raise _keyring_trouble(error) from error


def _keyring_trouble(error: Exception) -> ConfigError:
    from keyring.errors import KeyringLocked, NoKeyringError

    if isinstance(error, NoKeyringError):
        return ConfigError("This machine has no keyring.", 'Use password_command, e.g. "pass show mail".')
    if isinstance(error, KeyringLocked):
        return ConfigError("The keyring is locked.", "Sign in to the desktop, or use password_command.")
    return ConfigError(f"The keyring does not answer ({type(error).__name__}).", "watcher check")


def _from_credentials(account: str, environment: Mapping[str, str]) -> str | None:
    """`LoadCredential=watcher-NAME:...` of the unit, read from $CREDENTIALS_DIRECTORY."""
    folder = environment.get("CREDENTIALS_DIRECTORY")
    if not folder:
        return None
    file = Path(folder) / credential_name(account)
    try:
        return file.read_text("utf-8").partition("\n")[0].rstrip("\r")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"The credential {file.name} cannot be read ({type(error).__name__}).", _MEND
        ) from error


def credential_name(account: str) -> str:
    """The systemd credential of an account: "watcher-" and its name, odd characters as "_"."""
    return "watcher-" + re.sub(r"[^A-Za-z0-9._@-]", "_", account)
