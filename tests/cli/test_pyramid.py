"""`watcher pyramid`: the shape on a terminal, into files, as JSON."""

from __future__ import annotations

import json
import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from rich.cells import cell_len
from sqlalchemy import insert

from tests.cli.kept import HOSTILE, NOW, Desk
from watcher.store.tables import customer, deal, stage_move

BAR = re.compile("[█▐▌]+")


def climb(
    desk: Desk, number: int, moves: str, *, owner: str = "", worth: str = "", name: str = "", begin: int = 0
) -> None:
    """So many customers with a deal each: "60 opportunity; 30 pi" are days ago."""
    steps = [(NOW - timedelta(days=float(one.split()[0])), one.split()[1]) for one in moves.split(";")]
    value, _, currency = worth.partition(" ")
    with desk.app() as app, app.store.writing() as connection:
        for place in range(begin, begin + number):
            key = f"{steps[-1][1]}{len(steps)}{owner}{place}.example"
            known = {"key": key, "name": name and f"{name} {place}", "role": "lead", "role_said": True}
            who = connection.execute(insert(customer).values(known)).inserted_primary_key[0]
            opened = {"customer_id": who, "stage": steps[-1][1], "opened_at": steps[0][0], "owner": owner}
            opened |= {"value": value or None, "currency": currency or None}
            made = connection.execute(insert(deal).values(opened)).inserted_primary_key[0]
            for at, stage in steps:
                connection.execute(insert(stage_move).values(deal_id=made, stage=stage, at=at, source="rep"))


