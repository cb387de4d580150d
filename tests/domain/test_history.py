"""Waits and their ends, and where a deal stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from watcher.domain.deals import StageMove
from watcher.domain.history import DealHistory, Exchange, Spoken, exchanges
from watcher.domain.labels import LANGUAGES, labels, stage_called
from watcher.domain.messages import Direction
from watcher.domain.stages import Stage

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OUT, IN = Direction.OUTBOUND, Direction.INBOUND


def on(day: int) -> datetime:
    return MONDAY + timedelta(days=day)


@pytest.mark.parametrize(
    ("said", "waits"),
    [
        ([], []),
        ([(0, OUT, 0)], [(OUT, 0, None, 0)]),
        ([(0, IN, 0), (1, OUT, 0)], [(IN, 0, 1, 0), (OUT, 1, None, 0)]),
        ([(0, OUT, 0), (4, OUT, 1), (9, OUT, 2), (10, IN, 0)], [(OUT, 0, 10, 2), (IN, 10, None, 0)]),
        ([(0, IN, 0), (1, IN, 0), (3, OUT, 0)], [(IN, 0, 3, 0), (OUT, 3, None, 0)]),
    ],
)
def test_a_wait_runs_from_the_first_mail_to_the_answer(
    said: list[tuple[int, Direction, int]], waits: list[tuple[Direction, int, int | None, int]]
) -> None:
    found = exchanges(Spoken(on(day), by, follow_up) for day, by, follow_up in said)
    assert found == tuple(
        Exchange(by, on(asked), None if answered is None else on(answered), many)
        for by, asked, answered, many in waits
    )


def test_a_deal_entered_its_stage_when_that_was_first_said() -> None:
    steps = [(0, "inquiry"), (3, "opportunity"), (5, "inquiry"), (8, "opportunity"), (9, "opportunity")]
    deal = DealHistory(1, "meyer.example", tuple(StageMove(on(day), Stage(stage)) for day, stage in steps))
    assert (deal.stage, deal.opened, deal.entered) == (Stage.OPPORTUNITY, on(0), on(8))


# ── what the steps are called ──


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_label_leads_back_to_its_stage(language: str) -> None:
    for name, label in labels(language).items():
        assert stage_called(label) == ("won" if name == "old" else name)


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        *[
            ("PI", "pi"),
            ("  Opportunity ", "opportunity"),
            ("closed customer", "won"),
            ("机会", "opportunity"),
        ],
        *[("成交", "won"), ("輸單", "lost"), ("Old Customer", "won"), ("", None), ("maybe", None)],
    ],
)
def test_a_step_is_known_by_what_people_write(text: str, stage: str | None) -> None:
    assert stage_called(text) == stage


def test_the_reps_own_words_win() -> None:
    own = {"opportunity": "Hot"}
    assert labels("zh", own)["opportunity"] == "Hot"
    assert labels("zh", own)["pi"] == "PI客户"
    assert stage_called("hot", own) == "opportunity"
