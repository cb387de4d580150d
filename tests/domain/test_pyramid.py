"""Where customers stand."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.deals import NOW, deal, many
from watcher.domain.history import DealHistory
from watcher.domain.pyramid import TOP_DOWN, pyramid
from watcher.domain.stages import Stage


def standing(*deals: DealHistory) -> str:
    """ "pi", "won old", "beside": where the one customer of these deals stands."""
    found = pyramid(deals, NOW)
    if not found.standings:
        return "beside"
    (only,) = found.standings
    return f"{only.stage} old" if only.old else only.stage


@pytest.mark.parametrize(
    ("deals", "where"),
    [
        (["10 inquiry"], "inquiry"),
        (["10 inquiry; 20 pi; 30 opportunity"], "opportunity"),
        (["10 inquiry", "10 pi", "10 cold"], "pi"),
        (["10 pi; 20 lost", "10 cold"], "cold"),
        (["10 pi; 20 lost"], "beside"),
        (["10 lost", "20 lost"], "beside"),
    ],
)
def test_a_customer_stands_on_the_highest_step_of_an_open_deal(deals: list[str], where: str) -> None:
    assert standing(*[deal(one, customer="c.example") for one in deals]) == where


@pytest.mark.parametrize(
    ("shipped", "others", "where"),
    [
        (None, [], "won"),
        (70.5, [], "won"),
        (70, [], "won old"),
        (70, ["90 inquiry"], "inquiry"),
        (70.5, ["90 inquiry"], "won"),
        (70, ["90 pi; 95 lost"], "won old"),
    ],
)
def test_an_old_customer_stands_on_top_until_something_new_is_open(
    shipped: float | None, others: list[str], where: str
) -> None:
    won = deal("10 won", customer="c.example", shipped=shipped)
    assert standing(won, *[deal(one, customer="c.example") for one in others]) == where


def test_the_steps_add_up() -> None:
    found = pyramid(
        [
            *many(6, "10 cold"),
            *many(3, "10 inquiry", worth="100 EUR"),
            *many(2, "10 lost"),
            deal("10 won", customer="top.example", worth="2500.50 USD"),
            deal("10 inquiry", customer="top.example", worth="7"),
            deal("10 inquiry"),
        ],
        NOW,
    )
    assert [one.stage for one in found.steps] == list(TOP_DOWN)
    assert {one.stage: one.customers for one in found.steps} == {
        **dict.fromkeys(TOP_DOWN, 0),
        Stage.COLD: 6,
        Stage.INQUIRY: 4,
        Stage.WON: 1,
    }
    assert (found.customers, found.lost) == (11, 2)
    inquiry = found.step(Stage.INQUIRY)
    assert inquiry.share == pytest.approx(4 / 11)
    # The deal of the customer who stands higher counts on its own step, with what it is worth.
    assert (inquiry.deals, inquiry.valued) == (5, 4)
    assert inquiry.values == {"EUR": Decimal(300), "": Decimal(7)}
    assert found.step(Stage.WON).values == {"USD": Decimal("2500.50")}


def test_old_orders_are_not_worth_anything_more() -> None:
    won = pyramid([deal("10 won", worth="500 EUR", shipped=20)], NOW).step(Stage.WON)
    assert (won.customers, won.old, won.deals, won.values) == (1, 1, 0, {})


@given(st.lists(st.tuples(st.sampled_from(Stage), st.integers(0, 5)), max_size=12), st.randoms())
def test_everybody_stands_somewhere_once(drawn: list[tuple[Stage, int]], random: Random) -> None:
    deals = [deal(f"10 {stage}", customer=f"c{who}.example") for stage, who in drawn]
    found = pyramid(deals, NOW)
    assert found.customers + found.lost == len({who for _, who in drawn})
    assert sum(one.customers for one in found.steps) == found.customers
    assert sum(one.share for one in found.steps) == pytest.approx(1 if found.customers else 0)
    random.shuffle(deals)
    assert pyramid(deals, NOW).steps == found.steps


def test_an_empty_pyramid_has_its_steps() -> None:
    found = pyramid([], NOW)
    assert [(one.customers, one.share) for one in found.steps] == [(0, 0.0)] * 5


def test_beside_the_pyramid_there_is_no_step() -> None:
    with pytest.raises(KeyError):
        pyramid([], NOW).step(Stage.LOST)
