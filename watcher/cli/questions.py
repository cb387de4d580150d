"""What `watcher init` asks: each answer held against what the config takes, with a sane default."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import click

from watcher import config_checks as check
from watcher import paths
from watcher.cli.common import shown
from watcher.errors import UsageError

_LOCALE = re.compile(r"[a-z]{2,3}_([A-Z]{2})(?:[.@]|$)")


class Checked(click.ParamType[str]):
    """Text that one of the config's own checks lets pass; as an option and as a prompt. Empty passes."""

    def __init__(self, name: str, holds: Callable[[str], object]) -> None:
        self.name = name
        self._holds = holds

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value).strip()
        if not text:
            return ""
        try:
            kept = self._holds(text)
        except ValueError as error:
            self.fail(f"{shown(text)!r} {error}.", param, ctx)
        return kept if isinstance(kept, str) else text


ADDRESS = Checked("ADDRESS", check.address)
HOST = Checked("HOST", check.host)
COMMAND = Checked("CMD", check.command)
COUNTRY = Checked("CODE", check.country)
TIME_ZONE = Checked("ZONE", paths.zone)
HOURS = Checked("HOURS", check.hours)
PORT = click.IntRange(1, 65535)
TEXT = Checked("TEXT", str)


def ask(question: str, asks: bool, missing: str, kind: Checked, default: str | None = None) -> str:
    """The answer; where nobody can be asked, the default.

    Raises UsageError, naming what is `missing`, where there is no default either.
    """
    if asks:
        return str(click.prompt(question, default=default, type=kind, show_default=bool(default)))
    if default is None:
        raise UsageError(f"{missing} is missing.", "Name it, or run watcher init on a terminal.")
    return default


def guessed_country(time_zone: str, environment: Mapping[str, str] = os.environ) -> str:
    """The country of a zone that one country alone has, else that of the locale, else ""."""
    if country := _zone_countries().get(time_zone):
        return country
    names = (environment.get(key, "") for key in ("LC_ALL", "LANG"))
    return next((found[1] for name in names if (found := _LOCALE.match(name))), "")


@cache
def _zone_countries() -> dict[str, str]:
    """By the table that comes with the time zones (tz database, zone.tab)."""
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows}
