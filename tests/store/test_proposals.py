"""Proposals on a real store: who counts, what is kept, what accepting and refusing do."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.cli.kept import NOW, Desk, Mail, days
from watcher.config import Config
from watcher.domain.reading.evidence import EVIDENCE_VERSION, Evidence, EvidenceKind, to_fact
from watcher.errors import UsageError
from watcher.propose import ProposeReport, propose
from watcher.store import proposals, words
from watcher.store.facts import keep_facts
from watcher.store.tables import message, proposal, stage_move

pytestmark = pytest.mark.wide

REP, ANNA = "wei@acme.test", "Anna <anna@meyer.de>"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A customer who asked and got an answer; nothing shown yet."""
    desk = Desk(tmp_path_factory.mktemp("deals"))
    desk.receive(
        Mail("m1@meyer.de", ANNA, days(12), "pumps"),
        Mail("m2@acme.test", REP, days(11), "Re: pumps", "anna@meyer.de", "m1@meyer.de"),
    )
    return desk


@pytest.fixture
def rep(filled: Desk, tmp_path: Path) -> Desk:
    """A desk of one's own."""
    shutil.copytree(filled.home, tmp_path / "desk")
    return Desk(tmp_path / "desk")


def shows(desk: Desk, name: str, *kinds: str) -> None:
    """Keep evidence as the pipeline does once it has read a text."""
    found = [Evidence(EvidenceKind(one), f"phrase of {one}") for one in kinds]
    with desk.app() as app, app.store.writing() as connection:
        number = connection.scalar(select(message.c.id).where(message.c.message_id == f"<{name}>"))
        keep_facts(connection, int(number or 0), "evidence", to_fact(found), EVIDENCE_VERSION)


def answers(desk: Desk, name: str, ago: float, *kinds: str, author: str = ANNA, to: str = REP) -> None:
    """A mail in the thread, and what its text shows."""
    desk.receive(Mail(name, author, days(ago), "Re: pumps", to, "m2@acme.test"))
    shows(desk, name, *kinds)


def proposing(desk: Desk, *, follow: bool = False, at: timedelta = timedelta()) -> ProposeReport:
    with desk.app() as app:
        stages = app.config.stages.model_copy(update={"follow_evidence": follow})
        config: Config = app.config.model_copy(update={"stages": stages})
        report = propose(app.store, config, NOW + at)
        app.review()
        return report


def open_now(desk: Desk) -> list[tuple[str, str, str | None]]:
    """What is proposed of Meyer: step, the mail that shows it, where the deal stands."""
    with desk.app() as app, app.store.reading() as connection:
        found = [one for one in proposals.open_proposals(connection) if one.customer == "meyer.de"]
    return [(one.step.value, one.message_id, one.stage) for one in found]


def act(desk: Desk, what: str) -> proposals.OpenProposal:
    """Accept or refuse the first open proposal."""
    with desk.app() as app:
        with app.store.writing() as connection:
            number = proposals.open_proposals(connection)[0].id
            done = getattr(proposals, what)(connection, number, NOW)
        app.review()
    return done


def stage(desk: Desk) -> str:
    return str(desk.thread_of("meyer.de")["stage"])


def test_nothing_shown_proposes_nothing(rep: Desk) -> None:
    assert proposing(rep).open == 0


def test_a_text_proposes_and_moves_nothing(rep: Desk) -> None:
    answers(rep, "m3@meyer.de", 5, "order")
    assert proposing(rep) == ProposeReport(1)
    assert open_now(rep) == [("pi", "<m3@meyer.de>", "inquiry")]
    assert stage(rep) == "inquiry"


def test_a_subject_alone_proposes(rep: Desk) -> None:
    rep.receive(Mail("m9@meyer.de", ANNA, days(4), "PO 5581"))
    proposing(rep)
    assert open_now(rep) == [("pi", "<m9@meyer.de>", "inquiry")]


@pytest.mark.parametrize(
    ("author", "to", "kind", "counts"),
    [
        (ANNA, REP, "order", True),
        ("Bert <bert@meyer.de>", REP, "order", True),
        ("Li <li@foundry.test>", REP, "order", False),  # a third party
        (REP, "anna@meyer.de", "pi_sent", True),
        (REP, "li@foundry.test", "pi_sent", False),  # to the factory
    ],
)
def test_only_mail_between_us_counts(rep: Desk, author: str, to: str, kind: str, counts: bool) -> None:
    answers(rep, "m3@x.test", 5, kind, author=author, to=to)
    proposing(rep)
    assert bool(open_now(rep)) is counts


def test_a_machines_mail_shows_nothing(rep: Desk) -> None:
    rep.receive(
        Mail("m3@meyer.de", ANNA, days(5), "PO 5581", headers=("Auto-Submitted: auto-replied",)),
    )
    assert proposing(rep).open == 0


def test_a_dormant_thread_is_left_alone(rep: Desk) -> None:
    answers(rep, "m3@meyer.de", 5, "order")
    assert proposing(rep, at=timedelta(days=200)).open == 0


