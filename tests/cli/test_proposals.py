"""`watcher stage --proposals`: what the mail shows of deals, and the rep's one key for each."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from sqlalchemy import select

from tests.cli.kept import ESC, NOW, REP, Desk, Mail, days
from watcher.cli import proposals as page
from watcher.cli.common import Options
from watcher.domain.reading.evidence import EVIDENCE_VERSION, Evidence, EvidenceKind, to_fact
from watcher.propose import propose
from watcher.store.facts import keep_facts
from watcher.store.tables import message

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.wide

ANNA, OMAR, LUZ = "Anna <anna@meyer.de>", "Omar <omar@gulf.ae>", "Luz <luz@sol.mx>"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Three customers: one signed, one paid, one asked for a price in a subject."""
    desk = Desk(tmp_path_factory.mktemp("proposals"))
    desk.receive(
        Mail("m1@meyer.de", ANNA, days(9), "pumps"),
        Mail("m2@acme.test", REP, days(8), "Re: pumps", "anna@meyer.de", "m1@meyer.de"),
        Mail("m3@meyer.de", ANNA, days(7), "Re: pumps", answers="m2@acme.test"),
        Mail("g1@gulf.ae", OMAR, days(9), "valves"),
        Mail("g2@acme.test", REP, days(8), "Re: valves", "omar@gulf.ae", "g1@gulf.ae"),
        Mail("g3@gulf.ae", OMAR, days(6), "Re: valves", answers="g2@acme.test"),
        Mail("s1@acme.test", REP, days(9), "Catalogue", "luz@sol.mx"),
        Mail("s2@sol.mx", LUZ, days(5), f"RFQ {ESC}[31m seals"),
    )
    shows(desk, "m3@meyer.de", Evidence(EvidenceKind.PI_SIGNED, "attached … signed … PI"))
    shows(desk, "g3@gulf.ae", Evidence(EvidenceKind.PAID, "attached … slip"))
    return desk


@pytest.fixture
def desk(filled: Desk, tmp_path: Path) -> Desk:
    """A desk of one's own."""
    shutil.copytree(filled.home, tmp_path / "desk")
    return Desk(tmp_path / "desk")


def shows(desk: Desk, name: str, *found: Evidence) -> None:
    with desk.app() as app, app.store.writing() as connection:
        number = connection.scalar(select(message.c.id).where(message.c.message_id == f"<{name}>"))
        keep_facts(connection, int(number or 0), "evidence", to_fact(found), EVIDENCE_VERSION)


def stages(desk: Desk) -> dict[str, str]:
    return {one["customer"]: one["stage"] for one in desk.read("threads") if one["customer"]}


def numbers(desk: Desk) -> dict[str, str]:
    return {one["customer"]: str(one["proposal"]) for one in desk.read("stage", "--proposals")}


# ── without a terminal ──


def test_they_are_listed_nearest_to_an_order_first(desk: Desk) -> None:
    answer = desk.watcher("stage", "--proposals")
    assert answer.code == 0, answer.error
    told = [line.strip().partition("  ")[2] for line in answer.out.splitlines()[:3]]
    assert told == [
        f"{who}: {moves} · their mail of {mail} · thread {desk.thread_of(who)['thread']}"
        for who, moves, mail in (
            ("gulf.ae", "inquiry → won", "Fri 13 Mar 09:02 says it is paid (attached … slip)"),
            ("meyer.de", "inquiry → PI", "Thu 12 Mar 09:02 brings the signed PI (attached … signed … PI)"),
            ("sol.mx", "cold → inquiry", "Sat 14 Mar 09:02 asks for a price (subject: rfq)"),
        )
    ]
    assert ESC not in answer.out
    assert answer.out.splitlines()[-1].startswith("watcher stage --accept ")


