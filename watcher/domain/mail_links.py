"""Links that open a mail where the rep reads mail: in a mail program, in webmail, else as text in a terminal.

A Message-ID comes from whoever wrote the mail. In a link every character of it that is not a letter, a digit
or one of -._~ is percent-encoded (RFC 3986 2.3), so that it can end neither the link nor an argument.
Sources: RFC 2392 (mid:); Apple Mail's message: links; Gmail's search operator rfc822msgid:
(support.google.com/mail/answer/7190). Outlook on the web has no documented link by Message-ID: there the
mailbox opens.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal
from urllib.parse import quote

Wanted = Literal["auto", "mail", "web", "terminal"]
NO_ID = "@no-message-id.invalid"  # a mail without a Message-ID is known by a name of ours
_LONGEST = (
    1500  # characters of an id; RFC 5322 2.1.1 allows 998 a line, and desktops cut links at 2,000 or so
)


class Way(StrEnum):
    """Where a mail is opened."""

    MAIL = "mail"
    WEB = "web"
    TERMINAL = "terminal"


class Webmail(StrEnum):
    """Whose pages show the mail of an account."""

    NONE = ""
    GMAIL = "gmail"
    OUTLOOK = "outlook"  # personal
    MICROSOFT_365 = "microsoft_365"


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail of one of the rep's accounts. `message_id` has its angle brackets, "" where it has none."""

    message_id: str
    address: str
    webmail: Webmail


@dataclass(frozen=True, slots=True)
class Machine:
    """What the rep's machine can do: `mail_scheme` is that of links its mail program takes ("" for none)."""

    scheme: Literal["mid", "message"] = "mid"
    has_mail_program: bool = False
    has_browser: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """Where to open a mail; `url` is empty in a terminal."""

    way: Way
    url: str = ""


def link_to(mail: Mail | None, wanted: Wanted, machine: Machine) -> Link:
    """How a mail is opened. What is wanted and cannot be had falls to the terminal, which is always there."""
    in_program = _in_program(mail, machine.scheme) if mail else ""
    on_page = _on_page(mail) if mail else ""
    if in_program and (wanted == "mail" or (wanted == "auto" and machine.has_mail_program)):
        return Link(Way.MAIL, in_program)
    if on_page and (wanted == "web" or (wanted == "auto" and machine.has_browser)):
        return Link(Way.WEB, on_page)
    return Link(Way.TERMINAL)


def _in_program(mail: Mail, scheme: Literal["mid", "message"]) -> str:
    if not (name := _name(mail)):
        return ""
    # Apple's form keeps the angle brackets, RFC 2392's does not.
    return f"message:{_encoded(f'<{name}>')}" if scheme == "message" else f"mid:{_encoded(name)}"


def _on_page(mail: Mail) -> str:
    match mail.webmail:
        case Webmail.GMAIL if name := _name(mail):
            account = quote(mail.address, safe="@")
            return f"https://mail.google.com/mail/?authuser={account}#search/{_all_encoded(f'rfc822msgid:{name}')}"
        case Webmail.OUTLOOK:
            return "https://outlook.live.com/mail/"
        case Webmail.MICROSOFT_365:
            return "https://outlook.office.com/mail/"
        case _:
            return ""


def _name(mail: Mail) -> str:
    """The id without its brackets; "" where it is none, or longer than a link may be."""
    name = mail.message_id.strip().removeprefix("<").removesuffix(">")
    return "" if name.endswith(NO_ID) or len(name) > _LONGEST else name


def _encoded(text: str) -> str:
    """An address in a link: its "@" stays, as in the examples of RFC 2392."""
    return quote(text, safe="@", errors="replace")


def _all_encoded(text: str) -> str:
    return quote(text, safe="", errors="replace")
