"""The whole decision: who is a customer, in which thread, and how quickly that is found."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.domain.week import (
    AMONG_US,
    ANNA,
    BEN,
    CUSTOMER,
    LATER,
    OUT,
    WEI,
    ZHOU,
    by_key,
    customer,
    deal,
    ids,
    judged,
    mail,
    moment,
    numbered,
    play,
    rules,
    told,
)
from watcher.domain.customers import Role
from watcher.domain.judgement import CustomerFile, Judgement, judge
from watcher.domain.messages import Facts, Kind, Message
from watcher.domain.messages import moment as time_of
from watcher.domain.stages import Stage
from watcher.domain.turns import Play, Turn, Word

BO = "bo@gmail.com"


def threads_of(found: Judgement) -> dict[str, list[str]]:
    """Customer to verdicts; "-" is nobody's mail."""
    every = {one.key: [told(each.decision) for each in one.threads] for one in found.customers}
    others = [told(one.decision) for one in found.others]
    return {**every, **({"-": others} if others else {})}


# ── who is a customer, and what of (DESIGN 2.1) ──


@pytest.mark.parametrize(
    ("mails", "expected"),
    [
        pytest.param(
            [mail("a", "Mon", author=BO)], {BO: ["ours received_last Mon"]}, id="free mail: a person"
        ),
        pytest.param(
            [mail("a", "Mon", OUT, to=(WEI,), bcc=(ANNA, BO))],
            {CUSTOMER: ["theirs sent_last Mon"], BO: ["theirs sent_last Mon"]},
            id="to ourselves, Bcc kept",
        ),
        pytest.param(
            [mail("a", "Mon", AMONG_US), mail("b", "Wed", references="<a>")],
            {CUSTOMER: ["ours received_last Wed"]},
            id="Bcc stripped, and answered",
        ),
        pytest.param([mail("a", "Mon", AMONG_US)], {"-": ["nobody internal -"]}, id="among ourselves"),
        pytest.param(
            [mail("a", "Mon", OUT, to=(ANNA, BO)), mail("b", "Wed", author=BO, references="<a>")],
            {CUSTOMER: ["theirs sent_last Mon"], BO: ["ours received_last Wed"]},
            id="two customers in one conversation",
        ),
        pytest.param(
            [mail("a", "Mon"), mail("b", "Wed", OUT, to=(BEN,), references="<a>")],
            {CUSTOMER: ["theirs sent_last Wed"]},
            id="a company is one customer",
        ),
        pytest.param([mail("a", "Mon", kind=Kind.BULK)], {"-": ["nobody not_personal -"]}, id="a newsletter"),
        pytest.param(
            [mail("a", "Mon", author="mailer-daemon@mx.example", kind=Kind.BOUNCE, references="<gone>")],
            {"-": ["nobody not_personal -"]},
            id="a bounce that finds no thread",
        ),
        pytest.param(
            [
                mail("a", "Mon"),
                mail("b", "Tue", OUT, to=(ZHOU,), subject="Fw: Pumps", references="<a>"),
                mail("c", "Wed", author=ZHOU, references="<b>"),
            ],
            {CUSTOMER: ["ours received_last Mon"], "pumps.example": []},
            id="a factory by our forward",
        ),
    ],
)
def test_one_thread_a_customer(mails: list[Message], expected: dict[str, list[str]]) -> None:
    assert threads_of(judged(mails)) == expected


def test_a_mail_to_fifty_is_fifty_threads_of_one_conversation_with_their_own_answers() -> None:
    fifty = tuple(f"buyer@c{number}.example" for number in range(50))
    answer = mail("b", "Wed", author=fifty[7], references="<a>")
    lost = mail("c", "Tue", author="mailer-daemon@mx.example", kind=Kind.BOUNCE, references="<a>")
    lost = replace(lost, report=play("Mon out; Tue bounce(failed=buyer@c3.example)").messages[1].report)
    found = judged([mail("a", "Mon", OUT, to=(WEI,), bcc=fifty), answer, lost])
    turns = {one.key: one.threads[0].decision.turn for one in found.customers}
    assert len(turns) == 50
    assert {key for key, turn in turns.items() if turn is not Turn.THEIRS} == {"c7.example", "c3.example"}
    assert turns["c7.example"] == turns["c3.example"] == Turn.OURS
    assert len({one.waits[0].wait.begun_by for one in found.customers}) == 50
    assert len({one.threads[0].thread.conversation for one in found.customers}) == 1


