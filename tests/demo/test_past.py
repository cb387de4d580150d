"""Made-up months: the same out of a seed, believable, and what is wrong in them is found."""

from __future__ import annotations

import importlib.util
import shutil
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from watcher.cli import cli
from watcher.cli.demo import SHAPES as OFFERED
from watcher.demo.filling import filled
from watcher.demo.past import SHAPES, histories, made_up
from watcher.domain.messages import Direction
from watcher.domain.stages import Stage
from watcher.shape import shape_of
from watcher.store.history import deal_histories

pytestmark = pytest.mark.wide

NOW = datetime(2026, 3, 19, 2, 0, tzinfo=UTC)
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


def test_every_shape_is_offered() -> None:
    assert tuple(SHAPES) == OFFERED


@pytest.mark.parametrize("shape", SHAPES)
def test_a_seed_makes_one_past_and_another_another(shape: str) -> None:
    assert made_up(shape, 3, 4, NOW) == made_up(shape, 3, 4, NOW)
    assert made_up(shape, 3, 4, NOW) != made_up(shape, 4, 4, NOW)


@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_believable(shape: str) -> None:
    deals = made_up(shape, 1, 6, NOW)
    assert len({one.domain for one in deals}) == len(deals)
    for one in deals:
        assert one.domain.endswith(".example")
        moments = [at for at, _ in one.moves]
        assert moments == sorted(moments)
        assert moments[-1] <= NOW
        written = [letter.at for letter in one.letters]
        assert all(before < after for before, after in pairwise(written)), one
        assert all(at.weekday() < 5 and 1 <= at.hour < 9 for at in written)
        first = Direction.OUTBOUND if one.moves[0][1] is Stage.COLD else Direction.INBOUND
        assert (one.letters[0].by, one.letters[0].at) == (first, one.moves[0][0])


@pytest.mark.parametrize(
    ("shape", "wrong"),
    [
        ("bottom-wide", "follow_up"),
        ("top-heavy", "prospecting"),
        ("negotiation", "negotiation"),
        ("unpaid", "closing"),
    ],
)
def test_what_is_wrong_is_found(shape: str, wrong: str) -> None:
    found = [
        {one.rule.value for one in shape_of(histories(made_up(shape, seed, 6, NOW)), NOW).findings}
        for seed in range(1, 9)
    ]
    assert sum(wrong in one for one in found) >= 6


def test_where_nothing_is_wrong_nothing_is_found() -> None:
    found = [shape_of(histories(made_up("healthy", seed, 6, NOW)), NOW).findings for seed in range(1, 9)]
    assert sum(not one for one in found) >= 7


def test_the_store_gives_back_what_was_put_in(tmp_path: Path) -> None:
    """Through headers, the judgement and the tables: moves and answers come out as they were drawn."""
    deals = made_up("healthy", 7, 3, NOW)
    with filled(tmp_path, deals, NOW) as app, app.store.reading() as connection:
        found = {one.customer: one for one in deal_histories(connection, NOW)}
    for one in histories(deals):
        held = found[one.customer]
        assert [(move.at, move.stage) for move in held.moves] == [(move.at, move.stage) for move in one.moves]
        assert held.exchanges == one.exchanges
        assert (held.name, held.value, held.country) == (one.name, one.value, one.country)


def test_the_command_shows_it_and_leaves_nothing_unless_it_is_kept(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    said = CliRunner().invoke(
        cli, ["demo", "--history", "--shape", "top-heavy", "--months", "3", "--keep", str(kept)]
    )
    assert said.exit_code == 0, said.output
    assert "Wei Chen has sold pumps for 3 months" in said.output
    assert sorted(one.name for one in kept.iterdir() if "-" not in one.name) == ["config.toml", "watcher.db"]
    plan = CliRunner().invoke(cli, ["--config", str(kept / "config.toml"), "plan", "--week"])
    assert "to do this week, top first" in plan.output
    again = CliRunner().invoke(cli, ["demo", "--history", "--keep", str(kept)])
    assert "is not empty" in str(again.exception)
    shutil.rmtree(kept)


def test_a_folder_is_for_a_history_only(tmp_path: Path) -> None:
    said = CliRunner().invoke(cli, ["demo", "--once", "--keep", str(tmp_path / "x")])
    assert "--keep is for a history" in str(said.exception)


# ── the pictures of the README ──


def drawing() -> ModuleType:
    spec = importlib.util.spec_from_file_location("draw_pyramids", PICTURES / "draw_pyramids.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("shape", ["healthy", "bottom-wide", "top-heavy"])
def test_the_pictures_are_what_is_drawn_today(shape: str) -> None:
    module = drawing()
    assert shape in module.TITLES
    assert module.place(shape).read_text("utf-8") == module.drawn(shape), (
        "python docs/pictures/draw_pyramids.py"
    )
