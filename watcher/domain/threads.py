"""Threads: which messages answer each other, and with which customer (DESIGN 2.3).

A conversation is a connected set of messages: joined by Message-ID, In-Reply-To and References, the
way JWZ's algorithm does (https://www.jwz.org/doc/threading.html) but as sets, so that the order of
arrival cannot matter. A thread is a conversation seen with one customer.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from watcher.domain.messages import CLOCK_TOLERANCE, Address, Direction, Kind, Message
from watcher.domain.subjects import read_subject

# The customer an address belongs to, None for our own.
CustomerOf = Callable[[str], str | None]

SUBJECT_WINDOW = timedelta(days=60)
# A mail system gives up within days: RFC 5321 4.5.4.1 asks for four or five, qmail's default is seven.
GIVEN_UP_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages that answer each other, whoever takes part, in the order of time. `number` is the lowest
    message id in it: the grouping does not depend on the order of arrival, the number may.
    """

    number: int
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation seen with one customer. `customer` is None for mail of no customer."""

    conversation: int
    customer: str | None
    messages: tuple[Message, ...]


def conversations(messages: Iterable[Message], customer_of: CustomerOf) -> list[Conversation]:
    """Group messages into conversations; any permutation of the same messages gives the same groups."""
    ordered = _with_returned(sorted(messages, key=_by_time))
    links = _Links()
    for message in ordered:
        links.join(_node(message), message.message_id, *message.references)
    for earlier, message, _ in _hints(ordered, customer_of):
        links.join(_node(earlier), _node(message))
    groups: dict[str, list[Message]] = {}
    for message in ordered:
        groups.setdefault(links.root(_node(message)), []).append(message)
    return [Conversation(min(one.id for one in group), in_order(group)) for group in groups.values()]


def _by_time(message: Message) -> tuple[datetime, str, str, str, int]:
    """An order that does not depend on the order of arrival: some senders use one Message-ID twice."""
    author = message.author.address if message.author else ""
    return (message.at, message.message_id, author, message.subject, message.id)


def with_stripped_bcc(messages: Iterable[Message]) -> list[Message]:
    """A mail to ourselves that a customer answers went to them by a Bcc that was stripped (DESIGN 2.1.4)."""
    held = sorted(messages, key=_by_time)
    internal = {one.message_id: one for one in held if one.direction is Direction.INTERNAL}
    if not internal:
        return held
    hidden: dict[int, list[str]] = {}
    for message in held:
        sent = internal.get(message.in_reply_to)
        if sent and message.personal and message.direction is Direction.INBOUND and message.author:
            hidden.setdefault(sent.id, []).append(message.author.address)
    return [_with_bcc(one, hidden[one.id]) if one.id in hidden else one for one in held]


def _with_bcc(message: Message, hidden: Iterable[str]) -> Message:
    return replace(message, direction=Direction.OUTBOUND, bcc=(*message.bcc, *dict.fromkeys(hidden)))


def _with_returned(ordered: Sequence[Message]) -> list[Message]:
    """A bounce that returns no Message-ID (QQ's, many a gateway's) answers our last mail to whom it names."""
    sent = {number: one.message_id for number, one in _came_back(ordered).items()}
    return [
        replace(one, references=(sent[one.id],), in_reply_to=sent[one.id]) if one.id in sent else one
        for one in ordered
    ]


def _came_back(ordered: Iterable[Message]) -> dict[int, Message]:
    """What came back, by the id of the bounce that names it by its readers alone. Clocks differ: it may have
    been sent a little after its bounce.
    """
    held = list(ordered)
    lost = [one for one in held if one.kind is Kind.BOUNCE and one.report and not one.references]
    named = {address for one in lost if one.report for address in one.report.failed}
    sent: dict[str, list[Message]] = {}
    for message in held if named else ():
        if message.direction is Direction.OUTBOUND and message.kind is not Kind.BOUNCE:
            for address in named.intersection(message.recipients):
                sent.setdefault(address, []).append(message)
    found = ((one.id, _last_sent(one, sent)) for one in lost)
    return {number: message for number, message in found if message}


def _last_sent(bounce: Message, sent: Mapping[str, Sequence[Message]]) -> Message | None:
    begin, end = bounce.at - GIVEN_UP_WITHIN, bounce.at + CLOCK_TOLERANCE
    failed = bounce.report.failed if bounce.report else ()
    near = (one for address in failed for one in sent.get(address, ()) if begin <= one.at <= end)
    return max(near, key=_by_time, default=None)


def _node(message: Message) -> str:
    return f"#{message.id}"  # no Message-ID has this form: those have angle brackets


class _Links:
    """Disjoint sets of names (union-find with path halving)."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def root(self, name: str) -> str:
        parent = self._parent
        parent.setdefault(name, name)
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    def join(self, first: str, *others: str) -> None:
        root = self.root(first)
        for other in others:
            if other:
                self._parent[self.root(other)] = root


