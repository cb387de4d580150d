"""The kinds on real mail keep their floors."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.accuracy.kinds import measure

pytestmark = pytest.mark.corpora


def test_every_floor_is_kept(every_corpus: Path) -> None:
    figures = measure(every_corpus)
    assert sum(figure.of for figure in figures if figure.floor is not None) > 20_000  # the sets were there
    assert [figure for figure in figures if not figure.kept] == []
