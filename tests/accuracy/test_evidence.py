"""Ordinary mail shows nothing of a deal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.accuracy.evidence import measure

pytestmark = pytest.mark.corpora


def test_every_floor_is_kept(unpacked_corpora: Path) -> None:
    figures = measure(unpacked_corpora)
    assert sum(figure.of for figure in figures) > 20_000  # the sets were there
    assert [figure for figure in figures if not figure.kept] == []
