"""The cases as they are written: whole mails, a few words of the rep's, and whose turn it is then.

    [[case]]
    name = "their thanks to a quotation passes nothing"
    rule = "2.4.1"                                  # of DESIGN
    why = "..."                                     # where DESIGN leaves room: how it is read here
    stage = "opportunity"                           # where the rep put the deal
    mails = [
      { at = "Mon", out = "Our quotation is attached." },
      { at = "Tue", in = "Thanks, will check and revert." },
    ]
    says = [{ at = "Wed", snooze = "Mon2" }]
    now = "Thu"
    expect = "theirs acknowledged, since Tue, due Mon2"

**A case** is the rep Wei (wei@acme.test, Shanghai) and one customer, "anna", who writes English unless
`lang` says otherwise (people.toml). Around them: ben (of anna's company), lin (our colleague), sales (our
shared address), zhou (a factory), ole (a forwarder), bank; or any address. `config` holds `aliases`,
`shared`, `our_domains`, `ignore`.

**Times** are the rep's clock: "Mon 09:30" is in the week of 2 March 2026, "Tue2" the week after, "2026-02-17"
any other day. A day alone is 16:00 (09:00 in Berlin), a minute later for each mail; `now` alone is 17:00, and
an hour after the last event where it is not said.

**Mails** (m1, m2, ... or their `id`) begin with what they are:

    out, in        from wei to anna, from anna to wei; `from`, `to`, `cc`, `bcc`, `reply_to` say who else
    auto           as `in`, an automatic reply of today's mail systems
    bounce, delay  what a mail system writes of an `of` (the last mail of ours), by its family (reports.toml)
    receipt, calendar   a read receipt, an answer to an invitation

and answer the person's mail before them, with References, its subject, and a quote of it below. Unless:

    re = "m1" | "<id>" | "new"    another mail, one that no folder holds, none
    bare = true                   an answer without In-Reply-To and References
    fw = "m1"                     a forward
    subject, head, files          what the header says; attachments by name
    quote                         "gmail", "outlook", "qq", "163", "foxmail", "none"
    sign                          "name", "card", "phone", "none"
    format = "html", charset      how the text is sent
    folder = "Junk" | "" ...      where it lies ("": nowhere, a phone sent it)
    moved = "Wed Archive", gone = "Wed"     when it leaves its folder
    date = "2030-01-01" | "none"  what the Date header says where that is not when it came
    server = "t1"                 the server's own thread id

**The rep** (`says`): done, snooze (until), log (a channel, with `turn`), each of the thread of a mail (`of`,
else the newest thread); stage (with `deal`, by its name), hold (until), country, role, shipped (when), merge,
split (an address); new_deal (its name, with its `stage`, and `of` a mail of the thread that is about it).
`who` is the customer they are said of where that is not anna.

**The answer**: `expect` is a line for the one thread with anna, or a table of lines by customer ("zhou") or
mail ("m3", or "m3 zhou" where it stands in several threads). A line is "turn reason", then what matters:

    since Tue [15:00] · due Fri [18:00] (of the side whose turn it is) · due Mon2..Fri2 · due at once · no due
    +1 (follow-ups) · decided m2 · overdue · not overdue · dormant · awake · stage pi · role partner
    contact ben · failed anna

or "absent" where nothing of it may be kept. What else must be:

    kinds = { m2 = "auto_reply" }    threads = ["m1 m2", "m3"]    which mails stand together
    status = ["anna"]                who is overdue, in order     unsorted = 1
    blind = "Sent"                   words of what is said of it; "" for none
    pops = ["anna"]                  the pop-ups at `now`; the first of `looks` or `says` is the first day
    fails = { Sent = "Wed" }         folders that cannot be opened, and from when on
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from tests.cases.people import Language, Person, languages, person
from tests.cases.times import has_clock, moment

PLACE = Path(__file__).with_name("turns")
KINDS_OF_MAIL = ("out", "in", "auto", "bounce", "delay", "receipt", "calendar")
# What the rep may say; of two in one table the first is the word, the other tells more of it.
WORDS = ("done", "snooze", "log", "new_deal", "stage", "hold", "country", "role", "shipped", "merge", "split")


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail of a case, as it was written there."""

    id: str
    at: datetime
    what: str  # of KINDS_OF_MAIL
    text: str
    sender: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reply_to: str = ""
    re: str = ""
    bare: bool = False
    fw: str = ""
    of: str = ""
    failed: tuple[str, ...] = ()
    subject: str | None = None
    head: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    quote: str = ""
    sign: str = "name"
    format: str = "plain"
    charset: str = "utf-8"
    folder: str | None = None
    moved: str = ""
    gone: str = ""
    date: str = ""
    server: str = ""

    @property
    def ours(self) -> bool:
        """Whether it is written as one of ours."""
        return self.what == "out"

    @property
    def written(self) -> bool:
        """Whether a person wrote it."""
        return self.what in ("out", "in")


