"""Two simple tools to measure against. They live here alone: the watcher knows nothing of them.

Both put mails into threads by Message-ID, In-Reply-To and References only, take every mail for a person's,
and know our own addresses and no more.

- **Whoever sent last**: the last mail of a thread decides, by its From: the other side owes.
- **References alone**: as that, but only among the mails between us and the thread's customer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tests.cases.comparing import turns
from tests.cases.composing import Composer
from tests.cases.loading import Case
from watcher.domain.messages import Envelope
from watcher.mailbox.headers import read_envelope


@dataclass(frozen=True, slots=True)
class Seen:
    """One mail as a simple tool sees it."""

    envelope: Envelope
    at: datetime
    ours: bool

    @property
    def hosts(self) -> frozenset[str]:
        """Of everybody who wrote or got it."""
        one = self.envelope
        people = (*filter(None, (one.author,)), *one.to, *one.cc, *one.bcc)
        return frozenset(person.domain for person in people)


Baseline = Callable[[Sequence[Seen], str], str]


def sent_last(thread: Sequence[Seen], _: str) -> str:
    """Whose turn it is when whoever wrote last owes nothing; "nobody" where there is no mail."""
    last = max(thread, key=lambda one: one.at, default=None)
    return "nobody" if last is None else "theirs" if last.ours else "ours"


def references_alone(thread: Sequence[Seen], host: str) -> str:
    """The same, among the mails that the customer's host wrote or got."""
    return sent_last([one for one in thread if host in one.hosts], host)


BASELINES: Mapping[str, Baseline] = {
    "whoever sent last": sent_last,
    "References alone": references_alone,
}


def by_references(mails: Iterable[Seen]) -> list[list[Seen]]:
    """Threads as connected sets of Message-IDs."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = name = parent[parent[name]]
        return name

    held = list(mails)
    for one in held:
        for other in (*one.envelope.references, *one.envelope.in_reply_to):
            parent[root(other)] = root(one.envelope.message_id)
    groups: dict[str, list[Seen]] = {}
    for one in held:
        groups.setdefault(root(one.envelope.message_id), []).append(one)
    return list(groups.values())


def is_right(case: Case, baseline: Baseline) -> bool:
    """Whether a simple tool would have named every turn of a case."""
    threads = by_references(_seen(case))
    return all(_said(case, threads, name, baseline) == turn for name, turn in turns(case).items())


def _seen(case: Case) -> list[Seen]:
    """The Inbox and Sent, and what else a simple tool would be shown; not Junk, nor what lies nowhere."""
    composer = Composer(case)
    sources = {one.id: composer.compose(one) for one in case.mails}
    own = {"wei@acme.test", *case.config.get("aliases", ()), *case.config.get("shared", ())}
    found = []
    for mail in case.mails:
        if mail.folder in ("Junk", "") or mail.at > case.now:
            continue
        envelope = read_envelope(sources[mail.id])
        author = envelope.author
        ours = author is not None and (author.address in own or author.domain == "acme.test")
        found.append(Seen(envelope, envelope.date or mail.at, ours))
    return found


def _said(case: Case, threads: Iterable[Sequence[Seen]], name: str, baseline: Baseline) -> str:
    """What it says of the thread that a line of `expect` means: the newest one where there are several."""
    mails = {one.id for one in case.mails}
    asked = name.split() or ["anna"]
    inside = {f"{one}@" for one in asked if one in mails}
    who = next((one for one in asked if one not in mails), "")
    host = who if "." in who and "@" not in who else case.who(who or "anna").domain
    meant = [
        one
        for one in threads
        if all(any(each.envelope.message_id[1:].startswith(mail) for each in one) for mail in inside)
        and (inside or any(host in each.hosts for each in one))
    ]
    newest = max(meant, key=lambda one: max(each.at for each in one), default=[])
    return baseline(newest, _other(newest, host) if inside and not who else host)


def _other(thread: Sequence[Seen], host: str) -> str:
    """The customer of a thread that is named by a mail: anna's, or whoever else it is with."""
    hosts = {each for one in thread for each in one.hosts if each != "acme.test"}
    return host if host in hosts or not hosts else min(hosts)
