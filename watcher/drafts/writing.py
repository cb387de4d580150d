"""A draft as text to read, and as a mail that programs open to be gone on with (RFC 5322).

No header can be broken out of: every text is made plain, and addresses and Message-IDs are checked before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from watcher.domain.drafting import ReplyHeaders
from watcher.domain.plain import plain

_NAME_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Draft:
    """One reply. `text` is what it says; `attribution` and `quoted` stand below it, "" where the mail it
    answers could not be read, and `note` says why.
    """

    sender: tuple[str, str]  # address and name
    headers: ReplyHeaders
    text: str
    attribution: str = ""
    quoted: str = ""
    note: str = ""

    @property
    def body(self) -> str:
        """The whole text, with what it answers quoted below."""
        if not self.quoted:
            return f"{self.text}\n"
        quote = "\n".join(f"> {line}".rstrip() for line in self.quoted.splitlines())
        return f"{self.text}\n\n{self.attribution}\n{quote}\n"


def as_mail(draft: Draft, now: datetime) -> bytes:
    """The mail, with X-Unsent: mail programs open it as one that is still to be sent."""
    made = EmailMessage(policy=SMTP)
    address, name = draft.sender
    made["From"] = _address(address, name)
    made["To"] = [_address(one) for one in draft.headers.to]
    if draft.headers.cc:
        made["Cc"] = [_address(one) for one in draft.headers.cc]
    made["Subject"] = _unencoded(draft.headers.subject, 300)
    made["Date"] = format_datetime(now)
    made["X-Unsent"] = "1"
    made.set_content(draft.body, cte="quoted-printable" if not draft.body.isascii() else None)
    # Written by hand, one a line: Python folds a long id into an encoded word, which no program knows again.
    threading = _folded("In-Reply-To", [draft.headers.in_reply_to]) + _folded(
        "References", draft.headers.references
    )
    return threading + made.as_bytes()


def _folded(name: str, ids: Iterable[str]) -> bytes:
    listed = [one for one in ids if one]
    folded = "\r\n ".join(listed)
    return f"{name}: {folded}\r\n".encode("ascii") if listed else b""


def _address(address: str, name: str = "") -> Address:
    return Address(display_name=_unencoded(name, _NAME_LIMIT), addr_spec=address)


def _unencoded(text: str, limit: int) -> str:
    """One visible line in which no encoded word stands (RFC 2047): `email` decodes those it is given, and a
    line end that is hidden in one would begin a header of its own.
    """
    return plain(text, limit).replace("=?", "= ?")


def as_text(draft: Draft) -> str:
    """The draft to read and to copy: headers, then the text."""
    head = [f"To: {', '.join(draft.headers.to)}"]
    if draft.headers.cc:
        head.append(f"Cc: {', '.join(draft.headers.cc)}")
    head.append(f"Subject: {draft.headers.subject}")
    return "\n".join((*(plain(line, 500) for line in head), "", draft.body))
