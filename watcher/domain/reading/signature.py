"""What a signature names: the hosts and the telephone numbers of a company, and never a person.

It is for proposals alone: a free-mail sender whose signature names a company that we know (joins.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from watcher.domain.reading.text import Text

VERSION = 1  # raise it when a rule changes

_LAST_LINES = 15  # of a text in which no signature was found
_LONGEST = 4_000  # characters
_MOST = 10  # of each; a signature is no directory


@dataclass(frozen=True, slots=True)
class Signature:
    """`hosts` of addresses and links, in lower case and without "www."; `phones` as digits, with those of the
    country where they were written. Both in the order of the text, each once.
    """

    hosts: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()


_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = rf"(?:{_LABEL}\.){{1,5}}[a-z]{{2,24}}"
# An address, a link, or a bare host that says www: "Anna.Meyer" is no host.
_NAMED = re.compile(rf"(?:@|https?://|\bwww\.)({_HOST})(?![a-z0-9-]|\.[a-z0-9])")
# A number says that it is one: by a plus, or by the word before it. A bank account has neither.
_PHONE = re.compile(
    r"(?:\+|\b(?:tel|telefon|phone|fon|ph|mob|mobile|mobil|móvil|cel|cell|handy|whatsapp|wechat|gsm|telefono|"
    r"teléfono|téléphone|telefone|тел|моб|هاتف|电话|電話|手机|手機|携帯|전화|휴대폰)\s?[.:：]{0,2}\s?\+?)"
    r"(\(?\d(?:[\s().\-/]{0,2}\d){6,16})"
)
_DIGITS = (7, 15)  # ITU-T E.164: at most fifteen; below seven it is an extension


def read_signature(text: Text) -> Signature:
    """Read the signature, or the last lines of what was said where none was found. Linear; never fails."""
    signed = text.signature or "\n".join(text.said[-_LONGEST:].split("\n")[-_LAST_LINES:])
    folded = signed[:_LONGEST].casefold()
    hosts = (one.removeprefix("www.") for one in _NAMED.findall(folded))
    phones = (_digits(one) for one in _PHONE.findall(folded))
    return Signature(_first(hosts), _first(one for one in phones if _DIGITS[0] <= len(one) <= _DIGITS[1]))


def _digits(phone: str) -> str:
    """ "0049 (0)40 123" is 4940123: how to dial abroad, and a zero nobody dials then, are no part of it."""
    plain = "".join(one for one in phone.replace("(0)", "") if one.isascii() and one.isdigit())
    return plain.removeprefix("00")


def _first(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))[:_MOST]
