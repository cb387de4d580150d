"""Who may be whom: joins of two customers, and addresses of our own, for the rep to decide (DESIGN 2.1).

Nothing here changes anything. A join needs two witnesses: a signature that names the other's domain, and the
same display name, or the same telephone, there. One alone is an agent, a namesake, a shared office.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from watcher.domain.data import words
from watcher.domain.reading.signature import Signature

# The customer behind a host that a signature names; None for our own and for what is no customer.
CustomerOfHost = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody outside who wrote to us: an address, a display name it used, and whose address it is."""

    address: str
    name: str
    customer: str


@dataclass(frozen=True, slots=True)
class Join:
    """`other` may be the same customer as `into`. `evidence` is "name" or "phone", beside the signature."""

    into: str
    other: str
    evidence: str

    @property
    def key(self) -> str:
        """The same whichever way round, so that what was refused is not proposed again."""
        return "join " + " ".join(sorted((self.into, self.other)))


@dataclass(frozen=True, slots=True)
class Alias:
    """`address` of a mail provider may be the rep's own: it writes under the rep's name."""

    address: str

    @property
    def key(self) -> str:
        """What makes the proposal itself."""
        return f"alias {self.address}"


def propose_joins(
    people: Iterable[Person], signatures: Mapping[str, Signature], customer_of_host: CustomerOfHost
) -> list[Join]:
    """The joins that two witnesses speak for, by key: whoever signs with another's domain becomes part of
    them. `signatures` are those of an address's mails together.
    """
    held = list(people)
    names, phones = _by_customer(held, signatures)
    found: dict[str, Join] = {}
    for one in held:
        signature = signatures.get(one.address, Signature())
        for named in dict.fromkeys(map(customer_of_host, signature.hosts)):
            if named is None or named == one.customer:
                continue
            evidence = _evidence(one.customer, named, names, phones)
            if evidence:
                join = Join(named, one.customer, evidence)
                found.setdefault(join.key, join)
    return [found[key] for key in sorted(found)]


def _by_customer(
    people: Iterable[Person], signatures: Mapping[str, Signature]
) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """The names people write under and the numbers they sign with, by customer."""
    names: dict[str, set[str]] = {}
    phones: dict[str, set[str]] = {}
    for one in people:
        names.setdefault(one.customer, set()).add(same_name(one.name))
        phones.setdefault(one.customer, set()).update(signatures.get(one.address, Signature()).phones)
    return names, phones


def _evidence(one: str, other: str, names: Mapping[str, set[str]], phones: Mapping[str, set[str]]) -> str:
    if (names.get(one, set()) & names.get(other, set())) - {""}:
        return "name"
    return "phone" if phones.get(one, set()) & phones.get(other, set()) else ""


def propose_aliases(
    people: Iterable[Person], our_names: Iterable[str], is_company: Callable[[str], bool]
) -> list[Alias]:
    """Senders at a mail provider who write under one of our names, by address. `is_company` tells a company's
    key from a person's.
    """
    ours = {same_name(one) for one in our_names} - {""}
    found = {one.address for one in people if not is_company(one.customer) and same_name(one.name) in ours}
    return [Alias(one) for one in sorted(found)]


_NOT_OF_A_NAME = re.compile(r"\(.*?\)|\[.*?\]|\bvia\b.*|[\"'“”‘’]")


def same_name(name: str) -> str:
    """A display name made comparable: "Meyer, Anna (Acme)" and "Anna Meyer" are one. "" where it names no
    person, or only by one word: many are called Anna.
    """
    folded = unicodedata.normalize("NFKC", name[:200]).casefold()
    plain = _NOT_OF_A_NAME.sub(" ", folded)
    parts = re.findall(r"[^\W\d_]+", plain)
    if "@" in folded or words("desks", "desks").intersection(parts):
        return ""
    whole = "".join(parts)
    if len(parts) < 2 and not (len(whole) in (2, 3, 4) and _HAN_OR_HANGUL.fullmatch(whole)):
        return ""
    return " ".join(sorted(parts))


_HAN_OR_HANGUL = re.compile(r"[\u3400-\u9fff\uac00-\ud7af]+")  # a whole name is two to four characters