@dataclass(frozen=True, slots=True)
class Said:
    """One word of the rep's: its kind, what it says, and the rest of its table."""

    at: datetime
    what: str  # of WORDS
    value: str
    who: str = "anna"
    of: str = ""
    turn: str = "theirs"
    deal: str = ""
    stage: str = ""


@dataclass(frozen=True)
class Case:
    """One case, read."""

    name: str
    rule: str
    file: str
    lang: str
    mails: tuple[Mail, ...]
    says: tuple[Said, ...]
    expect: Mapping[str, str]
    now: datetime
    stage: str = ""
    kinds: Mapping[str, str] = field(default_factory=dict)
    threads: tuple[str, ...] = ()
    status: tuple[str, ...] | None = None
    unsorted: int | None = None
    blind: str | None = None
    looks: tuple[datetime, ...] = ()
    fails: Mapping[str, str] = field(default_factory=dict)
    pops: tuple[str, ...] | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""

    @cached_property
    def language(self) -> Language:
        """Of the customer."""
        return languages()[self.lang]

    @property
    def customer(self) -> Person:
        """The one called anna."""
        return self.language.customer

    def who(self, text: str) -> Person:
        """A nickname or an address."""
        return person(text, self.language)

    def mail(self, name: str) -> Mail:
        """The mail of that name."""
        return next(one for one in self.mails if one.id == name)


@cache
def cases() -> tuple[Case, ...]:
    """Every case, by file and in the order of writing. Raises ValueError, naming the ill-formed case."""
    return tuple(one for file in sorted(PLACE.glob("*.toml")) for one in read_cases(file))


def read_cases(file: Path) -> list[Case]:
    """The cases of one file."""
    found = []
    for table in tomllib.loads(file.read_text("utf-8"))["case"]:
        try:
            found.append(_case(dict(table), file.stem))
        except (AssertionError, KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"{file.name}, {table.get('name', 'a case without a name')!r}: {error}"
            ) from error
    return found


def _case(table: dict[str, Any], file: str) -> Case:
    mails = tuple(_mail(number, one) for number, one in enumerate(table.pop("mails", []), start=1))
    says = tuple(_said(one) for one in table.pop("says", []))
    expect = table.pop("expect")
    now = table.pop("now", None)
    status, pops = table.pop("status", None), table.pop("pops", None)
    last = max([one.at for one in mails] + [one.at for one in says])
    case = Case(
        file=file,
        lang=table.pop("lang", "en"),
        mails=mails,
        says=says,
        expect={"": expect} if isinstance(expect, str) else expect,
        now=_now(now) if now else last + timedelta(hours=1),
        status=None if status is None else tuple(status),
        threads=tuple(table.pop("threads", ())),
        looks=tuple(map(moment, table.pop("looks", ()))),
        pops=None if pops is None else tuple(pops),
        **table,
    )
    assert case.lang in languages(), f"no language {case.lang}"
    names = [one.id for one in mails]
    assert len(set(names)) == len(names), "two mails of one name"
    assert case.now >= last, "now is before the last event"
    return case


def _now(text: str) -> datetime:
    return moment(text) + (timedelta() if has_clock(text) else timedelta(hours=1))


_MAIL_FIELDS = frozenset(one.name for one in fields(Mail)) - {"at", "what", "text", "sender"}


def _mail(number: int, table: Mapping[str, Any]) -> Mail:
    values = dict(table)
    at = values.pop("at")
    [what] = [one for one in KINDS_OF_MAIL if one in values]
    text = values.pop(what)
    sender = values.pop("from", "")
    unknown = values.keys() - _MAIL_FIELDS
    assert not unknown, f"unknown keys in a mail: {', '.join(unknown)}"
    for name in ("to", "cc", "bcc", "failed", "files"):
        if name in values:
            values[name] = _listed(values[name])
    values.setdefault("id", f"m{number}")
    late = timedelta() if has_clock(at) else timedelta(minutes=number - 1)
    return Mail(at=moment(at) + late, what=what, text=text, sender=sender, **values)


def _listed(value: str | Sequence[str]) -> tuple[str, ...]:
    """A list, or words with spaces between them."""
    return tuple(value.split()) if isinstance(value, str) else tuple(value)


def _said(table: Mapping[str, Any]) -> Said:
    values = dict(table)
    at = moment(values.pop("at"))
    what = next(one for one in WORDS if one in values)
    value = values.pop(what)
    return Said(at, what, "" if value is True else str(value), **values)
