"""store → threads, turns, due → store.

Load what new messages touch, decide (watcher.domain.judgement), keep: all in one write transaction, so that
a command of the rep's and the daemon never judge the same customer at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache
from hashlib import blake2b
from importlib.metadata import version

from publicsuffixlist import PublicSuffixList
from sqlalchemy import Connection

from watcher.config import Config
from watcher.domain.identity import Us, company_key, is_freemail
from watcher.domain.judgement import CustomerFile, Judgement, Rules, judge
from watcher.domain.messages import Direction, Message
from watcher.domain.plain import plain
from watcher.domain.subjects import read_subject
from watcher.store import contacts, files, neighbours, settings, verdicts
from watcher.store.engine import Store
from watcher.store.messages import load_messages, made_by_us
from watcher.store.news import note_news
from watcher.store.partition import parts

# Raise it when a rule changes: everything is judged anew at the next start.
RULES_VERSION = 4

# So many pending messages, and it is quicker to judge everything than to look for neighbours.
_MANY = 20_000
# Messages that are judged at once then, a few kB each.
_PART = 1_000

# A reply to a mail older than what we hold of Sent proves nothing about Sent.
_STUB_MARGIN = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class ReviewReport:
    """What a review did: messages looked at for the first time, threads judged, addresses learned, and the
    numbers of the customers that were judged, None for all of them.
    """

    messages: int = 0
    threads: int = 0
    learned: tuple[str, ...] = ()
    customers: frozenset[int] | None = frozenset()

    def __add__(self, other: ReviewReport) -> ReviewReport:
        """Two reviews of one round: the later one judges again what the first one did."""
        threads = max(self.threads, other.threads)
        known = self.customers is not None and other.customers is not None
        both = frozenset(self.customers or ()) | frozenset(other.customers or ()) if known else None
        return ReviewReport(self.messages + other.messages, threads, self.learned + other.learned, both)


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=True)


@lru_cache(maxsize=65536)
def registrable(host: str) -> str:
    """The registrable domain of a host (publicsuffix.org, private section left out); "" where it has none."""
    found: str | None = _suffixes().privatesuffix(host)
    return found or ""


@lru_cache(maxsize=65536)
def company_of(address: str) -> str:
    """The company behind an address: what a customer is known by."""
    return company_key(address, registrable)


def us_of(config: Config, learned: Iterable[str] = ()) -> Us:
    """Who we are: by the config, and by what Sent has shown.

    Without `our_domains`, our own domains are the accounts', mail providers left out.
    """
    own = {one for account in config.accounts for one in (account.address, *account.aliases)}
    shared = frozenset(one for account in config.accounts for one in account.shared)
    domains = config.rep.our_domains
    if domains is None:
        hosts = {one.rpartition("@")[2] for account in config.accounts for one in (account.address,)}
        domains = tuple(registrable(host) or host for host in hosts if not is_freemail(host))
    return Us(frozenset(own | set(learned)) - shared, frozenset(domains), shared)


def review(store: Store, config: Config, now: datetime) -> ReviewReport:
    """Judge again whatever new messages, words of the rep, the calendar or the config have touched.

    Raises StoreError.
    """
    with store.writing() as connection:
        us = us_of(config, contacts.learned_addresses(connection))
        new = neighbours.pending(now)
        learned = contacts.learn_addresses(connection, us, new, now)
        if learned:
            us = us_of(config, contacts.learned_addresses(connection))
        back = _looks_back(connection, now)
        pending = set(connection.scalars(new.limit(_MANY)))
        whole = _begin_anew(connection, config, us) or back or len(pending) == _MANY
        if whole:
            judged = None
            threads = _judge_all(connection, config, us, now)
        else:
            fresh = load_messages(connection, pending, us, now)
            made = ((one.message_id, one.direction is not Direction.INBOUND) for one in fresh)
            hosts = contacts.note_hosts(connection, made)
            newly_known = contacts.note_contacts(connection, fresh, us)
            stale = neighbours.customers_to_recheck(connection, now) | files.customers_said_of(connection)
            touched = pending | _touched(connection, hosts, newly_known, stale)
            if not touched and not stale:
                return ReviewReport()
            keys = neighbours.keys_of(connection, stale)  # a lead that was entered by hand has no mail
            threads, judged = _judge_touched(connection, config, us, touched, keys, now)
        files.heard(connection, now)
        looked_at = verdicts.judged(connection, new)
        note_news(connection)
        return ReviewReport(looked_at, threads, tuple(learned), judged)


def judge_as_of(connection: Connection, config: Config, moment: datetime) -> Judgement:
    """Judge everything as it was at `moment`, and keep nothing."""
    us = us_of(config, contacts.learned_addresses(connection))
    messages = load_messages(connection, None, us, moment)
    return judge(messages, *_what_is_known(connection, config, us, None, moment), moment)


def _begin_anew(connection: Connection, config: Config, us: Us) -> bool:
    """Whether the rules, the config or who we are changed since everything was judged."""
    ways = (
        f"{RULES_VERSION} {sorted(us.addresses)} {sorted(us.domains)} {sorted(us.shared)} {config.ignore!r}"
    )
    ways += f" {contacts.first_sent_at(connection)} {config.rep!r} {sorted(config.policies().items())!r}"
    ways += f" {config.calendars!r} {_holidays()}"  # the moon's feasts move as they are published
    print_ = blake2b(ways.encode(), digest_size=16).hexdigest()
    if settings.get_setting(connection, "judged_by") == print_:
        return False
    settings.put_setting(connection, "judged_by", print_)
    return True


@cache
def _holidays() -> str:
    """The version of the calendars: to look it up, its description is read and parsed."""
    return version("holidays")


def _looks_back(connection: Connection, now: datetime) -> bool:
    """Whether `now` is before the last review (`watcher sync --now`). What is later is then to be judged
    anew, once its time has come.
    """
    last = settings.get_setting(connection, "judged_at")
    settings.put_setting(connection, "judged_at", now.isoformat())
    if last is None or datetime.fromisoformat(last) <= now:
        return False
    neighbours.unjudged_after(connection, now)
    files.unheard_after(connection, now)
    return True


def _touched(connection: Connection, hosts: set[str], newly_known: set[str], stale: set[int]) -> set[int]:
    """The messages to look at again for what was learned, and of customers whose verdict is `stale`."""
    return (
        contacts.bulk_from(connection, newly_known)
        | contacts.answers_to(connection, hosts)
        | neighbours.messages_of_customers(connection, stale)
    )


def _judge_all(connection: Connection, config: Config, us: Us, now: datetime) -> int:
    """Part by part, so that no more than a part is held at a time. Returns how many threads were kept."""
    contacts.note_hosts(connection, made_by_us(connection, us, now))
    whose = customer_of(us, files.aliases(connection))
    kept = 0
    for part in parts(connection, now, whose, _PART):
        messages = load_messages(connection, part.messages, us, now)
        contacts.note_contacts(connection, messages, us)
        authors = {one.author.address for one in messages if one.author}
        known = _what_is_known(connection, config, us, part.customers, now, authors)
        kept += verdicts.keep(connection, judge(messages, *known, now), part.messages, part.customers)
    return kept


def _judge_touched(
    connection: Connection, config: Config, us: Us, touched: set[int], stale: set[str], now: datetime
) -> tuple[int, frozenset[int]]:
    """Judge the `stale` customers and those who stand on touched messages, each with all their mail. Returns
    how many threads were kept, and whose.
    """
    aliases = files.aliases(connection)
    whose = customer_of(us, aliases)

    def with_all_their_mail(keys: set[str], near: set[int]) -> set[int]:
        return near | neighbours.neighbourhood(
            connection, neighbours.messages_with(connection, keys, aliases)
        )

    near = neighbours.neighbourhood(connection, touched)
    keys = stale | neighbours.customers_on(connection, near, whose)
    numbers = with_all_their_mail(keys, near)
    messages = load_messages(connection, numbers, us, now)
    # Who has a thread in a talk depends on whether those it was forwarded to came to us by themselves: when
    # their mail is touched, so are the talks that they were brought into.
    forwards = {one.id for one in messages if _brought_in(one, whose) & keys}
    beside = neighbours.neighbourhood(connection, forwards)
    keys |= neighbours.customers_on(connection, beside, whose)
    numbers = with_all_their_mail(keys, near)
    messages = load_messages(connection, numbers, us, now)
    # And all mail of those whom the judged customers' mail was forwarded to tells, though it is not judged.
    third = {key for one in messages for key in _brought_in(one, whose)} - keys
    messages += load_messages(connection, with_all_their_mail(third, set()) - numbers, us, now)
    authors = {one.author.address for one in messages if one.author}
    judgement = judge(messages, *_what_is_known(connection, config, us, keys | third, now, authors), now)
    kept = verdicts.keep(connection, judgement, (one.id for one in messages), keys)
    return kept, frozenset(neighbours.numbers_of(connection, keys))


def _brought_in(message: Message, whose: Callable[[str], str | None]) -> set[str]:
    """The customers to whom a mail of ours forwards another's."""
    if message.direction is not Direction.OUTBOUND or not read_subject(message.subject).forward:
        return set()
    return {key for one in message.recipients if (key := whose(one))}


