"""The sheet on a store and real files: out, changed as a person changes it, and back in."""

from __future__ import annotations

import os
import shutil
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook, SheetVisibleEnum
from sqlalchemy import event

from tests.cli.kept import HOSTILE, Desk, fill
from watcher.config import load_config
from watcher.domain.history import DealHistory
from watcher.sheets import reading
from watcher.sheets.columns import HEADINGS
from watcher.sheets.hidden import NAME
from watcher.sheets.importing import Wanted, import_sheet
from watcher.sheets.reading import read_histories
from watcher.store.history import deal_histories

pytestmark = pytest.mark.wide

EN = HEADINGS["en"]


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    made = fill(Desk(tmp_path_factory.mktemp("full")))
    made.watcher("stage", "meyer.de", "pi", "--at", "2026-03-02")
    made.watcher("customer", "meyer", "--name", "Meyer Armaturen")
    number = made.read("customer", "meyer")["deals"][0]["deal"]
    made.watcher(
        "deal", str(number), "--value", "12000.50", "--currency", "EUR", "--note", "=1+1", "--owner", "Wei"
    )
    made.watcher("customer", "add", "Importadora Sol", "--country", "MX", "--stage", "inquiry")
    return made


@pytest.fixture
def desk(full: Desk, tmp_path: Path) -> Desk:
    shutil.copytree(full.home, tmp_path / "desk")
    return Desk(tmp_path / "desk")


def exported(desk: Desk) -> Path:
    file = desk.home / "leads.xlsx"
    answer = desk.watcher("sheet", "export", str(file), "--force")
    assert (answer.code, answer.error.replace("\r", "")) == (0, "")
    return file


Change = Callable[[list[list[Any]]], None]


def saved(file: Path, change: Change, name: str = "Leads") -> Path:
    """The workbook as a spreadsheet saves it: every sheet with its cells, one of them changed."""
    book = CalamineWorkbook.from_path(str(file))
    tables = {one: book.get_sheet_by_name(one).to_python(skip_empty_area=False) for one in book.sheet_names}
    change(tables[name])
    made = xlsxwriter.Workbook(str(file), {"strings_to_formulas": False, "strings_to_urls": False})
    day = made.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for title, rows in tables.items():
        sheet = made.add_worksheet(title)
        for place, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell != "":
                    sheet.write(place, column, cell, day if hasattr(cell, "year") else None)
        if title == NAME:
            sheet.very_hidden()
    made.close()
    return file


def put(customer: str, **cells: Any) -> Change:
    """Changes cells of one row, by the customer's key and the columns' names."""

    def change(rows: list[list[Any]]) -> None:
        places = {column.value: rows[0].index(heading) for column, heading in EN.items()}
        (row,) = [one for one in rows[1:] if one[places["customer"]] == customer]
        for name, cell in cells.items():
            row[places[name]] = cell

    return change


def add(**cells: Any) -> Change:
    def change(rows: list[list[Any]]) -> None:
        rows.append([cells.get(column.value, "") for column in EN])

    return change


def imported(desk: Desk, file: Path, *more: str) -> dict[str, Any]:
    return dict(desk.read("sheet", "import", str(file), *more))


def deal_of(desk: Desk, customer: str) -> dict[str, Any]:
    (found,) = desk.read("customer", customer)["deals"]
    return dict(found)


def histories(desk: Desk) -> list[DealHistory]:
    with desk.app() as app, app.store.reading() as connection:
        return deal_histories(connection, desk.now)


# ── out ──


