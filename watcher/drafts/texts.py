"""The words of a draft, by Jinja: our own templates, or the rep's in their place.

The environment is sandboxed and what comes out of mail is data, never a template: a customer called
"{{ 7 * 7 }}" is called that.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

from watcher.errors import ConfigError


@cache
def _own() -> dict[str, dict[str, str]]:
    return tomllib.loads(files(__package__).joinpath("templates.toml").read_text("utf-8"))


def names(language: str) -> tuple[str, ...]:
    """The texts there are in a language."""
    return tuple(_own()[language])


def words_of(
    name: str, language: str, values: Mapping[str, str], folder: Path | None = None
) -> tuple[str, str, str]:
    """Greeting, text and closing. Raises ConfigError where a template of the rep's own cannot be used."""
    greeting, text, closing = (
        _rendered(one, language, values, folder) for one in ("greeting", name, "closing")
    )
    return greeting, text, closing


def _rendered(name: str, language: str, values: Mapping[str, str], folder: Path | None) -> str:
    from jinja2 import StrictUndefined, TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    place = folder / language / f"{name}.txt" if folder else None
    try:
        source = place.read_text("utf-8") if place and place.is_file() else _own()[language][name]
        made = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
        return made.from_string(source).render(values).strip()
    except (TemplateError, OSError, UnicodeDecodeError, ArithmeticError, TypeError, ValueError) as error:
        raise ConfigError(
            f"the template {place} cannot be used: {type(error).__name__}.",
            f"Values there are: {', '.join(values)}.",
        ) from error