def _what_is_known(
    connection: Connection,
    config: Config,
    us: Us,
    keys: Iterable[str] | None,
    now: datetime,
    authors: Iterable[str] | None = None,
) -> tuple[Mapping[str, CustomerFile], Rules]:
    known = files.customer_files(connection, now, _ignored(config), keys)
    since = contacts.known_since(connection, authors)
    return known, Rules(
        us=us,
        customer_of=customer_of(us, files.aliases(connection)),
        known_since=since.get,
        our_making=_our_making(connection, us),
        rep=config.rep_calendar(),
        opening=config.rep.opening,
        closing=config.rep.closing,
        policies=config.policies(),
        ignored=_ignored(config),
        corrections=config.corrections(),
    )


def customer_of(us: Us, aliases: Mapping[str, str]) -> Callable[[str], str | None]:
    """The key of the customer an address belongs to, None for our own; merges and splits included."""

    @cache
    def find(address: str) -> str | None:
        if not address or address in us:
            return None
        company = company_of(address)
        return aliases.get(address) or aliases.get(company) or company

    return find


def known_by(us: Us, aliases: Mapping[str, str]) -> Callable[[str], str]:
    """What a customer is known by, from whatever names them: an address, a domain, a web page, a name. "" for
    nobody, and for ourselves.
    """
    find = customer_of(us, aliases)

    def key(text: str) -> str:
        named = " ".join(plain(text, 200).casefold().split())
        bare = _WEB_PAGE.sub(r"\1", named)
        if " " in bare or not ("@" in bare or "." in bare.strip(".")):
            return aliases.get(named, named)
        return find(bare if "@" in bare else f"postmaster@{bare}") or ""

    return key


_WEB_PAGE = re.compile(r"^(?:https?://)?(?:www\.)?([^/@\s]+\.[^/@\s]+)(?:/.*)?$")


def _ignored(config: Config) -> Callable[[str], bool]:
    domains, addresses = frozenset(config.ignore.domains), frozenset(config.ignore.addresses)

    def ignored(key: str) -> bool:
        host = key.rpartition("@")[2]
        return key in addresses or any(host == one or host.endswith(f".{one}") for one in domains)

    return ignored


def _our_making(connection: Connection, us: Us) -> Callable[[Message], bool]:
    """Whether the mail that a message answers was made by us: by the right-hand side of its Message-ID."""
    hosts = contacts.our_id_hosts(connection)
    first = contacts.first_sent_at(connection)

    def made(message: Message) -> bool:
        if first is None or message.at < first + _STUB_MARGIN:
            return False
        host = contacts.id_host_of(message.in_reply_to)
        return host in hosts or host in us.domains

    return made