def test_the_workbook_has_what_a_team_keeps_using(desk: Desk) -> None:
    file = exported(desk)
    book = CalamineWorkbook.from_path(str(file))
    assert [(one.name, one.visible) for one in book.sheets_metadata] == [
        ("Leads", SheetVisibleEnum.Visible),
        ("Pyramid", SheetVisibleEnum.Visible),
        ("Plan", SheetVisibleEnum.Visible),
        (NAME, SheetVisibleEnum.VeryHidden),
    ]
    head, first, *_ = book.get_sheet_by_name("Leads").to_python()
    lead = dict(zip(head, first, strict=True))
    assert {
        "Customer": "Meyer Armaturen",
        "Domain or address": "meyer.de",
        "Stage": "PI",
        "Value": 12000.5,
        "Whose turn": "they owe",
        "Note": "=1+1",
        "Owner": "Wei",
    }.items() <= lead.items()
    assert lead["Overdue (working days)"] > 0
    assert lead["We wrote last"] > lead["They wrote last"]
    pyramid = {row[0]: row[1] for row in book.get_sheet_by_name("Pyramid").to_python()[1:]}
    assert (pyramid["PI"], pyramid["won"]) == (1, 0)
    assert sum(pyramid.values()) == len(histories(desk))
    plan = book.get_sheet_by_name("Plan").to_python()
    assert plan[1][1:4] == ["Meyer Armaturen", "PI", "they owe"]


def test_a_person_gets_a_drop_down_filters_colours_and_a_chart(desk: Desk) -> None:
    with zipfile.ZipFile(exported(desk)) as packed:
        leads = packed.read("xl/worksheets/sheet1.xml").decode()
        chart = packed.read("xl/charts/chart1.xml").decode()
    for part in ("dataValidation ", "autoFilter", 'state="frozen"', "conditionalFormatting"):
        assert part in leads
    assert "barChart" in chart
    assert "<f>" not in leads.partition("<conditionalFormatting")[0]  # no cell of Leads is a formula


def test_it_is_written_in_chinese_where_the_labels_are(desk: Desk) -> None:
    desk.config.write_text(desk.config.read_text("utf-8") + '\n[stages]\nlanguage = "zh"\n', "utf-8")
    file = exported(desk)
    rows = CalamineWorkbook.from_path(str(file)).get_sheet_by_name("客户").to_python()
    assert rows[0][:3] == ["编号", "客户", "域名或邮箱"]
    assert "PI客户" in rows[1]
    found = imported(desk, file)
    assert (found["changes"], found["new"], found["problems"]) == ([], [], [])


def test_what_watcher_did_not_write_is_not_replaced(desk: Desk) -> None:
    file = desk.home / "mine.xlsx"
    file.write_bytes(b"PK\x03\x04 my own list")
    answer = desk.watcher("sheet", "export", str(file))
    assert (answer.code, "--force" in answer.error) == (2, True)
    assert file.read_bytes().startswith(b"PK\x03\x04 my own")
    assert desk.watcher("sheet", "export", str(file), "--force").code == 0
    assert desk.watcher("sheet", "export", str(file)).code == 0  # ours now
    assert desk.watcher("sheet", "export", str(desk.home / "leads.csv")).code == 2
    assert list(desk.home.glob(".*.tmp")) == []


def test_a_folder_that_is_not_there_is_one_line(desk: Desk) -> None:
    answer = desk.watcher("sheet", "export", str(desk.home / "nowhere" / "leads.xlsx"))
    assert answer.code == 2
    assert "cannot be written" in answer.error


def test_the_hidden_sheet_tells_a_team_all_that_rates_need_and_no_word_of_a_mail(desk: Desk) -> None:
    file = exported(desk)
    found = read_histories(file)
    assert sorted(found.histories, key=lambda one: one.id) == [
        DealHistory(
            **{
                name: getattr(one, name)
                for name in DealHistory.__dataclass_fields__
                if name not in ("we_wrote", "they_wrote")
            }
        )
        for one in (_without_evidence(one) for one in histories(desk))
    ]
    assert (found.rep_name, found.labels["pi"], found.as_of) == ("Wei Chen", "PI", desk.now)
    with zipfile.ZipFile(file) as packed:
        everything = b"".join(packed.read(name) for name in packed.namelist()).decode("utf-8", "replace")
    for subject in ("PI 2026-031", "Offer 7", "Bombas", "Kit 5"):
        assert subject not in everything


def _without_evidence(deal: DealHistory) -> DealHistory:
    return replace(deal, moves=tuple(replace(one, evidence="") for one in deal.moves))


# ── a round trip changes nothing ──


def test_a_round_trip_changes_nothing(desk: Desk) -> None:
    before = histories(desk)
    file = exported(desk)
    found = imported(desk, saved(file, lambda rows: None))
    assert {found[one] == [] for one in ("changes", "conflicts", "kept", "new", "problems")} == {True}
    assert histories(desk) == before


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=40)


