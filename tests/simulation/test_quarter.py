"""Two weeks of the simulated quarter; `make soak` plays all thirteen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.simulation.office import Office, expected
from tests.simulation.script import script
from watcher.app import App

pytestmark = pytest.mark.wide

CUSTOMERS = 200


def test_the_ledger_is_what_the_oracle_says(tmp_path: Path) -> None:
    played = script(seed=1, weeks=2, customers=CUSTOMERS)
    office = Office(played, tmp_path)
    office.play()
    assert office.shown == expected(played)
    rules = {one.rule for one in office.shown}
    assert len(office.shown) >= 100
    assert rules == {"ours", "theirs"}
    assert {"outside working hours", "a folder was not read", ""} <= set(office.held)


def no_holidays(app: App) -> None:
    rep = app.config.rep.model_copy(update={"holidays": ()})
    app.config = app.config.model_copy(update={"rep": rep})


def looks_once(app: App) -> None:
    """It remembers the first inbox for ever."""
    once = app.round()
    app.round = lambda *_, **__: once  # type: ignore[method-assign]


@pytest.mark.parametrize("spoil", [no_holidays, looks_once])
def test_a_spoilt_watcher_is_noticed(tmp_path: Path, spoil: Callable[[App], None]) -> None:
    played = script(seed=1, weeks=2, customers=20)
    office = Office(played, tmp_path)
    office.play(spoil)
    assert office.shown != expected(played)
