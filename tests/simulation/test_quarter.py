"""Two weeks of the simulated quarter; `make soak` plays all thirteen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.simulation.office import Office, expected
from tests.simulation.script import script
from watcher.app import App
from watcher.domain import reminders
from watcher.remind import RemindReport

pytestmark = pytest.mark.wide

CUSTOMERS = 200


def test_the_ledger_is_what_the_oracle_says(tmp_path: Path) -> None:
    played = script(seed=3, weeks=2, customers=CUSTOMERS)
    office = Office(played, tmp_path)
    office.play()
    assert office.shown == expected(played)
    assert office.twice == 0
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


def waits_a_day_longer(app: App) -> None:
    stages = app.config.stages
    patient = stages.opportunity.model_copy(update={"theirs_days": 4})
    stages = stages.model_copy(update={"opportunity": patient})
    app.config = app.config.model_copy(update={"stages": stages})


def nudges_a_day_later(_app: App) -> None:
    reminders.STEPS = (0, 3, 5)


def shows_it_twice(app: App) -> None:
    """It forgets the last thing that it settled."""
    real = app.remind

    def forgetful() -> RemindReport:
        done = real()
        with app.store.writing() as connection:
            connection.exec_driver_sql(
                "UPDATE reminder SET state = 'planned'"
                " WHERE id = (SELECT MAX(id) FROM reminder WHERE state = 'delivered')"
            )
        return done

    app.remind = forgetful  # type: ignore[method-assign]


SPOILT = (no_holidays, looks_once, waits_a_day_longer, nudges_a_day_later, shows_it_twice)


@pytest.mark.parametrize("spoil", SPOILT)
def test_a_spoilt_watcher_is_noticed(
    tmp_path: Path, spoil: Callable[[App], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminders, "STEPS", reminders.STEPS)  # put back afterwards
    played = script(seed=3, weeks=2, customers=20)
    office = Office(played, tmp_path)
    office.play(spoil)
    assert office.shown != expected(played) or office.twice
