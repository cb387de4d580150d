"""A wrong config in words: key, value, what would be right.

A value comes from a file that may have been pasted together from anywhere, so it is escaped and
cut before it is shown; a command or a URL may carry a password, so it is not shown whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Location = Sequence[str | int]
# The keys of each table by its path: "" is the file itself, "account" any one of the accounts.
KnownKeys = Mapping[str, Sequence[str]]

MEND = "config.example.toml explains every key"

_LONGEST_SHOWN = 60
_LARGEST_SHOWN = 10**18  # Python refuses to print a number of more than 4,300 digits
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")

# By pydantic's name of the error.
WRONG_TYPE = {
    "string_type": "is not text; put it in quotes",
    "path_type": "is not text; put it in quotes",
    "int_type": "is not a whole number",
    "bool_type": "is neither true nor false",
    "tuple_type": 'is not a list; write ["…"]',
    "model_type": "is not a table; write it under its own [heading]",
}
_MISSING = {
    "account": "missing; write [[account]] with address and host below it",
    "country": 'missing; the country as two letters, as in "CN"',
    "address": 'missing; your mail address, as in "wei@acme.test"',
    "host": 'missing; the IMAP server, as in "imap.acme.test"',
}
_PASSWORD_KEYS = frozenset({"password", "passwd", "pass", "secret"})
_NO_PASSWORDS = (
    "a password has no place in this file; keep it in the keyring (watcher init --password) "
    "or name a password_command"
)


def shown(value: object) -> str:
    """A value fit for a terminal: quoted, escaped, cut; a URL up to its scheme."""
    match value:
        case bool():
            return str(value).lower()
        case int() if abs(value) >= _LARGEST_SHOWN:
            return "a very large number"
        case str():
            return f'"{_escaped(_cut(value))}"'
        case dict():
            return "a table"
        case list() | tuple():
            return "a list"
        case _ if hasattr(value, "model_fields_set"):  # a table that was read already
            return "a table"
        case _:
            return str(value)


def key_path(location: Location) -> str:
    """`("account", 0, "port")` as `account[0].port`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{_key(part)}" for part in location)[1:]


def problem_lines(errors: Sequence[ErrorDetails], known: KnownKeys) -> list[str]:
    """One line a problem, "key: value, what would be right", in the order found."""
    return [f"{key_path(error['loc'])}: {_reason(error, known)}" for error in errors]


def _reason(error: ErrorDetails, known: KnownKeys) -> str:
    location, value = error["loc"], error["input"]
    match error["type"]:
        case "extra_forbidden":
            return _unknown_key(location, known)
        case "missing":
            return _MISSING.get(str(location[-1]), "missing")
        case "value_error":
            return f"{_subject(location, value)} {error['ctx']['error']}"
        case "literal_error":
            return f"{shown(value)} is not one of {error['ctx']['expected']}".replace("'", '"')
        case kind:
            return f"{_subject(location, value)} {WRONG_TYPE.get(kind, error['msg'])}"


def _subject(location: Location, value: object) -> str:
    return "the command" if location[-1] == "password_command" else shown(value)


def _unknown_key(location: Location, known: KnownKeys) -> str:
    key = str(location[-1])
    if location[0] == "account" and key.lower() in _PASSWORD_KEYS:
        return _NO_PASSWORDS
    siblings = known.get(".".join(part for part in location[:-1] if isinstance(part, str)), ())
    if near := get_close_matches(key, siblings, n=1) or _elsewhere(key, known):
        return f"unknown key; did you mean {near[0]}?"
    return f"unknown key; known here: {', '.join(siblings)}"


def _elsewhere(key: str, known: KnownKeys) -> list[str]:
    """Where a key that is well known in another table belongs."""
    return [f"{table}.{key}" for table, keys in known.items() if table and key in keys]


def _cut(text: str) -> str:
    scheme, separator, _ = text.partition("://")
    if separator and scheme != "sqlite":
        text = f"{scheme}://…"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"


def _escaped(text: str) -> str:
    # isprintable is False for terminal escapes and for the marks that turn the direction of text.
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text
    )


def _key(part: str) -> str:
    return part if _BARE_KEY.fullmatch(part) else shown(part)