def test_json_has_the_message_that_shows_it(desk: Desk) -> None:
    first = desk.read("stage", "--proposals")[0]
    wanted = {"customer": "gulf.ae", "stage": "inquiry", "proposed": "won", "evidence": "paid"}
    assert first | wanted == first
    assert first["thread"] == desk.thread_of("gulf.ae")["thread"]
    assert (first["message_id"], first["at"]) == ("<g3@gulf.ae>", "2026-03-13T08:02:00+00:00")


def test_accepted_by_number(desk: Desk) -> None:
    answer = desk.watcher("stage", "--accept", numbers(desk)["meyer.de"])
    assert answer.out.startswith("PI · meyer.de: their turn lasts 2 working days now")
    assert "payment is due Thu 26 Mar" in answer.out  # ten working days after the mail, not after today
    assert stages(desk)["meyer.de"] == "pi"
    assert set(numbers(desk)) == {"gulf.ae", "sol.mx"}


def test_refused_by_number(desk: Desk) -> None:
    answer = desk.watcher("stage", "--refuse", numbers(desk)["meyer.de"])
    assert answer.out == "meyer.de: refused; that mail does not propose it again.\n"
    assert stages(desk)["meyer.de"] == "inquiry"
    assert set(numbers(desk)) == {"gulf.ae", "sol.mx"}


def test_several_at_once(desk: Desk) -> None:
    found = numbers(desk)
    answer = desk.watcher(
        "stage", "--accept", found["gulf.ae"], "--accept", found["sol.mx"], "--refuse", found["meyer.de"]
    )
    assert answer.code == 0, answer.error
    assert stages(desk) == {"gulf.ae": "won", "sol.mx": "inquiry", "meyer.de": "inquiry"}
    assert desk.watcher("stage", "--proposals").out == "No stage proposals.\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--accept", "99"), "there is no proposal 99"),
        (("--accept", "1", "--refuse", "1"), "both accepted and refused"),
        (("meyer", "--proposals"), "not named together"),
        ((), "CUSTOMER and STAGE are missing"),
        (("meyer",), "CUSTOMER and STAGE are missing"),
    ],
)
def test_what_cannot_be_is_refused(desk: Desk, arguments: tuple[str, ...], says: str) -> None:
    answer = desk.watcher("stage", *arguments)
    assert (answer.code, says in answer.error) == (2, True), answer


def test_a_proposal_is_decided_once(desk: Desk) -> None:
    number = numbers(desk)["meyer.de"]
    desk.watcher("stage", "--accept", number)
    assert "you accepted it" in desk.watcher("stage", "--refuse", number).error


def test_status_counts_them(desk: Desk) -> None:
    numbers(desk)
    assert "3 stage proposals: watcher stage --proposals\n" in desk.watcher("status").out
    assert desk.read("status")["proposals"] == 3
    assert desk.read("status", "--now", "2026-03-18T00:00:00+00:00")["proposals"] == 0


def test_the_config_lets_mail_move_deals(desk: Desk) -> None:
    desk.config.write_text(desk.config.read_text("utf-8") + "\n[stages]\nfollow_evidence = true\n", "utf-8")
    assert desk.watcher("stage", "--proposals").out == "No stage proposals.\n"
    assert stages(desk) == {"gulf.ae": "won", "sol.mx": "inquiry", "meyer.de": "pi"}


