"""Which messages answer each other (JWZ's cases), and with which customer (DESIGN 2.3)."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.week import (
    AMONG_US,
    ANNA,
    BEN,
    IN,
    OUT,
    WEI,
    ZHOU,
    customer_of,
    ids,
    mail,
    moment,
    numbered,
)
from watcher.domain.messages import Kind, Message
from watcher.domain.reports import DeliveryReport
from watcher.domain.threads import (
    Conversation,
    Thread,
    companies,
    conversations,
    in_order,
    standing,
    threads,
    with_stripped_bcc,
    with_stubs,
)

Groups = set[frozenset[str]]


def grouped(*messages: Message) -> Groups:
    return {frozenset(ids(one.messages)) for one in conversations(numbered(messages), customer_of)}


def groups(text: str) -> Groups:
    """ "ab c" is two conversations, of the mails a and b, and of c."""
    return {frozenset(one) for one in text.split()}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [  # mail: what it refers to
        pytest.param({"a": "", "b": "<a>", "c": "<a> <b>"}, "abc", id="a chain"),
        pytest.param({"a": "", "b": ""}, "a b", id="two of one subject"),
        pytest.param({"a": "", "b": "<a>", "c": "<a>"}, "abc", id="two answers"),
        pytest.param({"a": "<gone>", "b": "<gone>"}, "ab", id="the parent is missing"),
        pytest.param({"a": "<x> <y>", "b": "<y> <z>", "c": "<z>"}, "abc", id="missing ones join"),
        pytest.param({"c": "<b>", "b": "<a>", "a": ""}, "abc", id="the answer came first"),
        pytest.param({"a": "<b>", "b": "<a>"}, "ab", id="a loop"),
        pytest.param({"a": "<c>", "b": "<a>", "c": "<b>"}, "abc", id="a longer loop"),
        pytest.param({"a": "<a>"}, "a", id="itself"),
        pytest.param({"a": "", "b": "", "c": "<a> <b>"}, "abc", id="an answer to two"),
    ],
)
def test_references_join(answers: dict[str, str], expected: str) -> None:
    mails = [mail(name, "Mon", references=answered) for name, answered in answers.items()]
    assert grouped(*mails) == groups(expected)


def test_two_mails_with_one_message_id_are_two_messages_of_one_conversation() -> None:
    twice = [mail("a", "Mon"), mail("a", "Tue", author=BEN), mail("b", "Wed", references="<a>")]
    (one,) = conversations(numbered(twice), customer_of)
    assert ids(one.messages) == ["a", "a", "b"]


@pytest.mark.parametrize(
    "prefix", ["Re", "AW", "SV", "Antw", "RV", "Odp", "YNT", "回复", "答复", "回覆", "Ответ", "رد"]
)
def test_a_reply_without_references_joins_by_subject(prefix: str) -> None:
    asked, answer = mail("a", "Mon", OUT), mail("b", "Wed", subject=f"{prefix}: pumps")
    assert grouped(asked, answer) == groups("ab")


@pytest.mark.parametrize(
    ("reply", "joined"),
    [
        pytest.param(mail("b", "Wed", subject="Re: Pumps"), True, id="a reply"),
        pytest.param(mail("b", "Wed", subject="Re: Pumps", author=BEN), True, id="a colleague of theirs"),
        pytest.param(mail("b", "Wed", subject="Pumps"), False, id="no reply prefix"),
        pytest.param(mail("b", "Wed", subject="Fw: Pumps"), False, id="a forward"),
        pytest.param(mail("b", "Wed", subject="Re: Valves"), False, id="another subject"),
        pytest.param(mail("b", "Wed", subject="Re:"), False, id="no subject"),
        pytest.param(mail("b", "Wed", subject="Re: Pumps", author="x@y.example"), False, id="a stranger"),
        pytest.param(mail("b", "Wed", subject="Re: Pumps", references="<x>"), False, id="it has references"),
        pytest.param(
            mail("b", moment("Mon") - timedelta(1), subject="Re: Pumps"), False, id="it came before"
        ),
        pytest.param(mail("b", moment("Mon") + timedelta(60), subject="Re: Pumps"), True, id="60 days"),
        pytest.param(mail("b", moment("Mon") + timedelta(61), subject="Re: Pumps"), False, id="61 days"),
    ],
)
def test_the_subject_is_a_narrow_fallback(reply: Message, joined: bool) -> None:
    assert grouped(mail("a", "Mon", OUT), reply) == groups("ab" if joined else "a b")


def test_a_reply_joins_the_last_talk_of_that_subject_and_no_two_talks() -> None:
    first, second = mail("a", "Mon", OUT), mail("b", "Wed", OUT)
    assert grouped(first, second, mail("c", "Thu", subject="Re: Pumps")) == groups("a bc")


def test_whom_they_copied_has_a_talk_of_their_own() -> None:
    ours = mail("a", "Mon", OUT), mail("b", "Tue", OUT, to=(ZHOU,))
    assert grouped(*ours, mail("c", "Wed", subject="Re: Pumps", cc=(ZHOU,))) == groups("ac b")


def test_an_out_of_office_reply_without_references_belongs_to_what_it_answers() -> None:
    away = mail("b", "Mon", subject="Automatic reply: Pumps", kind=Kind.AUTO_REPLY)
    assert grouped(mail("a", "Mon 07:00", OUT), away) == groups("ab")


@pytest.mark.parametrize(
    ("given", "joined"),
    [
        ({"server_thread": "7"}, True),
        ({"server_thread": "8"}, False),
        ({"server_thread": "7", "author": "x@y.example"}, False),  # the server joins by subject, we do not
        ({"server_thread": "7", "references": "<x>"}, False),
    ],
)
def test_the_servers_thread_is_a_hint_where_references_are_missing(
    given: dict[str, str], joined: bool
) -> None:
    sold = mail("a", "Mon", OUT, server_thread="7")
    answer = mail("b", "Wed", **{"subject": "Your offer", **given})
    assert grouped(sold, answer) == groups("ab" if joined else "a b")


GUID, OTHER = "10" * 16, "20" * 16


@pytest.mark.parametrize(
    ("given", "joined"),
    [
        ({"thread_index": GUID}, True),
        ({"thread_index": GUID, "author": BEN}, True),
        ({"thread_index": OTHER}, False),
        ({"thread_index": ""}, False),
        ({"thread_index": GUID, "author": "x@y.example"}, False),  # theirs only within one customer
        ({"thread_index": GUID, "references": "<x>"}, False),  # what it answers is named: no hint is needed
        ({"thread_index": GUID, "at": moment("Mon") + timedelta(200)}, True),  # a GUID is made once
    ],
)
def test_outlooks_conversation_is_a_hint_where_references_are_missing(
    given: dict[str, object], joined: bool
) -> None:
    sold = mail("a", "Mon", OUT, thread_index=GUID)
    answer = mail("b", **{"at": "Wed", "subject": "Your offer", **given})  # type: ignore[arg-type]
    assert grouped(sold, answer) == groups("ab" if joined else "a b")


def test_two_of_one_conversation_of_outlooks_join_only_by_the_one_without_references() -> None:
    apart = [mail("a", "Mon", OUT, thread_index=GUID), mail("b", "Tue", references="<x>", thread_index=GUID)]
    assert grouped(*apart) == groups("a b")
    assert grouped(*apart, mail("c", "Wed", OUT, thread_index=GUID)) == groups("a bc")


def bounce(at: str, *failed: str, **given: object) -> Message:
    """A report that returns no Message-ID and names whom it did not reach."""
    by = {"author": "postmaster@mail.example", "kind": Kind.BOUNCE, "subject": "Failure"}
    return mail("z", at, report=DeliveryReport("failed", failed=failed), **{**by, **given})


@pytest.mark.parametrize(
    ("came", "expected"),
    [
        pytest.param(bounce("Wed", ANNA), "a bz c", id="our last mail to them"),
        pytest.param(bounce("Mon 08:00", ANNA), "az b c", id="sent by a clock that is fast"),
        pytest.param(bounce("Wed", ZHOU), "a b cz", id="to somebody else"),
        pytest.param(bounce("Wed", ANNA, ZHOU), "a b cz", id="one mail came back, the newest"),
        pytest.param(bounce("Wed", "otto@else.example"), "a b c z", id="whom we never wrote to"),
        pytest.param(bounce("Wed2", ANNA), "a b c z", id="no mail system tries for so long"),
        pytest.param(bounce("Wed", ANNA, references="<a>"), "az b c", id="it returns another one"),
        pytest.param(bounce("Wed", ANNA, references="<gone>"), "a b c z", id="it returns one we do not hold"),
        pytest.param(bounce("Wed", ANNA, kind=Kind.DELAY), "a b c z", id="a delay"),
    ],
)
def test_a_bounce_that_returns_no_id_returns_our_last_mail_to_whom_it_names(
    came: Message, expected: str
) -> None:
    held = (
        mail("a", "Mon 08:05", OUT),
        mail("b", "Tue 08:00", OUT, subject="Valves"),
        mail("c", "Tue 09:00", OUT, to=ZHOU, subject="Rotors"),
    )
    for order in permutations((*held, came)):
        assert grouped(*order) == groups(expected)


def test_a_reply_is_never_before_its_parent() -> None:
    asked, hasty = mail("a", "Tue"), mail("b", "Mon", OUT, references="<a>")
    last = mail("c", "Mon 09:00", references="<a> <b>")
    ordered = in_order(numbered([last, hasty, asked]))
    assert ids(ordered) == ["a", "b", "c"]
    assert [one.at for one in ordered] == [moment("Tue")] * 3


def test_a_chain_of_5000_and_10000_references_are_quick() -> None:
    chain = [
        mail(f"m{number}", moment("Mon") + timedelta(minutes=number), references=f"<m{number - 1}>")
        for number in range(5000)
    ]
    far = mail("far", "Mon", references=tuple(f"<r{number}>" for number in range(10_000)))
    messages = [*numbered(reversed(chain)), far]
    began = time.process_time()
    found = conversations(messages, customer_of)
    assert time.process_time() - began < 1
    assert sorted(len(one.messages) for one in found) == [1, 5000]
    assert ids(max(found, key=lambda one: len(one.messages)).messages) == [f"m{one}" for one in range(5000)]


def test_a_thousand_mails_of_one_subject_or_one_conversation_are_quick() -> None:
    """Nobody makes the fallback look at every pair."""
    many = [
        mail(f"m{number}", moment("Mon") + timedelta(minutes=number), subject="Re: Pumps", thread_index=GUID)
        for number in range(5000)
    ]
    began = time.process_time()
    (only,) = conversations(numbered(many), customer_of)
    assert (time.process_time() - began < 1, len(only.messages)) == (True, 5000)


def test_5000_mails_with_one_message_id_and_loops_of_all_kinds_are_quick() -> None:
    twins = [mail("a", moment("Mon") + timedelta(minutes=number)) for number in range(2500)]
    ring = [
        mail(f"r{number}", moment("Mon"), references=f"<r{(number + 1) % 2500}> <r{number}>")
        for number in range(2500)
    ]
    began = time.process_time()
    found = conversations(numbered([*twins, *ring]), customer_of)
    assert time.process_time() - began < 1
    assert sorted(len(one.messages) for one in found) == [2500, 2500]


def test_10000_answers_that_name_all_missing_parents_are_one_conversation() -> None:
    """A hundred missing ones, named in turns: whoever names the same one belongs together."""
    mails = [
        mail(f"m{number}", moment("Mon"), references=f"<gone{number % 100}> <gone{(number + 1) % 100}>")
        for number in range(5000)
    ]
    (only,) = conversations(numbered(mails), customer_of)
    assert len(only.messages) == 5000


NAMES = "abcdefgh"
MAILS = st.lists(
    st.builds(
        lambda name, day, referred, subject, outbound, index: mail(
            name,
            day,
            OUT if outbound else IN,
            references=" ".join(f"<{one}>" for one in referred),
            subject=subject,
            thread_index=index,
        ),
        st.sampled_from(NAMES),
        st.sampled_from(["Mon", "Tue", "Wed", "Fri2"]),
        st.lists(st.sampled_from(NAMES + "xyz"), max_size=3, unique=True),
        st.sampled_from(["Pumps", "Re: Pumps", "Valves", "Fw: Pumps"]),
        st.booleans(),
        st.sampled_from(["", "", GUID]),
    ),
    max_size=8,
    unique_by=lambda one: one.message_id,
)


@given(MAILS, st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_same_conversations(
    mails: list[Message], chance: random.Random
) -> None:
    def told(messages: list[Message]) -> list[tuple[str, ...]]:
        found = conversations(numbered(messages), customer_of)
        return sorted(tuple(f"{one.message_id} {one.at}" for one in talk.messages) for talk in found)

    shuffled = list(mails)
    chance.shuffle(shuffled)
    assert told(shuffled) == told(mails)


@given(MAILS)
def test_no_message_is_lost(mails: list[Message]) -> None:
    found = conversations(numbered(mails), customer_of)
    assert sorted(one for talk in found for one in ids(talk.messages)) == sorted(ids(mails))


@given(MAILS)
def test_no_reply_stands_before_what_it_answers(mails: list[Message]) -> None:
    earlier = [
        replace(one, references=tuple(other for other in one.references if other < one.message_id))
        for one in mails
    ]
    for talk in conversations(numbered(earlier), customer_of):
        place = {one.message_id: number for number, one in enumerate(talk.messages)}
        for one in talk.messages:
            held = [other for other in one.references if other in place]
            assert not held or place[held[-1]] < place[one.message_id]
            assert not held or talk.messages[place[held[-1]]].at <= one.at


# ── with whom ──


def talk(*mails: Message) -> Conversation:
    (only,) = conversations(numbered(mails), customer_of)
    return only


def with_whom(*mails: Message, independent: frozenset[str] = frozenset()) -> tuple[list[str], list[str]]:
    who = standing(talk(*mails), customer_of, independent)
    return list(who.customers), sorted(who.introduced)


ASKED = mail("a", "Mon")
FORWARD = mail("b", "Tue", OUT, to=(ZHOU,), subject="Fw: Pumps", references="<a>")
COPIED = mail("a", "Mon", OUT, cc=(ZHOU,))
AGAIN = mail("d", "Thu", OUT, to=(ZHOU,), subject="Re: Fw: Pumps", references="<c>")
BROUGHT = mail("a", "Mon", author=ZHOU, cc=(ANNA,))
QUOTE = mail("c", "Wed", author=ZHOU, references="<a> <b>")


@pytest.mark.parametrize(
    ("mails", "customers", "introduced"),
    [
        pytest.param([ASKED, mail("b", "Tue", OUT, to=("lin@acme.test",), cc=(ZHOU,), references="<a>")],
            ["cust.de"], [], id="whom we copied later"),
        pytest.param([ASKED], ["cust.de"], [], id="who wrote first"),
        pytest.param([mail("a", "Mon", OUT)], ["cust.de"], [], id="who was written to first"),
        pytest.param([ASKED, FORWARD, QUOTE], ["cust.de"], ["pumps.example"], id="a factory by our forward"),
        pytest.param(
            [ASKED, FORWARD, QUOTE, AGAIN],
            ["cust.de"],
            ["pumps.example"],
            id="and our answer to it",
        ),
        pytest.param([COPIED, mail("b", "Tue", author=ZHOU, to=(WEI, ANNA), references="<a>")],
            ["cust.de"], [], id="a forwarder who replies to all"),
        pytest.param([mail("a", "Mon", OUT, to=(WEI,), cc=(ANNA,))], ["cust.de"], [], id="first, by a copy"),
        pytest.param([BROUGHT, mail("b", "Tue", OUT, references="<a>")],
            ["pumps.example", "cust.de"], [], id="an agent brings a customer"),
        pytest.param([mail("a", "Mon", OUT, subject="Fw: Catalogue")], ["cust.de"], [], id="a forward of our own"),  # noqa: E501
        pytest.param([mail("a", "Mon", AMONG_US)], [], [], id="among ourselves"),
        pytest.param([mail("a", "Mon", kind=Kind.BULK)], [], [], id="a newsletter"),
        pytest.param([mail("a", "Mon", OUT, to=(WEI,), bcc=(ANNA, ZHOU))],
            ["cust.de", "pumps.example"], [], id="a Bcc to two"),
    ],
)  # fmt: skip
def test_who_a_conversation_is_with(
    mails: list[Message], customers: list[str], introduced: list[str]
) -> None:
    assert with_whom(*mails) == (customers, introduced)


def test_what_we_forward_to_a_customer_is_our_mail_to_them() -> None:
    rates = mail("a", "Mon", author=ZHOU), mail("b", "Tue", OUT, subject="Fw: Rates", references="<a>")
    assert with_whom(*rates) == (["pumps.example"], ["cust.de"])
    assert with_whom(*rates, independent=frozenset({"cust.de"})) == (["pumps.example", "cust.de"], [])


def seen_with(*mails: Message) -> dict[str | None, list[str]]:
    conversation = talk(*mails)
    found = threads(conversation, standing(conversation, customer_of), customer_of)
    return {one.customer: ids(one.messages) for one in found}


def test_a_thread_holds_what_is_theirs_and_what_is_nobody_elses() -> None:
    both = mail("a", "Mon", OUT, to=(ANNA, "bo@other.example"))
    theirs = mail("b", "Tue", references="<a>")
    others = mail("c", "Wed", author="bo@other.example", references="<a>")
    among_us = mail("d", "Thu", AMONG_US, references="<c>")
    assert seen_with(both, theirs, others, among_us) == {
        "cust.de": ["a", "b", "d"],
        "other.example": ["a", "c", "d"],
    }


def test_a_conversation_without_a_customer_is_one_thread_of_nobody() -> None:
    assert seen_with(mail("a", "Mon", kind=Kind.BULK), mail("b", "Tue", AMONG_US, references="<a>")) == {
        None: ["a", "b"]
    }


def test_everybody_on_a_mail_is_a_company_once_and_in_order() -> None:
    everybody = mail("a", "Mon", cc=(BEN, ZHOU), to=(WEI,), bcc=("x@gmail.com",))
    assert list(companies(everybody, customer_of)) == ["cust.de", "pumps.example", "x@gmail.com"]


# ── what no folder holds ──


def test_an_answer_attaches_a_bcc_that_was_stripped() -> None:
    news = mail("a", "Mon", AMONG_US)
    anna, zhou = mail("b", "Tue", references="<a>"), mail("c", "Tue", author=ZHOU, references="<a>")
    (sent, *_) = with_stripped_bcc(numbered([zhou, anna, news]))
    assert (sent.direction, sent.bcc) == (OUT, (ANNA, ZHOU))


@pytest.mark.parametrize(
    "answer",
    [mail("b", "Tue", AMONG_US, references="<a>"), mail("b", "Tue", kind=Kind.AUTO_REPLY, references="<a>")],
)
def test_nothing_else_attaches_one(answer: Message) -> None:
    news = mail("a", "Mon", AMONG_US)
    assert with_stripped_bcc([news, answer]) == [news, answer]


@pytest.mark.parametrize(
    ("reply", "ours", "stubs"),
    [
        (mail("b", "Wed", references="<a> <gone>"), True, 1),
        (mail("b", "Wed", references="<a> <gone>"), False, 0),
        (mail("b", "Wed", references="<gone> <a>"), True, 0),
        (mail("b", "Wed", kind=Kind.AUTO_REPLY, references="<gone>"), True, 0),
        (mail("b", "Wed", OUT, references="<gone>"), True, 0),
    ],
)
def test_a_reply_to_a_mail_of_ours_that_no_folder_holds_proves_it(
    reply: Message, ours: bool, stubs: int
) -> None:
    given = Thread(1, "cust.de", tuple(numbered([mail("a", "Mon"), reply])))
    found = with_stubs(given, {"<a>", "<b>"}, lambda message: ours)
    proven = [one for one in found.messages if one.stub]
    assert len(proven) == stubs
    for one in proven:
        assert (one.message_id, one.direction, one.recipients, one.at) == ("<gone>", OUT, (ANNA,), reply.at)
        assert found.messages.index(one) == found.messages.index(given.messages[1]) - 1


def test_two_replies_to_the_unseen_mail_prove_it_once() -> None:
    replies = [mail(name, day, references="<gone>") for name, day in (("a", "Mon"), ("b", "Tue"))]
    given = Thread(1, "cust.de", tuple(numbered(replies)))
    assert ids(with_stubs(given, {"<a>", "<b>"}, lambda message: True).messages) == ["gone", "a", "b"]
