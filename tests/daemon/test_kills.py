"""kill -9 at random moments and in the middle of a pop-up; `make soak` kills the daemon 308 times so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.daemon.fortnight import DAYS, FEW, MANY, Fortnight

pytestmark = pytest.mark.daemon


def test_killed_at_random_moments_it_is_every_evening_as_if_undisturbed(tmp_path: Path) -> None:
    small = Fortnight(FEW, ("sync", "run") * 2)
    small.play(tmp_path)
    assert small.hit["sync"] == small.hit["run"] == 2 * DAYS, small.hit
    assert small.hit["due"] >= 9, small.hit
    assert min(small.hit["before"], small.hit["after"], small.hit["twice"]) >= 2, small.hit


def test_two_hundred_customers_are_as_safe(tmp_path: Path) -> None:
    large = Fortnight(MANY, ("run",) * 2, exchanges=1)
    large.play(tmp_path)
    assert large.hit["run"] == 2 * DAYS
    assert large.hit["due"] >= 200, large.hit
    assert min(large.hit["before"], large.hit["after"]) >= 2, large.hit
    assert large.hit["twice"] >= 50, large.hit