@pytest.mark.daemon
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    note=WORDS
    | st.sampled_from(["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", HOSTILE, "'quoted", "00012"]),
    title=WORDS,
    value=st.decimals(0, 10**14, allow_nan=False, places=2),
)
def test_whatever_is_noted_comes_back_as_it_was(full: Desk, note: str, title: str, value: Any) -> None:
    number = str(deal_of(full, "meyer.de")["deal"])
    full.watcher("deal", number, "--note", note, "--name", title, "--value", str(value))
    before = deal_of(full, "meyer.de")
    found = imported(full, exported(full))
    assert (found["changes"], found["problems"]) == ([], [])
    assert deal_of(full, "meyer.de") == before


# ── back in ──


def test_what_the_sheet_changed_is_taken(desk: Desk) -> None:
    file = saved(
        exported(desk),
        put(
            "gulf.ae",
            stage="opportunity",
            name="Gulf",
            value="USD 9,000",
            note="hot",
            expected="2026-05-01",
            country="UAE",
        ),
    )
    found = imported(desk, file)
    assert found["problems"] == []
    deal = deal_of(desk, "gulf.ae")
    assert (deal["stage"], deal["value"], deal["currency"], deal["note"]) == (
        "opportunity",
        "9000",
        "USD",
        "hot",
    )
    assert (deal["expected"], deal["moves"][-1]["source"]) == ("2026-05-01", "sheet")
    assert desk.read("customer", "gulf.ae")["name"] == "Gulf"
    assert desk.thread_of("gulf.ae")["stage"] == "opportunity"  # judged again


def test_a_dry_run_says_it_and_changes_nothing(desk: Desk) -> None:
    before = histories(desk)
    file = saved(exported(desk), put("gulf.ae", stage="opportunity"))
    said = desk.watcher("sheet", "import", str(file), "--dry-run").out
    assert "gulf.ae, stage: cold → opportunity" in said
    assert "1 changed, 0 new. Nothing was changed: --dry-run." in said
    assert histories(desk) == before


@pytest.mark.parametrize(("more", "stage"), [((), "won"), (("--prefer", "sheet"), "opportunity")])
def test_where_both_changed_the_store_wins_unless_it_is_said(
    desk: Desk, more: tuple[str, ...], stage: str
) -> None:
    file = saved(exported(desk), put("gulf.ae", stage="opportunity"))
    desk.watcher("stage", "gulf.ae", "won")
    found = imported(desk, file, *more)
    assert [(one["before"], one["after"]) for one in found["conflicts"]] == [("won", "opportunity")]
    assert deal_of(desk, "gulf.ae")["stage"] == stage


def test_what_was_taken_once_is_not_taken_again(desk: Desk) -> None:
    """The rep moved the deal back since: the old word of the sheet does not undo that."""
    file = saved(exported(desk), put("gulf.ae", stage="opportunity"))
    imported(desk, file)
    desk.now += timedelta(hours=1)
    desk.watcher("stage", "gulf.ae", "cold")
    desk.now += timedelta(hours=1)
    found = imported(desk, saved(file, put("meyer.de", note="later")))
    assert [one["field"] for one in found["changes"]] == ["note"]
    assert deal_of(desk, "gulf.ae")["stage"] == "cold"


def test_a_lead_that_was_added_is_on_the_list_and_stays_one(desk: Desk) -> None:
    file = saved(exported(desk), add(name="Nordic Pumps", country="Norway", stage="inquiry", note="fair"))
    assert [one["customer"] for one in imported(desk, file)["new"]] == ["nordic pumps"]
    again = imported(desk, file)
    assert (again["new"], again["changes"]) == ([], [])
    shown = desk.read("customer", "nordic")
    assert (shown["country"], shown["deals"][0]["stage"], shown["deals"][0]["note"]) == (
        "NO",
        "inquiry",
        "fair",
    )
    overdue = desk.read("status", "--all", "--now", "2026-04-20T09:00:00+02:00")["overdue"]
    assert ("nordic pumps", "no_mail") in {(one["customer"], one["reason"]) for one in overdue}
    # And what is changed in its row later on is taken.
    imported(desk, saved(file, lambda rows: rows[-1].__setitem__(rows[0].index("Stage"), "PI")))
    assert deal_of(desk, "nordic")["stage"] == "pi"


