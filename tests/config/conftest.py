from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from watcher.config import Config, load_config
from watcher.errors import ConfigError

Load = Callable[[str], Config]
Problems = Callable[[str], list[str]]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Loads a config of this text from a file of its own."""

    def load_text(text: str) -> Config:
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        return load_config(path)

    return load_text


@pytest.fixture
def problems(load: Load) -> Problems:
    """The problem lines of a config that must be refused."""

    def lines(text: str) -> list[str]:
        with pytest.raises(ConfigError) as refused:
            load(text)
        return list(refused.value.problems)

    return lines
