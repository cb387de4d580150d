"""The demo's mailbox: ten weeks of a pump maker's export mail, told backwards from `now`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from watcher.demo.compose import Mail, write
from watcher.demo.letters import Delivered, Letter, Moment, Pause, Thread, Word, correspondence

USER = "wei@acme-pumps.test"
_REP_ZONE = ZoneInfo("Asia/Shanghai")
# The westernmost clock that a letter may come from: where its day is over, everyone's is.
_LAST_CLOCK = timezone(timedelta(hours=-10))
_UNREAD_DAYS = 2
_TRANSIT = timedelta(seconds=7)
_DATES = {"de": "{0:%d.%m.%Y}", "es": "{0:%d/%m/%Y}", "zh": "{0.month}月{0.day}日"}
_BACK = {0: 3, 6: 2}  # Monday and Sunday go back to Friday
_PLACE = re.compile(r"\{(year|\d+d)\}")


@dataclass(frozen=True, slots=True)
class DemoMail:
    """One message and where it lies. `internal_date` is aware, UTC."""

    folder: str
    raw: bytes
    internal_date: datetime
    seen: bool


@dataclass(frozen=True, slots=True)
class Delivery:
    """A mail that comes in while the demo runs, `after_seconds` from its start."""

    after_seconds: int
    mail: DemoMail


@dataclass(frozen=True, slots=True)
class StageWord:
    """What the rep tells the store of one customer; `shipped` for goods that have left, aware, UTC."""

    customer: str
    name: str
    stage: str
    at: datetime
    evidence: str
    shipped: datetime | None = None


@dataclass(frozen=True, slots=True)
class DemoMailbox:
    """Everything the demo knows; `folders` are to be created, INBOX is always there."""

    folders: tuple[str, ...]
    mails: tuple[DemoMail, ...]
    deliveries: tuple[Delivery, ...]
    stages: tuple[StageWord, ...]


def demo_mailbox(now: datetime) -> DemoMailbox:
    """The demo's mail as of `now` (aware): the same bytes for the same moment."""
    letters = correspondence()
    teller = _Teller(now)
    told = [told for thread in letters.threads for told in teller.thread(thread)]
    mails = sorted((mail for after, mail in told if after is None), key=lambda mail: mail.internal_date)
    deliveries = [Delivery(after, mail) for after, mail in told if after is not None]
    return DemoMailbox(
        letters.folders,
        tuple(mails),
        tuple(sorted(deliveries, key=lambda delivery: delivery.after_seconds)),
        tuple(teller.word(word) for word in letters.words),
    )


class _Teller:
    """Turns weekdays before the demo's day into dates."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._today = now.astimezone(_LAST_CLOCK).date()
        self._year = str(weekday_before(self._today, 50).year)

    def thread(self, thread: Thread) -> Iterator[tuple[int | None, DemoMail]]:
        """The mails of a thread that lie in a folder, each with its seconds after the start or None."""
        written: list[Mail] = []
        for letter in thread.letters:
            parent = _answered(letter, written)
            subject = self._fill(thread.subject, letter)
            mail = write(self._dated(letter), self._sent(letter, parent), subject, parent)
            if not letter.by_machine:
                written.append(mail)
            if not letter.has("gone"):
                after = letter.at.seconds if isinstance(letter.at, Delivered) else None
                yield after, _filed(mail, thread.folder)

    def word(self, word: Word) -> StageWord:
        """The rep's word, dated on the rep's clock."""
        shipped = None if word.shipped is None else self._moment(word.shipped, _REP_ZONE)
        at = self._moment(word.at, _REP_ZONE)
        return StageWord(word.customer, word.name, word.stage, at, word.evidence, shipped)

    def _sent(self, letter: Letter, before: Mail | None) -> datetime:
        zone = ZoneInfo(letter.author.zone)
        if isinstance(letter.at, Moment):
            return self._moment(letter.at, zone).astimezone(zone)
        start = before.sent if isinstance(letter.at, Pause) and before else self._now
        return (start.astimezone(zone) + timedelta(seconds=letter.at.seconds)).replace(microsecond=0)

    def _moment(self, moment: Moment, zone: ZoneInfo) -> datetime:
        day = weekday_before(self._today, moment.day)
        return datetime.combine(day, moment.clock, zone).astimezone(UTC)

    def _dated(self, letter: Letter) -> Letter:
        options = {name: self._fill(value, letter) for name, value in letter.options.items()}
        fields = tuple((name, self._fill(value, letter)) for name, value in letter.fields)
        return replace(letter, text=self._fill(letter.text, letter), options=options, fields=fields)

    def _fill(self, text: str, letter: Letter) -> str:
        """Puts dates where the text names them: {year}, and {5d} for five weekdays before the demo's day."""
        form = _DATES.get(letter.author.language, "{0.day} {0:%B}")

        def date_of(found: re.Match[str]) -> str:
            if found[1] == "year":
                return self._year
            return form.format(weekday_before(self._today, int(found[1][:-1])))

        return _PLACE.sub(date_of, text)


def weekday_before(day: date, count: int) -> date:
    """The `count`-th day from Monday to Friday before `day`."""
    for _ in range(count):
        day -= timedelta(days=_BACK.get(day.weekday(), 1))
    return day


def _answered(letter: Letter, written: list[Mail]) -> Mail | None:
    """The last mail that both sides have seen; who is new to the thread gets the last one forwarded."""
    sides = {letter.author.domain, letter.to[0].domain}
    shared = [mail for mail in written if sides <= mail.letter.sides]
    return next(reversed(shared or written), None)


def _filed(mail: Mail, folder: str) -> DemoMail:
    letter = mail.letter
    ours = letter.author.address == USER
    where = letter.options.get("folder", "Sent" if ours else folder)
    arrived = mail.sent.astimezone(UTC)
    if not isinstance(letter.at, Delivered):
        arrived += _TRANSIT
    return DemoMail(where, mail.raw, arrived, seen=ours or not (letter.has("unseen") or _recent(letter)))


def _recent(letter: Letter) -> bool:
    return isinstance(letter.at, Delivered) or (
        isinstance(letter.at, Moment) and letter.at.day <= _UNREAD_DAYS
    )
