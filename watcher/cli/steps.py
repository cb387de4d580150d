"""The steps of the pyramid as the rep writes and reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from watcher.domain.labels import stage_called
from watcher.errors import UsageError

if TYPE_CHECKING:
    from watcher.cli.common import Options

STAGES = ("cold", "inquiry", "opportunity", "pi", "won", "lost")


class StageWord(click.ParamType[str]):
    """A stage's name or label. Which one is meant is found out later: the labels stand in the config."""

    name = "STAGE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return [CompletionItem(one) for one in STAGES if one.startswith(incomplete.casefold())]


def stage_meant(options: Options, text: str) -> str:
    """The stage that a word means: its name, or a label in any language there is. Raises UsageError."""
    found = stage_called(text, options.labels)
    if found is None:
        own = ", ".join(label for name, label in options.labels.items() if name != "old")
        raise UsageError(f"{text!r} is no stage.", f"Say one of {', '.join(STAGES)}, or: {own}.")
    return found


def title(label: str) -> str:
    """A label at the start of a line: only its first letter is touched."""
    return label[:1].upper() + label[1:]