def hints(messages: Iterable[Message], customer_of: CustomerOf) -> dict[int, str]:
    """By what each message that names none before it stands with the others of its conversation, by id:
    "subject", "server", "outlook" or "returned". Those that References joined are left out.
    """
    ordered = sorted(messages, key=_by_time)
    found = {message.id: where for _, message, where in _hints(ordered, customer_of)}
    return found | dict.fromkeys(_came_back(ordered), "returned")


def _hints(ordered: Iterable[Message], customer_of: CustomerOf) -> Iterator[tuple[Message, Message, str]]:
    """The narrow fallback: a reply that carries no references joins the last mail before it with the same
    subject and the same customer, or in the server's or Outlook's own conversation. Never two threads on a
    subject alone.
    """
    latest: dict[_Place, Message] = {}
    for message in ordered:
        known = companies(message, customer_of)
        if not message.references:
            for place in _answers_in(message, known, customer_of):
                earlier = latest.get(place)
                if earlier and message.at - earlier.at <= _WITHIN[place[0]]:
                    yield earlier, message, place[0]
        latest.update(dict.fromkeys(_places(message, known), message))


# By what a mail is looked for, its name there, and the customer: ("subject", "pumps", "cust.de").
_Place = tuple[str, str, str]
# A server makes its threads by subject too, in its own way; the GUID in a Thread-Index is made once.
_WITHIN = {"subject": SUBJECT_WINDOW, "server": SUBJECT_WINDOW, "outlook": timedelta.max}


def _places(message: Message, known: Iterable[str]) -> list[_Place]:
    """Where a later mail without references looks for this one."""
    names = (
        ("subject", read_subject(message.subject).base),
        ("server", message.server_thread),
        ("outlook", message.thread_index),
    )
    return [(where, name, customer) for where, name in names if name for customer in known]


def _answers_in(message: Message, known: Mapping[str, None], customer_of: CustomerOf) -> list[_Place]:
    """Where to look for what a message without references answers. Theirs answers what was between us and
    them: whom they copied has talks of their own.
    """
    author = author_company(message, customer_of)
    subject = read_subject(message.subject)
    named = subject.reply and bool(subject.base)
    places = _places(message, [author] if author else known)
    return [place for place in places if named or place[0] != "subject"]


def in_order(group: Iterable[Message]) -> tuple[Message, ...]:
    """Messages by time, where a reply is never before the mail it answers."""
    first_by_id: dict[str, Message] = {}
    members = sorted(group, key=_by_time)
    if len(members) == 1:
        return tuple(members)
    for one in members:
        first_by_id.setdefault(one.message_id, one)
    times = _times(members, first_by_id)
    late = [one if times[one.id][0] == one.at else replace(one, at=times[one.id][0]) for one in members]
    return tuple(sorted(late, key=lambda one: (one.at, times[one.id][1], *_by_time(one)[1:])))


def _times(members: Sequence[Message], by_id: Mapping[str, Message]) -> dict[int, tuple[datetime, int]]:
    """Each message's time and depth: not before its parent's. Walks without recursion; loops are cut."""
    done: dict[int, tuple[datetime, int]] = {}
    for member in members:
        chain: list[Message] = []
        seen: set[int] = set()
        one: Message | None = member
        while one and one.id not in done and one.id not in seen:
            seen.add(one.id)
            chain.append(one)
            one = _parent(one, by_id)
        at, depth = done[one.id] if one and one.id in done else (chain[-1].at, -1)
        for link in reversed(chain):
            at, depth = max(at, link.at), depth + 1
            done[link.id] = (at, depth)
    return done


def _parent(message: Message, by_id: Mapping[str, Message]) -> Message | None:
    for reference in reversed(message.references):
        parent = by_id.get(reference)
        if parent and parent.id != message.id:
            return parent
    return None


def answered(conversation: Conversation) -> dict[int, Message]:
    """The held message that each message answers, by the answer's id; those that answer none are left out."""
    by_id: dict[str, Message] = {}
    for one in conversation.messages:
        by_id.setdefault(one.message_id, one)
    parents = ((one.id, _parent(one, by_id)) for one in conversation.messages)
    return {number: parent for number, parent in parents if parent}


