"""`watcher team`: sheets that reps exported, read on a machine that has no config."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.cli.kept import HOSTILE
from watcher.cli import cli
from watcher.demo.filling import filled
from watcher.demo.past import made_up
from watcher.errors import UsageError
from watcher.sheets.exporting import export

pytestmark = pytest.mark.wide

NOW = datetime(2026, 3, 19, 2, 0, tzinfo=UTC)
REPS = {"Anna": "healthy", "Wei": "unpaid", "<b>Luz</b>": "bottom-wide"}


def sheet(folder: Path, name: str, shape: str, now: datetime = NOW, months: int = 6) -> Path:
    folder.mkdir(parents=True)
    with filled(folder, made_up(shape, 7, months, now), now) as app:
        config = app.config.model_copy(update={"rep": app.config.rep.model_copy(update={"name": name})})
        export(app.store, config, folder / "leads.xlsx", now)
    return folder / "leads.xlsx"


@pytest.fixture(scope="module")
def sheets(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("team")
    return [sheet(folder / str(place), *one) for place, one in enumerate(REPS.items())]


def run(*arguments: object) -> Result:
    environment = {"WATCHER_CONFIG": "/nowhere/config.toml", "COLUMNS": "100"}
    return CliRunner(env=environment).invoke(cli, ["team", *map(str, arguments)])


@pytest.mark.daemon
def test_reps_stand_side_by_side_without_a_config(sheets: list[Path]) -> None:
    said = run(*sheets)
    assert said.exit_code == 0, said.exception
    assert re.search(r"step +Anna +Wei +<b>Luz</b>\n", said.output)
    assert "PI → won (paid)" in said.output
    assert "median" in said.output
    wei = said.output.partition("Who needs what")[2].partition("\n  Wei\n")[2]
    assert wei.lstrip().startswith("● Closing is weak: of ")
    assert "Nothing stands out." in said.output.partition("\n  Anna\n")[2].partition("  Wei")[0]


@pytest.mark.daemon
def test_as_json(sheets: list[Path]) -> None:
    found = json.loads(run(*sheets, "--json").output)
    assert [one["name"] for one in found["members"]] == list(REPS)
    paid = next(one for one in found["steps"] if one["from"] == "pi")
    assert {"name": "Wei", "reached": paid["members"][1]["reached"]}.items() <= paid["members"][1].items()
    assert ("Wei", "closing") in {(one["name"], one["rule"]) for one in found["help"]}


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)


@pytest.mark.daemon
def test_a_page_to_print(sheets: list[Path], tmp_path: Path) -> None:
    page = tmp_path / "team.html"
    assert run(*sheets, "--html", page).exit_code == 0
    text = page.read_text("utf-8")
    tags = _Tags()
    tags.feed(text)
    assert {"svg", "table", "style"} <= tags.seen
    assert not {"script", "b", "img", "link", "iframe"} & tags.seen  # a rep's name is no markup
    assert text.count("<svg ") == len(REPS)
    assert "&lt;b&gt;Luz&lt;/b&gt;" in text
    assert "Content-Security-Policy" in text


@pytest.mark.daemon
def test_two_sheets_of_one_rep_and_sheets_of_another_month_are_told(
    sheets: list[Path], tmp_path: Path
) -> None:
    older = sheet(tmp_path / "older", "Anna", "healthy", datetime(2026, 1, 19, 2, 0, tzinfo=UTC))
    found = json.loads(run(older, *sheets, "--json").output)
    assert "Two sheets are Anna's: the newer one counts." in found["notes"]
    assert len(found["members"]) == 3
    apart = json.loads(run(older, sheets[1], "--json").output)
    assert "days apart" in apart["notes"][0]


def test_a_hostile_name_paints_no_terminal(tmp_path: Path) -> None:
    said = run(sheet(tmp_path / "evil", HOSTILE, "healthy", months=1))
    assert said.exit_code == 0
    assert not set(said.output) & {"\x1b", "\x07", "\u202e", "\x00"}


def test_what_is_no_sheet_of_ours_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("Customer,Stage\nX,pi\n", "utf-8")
    said = run(file)
    assert isinstance(said.exception, UsageError)
    assert "is no sheet of watcher's. watcher sheet export leads.xlsx makes one." in str(said.exception)
