"""What a single value of the config must be.

Each check takes what the file says and returns what the models keep, or raises ValueError with the
end of a sentence that begins with the value: 'is not a port; use 1 to 65535'.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from ipaddress import ip_address
from pathlib import Path

from watcher.config_problems import shown
from watcher.paths import beside

# Labels of letters, digits and hyphens in any script: an IDN may be written as it is read.
_LABEL = r"[^\W_](?:[\w-]*[^\W_])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+|localhost")
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_ADDRESS = re.compile(rf"[^\s@,;<>]+@{_LABEL}(?:\.{_LABEL})*")
# What people write and the table of ISO 3166 calls otherwise, or is no code at all.
_ALSO_CALLED = (("GB", "UK"), ("GB", "England"), ("US", "USA"), ("AE", "UAE"), ("KR", "South Korea"))
_HOURS = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d)")


def within(low: int, high: int, what: str) -> Callable[[int], int]:
    """A check that a number lies in `low..high`."""

    def check(value: int) -> int:
        if low <= value <= high:
            return value
        raise ValueError(f"is not {what}; use {low} to {high}")

    return check


def share(value: float) -> float:
    """A part of a whole, or of what is below it."""
    if 0 <= value <= 10:
        return value
    raise ValueError("is no share; use a number such as 0.8")


def words(value: str) -> str:
    """Text that says something."""
    if value.strip():
        return value
    raise ValueError("is empty; write something or leave the key out")


def address(value: str) -> str:
    """One addr-spec without a display name (RFC 5322 3.4.1), in lower case."""
    if _ADDRESS.fullmatch(value) and value.isprintable():
        return value.lower()
    raise ValueError('is not a mail address; write it bare, as in "wei@acme.test"')


def domain(value: str) -> str:
    """What stands right of the @, in lower case."""
    if _DOMAIN.fullmatch(value):
        return value.lower()
    raise ValueError('is not a domain; write what stands right of the @, as in "acme.test"')


def host(value: str) -> str:
    """A host name or an IP address, without scheme and port."""
    if _HOST.fullmatch(value) or _is_ip(value):
        return value
    raise ValueError('is not a host; write the name alone, as in "imap.acme.test", the port in port')


def is_loopback(name: str) -> bool:
    """Whether a connection to this host never leaves the machine: 127.0.0.0/8, ::1, localhost."""
    return name.lower() == "localhost" or (_is_ip(name) and ip_address(name).is_loopback)


def country(value: str) -> str:
    """An ISO 3166 alpha-2 code, in upper case."""
    countries = _countries()
    if value.upper() in (code for code, _ in countries.values()):
        return value.upper()
    form = "is not a two-letter country code (ISO 3166); use"
    if near := get_close_matches(value.casefold(), countries, n=1):
        code, name = countries[near[0]]
        raise ValueError(f'{form} "{code}" for {name}')
    raise ValueError(f'{form} one as in "CN"')


def hours(value: object) -> object:
    """ "09:00-18:00" as opening and closing time; the pair itself stays."""
    if isinstance(value, tuple):
        return value
    match = _HOURS.fullmatch(value if isinstance(value, str) else "")
    try:
        opening, closing = map(time.fromisoformat, match.groups() if match else ("", ""))
    except ValueError:
        form = 'is not an opening and a closing time; use the form "09:00-18:00"'
        raise ValueError(form) from None
    if opening >= closing:
        raise ValueError("ends before it begins; the closing time comes second, on the same day")
    return opening, closing


def day(value: object) -> date:
    """A day: TOML's own date, or the same in quotes."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError('is not a day; use the form "2026-05-01"') from None


def command(value: str) -> str:
    """A command that can be cut into words as a shell would; it never meets a shell."""
    try:
        parts = shlex.split(value)
    except ValueError as error:
        raise ValueError(f"cannot be cut into words: {str(error).lower()}") from error
    if not parts:
        raise ValueError("is empty; leave the key out to use the keyring")
    return value


def tenant(value: str) -> str:
    """A directory of Microsoft's: a company's domain or id, or one of its three names for many."""
    if _HOST.fullmatch(value):
        return value
    raise ValueError('is not a tenant; use your company\'s domain, "consumers", "organizations" or "common"')


def file_in(folder: Path, value: str) -> Path:
    """A file that can be read; a relative path starts at `folder`."""
    path = beside(folder, value)
    try:
        path.open("rb").close()
    except (OSError, ValueError) as error:
        raise ValueError(
            "cannot be opened for reading; a relative path starts at the config file's folder"
        ) from error
    return path


def each_once(values: Sequence[str]) -> Sequence[str]:
    """A list that names nothing twice."""
    for value in values:
        if values.count(value) > 1:
            raise ValueError(f"names {shown(value)} more than once; once is enough")
    return values


def some(values: Sequence[str]) -> Sequence[str]:
    """A list that names anything at all."""
    if values:
        return values
    raise ValueError("names nothing; leave the key out to have the default")


def named_accounts(tables: object) -> object:
    """Accounts after the first are called by what stands left of the @, unless they have a name."""
    match tables:
        case []:
            raise ValueError("without an entry; write [[account]] with address and host below it")
        case list():
            return _with_names(tables)
        case tuple():
            return tables
        case _:
            raise ValueError("is not a list of tables; write [[account]], with two brackets")


def repeated_accounts(tables: object) -> Iterator[str]:
    """Names and addresses that two accounts share, as problem lines, whatever else is wrong there."""
    accounts = _with_names(tables) if isinstance(tables, list) else []
    for key, default in (("name", "work"), ("address", "")):
        yield from _repeated(key, [_lower(table, key, default) for table in accounts])


def _with_names(tables: list[object]) -> list[object]:
    return [*tables[:1], *(_named(table, number) for number, table in enumerate(tables[1:], start=2))]


def _named(table: object, number: int) -> object:
    if not isinstance(table, Mapping):
        return table
    return {"name": str(table.get("address", "")).partition("@")[0] or f"account {number}", **table}


def _repeated(key: str, values: Sequence[str]) -> Iterator[str]:
    for index, value in enumerate(values):
        if value and (first := values.index(value)) < index:
            yield f"account[{index}].{key}: {shown(value)} is account[{first}]'s {key} too; tell them apart"


def _lower(table: object, key: str, default: str) -> str:
    value = table.get(key, default) if isinstance(table, Mapping) else ""
    return value.lower() if isinstance(value, str) else ""


def _is_ip(value: str) -> bool:
    try:
        ip_address(value)
    except ValueError:
        return False
    return True


@cache
def _countries() -> Mapping[str, tuple[str, str]]:
    """Code and English name by that name in lower case, from the table that comes with the time zones."""
    table = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text("utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return {name.casefold(): (code, name) for code, name in (*rows, *_ALSO_CALLED)}


def service(url: str) -> str:
    """Where a push goes: an address as apprise has them, or "keyring:NAME"."""
    if not re.match(r"keyring:[\w.-]+$|[a-z][a-z0-9+.-]*://\S", url):
        raise ValueError('is no service; write an address as in "ntfy://topic", or "keyring:NAME"')
    return url
