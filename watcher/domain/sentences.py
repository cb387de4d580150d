"""What a finding says, in words: data/sentences.toml, a table a language."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Any

from watcher.domain.data import table
from watcher.domain.diagnosis import Finding


def sentence(finding: Finding, labels: Mapping[str, str], language: str = "en") -> str:
    """The finding in words; `labels` are what the rep calls the steps.

    Names and phrases in it are as hostile as their source: make the whole plain for its face. Raises KeyError
    for a language there is no table of.
    """
    words: dict[str, Any] = {**labels, **finding.numbers}
    if finding.stage is not None:
        words["stage"] = labels[finding.stage.value]
    said = (part for part in table("sentences")[language][finding.rule] if _names(part) <= words.keys())
    return " ".join(_WORDS.vformat(part, (), words) for part in said)


def _names(part: str) -> set[str]:
    return {name for _, name, _, _ in _WORDS.parse(part) if name}


class _Words(Formatter):
    """`{n:day|days}` is "1 day" or "3 days", `{share:%}` a percentage without decimals."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if "|" in format_spec:
            one, _, more = format_spec.partition("|")
            return f"{value:.0f} {one if round(value) == 1 else more}"
        return format(value, ".0%" if format_spec == "%" else format_spec)


_WORDS = _Words()
