"""Who is who (DESIGN 2.1): the author behind a mail, its direction, the company behind an address."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.domain.week import ANNA, LIN, SALES, US, WEI, ZHOU, customer_of
from watcher.domain.identity import Us, attribute, company_key, is_freemail, is_platform
from watcher.domain.messages import Address, Envelope

FORM, ALIBABA = "form@acme.test", "inquiry@message.alibaba.com"


def envelope(author: str, to: str = WEI, reply_to: str = "", cc: str = "", bcc: str = "") -> Envelope:
    people = {
        part: tuple(map(Address, given.split()))
        for part, given in (("to", to), ("reply_to", reply_to), ("cc", cc), ("bcc", bcc))
    }
    return Envelope(author=Address(author) if author else None, **people)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mail", "author", "direction"),
    [
        pytest.param(envelope(ANNA), ANNA, "inbound", id="a customer"),
        pytest.param(envelope(WEI, to=ANNA), WEI, "outbound", id="the rep"),
        pytest.param(envelope(LIN, to=ANNA), LIN, "outbound", id="a colleague"),
        pytest.param(envelope("bo@sub.acme.test", to=ANNA), "bo@sub.acme.test", "outbound", id="a branch"),
        pytest.param(envelope("x@notacme.test"), "x@notacme.test", "inbound", id="an ending like ours"),
        pytest.param(envelope(SALES, to=ANNA), SALES, "outbound", id="a shared address"),
        pytest.param(envelope(LIN, to=WEI), LIN, "internal", id="among ourselves"),
        pytest.param(envelope(WEI, bcc=f"{ANNA} {ZHOU}"), WEI, "outbound", id="to ourselves, Bcc kept"),
        pytest.param(envelope(WEI), WEI, "internal", id="to ourselves, Bcc stripped"),
        pytest.param(envelope(WEI, to=""), WEI, "internal", id="undisclosed recipients"),
        pytest.param(envelope(WEI, to=LIN, cc=ANNA), WEI, "outbound", id="a copy is enough"),
        pytest.param(envelope(FORM, reply_to=ANNA), ANNA, "inbound", id="our web form"),
        pytest.param(envelope(FORM, to=f"{WEI} {SALES}", reply_to=ANNA), ANNA, "inbound", id="to two of us"),
        pytest.param(envelope(WEI, to=ANNA, reply_to=ZHOU), WEI, "outbound", id="our Reply-To is no author"),
        pytest.param(envelope(ALIBABA, reply_to="bo@gmail.com"), "bo@gmail.com", "inbound", id="a platform"),
        pytest.param(envelope(ALIBABA), ALIBABA, "inbound", id="a platform without Reply-To"),
        pytest.param(
            envelope("news@alibaba.com", reply_to="noreply@alibaba.com"),
            "news@alibaba.com",
            "inbound",
            id="a platform's own news",
        ),
        pytest.param(envelope(ALIBABA, reply_to=WEI), ALIBABA, "inbound", id="a platform that names us"),
        pytest.param(envelope(ANNA, reply_to=ZHOU), ANNA, "inbound", id="a customer's Reply-To"),
    ],
)
def test_the_author_and_the_direction(mail: Envelope, author: str, direction: str) -> None:
    found = attribute(mail, US, in_sent=False)
    assert (found.author and found.author.address, found.direction) == (author, direction)


@pytest.mark.parametrize(
    ("name", "reply_to", "author", "direction"),
    [
        ("'Anna Meyer' via Sales", ANNA, ANNA, "inbound"),
        ("'Anna Meyer' via Sales", "", SALES, "outbound"),  # nobody says who
        ("'Wei Chen' via Sales", WEI, SALES, "outbound"),  # one of us
        ("Acme Sales", ANNA, SALES, "outbound"),
        ("Viagem Sales", ANNA, SALES, "outbound"),
    ],
)
def test_what_a_group_of_ours_passes_on_its_sender_wrote(
    name: str, reply_to: str, author: str, direction: str
) -> None:
    through = replace(envelope(SALES, reply_to=reply_to, cc="ben@cust.de"), author=Address(SALES, name))
    found = attribute(through, US, in_sent=False)
    assert (found.author and found.author.address, found.direction) == (author, direction)


@pytest.mark.parametrize(
    ("mail", "relayed"),
    [
        (envelope(FORM, reply_to=ANNA), True),
        (envelope(ALIBABA, reply_to=ANNA), True),
        (envelope(ANNA), False),
    ],
)
def test_a_relayed_mail_says_so(mail: Envelope, relayed: bool) -> None:
    assert attribute(mail, US, in_sent=False).relayed is relayed


@pytest.mark.parametrize("author", [ANNA, "wei@home.example", ""])
def test_what_lies_in_sent_is_ours_whatever_its_from(author: str) -> None:
    assert attribute(envelope(author, to=ANNA), US, in_sent=True).direction == "outbound"


def test_a_mail_from_nobody_is_inbound() -> None:
    assert attribute(Envelope(), US, in_sent=False).direction == "inbound"


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("anna@cust.de", "cust.de"),
        ("anna@mail.cust.de", "cust.de"),
        ("bo@gmail.com", "bo@gmail.com"),
        ("bo@163.com", "bo@163.com"),
        ("bo@yahoo.co.jp", "bo@yahoo.co.jp"),
        ("bo@hotmail.fr", "bo@hotmail.fr"),
        ("bo@outlook.com.br", "bo@outlook.com.br"),
        ("bo@live.abc.com", "abc.com"),  # a company's host that is called like a provider
        ("bo@gmx.acme.example", "acme.example"),
        ("x12@service.alibaba.com", "x12@service.alibaba.com"),
        ("nobody", "nobody"),
    ],
)
def test_the_company_behind_an_address(address: str, key: str) -> None:
    assert company_key(address, lambda host: ".".join(host.split(".")[-2:])) == key


def test_a_host_that_is_a_public_suffix_leaves_the_address() -> None:
    assert company_key("it@co.uk", lambda host: "") == "it@co.uk"


@pytest.mark.parametrize(
    ("host", "freemail", "platform"),
    [
        ("gmail.com", True, False),
        ("yandex.kz", True, False),
        ("live.nl", True, False),
        ("live.company.com", False, False),
        ("mail.cust.de", False, False),
        ("message.alibaba.com", False, True),
        ("notalibaba.com", False, False),
        ("", False, False),
    ],
)
def test_providers_and_platforms(host: str, freemail: bool, platform: bool) -> None:
    assert (is_freemail(host), is_platform(host)) == (freemail, platform)


def test_we_are_our_addresses_our_shared_ones_and_our_colleagues() -> None:
    us = Us(frozenset({"wei@gmail.com"}), frozenset({"acme.test"}), frozenset({"sales@shop.example"}))
    ours = ("wei@gmail.com", "sales@shop.example", "lin@acme.test", "bo@cn.acme.test")
    assert all(one in us for one in ours)
    assert not any(one in us for one in ("bo@gmail.com", "x@shop.example", "acme.test", ""))


def test_ours_has_no_customer() -> None:
    assert [customer_of(one) for one in (WEI, SALES, LIN)] == [None, None, None]
