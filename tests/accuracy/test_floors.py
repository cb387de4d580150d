"""The floors of `make accuracy` are kept on real mail, as far as the time of `make test` goes.

Those that read fourteen thousand texts are left to `make accuracy` alone.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.accuracy import kinds, threads
from tests.accuracy.figures import Figure

pytestmark = pytest.mark.corpora


def test_kinds(every_corpus: Path) -> None:
    assert_kept(kinds.measure(every_corpus, late_of=25))


def test_threads(every_corpus: Path) -> None:
    assert_kept(threads.measure(every_corpus))


def assert_kept(figures: list[Figure]) -> None:
    assert any(figure.floor is not None and figure.of > 0 for figure in figures)  # the sets were there
    assert [figure for figure in figures if not figure.kept] == []