def test_a_stripped_bcc_is_seen_by_its_answer() -> None:
    found = customer("Mon internal(author=wei@acme.test); Tue in")
    assert [one.direction for one in found.threads[0].thread.messages] == ["outbound", "inbound"]
    assert found.role is Role.LEAD


def test_the_factory_behind_our_forward_is_no_customer_and_stands_in_the_thread() -> None:
    asked = play("Mon in; Tue third-out; Wed third-in(to=wei@acme.test references=<m1>,<m2>)")
    found = by_key(judged(asked.messages))
    assert ids(found[CUSTOMER].threads[0].thread.messages) == ["m1", "m2", "m3"]
    assert found[CUSTOMER].threads[0].decision.turn is Turn.OURS
    assert (found["pumps.example"].role, found["pumps.example"].threads) == (Role.PARTNER, ())


@pytest.mark.parametrize(("known", "turn"), [("Sun", "theirs"), ("Mon", "ours"), ("Wed", "theirs")])
def test_a_known_contact_writes_through_a_list(known: str, turn: str) -> None:
    since = {ANNA: moment("Mon" if known == "Sun" else known)} if known != "Sun" else {}
    mails = [mail("a", "Mon", OUT), mail("b", "Tue", kind=Kind.BULK, references="<a>")]
    found = judged(mails, known_since=since.get)
    assert by_key(found)[CUSTOMER].threads[0].decision.turn == turn


def test_what_comes_back_within_seconds_is_no_person() -> None:
    at_once = moment("Mon") + timedelta(seconds=5)
    away = mail("b", at_once, subject="Out of office: Pumps", references="<a>")
    found = by_key(judged([mail("a", "Mon", OUT), away]))[CUSTOMER].threads[0]
    assert (told(found.decision), found.thread.messages[1].kind) == ("theirs sent_last Mon", Kind.AUTO_REPLY)


@pytest.mark.parametrize(
    ("happened", "file", "role"),
    [
        ("Mon in", {}, Role.UNSORTED),
        ("Mon in; Tue in(references=)", {}, Role.UNSORTED),
        ("Mon in; Wed out", {}, Role.LEAD),
        ("Mon out", {}, Role.LEAD),
        ("Mon in; Wed colleague-out", {}, Role.LEAD),
        ("Mon in; Wed log", {}, Role.LEAD),  # we called them
        ("Mon in; Wed in(references=<m1>,<gone@acme.test>)", {}, Role.LEAD),  # we answered from a phone
        ("Mon in; Wed in(references=<m1>,<gone@other.test>)", {}, Role.UNSORTED),
        ("Mon in(subject=Inquiry)", {}, Role.LEAD),  # they asked to buy
        ("Mon in; Fri in(references= subject=RFQ)", {}, Role.LEAD),
        ("Mon in(wants=inquiry)", {}, Role.LEAD),
        ("Mon in(wants=supplier)", {}, Role.PARTNER),  # they offer us goods
        ("Mon in(wants=pitch)", {}, Role.IGNORED),
        ("Mon in(wants=pitch); Fri in(references=)", {}, Role.UNSORTED),
        ("Mon in(wants=pitch); Fri in(references= wants=inquiry)", {}, Role.LEAD),
        ("Mon in(subject=Inquiry wants=)", {}, Role.UNSORTED),  # the text was read, and says otherwise
        ("Mon in(wants=supplier); Wed out", {}, Role.LEAD),  # our answer weighs more than a guess
        ("Mon in(wants=pitch); Wed log", {}, Role.LEAD),
        ("Mon in(wants=pitch)", {"role": Role.LEAD}, Role.LEAD),
        ("Mon in; Tue auto-in(references= subject=Inquiry)", {}, Role.UNSORTED),  # a machine asks for nothing
        ("Mon in", {"deals": (deal(Stage.INQUIRY),)}, Role.LEAD),  # the rep moved them on the pyramid
        ("Mon out", {"role": Role.PARTNER}, Role.PARTNER),
        ("Mon in", {"role": Role.LEAD}, Role.LEAD),
        ("Mon in", {"role": Role.IGNORED}, Role.IGNORED),
    ],
)
def test_what_a_customer_is(happened: str, file: dict[str, object], role: Role) -> None:
    assert customer(happened, **file).role is role  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("happened", "stage", "at", "evidence"),
    [
        ("Mon in; Wed out", Stage.INQUIRY, "Mon", "<m1>"),
        ("Mon out; Wed in", Stage.COLD, "Mon", "<m1>"),
        ("Mon auto-in; Tue out", Stage.COLD, "Tue", "<m2>"),
        ("Mon in; Fri in(references= subject=RFQ)", Stage.INQUIRY, "Fri", "<m2>"),
        ("Mon in; Fri in(references= subject=RFQ); Sat out", Stage.INQUIRY, "Mon", "<m1>"),
    ],
)
def test_where_a_lead_starts(happened: str, stage: Stage, at: str, evidence: str) -> None:
    opening = customer(happened).opening
    assert opening is not None
    assert (opening.stage, opening.at and opening.at.date(), opening.evidence) == (
        stage,
        moment(at).date(),
        evidence,
    )


