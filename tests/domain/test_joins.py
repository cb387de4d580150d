"""Joins and aliases that are proposed, and those that are not: two witnesses or none (DESIGN 2.1)."""

from __future__ import annotations

import pytest

from watcher.domain.joins import Alias, Join, Person, propose_aliases, propose_joins, same_name
from watcher.domain.reading.signature import Signature

ANNA = Person("anna@meyer.example", "Anna Meyer", "meyer.example")
PRIVATE = Person("anna.m@gmail.com", "Meyer, Anna", "anna.m@gmail.com")
SERVICE = Person("a.meyer@meyer-service.example", "Anna Meyer", "meyer-service.example")
BO = Person("bo@gmail.com", "Bo Berg", "bo@gmail.com")
KNOWN = {"meyer.example", "meyer-service.example"}


def signs(*hosts: str, phone: str = "") -> Signature:
    return Signature(hosts, (phone,) if phone else ())


def company_of_host(host: str) -> str | None:
    found = ".".join(host.split(".")[-2:])
    return found if found in KNOWN else None


def is_company(key: str) -> bool:
    return "@" not in key


@pytest.mark.parametrize(
    ("people", "signatures", "expected"),
    [
        pytest.param(
            [ANNA, PRIVATE], {PRIVATE.address: signs("meyer.example")},
            [Join("meyer.example", PRIVATE.customer, "name")], id="name and signature",
        ),
        pytest.param(
            [ANNA, PRIVATE], {PRIVATE.address: signs("shop.meyer.example")},
            [Join("meyer.example", PRIVATE.customer, "name")], id="a host of theirs",
        ),
        pytest.param([ANNA, PRIVATE], {}, [], id="the name alone"),
        pytest.param([ANNA, BO], {BO.address: signs("meyer.example")}, [], id="the signature alone"),
        pytest.param(
            [ANNA, BO],
            {BO.address: signs("meyer.example", phone="4940123"), ANNA.address: signs(phone="4940123")},
            [Join("meyer.example", BO.customer, "phone")], id="telephone and signature",
        ),
        pytest.param(
            [ANNA, BO], {BO.address: signs(phone="4940123"), ANNA.address: signs(phone="4940123")}, [],
            id="the telephone alone",
        ),
        pytest.param(
            [ANNA, PRIVATE], {ANNA.address: signs("gmail.com", "meyer.example")}, [], id="a provider's host",
        ),
        pytest.param([ANNA, PRIVATE], {PRIVATE.address: signs("stranger.example")}, [], id="nobody's host"),
        pytest.param(
            [ANNA, SERVICE], {SERVICE.address: signs("meyer.example")},
            [Join("meyer.example", "meyer-service.example", "name")], id="two domains",
        ),
        pytest.param(
            [ANNA, SERVICE],
            {SERVICE.address: signs("meyer.example"), ANNA.address: signs("meyer-service.example")},
            [Join("meyer-service.example", "meyer.example", "name")], id="each names the other: once",
        ),
        pytest.param(
            [Person("sales@meyer.example", "Sales Team", "meyer.example"),
             Person("x@gmail.com", "Sales Team", "x@gmail.com")],
            {"x@gmail.com": signs("meyer.example")}, [], id="a desk is no name",
        ),
    ],
)  # fmt: skip
def test_joins(people: list[Person], signatures: dict[str, Signature], expected: list[Join]) -> None:
    assert propose_joins(people, signatures, company_of_host) == expected


def test_a_join_has_one_key_whichever_way_round() -> None:
    assert Join("a.example", "b.example", "name").key == Join("b.example", "a.example", "phone").key


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (Person("wei.c@gmail.com", "Wei Chen", "wei.c@gmail.com"), ["wei.c@gmail.com"]),
        (Person("wei.c@gmail.com", "CHEN Wei", "wei.c@gmail.com"), ["wei.c@gmail.com"]),
        (Person("cw88@qq.com", "陈伟", "cw88@qq.com"), ["cw88@qq.com"]),
        (Person("wei.c@gmail.com", "", "wei.c@gmail.com"), []),
        (Person("wei@gmail.com", "Wei", "wei@gmail.com"), []),
        (Person("wei@rival.example", "Wei Chen", "rival.example"), []),  # a namesake at a company
        (Person("bo@gmail.com", "Bo Berg", "bo@gmail.com"), []),
    ],
)
def test_aliases(person: Person, expected: list[str]) -> None:
    assert propose_aliases([person], ["Wei Chen", "陈伟", ""], is_company) == [Alias(one) for one in expected]


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Anna Meyer", "anna meyer"), ("MEYER, Anna", "anna meyer"), ("Anna Meyer (GmbH)", "anna meyer"),
        ("'Anna Meyer' via Sales", "anna meyer"), ("Anna", ""), ("a@meyer.example", ""), ("Export Dept", ""),
        ("李伟", "李伟"), ("김민수", "김민수"), ("王", ""), ("", ""), ("12345", ""),
    ],
)  # fmt: skip
def test_names_made_comparable(name: str, plain: str) -> None:
    assert same_name(name) == plain
