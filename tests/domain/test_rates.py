"""What becomes of deals: the worked examples of decision 0026, a line each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.deals import NOW, deal, many
from watcher.domain.history import DealHistory
from watcher.domain.intervals import Rate, Spread, spread, wilson
from watcher.domain.passage import passage
from watcher.domain.rates import FollowUps, Rates, rates
from watcher.domain.stages import Stage


def told(*deals: DealHistory) -> str:
    """Who is counted at which step: "inquiry+" went on, "-" did not, "x" is lost, "~" is too young."""
    found = []
    for one in rates(deals, NOW).conversions:
        mark = {(1, 1): "+", (0, 1): "x" if one.lost else "-"}.get((one.rate.reached, one.rate.of))
        if mark or one.young:
            found.append(f"{one.stage}{mark or '~'}")
    return " ".join(found)


def times(*deals: DealHistory) -> str:
    """How long it stood on each step it left: "inquiry 10"."""
    return ", ".join(f"{one.stage} {one.days.median:g}" for one in rates(deals, NOW).times if one.days.count)


# Now is day 100 and the window begins after day 10. Deals are old enough by day 70, PIs by day 86.
@pytest.mark.parametrize(
    ("moves", "counted", "stood"),
    [
        # step by step
        (
            "20 cold; 30 inquiry; 45 opportunity; 50 pi; 62 won",
            "cold+ inquiry+ opportunity+ pi+",
            "cold 10, inquiry 15, opportunity 5, pi 12",
        ),
        ("20 inquiry", "inquiry-", ""),
        # skipped: it passed them at that moment, and stood on none of them
        ("20 inquiry; 30 pi", "inquiry+ opportunity+ pi-", "inquiry 10"),
        ("20 cold; 40 won", "cold+ inquiry+ opportunity+ pi+", "cold 20"),
        # what lies below its beginning it never reached
        ("20 opportunity; 30 pi", "opportunity+ pi-", "opportunity 10"),
        ("20 opportunity; 30 inquiry; 40 opportunity", "opportunity-", "inquiry 10, opportunity 10"),
        # back: what was reached stays reached, and is reached once
        ("20 opportunity; 30 pi; 40 opportunity", "opportunity+ pi-", "opportunity 10, pi 10"),
        (
            "20 inquiry; 30 opportunity; 40 inquiry; 60 opportunity; 68 pi",
            "inquiry+ opportunity+ pi-",
            "inquiry 15, opportunity 9",
        ),
        # lost, and opened again
        ("20 inquiry; 40 lost", "inquiryx", "inquiry 20"),
        ("20 lost", "", ""),
        (
            "20 inquiry; 30 opportunity; 40 lost; 60 opportunity; 65 pi",
            "inquiry+ opportunity+ pi-",
            "inquiry 10, opportunity 7.5",
        ),
        ("20 inquiry; 40 lost; 60 pi", "inquiry+ opportunity+ pi-", "inquiry 20"),
        ("20 lost; 30 inquiry", "inquiry-", ""),
        # a slip of the hand, taken back within a day
        ("20 inquiry; 30 pi; 30.5 opportunity", "inquiry+ opportunity-", "inquiry 10.5"),
        ("20 inquiry; 30 pi; 31 opportunity", "inquiry+ opportunity+ pi-", "inquiry 10, pi 1"),
        ("20 inquiry; 30 lost; 30.5 inquiry; 40 opportunity", "inquiry+ opportunity-", "inquiry 20"),
        ("20 opportunity; 30 pi; 30.5 lost", "opportunity+ pix", "opportunity 10, pi 0.5"),
        ("20 pi; 20.2 inquiry", "inquiry-", ""),
        # the same said again does not begin anew
        ("20 inquiry; 30 inquiry; 40 opportunity", "inquiry+ opportunity-", "inquiry 20"),
        # too young to say, whether it went on or not
        ("20 inquiry; 80 opportunity", "inquiry+ opportunity~", "inquiry 60"),
        ("80 inquiry; 90 opportunity", "inquiry~ opportunity~", "inquiry 10"),
        ("60 opportunity; 99 pi", "opportunity+ pi~", "opportunity 39"),
        ("60 opportunity; 86 pi", "opportunity+ pi-", "opportunity 26"),
        ("60 opportunity; 86.1 pi", "opportunity+ pi~", "opportunity 26.1"),
        ("70 inquiry", "inquiry-", ""),
        ("70.1 inquiry", "inquiry~", ""),
        # the window: reached in it, or left in it
        ("10 inquiry; 20 opportunity", "opportunity-", "inquiry 10"),
        ("10.1 inquiry; 20 opportunity", "inquiry+ opportunity-", "inquiry 9.9"),
        ("2 inquiry; 10 opportunity", "", ""),
    ],
)
def test_what_a_rate_counts(moves: str, counted: str, stood: str) -> None:
    one = deal(moves)
    assert told(one) == counted
    assert times(one) == stood


@pytest.mark.parametrize(
    ("moves", "fell"),
    [
        ("20 opportunity; 30 pi; 40 opportunity", {"pi"}),
        ("20 inquiry; 30 pi; 40 cold", {"inquiry", "opportunity", "pi"}),
        ("20 inquiry; 30 pi; 40 lost", set()),
        ("20 inquiry; 30 pi; 40 lost; 50 inquiry", set()),
        ("20 inquiry; 30 pi", set()),
    ],
)
def test_who_fell(moves: str, fell: set[str]) -> None:
    one = passage(deal(moves))
    assert {stage.value for stage in one.reached if one.fell_below(stage)} == fell


@given(st.lists(st.tuples(st.floats(0.01, 30), st.sampled_from(Stage)), min_size=1, max_size=8))
def test_a_passage_has_no_gaps(steps: list[tuple[float, Stage]]) -> None:
    days = accumulate(after for after, _ in steps)
    one = deal("; ".join(f"{at:.4f} {stage}" for at, (_, stage) in zip(days, steps, strict=True)))
    found = passage(one)
    assert all(before.ended == after.began for before, after in pairwise(found.stays))
    assert all(before.stage is not after.stage for before, after in pairwise(found.stays))
    assert (found.stage, found.stays[-1].ended) == (one.stage, None)
    # Steps are reached from below without a gap, none before the one below it.
    heights = sorted(stage.height for stage in found.reached)
    assert heights == list(range(heights[0], heights[-1] + 1) if heights else [])
    moments = [found.reached[stage] for stage in sorted(found.reached, key=lambda stage: stage.height)]
    assert moments == sorted(moments)


def test_a_cohort_has_its_count_its_lost_and_its_young() -> None:
    found = rates(
        [
            *many(6, "20 inquiry; 40 opportunity"),
            *many(5, "20 inquiry; 50 lost"),
            *many(9, "30 inquiry"),
            *many(4, "90 inquiry"),
        ],
        NOW,
    ).of(Stage.INQUIRY)
    assert (found.rate, found.lost, found.young, len(found.waiting)) == (Rate(6, 20), 5, 4, 14)


def test_a_longer_window_sees_more() -> None:
    deals = many(3, "5 inquiry; 20 opportunity")
    assert rates(deals, NOW).of(Stage.INQUIRY).rate.of == 0
    assert rates(deals, NOW, timedelta(days=96)).of(Stage.INQUIRY).rate == Rate(3, 3)


def test_the_payment_takes_its_days() -> None:
    found = rates(
        [
            deal("20 pi; 24 won"),
            deal("20 opportunity; 30 pi; 38 won"),
            deal("20 pi; 98 won"),
            deal("20 opportunity; 50 won"),  # without a PI that was signed
            deal("2 pi; 9 won"),  # before the window
            deal("20 pi"),
        ],
        NOW,
    )
    assert found.paid_after == spread([timedelta(days=4), timedelta(days=8), timedelta(days=78)])
    assert found.of(Stage.PI).rate == Rate(4, 5)


# ── who answers whom ──


def measured(exchanges: str) -> Rates:
    return rates([deal("20 inquiry", exchanges=exchanges)], NOW)


def test_follow_ups_before_an_answer() -> None:
    found = measured(
        "out 20 21; out 22 25; out 26 36 2; out 40 60 1; out 61 80 7; out 20 - 3; out 30 -;"
        "out 87 90; out 86 - ; out 9 12; in 20 22"
    ).follow_ups
    assert found == FollowUps(waits=(4, 1, 1, 1, 1), answered=(2, 1, 1, 0, 1), young=1)
    assert found.rate == Rate(5, 8)
    assert found.after == (Rate(2, 8), Rate(1, 4), Rate(1, 3), Rate(0, 2), Rate(1, 1))
    assert found.median == 1


def test_no_answer_took_no_follow_ups() -> None:
    assert measured("out 20 - 3").follow_ups.median is None


def test_how_long_each_side_takes() -> None:
    found = measured("out 20 21; out 30 33; out 40 -; out 5 9; in 21 21.5; in 50 -; in 98 99")
    assert found.their_answers == Spread(2, 2.0, pytest.approx(2.6))
    assert found.our_answers == Spread(2, 0.75, pytest.approx(0.9))


# ── how far to trust them ──


@pytest.mark.parametrize(
    ("reached", "of", "low", "high"),
    [
        # Newcombe, "Two-sided confidence intervals for the single proportion", Stat. Med. 17 (1998), table I,
        # method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0),
        (0, 0, 0.0, 1.0),
    ],
)
def test_the_interval_is_wilsons(reached: int, of: int, low: float, high: float) -> None:
    assert wilson(reached, of) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 500).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_interval_holds_the_share(counts: tuple[int, int]) -> None:
    rate = Rate(*counts)
    assert 0 <= rate.low <= rate.high <= 1
    if rate.share is not None:
        assert rate.low <= rate.share <= rate.high


@pytest.mark.parametrize(("of", "judged"), [(9, False), (10, True)])
def test_nobody_is_judged_below_ten(of: int, judged: bool) -> None:
    assert Rate(0, of).judged is judged
    assert spread([timedelta(days=1)] * of).judged is judged


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([], Spread(0, None, None)),
        ([4], Spread(1, 4.0, 4.0)),
        ([1, 2, 3, 4, 5, 6], Spread(6, 3.5, 5.0)),
        ([10, 1, 1, 1], Spread(4, 1.0, pytest.approx(4.6))),
    ],
)
def test_a_spread(days: Sequence[int], expected: Spread) -> None:
    assert spread([timedelta(days=one) for one in days]) == expected
