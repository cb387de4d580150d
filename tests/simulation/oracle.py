"""What must pop up and when, computed from the script alone, by DESIGN 2.4 to 2.7; watcher is not asked.

Only the raw dates of public holidays come from a library. One customer has one thread, and stays on one step.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

from tests.simulation.script import REP_HOLIDAYS, REP_ZONE, Customer, Look, Mail, Script

ZONES = {
    "de": "Europe/Berlin",
    "us": "America/New_York",
    "jp": "Asia/Tokyo",
    "mx": "America/Mexico_City",
    "cn": "Asia/Shanghai",
}
# DESIGN 2.5: working days of their turn, of ours; of the payment. No other stage pops up.
THEIRS, OURS, PAYMENT = {"pi": 2, "opportunity": 3}, 1, 10
STEPS = (0, 2, 5)  # working days of the rep's after the due
CLOSE, OUR_DUE, OPENS, CLOSES = time(18), time(16), time(9), time(18)


@dataclass(frozen=True)
class Reminder:
    """The mail that began the wait ("payment" for that clock), the rule, the step."""

    customer: int
    begun_by: str
    rule: str
    step: int


@cache
def works(country: str, day: date) -> bool:
    """Whether people of a country are at work on a day; "" is the rep."""
    if not country:
        return day.weekday() < 5 and day not in REP_HOLIDAYS
    return bool(holidays.country_holidays(country.upper()).is_working_day(day))


def after(day: date, count: int, country: str) -> date:
    """The so-manieth working day after a day."""
    while count:
        day += timedelta(days=1)
        count -= works(country, day)
    return day


@dataclass
class _Thread:
    """Whose turn it is, by the mails that are known."""

    turn: str = ""
    since: datetime | None = None
    begun_by: str = ""
    follow_ups: int = 0
    kick_day: date | None = None

    def hear(self, mail: Mail) -> None:
        if not mail.ours:
            if self.turn != "ours":  # several of theirs in a row are one wait
                self.turn, self.since, self.begun_by = "ours", mail.at, mail.name
            return
        day = mail.at.astimezone(REP_ZONE).date()
        while not works("", day):  # what is written on a day off counts for the next day that is worked
            day += timedelta(days=1)
        if self.turn == "theirs" and day == self.kick_day:
            return  # the same kick
        self.follow_ups = self.follow_ups + 1 if self.turn == "theirs" else 0
        self.turn, self.since, self.begun_by, self.kick_day = "theirs", mail.at, mail.name, day


@dataclass
class Oracle:
    """Plays the looks, one after the other."""

    script: Script
    signed: dict[int, datetime] = field(default_factory=dict)  # when the rep said where each customer stands
    shown: dict[Reminder, datetime] = field(default_factory=dict)  # by the true time of the look

    def look(self, one: Look) -> None:
        """What is shown: all that is due of waits that still run, by the mail that is known then."""
        now = one.seen
        if not one.away and not one.off:
            for mail in self.script.mails:
                if mail.at <= one.at:
                    self.signed.setdefault(mail.customer, now)
        there = now.astimezone(REP_ZONE)
        if one.away or not works("", there.date()) or not OPENS <= there.time() < CLOSES:
            return
        known: dict[int, _Thread] = {}
        for mail in self.script.mails:
            # What is not delivered yet is unknown, and so is what the wrong clock calls the future.
            if mail.at <= min(one.at, now):
                known.setdefault(mail.customer, _Thread()).hear(mail)
        for customer in self.script.customers:
            thread = known.get(customer.number)
            if thread is not None and customer.number in self.signed:
                for reminder, at in self._due(customer, thread):
                    if at <= now:
                        self.shown.setdefault(reminder, one.at)

    def _due(self, customer: Customer, thread: _Thread) -> list[tuple[Reminder, datetime]]:
        assert thread.since is not None
        waits = [(thread.turn, thread.begun_by, self._of_thread(customer, thread))]
        if customer.stage == "pi":
            local = self.signed[customer.number].astimezone(ZoneInfo(ZONES[customer.country])).date()
            waits.append(
                ("payment", "payment", _at(after(local, PAYMENT, customer.country), customer.country))
            )
        return [
            (Reminder(customer.number, begun_by, rule, step), due if not days else _later(due, days))
            for rule, begun_by, due in waits
            for step, days in enumerate(STEPS)
        ]

    def _of_thread(self, customer: Customer, thread: _Thread) -> datetime:
        assert thread.since is not None
        if thread.turn == "ours":
            day = after(thread.since.astimezone(REP_ZONE).date(), OURS, "")
            return datetime.combine(day, OUR_DUE, REP_ZONE).astimezone(UTC)
        wait = THEIRS[customer.stage] * (2 + thread.follow_ups)
        local = thread.since.astimezone(ZoneInfo(ZONES[customer.country])).date()
        return _at(after(local, wait // 2 + wait % 2, customer.country), customer.country)


def _at(day: date, country: str) -> datetime:
    return datetime.combine(day, CLOSE, ZoneInfo(ZONES[country])).astimezone(UTC)


def _later(due: datetime, days: int) -> datetime:
    there = due.astimezone(REP_ZONE)
    return datetime.combine(after(there.date(), days, ""), there.time(), REP_ZONE).astimezone(UTC)
