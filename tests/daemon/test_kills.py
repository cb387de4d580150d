"""kill -9 at random moments; `make soak` plays it with 308 kills of the daemon."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.daemon.fortnight import DAYS, FEW, MANY, Fortnight

pytestmark = pytest.mark.daemon


def test_killed_at_random_moments_it_is_every_evening_as_if_undisturbed(tmp_path: Path) -> None:
    small = Fortnight(FEW, ("sync", "run") * 2)
    small.play(tmp_path)
    assert min(small.hit["sync"], small.hit["run"]) >= 25, small.hit
    assert small.hit["pop-ups"] >= 10, small.hit


def test_two_hundred_customers_are_as_safe(tmp_path: Path) -> None:
    large = Fortnight(MANY, ("run",) * 2, exchanges=1)
    large.play(tmp_path)
    assert large.hit["run"] == 2 * DAYS
    assert large.hit["pop-ups"] >= 5, large.hit