@pytest.mark.parametrize(
    ("before", "role"),
    [
        ([], Role.PARTNER),
        ([mail("x", "Sun", author=ZHOU, subject="Offer")], Role.LEAD),  # they came by themselves
    ],
)
def test_a_forward_makes_a_partner_of_whom_we_brought_in(before: list[Message], role: Role) -> None:
    forwarded = [mail("a", "Mon"), mail("b", "Tue", OUT, to=(ZHOU,), subject="Fw: Pumps", references="<a>")]
    before = [replace(one, at=moment("Mon") - timedelta(days=1)) for one in before]
    assert by_key(judged([*before, *forwarded]))["pumps.example"].role is role


def test_who_offers_us_goods_is_brought_in_by_our_forward_though_they_wrote_first() -> None:
    """Their catalogue came by itself; what a customer asks and we forward to them is theirs to quote."""
    offer = mail("x", "Mon 07:00", author=ZHOU, subject="Bearings", facts=Facts(opening="supplier"))
    asked = [mail("a", "Mon"), mail("b", "Tue", OUT, to=(ZHOU,), subject="Fw: Pumps", references="<a>")]
    found = by_key(judged([offer, *asked]))
    assert [told(one.decision) for one in found[CUSTOMER].threads] == ["ours received_last Mon"]
    assert found["pumps.example"].role is Role.PARTNER


def test_what_a_forwarder_wrote_and_we_forward_to_a_customer_is_a_kick() -> None:
    mails = [
        mail("a", "Mon"),
        mail("b", "Tue", OUT, references="<a>"),
        mail("c", "Wed", author=ZHOU, subject="Rates"),
        mail("d", "Thu", OUT, subject="Fw: Rates", references="<c>"),
        mail("e", "Fri", references="<d>"),
    ]
    assert threads_of(judged(mails))[CUSTOMER] == ["nobody superseded Tue", "ours received_last Fri"]


RATES = [
    mail("x", "Mon", author=ZHOU, subject="Rates"),
    mail("y", "Tue", OUT, subject="Fw: Rates", references="<x>"),
]


@pytest.mark.parametrize(
    ("role", "threads"), [(None, []), (Role.LEAD, ["theirs sent_last Tue"]), (Role.PARTNER, [])]
)
def test_whom_the_rep_calls_a_lead_is_written_to_by_a_forward(role: Role | None, threads: list[str]) -> None:
    assert threads_of(judged(RATES, {CUSTOMER: CustomerFile(role)}))[CUSTOMER] == threads


def test_whom_the_rep_calls_a_partner_is_brought_in_by_a_forward_though_they_wrote_first() -> None:
    mails = [mail("a", "Mon 07:00"), *RATES]
    assert threads_of(judged(mails))[CUSTOMER] == ["ours received_last Mon", "theirs sent_last Tue"]
    partner = {CUSTOMER: CustomerFile(Role.PARTNER)}
    assert threads_of(judged(mails, partner))[CUSTOMER] == ["ours received_last Mon"]


@pytest.mark.parametrize("happened", ["Mon in", "Mon out", "Mon out; Tue bounce", "Mon in; Tue log"])
def test_an_ignored_domain_has_threads_and_no_turn(happened: str) -> None:
    found = customer(happened, role=Role.IGNORED, deals=(deal(Stage.PI),))
    assert [told(one.decision) for one in found.threads] == ["nobody ignored -"]
    assert found.waits == ()


