"""What the shape says: each rule fires alone, at its threshold and not below; healthy pyramids are silent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.deals import NOW, deal, many
from watcher.domain.data import table
from watcher.domain.diagnosis import Finding, Rule, diagnose
from watcher.domain.history import DealHistory
from watcher.domain.labels import LANGUAGES, labels
from watcher.domain.pyramid import pyramid
from watcher.domain.rates import rates
from watcher.domain.sentences import sentence
from watcher.domain.stages import Stage
from watcher.domain.thresholds import DEFAULT, thresholds


def findings(deals: Sequence[DealHistory], **more: object) -> tuple[Finding, ...]:
    return diagnose(pyramid(deals, NOW), rates(deals, NOW), deals, NOW, **more)  # type: ignore[arg-type]


def rules(deals: Sequence[DealHistory]) -> list[str]:
    return [one.rule.value for one in findings(deals)]


def only(deals: Sequence[DealHistory], **more: object) -> Finding:
    (found,) = findings(deals, **more)
    return found


def said(found: Finding) -> str:
    return sentence(found, labels())


# ── conversions ──


def climbing(on: int, of: int, step: str, after: str) -> list[DealHistory]:
    """Of so many deals that came to a step on day 60 so many went on; all are off the pyramid by now."""
    went = [deal(f"60 {step}; 65 {after}; 70 lost") for _ in range(on)]
    return [*went, *many(of - on, f"60 {step}; 75 lost")]


# The upper end of 5 in 10 is 0.76, of 6 in 10 0.83; the floor of paid PIs is 0.80. And so on.
@pytest.mark.parametrize(
    ("rule", "step", "after", "weak", "strong"),
    [
        ("closing", "pi", "won", (5, 10), (6, 10)),
        ("closing", "pi", "won", (0, 10), (0, 9)),
        ("negotiation", "opportunity", "pi", (1, 13), (1, 12)),
        ("negotiation", "opportunity", "pi", (0, 10), (0, 9)),
        ("qualification", "inquiry", "opportunity", (1, 25), (1, 24)),
        ("qualification", "inquiry", "opportunity", (0, 16), (0, 15)),
    ],
)
def test_a_conversion_is_weak_below_its_floor(
    rule: str, step: str, after: str, weak: tuple[int, int], strong: tuple[int, int]
) -> None:
    assert rules(climbing(*weak, step, after)) == [rule]
    assert rules(climbing(*strong, step, after)) == []


def test_the_ones_behind_a_weak_conversion_are_those_who_did_not_go_on() -> None:
    deals = climbing(2, 20, "opportunity", "pi")
    found = only(deals)
    assert {one.deal for one in found.customers} == {one.id for one in deals[2:]}
    assert (found.numbers["reached"], found.numbers["of"], found.numbers["lost"]) == (2, 20, 18)
    assert said(found) == (
        "Negotiation is weak: of 20 deals at opportunity, 2 came to PI (3% to 30%)."
        " Ask those who did not sign what the others offered them."
    )


def test_good_early_work_is_said_where_it_is_known() -> None:
    deals = [*climbing(2, 20, "opportunity", "pi"), *climbing(6, 12, "inquiry", "opportunity")]
    assert "The work before that is good: 50% of those at inquiry get so far." in said(only(deals))


def test_two_weak_conversions_are_two_findings() -> None:
    deals = [*climbing(2, 20, "opportunity", "pi"), *climbing(0, 20, "inquiry", "lost")]
    assert rules(deals) == ["negotiation", "qualification"]
    assert "is good" not in said(findings(deals)[0])


def test_fresh_pis_are_not_unpaid() -> None:
    assert rules(many(12, "60 opportunity; 90 pi")) == ["prospecting"]


def test_the_tone_tells_where_to_look() -> None:
    deals = climbing(4, 12, "pi", "won")
    tone = {
        deals[5].id: ("no hurry", "if you still want"),
        deals[7].id: ("no hurry",),
        deals[0].id: ("sorry",),
    }
    found = only(deals, tone=tone)
    assert found.numbers["doubtful"] == 2
    # Those whose words hint at doubt come first.
    assert {one.deal for one in found.customers[:2]} == {deals[5].id, deals[7].id}
    assert len(found.customers) == 8
    assert 'In 2 of the others your words since then hint at doubt ("no hurry").' in said(found)
    assert "doubt" not in said(only(deals))


# ── shapes ──


def bottom(customers: int, exchanges: str = "") -> list[DealHistory]:
    return [
        *many(customers // 2, "60 cold", exchanges=exchanges),
        *many(customers - customers // 2, "80 inquiry", exchanges=exchanges),
    ]


def test_a_wide_bottom_and_few_pis() -> None:
    found = only(bottom(40))
    assert (found.rule, found.numbers["bottom"], found.numbers["signed"]) == (Rule.FOLLOW_UP, 40, 0)
    assert len(found.customers) == 40
    assert said(found).startswith(
        "Follow-up is weak: 40 customers at cold and inquiry in 90 days, 0 PIs signed."
    )
    assert rules(bottom(39)) == []


@pytest.mark.parametrize(("customers", "signed", "fires"), [(80, 2, False), (81, 2, True), (41, 1, True)])
def test_how_few_pis_are_few(customers: int, signed: int, fires: bool) -> None:
    deals = [*bottom(customers), *many(signed, "60 pi; 70 won")]
    assert rules(deals) == (["follow_up"] if fires else [])


def test_a_list_that_nobody_works_on_is_no_effort() -> None:
    assert rules([*many(60, "2 cold"), *bottom(39)]) == []
    assert rules([*many(60, "2 cold", exchanges="out 3 4; out 5 11"), *bottom(39)]) == ["follow_up"]


@pytest.mark.parametrize(
    ("asked_again", "silent", "rule"),
    [(7, 10, []), (6, 10, ["follow_up"]), (9, 9, ["follow_up"]), (10, 10, [])],
)
def test_who_asks_again_does_follow_up(asked_again: int, silent: int, rule: list[str]) -> None:
    deals = [
        *bottom(60),
        *many(asked_again, "60 cold", exchanges="out 80 - 2"),
        *many(silent - asked_again, "60 cold", exchanges="out 60 62; out 80 -"),
    ]
    assert rules(deals) == rule


def test_those_who_were_never_asked_again_are_behind_it() -> None:
    ignored = [
        *many(9, "60 cold", exchanges="in 70 71; out 71 -; in 62 63"),
        *many(3, "60 cold", exchanges="out 93 -"),  # for a week now
    ]
    deals = [*bottom(40, "in 70 72; out 72 74"), *ignored, *many(3, "60 cold", exchanges="out 94 -")]
    found = only(deals)
    assert {one.deal for one in found.customers} == {one.id for one in ignored}
    assert "12 of the 12 who do not answer were never asked again." in said(found)


def test_a_pyramid_on_its_head() -> None:
    deals = [
        *many(4, "20 inquiry; 85 opportunity"),
        *many(2, "80 pi"),
        *many(4, "80 inquiry"),
        *many(9, "5 opportunity; 90 lost"),
    ]
    found = only(deals)
    assert (found.rule, found.numbers["top"], found.numbers["bottom"]) == (Rule.PROSPECTING, 6, 4)
    # Nine left in ninety days: 0.7 a week, of four.
    assert found.numbers["weeks"] == 6
    assert said(found) == (
        "Prospecting is weak: 6 at opportunity and PI, and 4 below them."
        " At the current rate (0.7 a week) the 4 at opportunity last about 6 weeks,"
        " if none come after them. Hunt more now."
    )
    assert len(found.customers) == 6


@pytest.mark.parametrize(
    ("top", "below", "fires"), [(6, 4, True), (6, 3, False), (6, 5, True), (6, 6, False)]
)
def test_when_it_stands_on_its_head(top: int, below: int, fires: bool) -> None:
    deals = [*many(top, "85 opportunity"), *many(below, "80 inquiry"), *many(50, "1 cold")]
    assert rules(deals) == (["prospecting"] if fires else [])


def test_where_nothing_moved_nobody_says_how_long_it_lasts() -> None:
    found = only(many(12, "85 opportunity"))
    assert "weeks" not in found.numbers
    assert "current rate" not in said(found)


def base(customers: int) -> list[DealHistory]:
    return many(customers, "80 inquiry")


@pytest.mark.parametrize(
    ("worths", "share"),
    [
        (["300 EUR", "100 EUR", "100 EUR", "100 EUR"], 0.5),
        (["299 EUR", "100 EUR", "100 EUR", "100 EUR"], None),
        (["900 EUR", "100 EUR", "100 EUR"], None),  # of three
        (["900 EUR", "100 EUR", "100 USD", "100 USD", "100 USD"], None),
        (["900 EUR", "100 USD", "100 USD", "500 USD", "100 USD"], 0.625),
        (["900 EUR", "100 EUR", "100 EUR", "100 EUR", "", "", "", ""], 0.75),
        (["900 EUR", "100 EUR", "100 EUR", "100 EUR", "", "", "", "", ""], None),
        (["0 EUR", "0 EUR", "0 EUR", "0 EUR"], None),
        (["", "", "", ""], None),
    ],
)
def test_one_customer_carries_the_top(worths: list[str], share: float | None) -> None:
    found = findings([*(deal("85 opportunity", worth=one) for one in worths), *base(20)])
    assert [(one.rule, one.numbers["share"]) for one in found] == ([(Rule.CARRIED, share)] if share else [])


def test_several_deals_of_one_customer_carry_together() -> None:
    deals = [
        *(deal("85 pi", worth="150 EUR", customer="big.example", name="Big") for _ in range(2)),
        *many(3, "85 opportunity", worth="90 EUR"),
        *base(20),
    ]
    found = only(deals)
    assert [one.called for one in found.customers] == ["Big", "Big"]
    assert said(found).startswith("Big carries the top: 53% of what 4 customers may order is theirs.")


def test_a_new_deal_of_an_old_customer_is_nearly_won_too() -> None:
    worths = ("90 EUR", "90 EUR", "90 EUR")
    deals = [
        deal("20 won", customer="big.example"),
        deal("85 opportunity", worth="400 EUR", customer="big.example"),
        *(deal("85 opportunity", worth=one) for one in worths),
    ]
    assert only([*deals, *base(20)]).numbers["share"] == pytest.approx(400 / 670)


def test_what_is_no_number_is_worth_nothing() -> None:
    worths = ("NaN EUR", "sNaN EUR", "Infinity EUR", "100 EUR", "100 EUR", "100 EUR", "300 EUR")
    deals = [deal("85 pi", worth=one) for one in worths]
    assert only([*deals, *base(20)]).numbers["share"] == 0.5
    assert pyramid(deals, NOW).step(Stage.PI).values == {"EUR": 600}


def quick(stage: str, number: int = 10) -> list[DealHistory]:
    """So many that left a step within ten days."""
    return [deal(f"60 {stage}; {61 + one} won", shipped=75) for one in range(number)]


@pytest.mark.parametrize(
    ("stage", "left", "standing", "fires"),
    [
        ("pi", 10, ["88 pi"] * 3, True),
        ("pi", 10, ["88 pi"] * 2, False),
        ("pi", 9, ["88 pi"] * 3, False),
        ("pi", 10, [*["88 pi"] * 3, "95 pi"], False),
        ("pi", 10, [*["88 pi"] * 4, "95 pi"], True),
        ("pi", 10, ["91.8 pi"] * 3, False),  # the 80th percentile of 1 to 10 days is 8.2
        ("pi", 10, ["91.7 pi"] * 3, True),
        ("opportunity", 10, ["88 opportunity"] * 3, True),
        ("inquiry", 10, ["88 inquiry"] * 3, True),
        ("cold", 10, ["68 cold"] * 3, False),
        ("pi", 10, ["70 pi; 95.8 won; 96 pi"] * 3, True),  # a slip does not begin the stay anew
        ("pi", 10, ["70 pi; 90 opportunity; 96 pi"] * 3, False),
    ],
)
def test_deals_are_stuck(stage: str, left: int, standing: list[str], fires: bool) -> None:
    others = [deal("92 inquiry") for _ in range(20)] if stage != "inquiry" else []
    found = findings([*quick(stage, left), *map(deal, standing), *others])
    assert [(one.rule, one.stage) for one in found] == ([(Rule.STUCK, stage)] if fires else [])


def test_the_longest_stuck_comes_first() -> None:
    stuck = [deal(f"{at} pi") for at in (88, 80, 84)]
    found = only([*quick("pi"), *stuck, *many(20, "92 inquiry")])
    assert [one.deal for one in found.customers] == [stuck[1].id, stuck[2].id, stuck[0].id]
    assert said(found).startswith(
        "Stuck: 3 of 3 deals at PI have stood there for more than 8 days, longer than four of five did."
    )


# ── silence ──


@st.composite
def healthy(draw: st.DrawFn) -> list[DealHistory]:
    """Months of a rep who sells well: a steady stream that goes up at good rates, nobody stays too long,
    whoever is silent is asked again, and no order outweighs the others.
    """
    a_week = draw(st.integers(4, 8))
    into = {
        Stage.COLD: draw(st.floats(0.1, 0.5)),
        Stage.INQUIRY: draw(st.floats(0.3, 0.6)),
        Stage.OPPORTUNITY: draw(st.floats(0.5, 0.8)),
        Stage.PI: draw(st.floats(0.9, 1.0)),
    }
    lasts = {stage: draw(st.integers(5, 12)) for stage in (Stage.OPPORTUNITY, Stage.PI)}
    lasts |= {stage: draw(st.integers(14, 30)) for stage in (Stage.COLD, Stage.INQUIRY)}
    random = draw(st.randoms(use_true_random=False))
    shifts = {stage: random.random() for stage in into}
    return list(_stream(a_week, into, lasts, shifts, random.uniform))


def _stream(
    a_week: int,
    into: Mapping[Stage, float],
    lasts: Mapping[Stage, int],
    shifts: Mapping[Stage, float],
    between: Callable[[float, float], float],
) -> Iterator[DealHistory]:
    """Half begin cold and half with an inquiry. Of each hundred that come to a step exactly the share goes on
    (the whole numbers of a sum that grows by the share), so that no rate is low by chance.
    """
    sums = dict(shifts)
    for number in range(-60 * a_week // 7, 100 * a_week // 7):
        at, steps = number * 7 / a_week, [Stage.COLD, Stage.INQUIRY][number % 2 :]
        moves = []
        for stage in [*steps, Stage.OPPORTUNITY, Stage.PI, Stage.WON]:
            moves.append((at, stage))
            if stage is Stage.WON:
                break
            at += lasts[stage] * between(0.5, 1.5)
            before, sums[stage] = sums[stage], sums[stage] + into[stage]
            if int(sums[stage]) == int(before):
                moves.append((at, Stage.LOST))
                break
        past = [f"{when} {stage}" for when, stage in moves if when < 100]
        if past:
            yield deal(
                "; ".join(past),
                worth=f"{between(800, 1200):.0f} EUR",
                exchanges=f"out {moves[0][0]} {moves[0][0] + between(1, 9)} 1",
            )


@given(healthy())
def test_a_healthy_pyramid_is_silent(deals: list[DealHistory]) -> None:
    assert [said(one) for one in findings(deals)] == []
    # It is silent because all is well, not because nothing is known.
    found = rates(deals, NOW)
    assert found.of(Stage.INQUIRY).rate.judged
    assert found.time(Stage.INQUIRY).days.judged


@st.composite
def untidy(draw: st.DrawFn) -> list[DealHistory]:
    """What no rep would do, repeated until there is enough of it to be judged."""
    days = st.floats(1, 99).map(lambda at: f"{at:.2f}")
    moves = st.lists(st.tuples(days, st.sampled_from(Stage)), min_size=1, max_size=5)
    ended = st.one_of(days, st.just("-"))
    waits = st.lists(st.tuples(st.sampled_from(("in", "out")), days, ended, st.integers(0, 9)), max_size=3)
    worths = st.sampled_from(("", "NaN", "0 EUR", "-5 EUR", "1e40 USD", "700", "9 USD"))
    return [
        deal(
            "; ".join(f"{at} {stage}" for at, stage in sorted(draw(moves), key=lambda one: float(one[0]))),
            exchanges=";".join(" ".join(map(str, one)) for one in draw(waits)),
            worth=draw(worths),
            customer=draw(st.sampled_from(("", "", "one.example"))),
        )
        for _ in range(draw(st.integers(0, 4)))
    ] * draw(st.sampled_from((1, 12)))


@given(untidy())
def test_whatever_happened_there_is_an_answer(deals: list[DealHistory]) -> None:
    for found in findings(deals, tone={one.id: ("no hurry",) for one in deals}):
        assert said(found).endswith(".")
        assert "{" not in said(found)
        assert found.customers


def test_an_empty_store_is_silent() -> None:
    assert findings([]) == ()


# ── words and thresholds ──


def test_every_rule_has_a_sentence() -> None:
    for language, sentences in table("sentences").items():
        assert language in LANGUAGES
        assert set(sentences) == set(Rule)


def test_the_steps_are_called_what_the_rep_calls_them() -> None:
    found = only(climbing(2, 20, "opportunity", "pi"))
    assert "at Hot, 2 came to PI" in sentence(found, labels("en", {"opportunity": "Hot"}))


def test_braces_in_a_name_are_a_name() -> None:
    worths = ["900 EUR", "100 EUR", "100 EUR", "100 EUR"]
    deals = [deal("85 opportunity", worth=one, name="{0.__class__}") for one in worths]
    assert said(findings([*deals, *base(20)])[0]).startswith("{0.__class__} carries the top")


def test_every_threshold_has_its_reason() -> None:
    for name, one in table("diagnosis").items():
        assert set(one) == {"value", "reason"}, name
        assert one["reason"].endswith("."), name


def test_a_threshold_can_be_changed() -> None:
    deals = climbing(6, 10, "pi", "won")
    assert [one.rule for one in findings(deals, limits=thresholds({"paid_floor": 0.9}))] == [Rule.CLOSING]
    assert thresholds() == DEFAULT
    with pytest.raises(TypeError):
        thresholds({"no_such": 1})


def test_money_of_no_currency_counts_too() -> None:
    deals = [deal("85 pi", worth=worth) for worth in ("9", "1", "1", "1")]
    assert rules([*deals, *base(20)]) == ["carried"]
