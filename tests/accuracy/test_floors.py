"""The floors of `make accuracy` are kept on real mail, as far as the time of `make test` goes.

Those that read fourteen thousand texts are left to `make accuracy` alone.
"""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

pytestmark = pytest.mark.corpora


@pytest.mark.parametrize("name", ["kinds", "threads"])
def test_no_figure_is_under_its_floor(every_corpus: Path, name: str) -> None:
    figures = importlib.import_module(f"tests.accuracy.{name}").measure(every_corpus)
    assert any(figure.floor is not None and figure.of > 0 for figure in figures)  # the sets were there
    assert [figure for figure in figures if not figure.kept] == []
