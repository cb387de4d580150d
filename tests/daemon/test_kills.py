"""kill -9 at random moments; `make soak` plays it with 200 customers and over five times as many kills."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.daemon.fortnight import FEW, KILLS_A_DAY, Fortnight

pytestmark = pytest.mark.daemon


def test_killed_at_random_moments_it_is_every_evening_as_if_undisturbed(tmp_path: Path) -> None:
    small = Fortnight(FEW, KILLS_A_DAY)
    small.play(tmp_path)
    assert min(small.hit["sync"], small.hit["run"]) >= 25, small.hit
    assert small.hit["pop-ups"] >= 10, small.hit