def test_a_list_of_ones_own_fills_what_is_empty_and_adds(desk: Desk) -> None:
    file = desk.home / "fair.csv"
    file.write_bytes(
        "公司名称;邮箱;阶段;备注;金额\n迈尔;anna@meyer.de;成交;我的;5\n新公司;a@new.example;询盘;新;\n".encode(
            "gb18030"
        )
    )
    found = imported(desk, file)
    assert found["fills_only"]
    assert [(one["customer"], one["name"], one["stage"]) for one in found["new"]] == [
        ("new.example", "新公司", "inquiry")
    ]
    # Meyer has a name, a stage, a note and a value already.
    assert (found["changes"], len(found["kept"])) == ([], 4)


def test_a_workbook_of_another_store_only_fills(desk: Desk, tmp_path: Path) -> None:
    file = saved(exported(desk), put("meyer.de", stage="won"))
    (tmp_path / "other").mkdir()
    other = fill(Desk(tmp_path / "other"))
    found = imported(other, file)
    assert (found["fills_only"], deal_of(other, "meyer.de")["stage"]) == (True, "inquiry")


def test_what_is_unclear_is_told_with_its_row_and_its_heading(desk: Desk) -> None:
    file = saved(
        exported(desk), put("gulf.ae", stage="maybe", value="1.500", expected="3/4/2026", note="fine")
    )
    found = imported(desk, file)
    place = found["problems"][0]["row"]
    assert [one["says"] for one in found["problems"]] == [
        "Stage: 'maybe' is no stage",
        "Expected: '3/4/2026' may be two days: write 2026-03-04, or these turned",
        "Value: '1.500' may be 1500 or 1.5: write it without the dot",
    ]
    assert {one["row"] for one in found["problems"]} == {place}
    assert deal_of(desk, "gulf.ae")["note"] == "fine"


def test_who_only_wrote_so_far_becomes_a_lead(desk: Desk) -> None:
    file = desk.home / "leads.csv"
    file.write_text("Customer,E-mail,Stage\nStranger,jo@stranger.example,opportunity\n", "utf-8")
    assert len(imported(desk, file)["new"]) == 1
    found = desk.thread_of("stranger.example")
    assert (found["role"], found["stage"]) == ("lead", "opportunity")


def test_our_own_address_is_no_lead(desk: Desk) -> None:
    file = desk.home / "leads.csv"
    file.write_text("Customer,E-mail\nWe,wei@acme.test\n", "utf-8")
    assert [one["says"] for one in imported(desk, file)["problems"]] == ["names no customer"]


# ── hostile files ──


