"""What evidence proposes: upward, by what came since the rep last spoke, and never what was refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.domain.deals import Deal, StageMove
from watcher.domain.messages import Direction
from watcher.domain.proposals import DealFile, Refusal, Step, Witness, alone, key_of, propose, propose_all
from watcher.domain.reading.evidence import Evidence, EvidenceKind
from watcher.domain.stages import Stage

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
COLD, INQUIRY, OPPORTUNITY, PI, WON, LOST = Stage
KINDS = {one.value: one for one in EvidenceKind}


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def deal(
    stage: Stage = COLD, said_on: int | None = None, shipped_on: int | None = None, number: int = 1
) -> Deal:
    """A deal that a first contact opened on day 0; the rep's word on another day, where there is one."""
    first = StageMove(day(0), stage if said_on is None else COLD, "rule")
    said = () if said_on is None else (StageMove(day(said_on), stage, "rep"),)
    return Deal(number, (first, *said), None if shipped_on is None else day(shipped_on))


def mails(text: str) -> tuple[Witness, ...]:
    """ "5 order paid; 6 shipped": on which day which mail shows what; its number is the day's."""
    found = []
    for one in filter(None, text.split("; ")):
        on, *kinds = one.split()
        evidence = tuple(Evidence(KINDS[kind], "because") for kind in kinds)
        found.append(Witness(int(on), day(int(on)), Direction.INBOUND, evidence))
    return tuple(found)


def proposed(found: DealFile) -> str:
    """The step and the day of the mail that shows it, "" for none."""
    one = propose(found)
    return "" if one is None else f"{'anew ' if one.anew else ''}{one.step.value} {one.message}"


@pytest.mark.parametrize(
    ("stage", "written", "expected"),
    [
        (COLD, "", ""),
        (COLD, "1 price_asked", "inquiry 1"),
        (INQUIRY, "1 price_asked", ""),
        (COLD, "1 pi_asked", "opportunity 1"),
        (INQUIRY, "1 price_agreed", "opportunity 1"),
        (INQUIRY, "1 wants_to_order", "opportunity 1"),
        (OPPORTUNITY, "1 pi_asked", ""),
        (OPPORTUNITY, "1 pi_sent", "pi_sent 1"),
        (INQUIRY, "1 pi_sent", "pi_sent 1"),
        (PI, "1 pi_sent", ""),
        (INQUIRY, "1 quoted", ""),
        (INQUIRY, "1 order", "pi 1"),
        (OPPORTUNITY, "1 pi_signed", "pi 1"),
        (PI, "1 order", ""),
        (PI, "1 deposit", "won 1"),
        (PI, "1 paid", "won 1"),
        (COLD, "1 paid", "won 1"),
        (WON, "1 paid", ""),
        (WON, "1 shipped", "shipped 1"),
        (PI, "1 shipped", ""),
        (WON, "1 repeat_order", ""),
        # the highest counts, by the first mail that shows it
        (COLD, "1 price_asked; 2 pi_asked; 3 order; 4 pi_signed; 5 price_asked", "pi 3"),
        (COLD, "1 order paid; 2 shipped", "won 1"),
        (INQUIRY, "2 order; 1 order", "pi 1"),
        # off the pyramid, and back by what came after
        (LOST, "1 pi_asked", "opportunity 1"),
    ],
)
def test_what_mail_proposes(stage: Stage, written: str, expected: str) -> None:
    assert proposed(DealFile(deal(stage), mails(written))) == expected


@pytest.mark.parametrize(
    ("stage", "said_on", "written", "expected"),
    [
        (INQUIRY, 5, "4 order", ""),
        (INQUIRY, 5, "5 order", ""),
        (INQUIRY, 5, "6 order", "pi 6"),
        (INQUIRY, 5, "4 order; 6 order", "pi 6"),
        (LOST, 5, "4 order", ""),
        (LOST, 5, "6 pi_asked", "opportunity 6"),
        (WON, 5, "4 shipped", ""),
        (WON, 5, "6 shipped", "shipped 6"),
    ],
)
def test_the_rep_has_said_so_since(stage: Stage, said_on: int, written: str, expected: str) -> None:
    assert proposed(DealFile(deal(stage, said_on), mails(written))) == expected