def test_whom_the_config_ignores_is_ignored_from_their_first_mail_on() -> None:
    found = judged([mail("a", "Mon"), mail("b", "Mon", author=BO)], ignored=BO.__eq__)
    assert {one.key: one.role for one in found.customers} == {CUSTOMER: Role.UNSORTED, BO: Role.IGNORED}


def test_a_word_of_no_thread_is_said_of_the_newest() -> None:
    word = Word(1, moment("Fri"), Play.DONE)
    found = customer("Mon in; Wed in(references= subject=Valves)", words=(word,))
    assert [told(one.decision) for one in found.threads] == ["ours received_last Mon", "nobody done Fri"]


def test_a_customer_of_whom_nothing_is_known_but_a_setting_is_not_judged() -> None:
    assert judged([], {CUSTOMER: CustomerFile(country="DE")}).customers == ()


# ── clocks that lie ──


@pytest.mark.parametrize(
    ("sent", "arrived", "expected"),
    [
        ("2026-03-02", "2026-03-03", "2026-03-02"),
        (None, "2026-03-03", "2026-03-03"),
        ("2026-03-05", "2026-03-03", "2026-03-03"),  # in the future of its arrival
        ("1904-01-01", "2026-03-03", "2026-03-03"),
        ("1979-12-31", "2026-03-03", "2026-03-03"),
        ("2026-03-02", "1970-01-01", "2026-03-02"),  # a server that lost INTERNALDATE
        ("1970-01-01", "1970-01-01", "1980-01-01"),
        (None, "1904-01-01", "1980-01-01"),
        ("9999-12-31", "9999-12-31", "2100-01-01"),
        ("9999-12-31", "2026-03-03", "2026-03-03"),
        ("9999-12-31", "1970-01-01", "2100-01-01"),
    ],
)
def test_the_time_of_a_message(sent: str | None, arrived: str, expected: str) -> None:
    said = datetime.fromisoformat(f"{sent}T00:00:00+00:00") if sent else None
    come, due = (datetime.fromisoformat(f"{one}T00:00:00+00:00") for one in (arrived, expected))
    assert time_of(said, come) == due


def test_ten_minutes_of_a_wrong_clock_are_believed() -> None:
    arrived = moment("Mon")
    early, late = arrived + timedelta(minutes=10), arrived + timedelta(minutes=10, seconds=1)
    assert (time_of(early, arrived), time_of(late, arrived)) == (early, arrived)


@pytest.mark.parametrize("year", [1, 1970, 1980, 2100, 9999])
@pytest.mark.parametrize("stage", [Stage.COLD, Stage.PI, Stage.WON])
def test_absurd_dates_are_judged_like_others(year: int, stage: Stage) -> None:
    at = time_of(None, datetime(year, 12, 31, tzinfo=UTC))
    mails = [mail("a", at, OUT), mail("b", at, references="<a>")]
    opened = replace(deal(stage), shipped_at=at)
    found = judged(mails, {CUSTOMER: CustomerFile(Role.LEAD, deals=(opened,))})
    assert by_key(found)[CUSTOMER].threads[0].decision.turn is Turn.OURS


# ── speed ──


def test_a_first_sync_is_judged_in_seconds() -> None:
    """2,000 threads of 4,000 mails; a first sync is ten times as many."""
    mails: list[Message] = []
    for number in range(2000):
        who, at = f"b@c{number // 3}.example", moment("Mon") + timedelta(minutes=7 * number)
        mails.append(mail(f"i{number}", at, author=who, subject=f"Inquiry {number}"))
        answer = {"to": (who,), "subject": f"Re: Inquiry {number}", "references": f"<i{number}>"}
        mails.append(mail(f"o{number}", at + timedelta(hours=5), OUT, **answer))
    arrived = numbered(mails)
    began = time.process_time()
    found = judge(arrived, {}, rules(), LATER)
    assert time.process_time() - began < 2
    assert sum(len(one.threads) for one in found.customers) == 2000


def test_one_customer_with_thousands_of_threads_is_no_slower() -> None:
    mails = [
        mail(f"i{one}", moment("Mon") + timedelta(hours=one), OUT, subject=f"{one}") for one in range(2000)
    ]
    arrived = numbered(mails)
    began = time.process_time()
    (only,) = judge(arrived, {}, rules(), LATER).customers
    assert time.process_time() - began < 2
    assert sum(one.decision.reason == "superseded" for one in only.threads) == 1999