def test_accepting_moves_the_deal_as_of_the_mail(rep: Desk) -> None:
    answers(rep, "m3@meyer.de", 5, "pi_signed")
    proposing(rep)
    act(rep, "accept")
    assert stage(rep) == "pi"
    with rep.app() as app, app.store.reading() as connection:
        move = connection.execute(select(stage_move).order_by(stage_move.c.id.desc())).first()
    assert move is not None
    assert (move.source, move.evidence, move.at) == ("proposal", "<m3@meyer.de>", NOW - days(5))
    assert proposing(rep).open == 0


def test_one_step_leads_to_the_next(rep: Desk) -> None:
    answers(rep, "m3@meyer.de", 8, "paid")
    answers(rep, "m4@acme.test", 5, "shipped", author=REP, to="anna@meyer.de")
    steps = []
    while proposing(rep).open:
        steps.append(act(rep, "accept").step.value)
    assert steps == ["won", "shipped"]
    with rep.app() as app, app.store.reading() as connection:
        number = words.find_customer(connection, "meyer.de").deals[0][0]
    assert rep.read("deal", str(number))[0]["shipped"].startswith("2026-03-14")


def test_once_shipped_they_open_a_further_deal(rep: Desk) -> None:
    rep.watcher("stage", "meyer.de", "won", "--at", "10d")
    (old,) = rep.read("deal", "meyer.de")
    rep.watcher("deal", str(old["deal"]), "--shipped", "9d")
    answers(rep, "m3@meyer.de", 5, "repeat_order")
    proposing(rep)
    assert open_now(rep) == [("opportunity", "<m3@meyer.de>", None)]
    act(rep, "accept")
    assert [one["stage"] for one in rep.read("deal", "meyer.de")] == ["won", "opportunity"]
    assert stage(rep) == "opportunity"
    assert proposing(rep).open == 0


def test_a_mark_raises_a_low_deal_and_is_set_once(rep: Desk) -> None:
    answers(rep, "m3@acme.test", 5, "pi_sent", author=REP, to="anna@meyer.de")
    proposing(rep)
    assert act(rep, "accept").step.value == "pi_sent"
    assert stage(rep) == "opportunity"
    answers(rep, "m4@acme.test", 4, "pi_sent", author=REP, to="anna@meyer.de")
    assert proposing(rep).open == 0


def test_what_was_refused_is_not_proposed_again(rep: Desk) -> None:
    answers(rep, "m3@meyer.de", 5, "order")
    answers(rep, "m4@meyer.de", 4, "order", "pi_asked")
    proposing(rep)
    act(rep, "refuse")
    assert stage(rep) == "inquiry"
    proposing(rep)
    assert open_now(rep) == [("opportunity", "<m4@meyer.de>", "inquiry")]


def test_a_move_of_the_reps_overtakes(rep: Desk) -> None:
    answers(rep, "m3@meyer.de", 5, "order")
    proposing(rep)
    rep.watcher("stage", "meyer.de", "won")
    assert proposing(rep).open == 0
    with rep.app() as app, app.store.writing() as connection:
        assert connection.scalars(select(proposal.c.state)).all() == ["overtaken"]
        with pytest.raises(UsageError, match="no longer open: the deal has moved"):
            proposals.accept(connection, 1, NOW)


def test_looking_again_changes_nothing(rep: Desk) -> None:
    answers(rep, "m3@meyer.de", 5, "order")
    proposing(rep)
    before = rep.read("stage", "--proposals")
    proposing(rep)
    assert rep.read("stage", "--proposals") == before


def test_others_are_left_alone_when_some_are_asked_for(rep: Desk) -> None:
    answers(rep, "m3@meyer.de", 5, "order")
    proposing(rep)
    with rep.app() as app:
        assert propose(app.store, app.config, NOW, customers={999}).open == 1


def test_the_config_lets_mail_move_a_deal(rep: Desk) -> None:
    answers(rep, "m3@meyer.de", 8, "paid")
    answers(rep, "m4@acme.test", 5, "shipped", author=REP, to="anna@meyer.de")
    report = proposing(rep, follow=True)
    assert [one.step.value for one in report.moved] == ["won", "shipped"]
    assert report.open == 0
    assert stage(rep) == "won"


def test_a_merge_keeps_what_was_refused(rep: Desk) -> None:
    rep.watcher("stage", "meyer.de", "opportunity", "--at", "7d")
    answers(rep, "m3@meyer.de", 5, "order")
    proposing(rep)
    act(rep, "refuse")
    rep.receive(Mail("x1@meyer-group.example", "Cy <cy@meyer-group.example>", days(3), "hello"))
    rep.watcher("stage", "meyer-group.example", "inquiry")
    with rep.app() as app, app.store.writing() as connection:
        one = words.find_customer(connection, "meyer-group.example")
        other = words.find_customer(connection, "meyer.de")
        words.merge(connection, one, other)
        assert connection.scalar(select(proposal.c.state)) == "refused"