def companies(message: Message, customer_of: CustomerOf) -> dict[str, None]:
    """Every customer who wrote or got a message, in the order of the header (a dict for its order)."""
    people = (*_author(message), *message.recipients)
    found = (customer_of(one) for one in people)
    return dict.fromkeys(one for one in found if one)


def _author(message: Message) -> tuple[str, ...]:
    inbound = message.direction is Direction.INBOUND
    return (message.author.address,) if inbound and message.author else ()


def author_company(message: Message, customer_of: CustomerOf) -> str | None:
    """The customer who wrote an inbound message, None for ours."""
    return next((customer_of(one) for one in _author(message)), None)


@dataclass(frozen=True, slots=True)
class Standing:
    """Who a conversation is with: `customers` have a thread in it; `introduced` were brought in by our own
    forward of a customer's mail (a factory, a forwarder), and everyone else is a third party too.
    """

    customers: tuple[str, ...]
    introduced: frozenset[str]


def standing(
    conversation: Conversation, customer_of: CustomerOf, independent: Container[str] = frozenset()
) -> Standing:
    """Who the conversation is with: whoever began it or was written to first, and whom we wrote To (or Bcc)
    later on. Those who were only copied, or brought in by our forward, are third parties.

    `independent` are known as customers without this conversation: what we forward to them is our mail to
    a customer (a forwarder's rates, a certificate), not theirs to a factory.
    """
    customers: dict[str, None] = {}
    introduced: set[str] = set()
    heard = False
    for message in filter(_by_a_person, conversation.messages):
        if message.direction is Direction.INBOUND:
            author = author_company(message, customer_of)
            heard = heard or author is not None
            if author and not customers:
                customers[author] = None
        elif message.direction is Direction.OUTBOUND:
            addressed = _addressed(message, customer_of, first=not customers)
            if heard and read_subject(message.subject).forward:
                introduced.update(one for one in addressed if one not in customers and one not in independent)
            customers.update((one, None) for one in addressed if one not in introduced)
    return Standing(tuple(customers), frozenset(introduced))


def _by_a_person(message: Message) -> bool:
    return message.personal


def began(conversation: Conversation, customer_of: CustomerOf) -> str | None:
    """The customer whose mail began a conversation, None where we did or nobody's did."""
    first = next(filter(_by_a_person, conversation.messages), None)
    return author_company(first, customer_of) if first else None


def _addressed(message: Message, customer_of: CustomerOf, *, first: bool) -> list[str]:
    named = [one for one in map(customer_of, (*message.to, *message.bcc)) if one]
    copied = [one for one in map(customer_of, message.cc) if one]
    return named or (copied if first else [])


def threads(conversation: Conversation, who: Standing, customer_of: CustomerOf) -> list[Thread]:
    """One thread a customer: their messages, and those that concern no other customer.

    Every message is in at least one thread; a conversation with no customer is one thread with None.
    """
    with_whom: tuple[str | None, ...] = who.customers or (None,)
    if len(with_whom) == 1:
        return [Thread(conversation.number, with_whom[0], conversation.messages)]
    everyone = frozenset(who.customers)
    concerned = [(one, everyone & companies(one, customer_of).keys()) for one in conversation.messages]
    return [
        Thread(conversation.number, customer, tuple(one for one, of in concerned if not of or customer in of))
        for customer in who.customers
    ]


def with_stubs(thread: Thread, held: Iterable[str], ours: Callable[[Message], bool]) -> Thread:
    """Add the answers we never saw (DESIGN 2.4.5).

    A person's reply to a Message-ID of our making (`ours` tells) that is not `held` in the conversation
    proves that we wrote from a phone or another client: it enters as a stub just before that reply.
    """
    held = set(held)
    complete: list[Message] = []
    for message in thread.messages:
        missing = message.in_reply_to
        proof = message.personal and message.direction is Direction.INBOUND
        if proof and missing and missing not in held and ours(message):
            held.add(missing)
            complete.append(_stub(missing, message))
        complete.append(message)
    return thread if len(complete) == len(thread.messages) else replace(thread, messages=tuple(complete))


def _stub(message_id: str, reply: Message) -> Message:
    to = (reply.author.address,) if reply.author else ()
    return Message(
        id=-reply.id,
        message_id=message_id,
        at=reply.at,
        kind=Kind.PERSONAL,
        direction=Direction.OUTBOUND,
        subject=reply.subject,
        author=Address("", ""),
        to=to,
        why="no folder holds it; the reply to it proves it",
        stub=True,
    )
