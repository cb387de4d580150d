"""How long a lost link is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.domain.backoff import FIRST_SECONDS, LONGEST_SECONDS, pause


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 5), (1, 5), (2, 10), (3, 20), (4, 40), (5, 80), (6, 160), (7, 300), (8, 300), (10**9, 300)],
)
def test_it_doubles_up_to_five_minutes(failures: int, seconds: float) -> None:
    assert pause(failures, chance=0) == seconds


@pytest.mark.parametrize(("chance", "seconds"), [(0, 20), (0.5, 17.5), (1, 15)])
def test_chance_takes_up_to_a_quarter_off(chance: float, seconds: float) -> None:
    assert pause(3, chance) == seconds


@given(st.integers(0, 10**6), st.floats(0, 1))
def test_it_is_never_hurried_and_never_too_late(failures: int, chance: float) -> None:
    assert 0.75 * FIRST_SECONDS <= pause(failures, chance) <= LONGEST_SECONDS
    assert pause(failures, chance) <= pause(failures + 1, chance)
