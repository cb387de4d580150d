"""Who writes in the cases: the rep, the customers by language, and everyone around them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import formataddr, parseaddr
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Person:
    """One mailbox, and whose clock its Date headers show."""

    address: str
    name: str
    zone: ZoneInfo

    @property
    def header(self) -> str:
        """As a header names them."""
        return formataddr((self.name, self.address)) if self.name.isascii() else self.address

    @property
    def domain(self) -> str:
        """What stands right of the @."""
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Language:
    """What a customer of that language, and their mail program, put around what they write."""

    customer: Person
    sign_off: str
    reply: str
    automatic: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    gmail: str
    outlook: tuple[str, ...]

    def attribution(self, who: Person, at: datetime) -> str:
        """The line above a quote."""
        return self.gmail.format(**self._told(at), name=who.name, address=who.address)

    def block(self, who: Person, at: datetime, to: str, subject: str) -> str:
        """The block above a quote of Outlook's."""
        values = (f"{who.name} <{who.address}>", self._plain(at), to, subject)
        return "\n".join(f"{label}: {value}" for label, value in zip(self.outlook, values, strict=True))

    def _told(self, at: datetime) -> dict[str, str]:
        return {
            "weekday": self.weekdays[at.weekday()],
            "day": str(at.day),
            "month": self.months[at.month - 1],
            "year": str(at.year),
            "clock": f"{at:%H:%M}",
        }

    def _plain(self, at: datetime) -> str:
        told = self._told(at)
        return " ".join(told[part] for part in ("weekday", "day", "month", "year", "clock"))


@cache
def languages() -> Mapping[str, Language]:
    """Every language of people.toml."""
    tables = tomllib.loads(Path(__file__).with_name("people.toml").read_text("utf-8"))
    return {name: _language(table) for name, table in tables.items()}


def _language(table: dict[str, object]) -> Language:
    values = {key: tuple(one) if isinstance(one, list) else one for key, one in table.items()}
    person = Person(str(values.pop("address")), str(values.pop("name")), ZoneInfo(str(values.pop("zone"))))
    return Language(customer=person, **values)  # type: ignore[arg-type]


WEI = Person("wei@acme.test", "Wei Chen", SHANGHAI)
_BERLIN = ZoneInfo("Europe/Berlin")

# By nickname. "anna" is the customer of the case, whatever their language; "ben" works with her.
_AROUND: Mapping[str, Person] = {
    "wei": WEI,
    "lin": Person("lin@acme.test", "Lin Fang", SHANGHAI),
    "sales": Person("sales@acme.test", "Acme Sales", SHANGHAI),
    "zhou": Person("zhou@pumpworks.example", "Zhou Jian", SHANGHAI),  # the factory
    "ole": Person("ole@cargo.example", "Ole Holm", _BERLIN),  # the forwarder
    "bank": Person("desk@tradebank.example", "Trade Bank", _BERLIN),
}


def person(text: str, language: Language) -> Person:
    """A nickname, an address, or a name with an address."""
    customer = language.customer
    if text == "anna":
        return customer
    if text == "ben":
        return Person(f"ben@{customer.domain}", "Ben Roth", customer.zone)
    if text in _AROUND:
        return _AROUND[text]
    name, address = parseaddr(text)
    assert "@" in address, f"nobody is called {text!r}"
    return Person(address, name, customer.zone)
