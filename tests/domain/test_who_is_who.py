"""DESIGN 2.1, line by line: between whom the ball moves, and what everybody is to us."""

from __future__ import annotations

import pytest

from tests.domain.week import (
    AMONG_US,
    ANNA,
    BEN,
    LIN,
    OUT,
    SALES,
    US,
    WEI,
    ZHOU,
    by_key,
    customer_of,
    judged,
    mail,
    told,
)
from watcher.domain.identity import Us
from watcher.domain.judgement import Judgement
from watcher.domain.messages import Facts, Message

BO, EVE = "bo@gmail.com", "eve@gmail.com"


def turns(found: Judgement) -> dict[str, str]:
    """Customer to role and verdicts; nobody's mail is "-"."""
    every = {
        one.key: " | ".join([one.role.value, *(told(each.decision) for each in one.threads)])
        for one in found.customers
    }
    return every | ({"-": told(found.others[0].decision)} if found.others else {})


ASKED, ANSWERED = mail("a", "Mon"), mail("b", "Tue", OUT, references="<a>")


@pytest.mark.parametrize(
    ("mails", "expected"),
    [
        # 1. us
        pytest.param([ASKED, mail("b", "Tue", OUT, author=LIN, cc=(WEI,), references="<a>")],
            {"cust.de": "lead | theirs sent_last Tue"}, id="a colleague answers"),
        # 2. forms, platforms, mail providers: a customer is an address there
        pytest.param([mail("a", "Mon", author=BO), mail("b", "Mon", author=EVE)],
            {BO: "unsorted | ours received_last Mon", EVE: "unsorted | ours received_last Mon"},
            id="two at one provider"),
        pytest.param([mail("a", "Mon", author="x7@message.alibaba.com")],
            {"x7@message.alibaba.com": "unsorted | ours received_last Mon"}, id="a buyer on a platform"),
        # 3. between us and the thread's customer
        pytest.param([ASKED, ANSWERED, mail("c", "Wed", author=ZHOU, to=(WEI, ANNA), references="<b>")],
            {"cust.de": "lead | theirs sent_last Tue"}, id="a third party replies to all"),
        pytest.param([ASKED, mail("b", "Tue", OUT, to=(ZHOU,), references="<a>")],
            {"cust.de": "unsorted | ours received_last Mon", "pumps.example": "lead | theirs sent_last Tue"},
            id="we wrote to another only"),
        pytest.param([ASKED, mail("b", "Tue", OUT, to=(ZHOU,), cc=(ANNA,), references="<a>")],
            {"cust.de": "lead | theirs sent_last Tue", "pumps.example": "lead | theirs sent_last Tue"},
            id="they are in Cc"),
        pytest.param([ANSWERED, mail("c", "Wed", author=BEN, references="<b>")],
            {"cust.de": "lead | ours received_last Wed"}, id="another of theirs answers"),
        # 4. among ourselves, and Bcc
        pytest.param([ASKED, mail("b", "Tue", AMONG_US, to=(LIN,), references="<a>")],
            {"cust.de": "unsorted | ours received_last Mon"}, id="among ourselves"),
        pytest.param([mail("a", "Mon", OUT, to=(WEI,), bcc=(ANNA, BO))],
            {"cust.de": "lead | theirs sent_last Mon", BO: "lead | theirs sent_last Mon"}, id="Bcc to two"),
        pytest.param([mail("a", "Mon", AMONG_US), mail("b", "Wed", author=BO, references="<a>")],
            {BO: "lead | ours received_last Wed"}, id="a stripped Bcc, answered"),
        # 5. shared addresses
        pytest.param([mail("a", "Mon", to=(SALES,))],
            {"cust.de": "unsorted | nobody shared Mon"}, id="to sales@ only"),
        pytest.param([mail("a", "Mon", to=(SALES,)), mail("b", "Tue", OUT, references="<a>"),
            mail("c", "Wed", to=(SALES,), references="<b>")],
            {"cust.de": "lead | ours received_last Wed"}, id="to sales@, where we wrote"),
        pytest.param([mail("a", "Mon", to=(SALES,)), mail("b", "Tue", OUT, author=SALES, references="<a>"),
            mail("c", "Wed", to=(SALES,), references="<b>")],
            {"cust.de": "lead | ours received_last Wed"}, id="to sales@, where sales@ wrote"),
        pytest.param([mail("a", "Mon", to=(SALES, WEI))],
            {"cust.de": "unsorted | ours received_last Mon"}, id="to sales@ and us"),
        # 6. roles
        pytest.param([ASKED], {"cust.de": "unsorted | ours received_last Mon"}, id="never answered"),
        pytest.param([mail("a", "Mon", subject="RFQ pumps")],
            {"cust.de": "lead | ours received_last Mon"}, id="an inquiry"),
        pytest.param([mail("a", "Mon", to=(SALES,), subject="RFQ pumps")],
            {"cust.de": "lead | nobody shared Mon"}, id="an inquiry to sales@ is not ours so far"),
        pytest.param([mail("a", "Mon", facts=Facts(opening="pitch"))],
            {"cust.de": "ignored | nobody ignored -"}, id="a pitch"),
        pytest.param([mail("a", "Mon", facts=Facts(opening="supplier"))],
            {"cust.de": "partner | ours received_last Mon"}, id="a supplier's offer"),
    ],
)  # fmt: skip
def test_the_ball_and_the_role(mails: list[Message], expected: dict[str, str]) -> None:
    assert turns(judged(mails)) == expected


def test_a_third_party_that_was_merged_is_the_customer() -> None:
    """3: never decisive, unless merged into the customer."""
    mails = [ASKED, ANSWERED, mail("c", "Wed", author=ZHOU, to=(WEI, ANNA), references="<b>")]

    def merged(address: str) -> str | None:
        return "cust.de" if address == ZHOU else customer_of(address)

    assert turns(judged(mails, customer_of=merged)) == {"cust.de": "lead | ours received_last Wed"}


def test_a_sent_mail_names_an_address_of_ours_and_what_it_gets_is_for_us() -> None:
    """1: once an address is known as ours, mail among it and us is among ourselves."""
    us = Us(US.addresses | {"wei@home.example"}, US.domains, US.shared)
    to_home = mail("a", "Mon", AMONG_US, to=("wei@home.example",))
    found = judged([to_home], us=us, customer_of=lambda one: None if one in us else customer_of(one))
    assert turns(found) == {"-": "nobody internal -"}


def test_a_pitch_starts_no_deal_and_an_inquiry_starts_one_where_it_was_written() -> None:
    found = by_key(judged([mail("a", "Mon", author=BO, subject="Enquiry"), mail("b", "Mon", author=EVE)]))
    assert (found[BO].opening and found[BO].opening.evidence) == "<a>"
    assert [len(found[one].waits) for one in (BO, EVE)] == [1, 0]
