"""Which folder is for what, and which are watched (DESIGN 2.7). A pure decision over a LIST answer.

What the server says (SPECIAL-USE, RFC 6154, and the flags of Gmail's old XLIST) comes before what a
name says; what the rep's config says comes before both.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from watcher.domain.messages import Role
from watcher.mailbox.protocol import Folder

SENT, JUNK, TRASH, DRAFTS, ALL_MAIL, NOT_MAIL = "sent", "junk", "trash", "drafts", "all mail", "not mail"

_BY_FLAG = {
    "\\sent": SENT,
    "\\junk": JUNK,
    "\\spam": JUNK,
    "\\trash": TRASH,
    "\\drafts": DRAFTS,
    "\\all": ALL_MAIL,
    "\\allmail": ALL_MAIL,
}
_UNSELECTABLE = {"\\noselect", "\\nonexistent"}
_GMAIL = {"[gmail]", "[google mail]"}
_PREFIXES = {"inbox", *_GMAIL}
_LEFT_OUT = (TRASH, DRAFTS, ALL_MAIL, NOT_MAIL)
_INHERITED = (JUNK, TRASH, DRAFTS, NOT_MAIL)


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a LIST answer: flags as the server wrote them, delimiter ("" where flat), decoded name."""

    flags: frozenset[str]
    delimiter: str
    name: str

    @property
    def selectable(self) -> bool:
        return not _UNSELECTABLE & {flag.lower() for flag in self.flags}


def classify(
    listing: Iterable[Listed], sent: str | None = None, folders: Sequence[str] | None = None
) -> list[Folder]:
    """Every folder with its role, in the order of the listing.

    `sent` and `folders` are the account's settings; a name that is not in the listing is simply not
    found. A folder that `folders` names is watched even if it would be left out otherwise.
    """
    listed = list(listing)
    uses = _uses(listed, sent)
    wanted = None if folders is None else {_folded(name) for name in folders}
    return [_folder(line, uses[line.name], wanted) for line in listed]


def _folder(line: Listed, use: str, wanted: set[str] | None) -> Folder:
    role = _role(line.name, use)
    if not line.selectable:
        left_out = "not selectable"
    elif wanted is not None:
        left_out = "" if _folded(line.name) in wanted else "config"
    else:
        left_out = use if use in _LEFT_OUT and role is Role.OTHER else ""
    return Folder(line.name, role, watched=not left_out, left_out=left_out)


def _role(name: str, use: str) -> Role:
    if use == SENT:
        return Role.SENT
    if _folded(name) == "inbox":
        return Role.INBOX
    return Role.JUNK if use == JUNK else Role.OTHER


def _uses(listed: Sequence[Listed], sent: str | None) -> dict[str, str]:
    """What each folder is for, by name; "" where it is an ordinary one."""
    flagged = {line.name: _flagged_use(line) for line in listed}
    uses = {line.name: flagged[line.name] or _inherited(line, listed, flagged) for line in listed}
    return _with_one_sent(uses, _sent_folders(listed, flagged, sent))


def _sent_folders(listed: Sequence[Listed], flagged: dict[str, str], sent: str | None) -> set[str]:
    """By the setting, else by flag, else by name: a name alone may be somebody's customer folder, and
    whoever wrote a mail in Sent counts as one of us.
    """
    choices: tuple[Callable[[Listed], bool], ...] = (
        lambda line: sent is not None and _folded(line.name) == _folded(sent),
        lambda line: flagged[line.name] == SENT,
        lambda line: _named_use(line) == SENT,
    )
    found = ({line.name for line in listed if line.selectable and choice(line)} for choice in choices)
    return next(filter(None, found), set())


def _with_one_sent(uses: dict[str, str], sent_folders: set[str]) -> dict[str, str]:
    others = {name: "" if use == SENT else use for name, use in uses.items()}
    return others | dict.fromkeys(sent_folders, SENT)


def _flagged_use(line: Listed) -> str:
    return next((_BY_FLAG[flag] for flag in sorted(map(str.lower, line.flags)) if flag in _BY_FLAG), "")


def _inherited(line: Listed, listed: Sequence[Listed], flagged: dict[str, str]) -> str:
    """By its own name; else it lies in Trash, Junk, Drafts or the calendar, however deep."""
    if use := _named_use(line):
        return use
    parents = [other for other in listed if _lies_in(line, other)]
    uses = (flagged[parent.name] or _named_use(parent) for parent in parents)
    return next((use for use in uses if use in _INHERITED), "")


def _lies_in(line: Listed, other: Listed) -> bool:
    return bool(line.delimiter) and line.name.startswith(other.name + line.delimiter)


def _named_use(line: Listed) -> str:
    """What the name says, of a top-level folder only (under INBOX or [Gmail] is top-level too)."""
    prefix, delimiter, rest = line.name.partition(line.delimiter) if line.delimiter else ("", "", "")
    inside = delimiter and prefix.casefold() in _PREFIXES
    use = _names().get(_folded(rest if inside else line.name), "")
    return "" if use == ALL_MAIL and prefix.casefold() not in _GMAIL else use


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


@cache
def _names() -> dict[str, str]:
    table = tomllib.loads(files("watcher.mailbox").joinpath("folder_names.toml").read_text("utf-8"))
    return {
        _folded(name): use
        for use, languages in table.items()
        for names in languages.values()
        for name in names
    }