def broken(kind: str, folder: Path, exported_to: Path) -> Path:
    file = folder / f"{kind}.xlsx"
    match kind:
        case "no zip":
            file.write_bytes(b"hello")
        case "cut":
            file.write_bytes(exported_to.read_bytes()[:3000])
        case "bomb":
            with (
                zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed,
                packed.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as member,
            ):
                for _ in range(5):
                    member.write(bytes(100_000_000))
        case "far cell":
            book = xlsxwriter.Workbook(str(file))
            sheet = book.add_worksheet()
            sheet.write(0, 0, "Customer")
            sheet.write(1_048_575, 16_383, "x")
            book.close()
        case "no headings":
            book = xlsxwriter.Workbook(str(file))
            book.add_worksheet().write(0, 0, "hello")
            book.close()
    return file


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("no zip", "is no xlsx file"),
        ("cut", "cannot be read as xlsx"),
        ("bomb", "unpacks to more than"),
        ("far cell", "cells in a sheet"),
        ("no headings", "has no row of headings"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(desk: Desk, tmp_path: Path, kind: str, says: str) -> None:
    answer = desk.watcher("sheet", "import", str(broken(kind, tmp_path, exported(desk))))
    assert answer.code == 2
    assert says in answer.error


def test_a_formula_is_read_as_what_it_showed(desk: Desk) -> None:
    file = desk.home / "formulas.xlsx"
    book = xlsxwriter.Workbook(str(file))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Customer", "Stage", "Note"])
    sheet.write_row(1, 0, ["Formula Ltd", "inquiry"])
    sheet.write_formula(1, 2, "=1+1", None, 2)
    book.close()
    imported(desk, file)
    assert deal_of(desk, "formula")["note"] == "2"


def test_somebody_who_wrote_in_the_hidden_sheet_is_told(desk: Desk) -> None:
    file = saved(exported(desk), lambda rows: rows[0].__setitem__(2, "99"), NAME)
    answer = desk.watcher("sheet", "import", str(file))
    assert (answer.code, "another version of watcher" in answer.error) == (2, True)


# ── the daemon's eye on it ──


def test_the_watched_sheet_is_read_when_it_was_saved_and_stands_still(desk: Desk) -> None:
    desk.config.write_text(f'{desk.config.read_text("utf-8")}\n[sheet]\nwatch = "leads.xlsx"\n', "utf-8")
    assert load_config(desk.config).sheet.watch == desk.home / "leads.xlsx"
    file = exported(desk)
    with desk.app() as app:
        for _ in range(3):
            app.look_at_sheet()
        saved(file, put("gulf.ae", stage="opportunity", value="about 5"))
        before = file.read_bytes()
        app.look_at_sheet()
        assert deal_of(desk, "gulf.ae")["stage"] == "cold"  # it may still be written
        app.look_at_sheet()
        assert deal_of(desk, "gulf.ae")["stage"] == "opportunity"
        note = desk.read("status")["sheet"]
        assert note.startswith("leads.xlsx: 1 not taken. watcher sheet import ")
        # A broken one is told, and told no more once it is whole again.
        file.write_bytes(b"half a file")
        app.look_at_sheet()
        app.look_at_sheet()
        assert "is no xlsx file" in desk.watcher("status").out
        file.write_bytes(before)
        os.utime(file, ns=(1, 2))
        app.look_at_sheet()
        app.look_at_sheet()
        assert "is no xlsx file" not in desk.watcher("status").out
        file.unlink()
        app.look_at_sheet()
    assert file.parent == desk.home


@pytest.mark.daemon
def test_twenty_thousand_new_leads_are_read_and_kept_in_three_seconds(desk: Desk) -> None:
    """Of a processor, so that a busy machine is no defect."""
    file = desk.home / "fair.csv"
    rows = "".join(f"Firm {one},buyer@firm{one}.example,Germany,inquiry,USD 1,5\n" for one in range(20_000))
    file.write_text(f"Company,Email,Country,Stage,Value,Note\n{rows}", "utf-8")
    with desk.app() as app:
        began = time.process_time()
        done = import_sheet(app.store, app.config, file, lambda text: text, desk.now, Wanted())
        took = time.process_time() - began
    assert len(done.merged.new) == 20_000
    assert took < 3


def test_twenty_thousand_rows_are_few_statements(desk: Desk) -> None:
    """What costs is the number of statements: it must not grow with the rows."""
    counts: Mapping[int, int] = {many: _statements(desk, many) for many in (50, 450)}
    assert counts[450] <= counts[50] + 5


def _statements(desk: Desk, many: int) -> int:
    file = desk.home / f"{many}.csv"
    rows = "".join(
        f"Firm {many} {one},f{one}@firm{many}x{one}.example,inquiry,{one}\n" for one in range(many)
    )
    file.write_text(f"Company,Email,Stage,Value\n{rows}", "utf-8")
    seen: list[str] = []
    with desk.app() as app:
        event.listen(app.store._engine, "before_cursor_execute", lambda *said: seen.append(said[2]))
        import_sheet(app.store, app.config, file, lambda text: text, desk.now, Wanted())
    return len(seen)


def test_the_size_of_a_file_is_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    file = exported(desk)
    monkeypatch.setattr(reading, "MAX_FILE", 100)
    answer = desk.watcher("sheet", "import", str(file))
    assert (answer.code, "is larger than" in answer.error) == (2, True)
