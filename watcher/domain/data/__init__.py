"""Facts the rules look up, kept as data files with a source or a reason for each group or line."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """The content of `name`.toml beside this file, read once."""
    return tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text("utf-8"))


@cache
def words(name: str, key: str) -> frozenset[str]:
    """All strings under `key` of a table, lower-cased; nested tables (one a language) are joined, all but
    "sources", which says whence each line comes.
    """
    return frozenset(_strings(table(name)[key]))


def _strings(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value.casefold()}
    nested = value
    if isinstance(value, dict):
        nested = [line for name, line in value.items() if name != "sources"]
    return set().union(*(_strings(item) for item in nested))