@pytest.mark.parametrize(
    ("refused", "written", "expected"),
    [
        ((Step.PI, 5), "4 order", ""),
        ((Step.PI, 5), "4 order; 3 pi_asked", "opportunity 3"),
        ((Step.PI, 5), "4 order; 6 order", "pi 6"),
        ((Step.PI, 5), "4 paid", "won 4"),
        ((Step.WON, 5), "4 order paid", "pi 4"),
    ],
)
def test_what_was_refused_is_not_proposed_again(
    refused: tuple[Step, int], written: str, expected: str
) -> None:
    step, on = refused
    assert proposed(DealFile(deal(COLD), mails(written), (Refusal(step, day(on)),))) == expected


def test_a_mark_is_set_once() -> None:
    assert proposed(DealFile(deal(OPPORTUNITY), mails("1 pi_sent"), pi_sent=True)) == ""


@pytest.mark.parametrize(
    ("written", "alone", "expected"),
    [
        ("21 repeat_order", True, "anew opportunity 21"),
        ("21 price_asked", True, "anew inquiry 21"),
        ("21 order", True, "anew pi 21"),
        ("21 paid", True, ""),  # the rest of the last order
        ("19 order", True, ""),  # that was the last order
        ("21 repeat_order", False, ""),  # another deal is under way
    ],
)
def test_once_the_goods_have_left_they_may_begin_anew(written: str, alone: bool, expected: str) -> None:
    won = deal(WON, said_on=5, shipped_on=20)
    assert proposed(DealFile(won, mails(written), alone=alone)) == expected


def test_a_further_deal_is_refused_by_itself() -> None:
    won = deal(WON, said_on=5, shipped_on=20)
    no = Refusal(Step.OPPORTUNITY, day(25), anew=True)
    assert proposed(DealFile(won, mails("21 repeat_order"), (no,))) == ""
    other = Refusal(Step.OPPORTUNITY, day(25))
    assert proposed(DealFile(won, mails("21 repeat_order"), (other,))) == "anew opportunity 21"


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        ([WON], [True]),
        ([WON, WON], [False, True]),
        ([WON, INQUIRY], [False, False]),
        ([WON, LOST], [True, False]),
        ([COLD], [False]),
    ],
)
def test_which_deal_is_the_last_one(stages: list[Stage], expected: list[bool]) -> None:
    deals = [deal(stage, number=place) for place, stage in enumerate(stages, start=1)]
    assert [alone(deals, one) for one in deals] == expected


def test_the_newest_comes_first_and_each_is_itself() -> None:
    files = [DealFile(deal(number=number), mails(f"{number} order")) for number in (2, 9, 4)]
    found = propose_all(files)
    assert [one.deal for one in found] == [9, 4, 2]
    assert len({key_of(one) for one in found}) == 3


WRITTEN = st.lists(
    st.builds(
        lambda on, kinds: Witness(on, day(on), Direction.INBOUND, tuple(Evidence(one, "") for one in kinds)),
        st.integers(0, 30),
        st.lists(st.sampled_from(EvidenceKind), max_size=3),
    ),
    max_size=8,
)


@given(st.sampled_from(Stage), st.integers(1, 30) | st.none(), WRITTEN, st.randoms())
def test_only_upward_and_in_whatever_order_mail_came(
    stage: Stage, said_on: int | None, written: list[Witness], random: object
) -> None:
    one = DealFile(deal(stage, said_on), tuple(written))
    found = propose(one)
    mixed = list(written)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    again = propose(DealFile(one.deal, tuple(mixed)))
    assert (found and (found.step, found.at)) == (again and (again.step, again.at))
    if found is None:
        return
    assert found.step.stage is None or found.step.stage.height >= stage.height
    assert said_on is None or found.at > day(said_on)


@given(WRITTEN)
def test_what_was_accepted_is_over(written: list[Witness]) -> None:
    now, marked = deal(), False
    for _ in range(len(Step) + 1):
        found = propose(DealFile(now, tuple(written), pi_sent=marked))
        if found is None or found.step.stage is None:
            return
        marked = marked or found.step is Step.PI_SENT
        now = Deal(1, (*now.moves, StageMove(found.at, found.step.stage, "proposal")))
    raise AssertionError("it never ends")