@pytest.fixture(scope="module")
def selling(filled_desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Fourteen opportunities of which one was signed, and inquiries below. Tests only look at it."""
    home = tmp_path_factory.mktemp("selling")
    shutil.copytree(filled_desk.home, home, dirs_exist_ok=True)
    desk = Desk(home)
    climb(desk, 11, "60 opportunity; 30 lost", owner="wei", name="Shop")
    climb(desk, 1, "60 opportunity; 30 pi", worth="5000 EUR", owner="wei")
    climb(desk, 2, "60 opportunity; 20 lost", owner="li", name=HOSTILE)
    climb(desk, 8, "20 inquiry", worth="1000 USD", owner="li")
    return desk


@pytest.fixture
def own(selling: Desk, tmp_path: Path) -> Desk:
    """The same, with a config of one's own."""
    shutil.copytree(selling.home, tmp_path / "own")
    return Desk(tmp_path / "own")


def steps(found: dict[str, object]) -> dict[str, int]:
    return {one["stage"]: one["customers"] for one in found["steps"]}  # type: ignore[attr-defined]


def picture(text: str) -> list[str]:
    return text.partition("\n\n")[2].partition("\n\n")[0].splitlines()


def test_the_document_holds_all_of_it(selling: Desk) -> None:
    found = selling.read("pyramid")
    assert steps(found)["inquiry"] >= 8
    assert found["lost"] == 13
    signed = next(one for one in found["rates"]["conversions"] if one["from"] == "opportunity")
    assert (signed["reached"], signed["of"], signed["judged"], signed["lost"]) == (1, 14, True, 13)
    (weak,) = found["diagnosis"]
    assert (weak["rule"], weak["stage"], len(weak["customers"])) == ("negotiation", "opportunity", 13)
    assert weak["sentence"].startswith("Negotiation is weak: of 14 deals at opportunity, 1 came to PI")
    usd = next(one for one in found["steps"] if one["stage"] == "inquiry")["values"]
    assert usd == {"USD": "8000"}


def test_the_picture_stands_above_what_it_says(selling: Desk) -> None:
    told = selling.watcher("pyramid").out
    head, _, rest = told.partition("\n\n")
    assert "Thu 19 Mar 2026" in head
    assert "13 lost" in head
    lines = picture(told)
    assert [one.split()[0] for one in lines[::2]] == ["won", "PI", "opportunity", "inquiry", "cold"]
    assert "↑ 7% of 14" in lines[3]
    assert "● Negotiation is weak: of 14 deals at opportunity, 1 came to PI" in rest
    assert "Shop 10, Shop 9" in rest or "Shop 0, Shop 1" in rest
    assert "and 7 more" in rest


@pytest.mark.parametrize("columns", ["60", "80", "120"])
def test_it_is_as_wide_as_the_terminal(selling: Desk, columns: str) -> None:
    told = selling.watcher("pyramid", "--rates", environment={"COLUMNS": columns}).out
    assert max(map(cell_len, told.partition("\n\n")[2].splitlines())) <= int(columns)
    lines = picture(told)
    bars = {one.split()[0]: found for one in lines if (found := BAR.search(one))}
    widths = {name: len(found[0]) for name, found in bars.items()}
    assert widths["inquiry"] > widths["PI"] > 0
    assert max(widths.values()) == {"60": 24, "80": 24, "120": 56}[columns]
    # Every bar stands in the middle.
    assert len({found.start() + found.end() for found in bars.values()}) == 1


def test_a_pyramid_on_its_head_shows_it(desk: Desk) -> None:
    climb(desk, 30, "20 pi")
    climb(desk, 12, "20 opportunity")
    told = desk.watcher("pyramid").out
    lines = picture(told)
    assert lines[2].count("█") > lines[4].count("█") > lines[6].count("█") > 0
    assert lines[1].split()[:2] == ["╱", "╲"]
    assert lines[3].split()[:2] == ["╲", "╱"]
    assert "● Prospecting is weak: 42 at opportunity and PI" in told


def test_the_rates_have_their_counts(selling: Desk) -> None:
    told = selling.watcher("pyramid", "--rates").out
    line = next(one for one in told.splitlines() if one.strip().startswith("opportunity → PI"))
    assert line.split() == ["opportunity", "→", "PI", "7%", "1%", "to", "31%", "14", "13", "lost"]
    assert "Calendar days at a step" in told
    assert "they answer you" in told
    assert "at all" in told
    assert "opportunity → PI" not in selling.watcher("pyramid").out


def test_the_window(selling: Desk) -> None:
    def of(*arguments: str) -> int:
        conversions = selling.read("pyramid", *arguments)["rates"]["conversions"]
        return next(one["of"] for one in conversions if one["from"] == "opportunity")

    assert (of("--window", "59d"), of("--window", "61d"), of("--window", "9w")) == (0, 14, 14)
    for wrong in ("0d", "90", "3m", "-5d", "²d"):
        answer = selling.watcher("pyramid", "--window", wrong)
        assert answer.code == 2
        assert "is no span such as 90d or 12w" in answer.error


def test_one_reps_deals(selling: Desk) -> None:
    mine = selling.read("pyramid", "--owner", "WEI")
    assert (mine["owner"], steps(mine)["inquiry"], mine["lost"]) == ("WEI", 0, 11)
    answer = selling.watcher("pyramid", "--owner", "nobody")
    assert answer.code == 2
    assert answer.error == "no deal is of 'nobody'. There are: li, wei."


def test_as_of_a_moment(selling: Desk) -> None:
    then = selling.read("pyramid", "--now", "2026-02-01T08:00:00Z")
    assert steps(then)["opportunity"] == 14
    assert then["lost"] == 0
    assert then["as_of"] == "2026-02-01T08:00:00+00:00"


def test_what_was_not_read_is_said(own: Desk) -> None:
    own.now = NOW + timedelta(hours=5)
    found = own.read("pyramid")
    assert found["blind"] != []
    assert found["blind"][0] in own.watcher("pyramid").out


def test_files_are_written(selling: Desk) -> None:
    home = selling.home
    answer = selling.watcher("pyramid", "--svg", f"{home}/a.svg", "--html", f"{home}/a.html", "--json")
    assert json.loads(answer.out)["customers"] > 0
    assert answer.error == f"{home}/a.svg: written.\n{home}/a.html: written.\n"
    assert (home / "a.svg").read_text("utf-8").startswith("<svg ")
    text = (home / "a.html").read_text("utf-8")
    assert "Negotiation is weak" in text
    assert "Pyramid · Wei Chen · Thu 19 Mar 2026" in text
    assert "<script" not in text
    assert "\x1b" not in text


def test_a_place_where_nothing_can_be_written(selling: Desk) -> None:
    answer = selling.watcher("pyramid", "--svg", f"{selling.home}/none/a.svg")
    assert answer.code == 2
    assert answer.error.endswith("a.svg cannot be written: No such file or directory.")


def test_labels_that_no_font_has_make_an_english_png(own: Desk) -> None:
    config = own.config.read_text("utf-8")
    own.config.write_text(f'{config}\n[stages.pi]\nlabel = "\\U00012000 PI"\n', "utf-8")
    answer = own.watcher("pyramid", "--png", f"{own.home}/a.png")
    assert answer.code == 0
    assert "The PNG is in English: no font of this machine has" in answer.error
    assert (own.home / "a.png").read_bytes().startswith(b"\x89PNG")


def test_the_steps_are_called_what_the_rep_calls_them(own: Desk) -> None:
    config = own.config.read_text("utf-8")
    own.config.write_text(f'{config}\n[stages]\nlanguage = "zh"\n', "utf-8")
    lines = picture(own.watcher("pyramid").out)
    assert [one.split()[0] for one in lines[::2]] == [
        *("成交客户", "PI客户", "机会客户", "询盘客户", "潜在客户"),
    ]
    # Chinese takes two columns a character: the bars stand in the middle all the same.
    found = [
        (cell_len(one[: bar.start()]), bar.end() - bar.start()) for one in lines if (bar := BAR.search(one))
    ]
    assert len({2 * before + width for before, width in found}) == 1


def test_nobody_yet(desk: Desk) -> None:
    found = desk.watcher("pyramid", "--now", "2020-01-01T00:00:00Z")
    assert found.code == 0
    assert "0 customers" in found.out
    assert "Nothing stands out; no step has the 10 deals" in found.out


@pytest.mark.parametrize("no_color", ["", "1"])
def test_colour_is_for_terminals_that_want_it(selling: Desk, no_color: str) -> None:
    told = selling.watcher("pyramid", environment={"NO_COLOR": no_color}, color=True).out
    assert ("\x1b[" in told) is (not no_color)


def test_a_hostile_name_repaints_nothing(selling: Desk) -> None:
    told = selling.watcher("pyramid", "--rates").out
    assert "Pay now" in told
    assert "\x1b" not in told
    assert "\u202e" not in told