# ── with one key each ──


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Somebody sits there and presses these keys."""
    keys: list[str] = []
    monkeypatch.setattr(page, "on_terminal", lambda: True)
    monkeypatch.setattr(click, "getchar", lambda: keys.pop(0))
    yield keys
    assert keys == []


@pytest.mark.parametrize(
    ("keys", "says", "moved"),
    [
        ("yyy", "3 accepted, 0 refused.", {"gulf.ae": "won", "meyer.de": "pi", "sol.mx": "inquiry"}),
        ("ynY", "2 accepted, 1 refused.", {"gulf.ae": "won", "meyer.de": "inquiry", "sol.mx": "inquiry"}),
        ("sxyq", "1 accepted, 0 refused, 2 left: watcher stage --proposals", {"meyer.de": "pi"}),
        ("q", "0 accepted, 0 refused, 3 left: watcher stage --proposals", {"gulf.ae": "inquiry"}),
        (["y", ""], "1 accepted, 0 refused, 2 left: watcher stage --proposals", {"gulf.ae": "won"}),
    ],
)
def test_one_key_each(
    desk: Desk, terminal: list[str], keys: list[str] | str, says: str, moved: dict[str, str]
) -> None:
    terminal += keys
    answer = desk.watcher("stage", "--proposals")
    assert answer.code == 0, answer.error
    assert answer.out.splitlines()[-1] == says
    assert stages(desk) | moved == stages(desk)


def test_a_step_that_follows_is_asked_at_once(desk: Desk, terminal: list[str]) -> None:
    desk.receive(Mail("g4@acme.test", REP, days(3), "Shipping documents", "omar@gulf.ae"))
    terminal += "yyyy"
    said = desk.watcher("stage", "--proposals").out
    assert "gulf.ae: won → shipped · your mail of Mon 16 Mar 09:02 says the goods have left" in said
    assert said.endswith("4 accepted, 0 refused.\n")


def test_nothing_to_ask(desk: Desk, terminal: list[str]) -> None:
    terminal += "nnn"
    desk.watcher("stage", "--proposals")
    assert desk.watcher("stage", "--proposals").out == "No stage proposals.\n"


# ── the first day ──


def first_day(desk: Desk, typed: str | None) -> str:
    """What the end of `watcher init` says; None: nobody can be asked."""

    @click.command()
    def end() -> None:
        page.first_day(Options(config_path=str(desk.config)), asks=typed is not None)

    import time_machine
    from click.testing import CliRunner

    with time_machine.travel(NOW, tick=False):
        result = CliRunner().invoke(end, input=typed, catch_exceptions=False)
    return result.output


@pytest.mark.parametrize(
    ("typed", "says", "moved"),
    [
        ("\n", "3 deals moved.", {"gulf.ae": "won", "meyer.de": "pi", "sol.mx": "inquiry"}),
        (
            "1 3\n",
            "1 deal moved. The others wait",
            {"sol.mx": "cold", "gulf.ae": "won", "meyer.de": "inquiry"},
        ),
        ("9\n2\n", "2 deals moved. The others wait", {"gulf.ae": "inquiry"}),
        ("n\n", "0 deals moved. The others wait", {"gulf.ae": "inquiry", "meyer.de": "inquiry"}),
    ],
)
def test_the_first_days_screen(desk: Desk, typed: str, says: str, moved: dict[str, str]) -> None:
    said = first_day(desk, typed)
    assert says in said
    order = [said.index(one) for one in ("1  sol.mx", "2  gulf.ae", "3  meyer.de")]  # the newest first
    assert order == sorted(order)
    assert stages(desk) | moved == stages(desk)


def test_where_nobody_can_be_asked_the_command_is_told(desk: Desk) -> None:
    assert first_day(desk, None) == "\n3 stage proposals from your mail: watcher stage --proposals\n"
    assert stages(desk)["meyer.de"] == "inquiry"


def test_a_mailbox_that_shows_nothing_says_nothing(tmp_path: Path) -> None:
    empty = Desk(tmp_path)
    empty.receive(Mail("m1@meyer.de", ANNA, days(9), "pumps"))
    assert first_day(empty, "") == ""


def test_twenty_at_most(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    hosts = [f"c{one}.example" for one in range(25)]
    desk.receive(
        *(Mail(f"a@{host}.acme.test", REP, days(9), "Catalogue", f"x@{host}") for host in hosts),
        *(
            Mail(f"b@{host}", f"x@{host}", days(8 - place / 10), f"PO {place}")
            for place, host in enumerate(hosts)
        ),
    )
    with desk.app() as app:
        assert propose(app.store, app.config, NOW).open == 25
    said = first_day(desk, "\n")
    assert "20 deals moved." in said
    assert "20  c5.example" in said
