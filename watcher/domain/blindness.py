"""Honest blindness: what was not read is said, and nobody is called silent meanwhile (DESIGN 2.7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo


@dataclass(frozen=True, slots=True)
class FolderSight:
    """When a folder was last read, and what stood in the way since. `left_out` says why it is not watched."""

    account: str
    name: str
    role: str
    left_out: str = ""
    synced_at: datetime | None = None
    failed_at: datetime | None = None
    failure: str = ""
    rereading: bool = False


@dataclass(frozen=True, slots=True)
class Sight:
    """All folders of all accounts, how many answers of ours we never saw, and how old a reading may be."""

    folders: tuple[FolderSight, ...]
    unseen_answers: int
    stale_after: timedelta


def stale_after(poll_seconds: int) -> timedelta:
    """How old a reading may be: three polls, and a minute for the poll itself."""
    return timedelta(seconds=3 * poll_seconds + 60)


def may_speak(sight: Sight, now: datetime) -> bool:
    """Whether a pop-up may claim silence: every watched folder that could ever be read has been, just now."""
    watched = [one for one in sight.folders if not one.left_out]
    read = [one for one in watched if one.synced_at]
    unread_inbox = any(one.synced_at is None and one.role in ("inbox", "sent") for one in watched)
    return bool(read) and not unread_inbox and not any(_unseen(one, sight, now) for one in read)


def _unseen(one: FolderSight, sight: Sight, now: datetime) -> bool:
    stale = one.synced_at is not None and now - one.synced_at > sight.stale_after
    return bool(one.failure) or one.rereading or stale


def blind_spots(sight: Sight, now: datetime, zone: tzinfo) -> list[str]:
    """One line for each thing that was not seen, in words; empty where all was."""
    if not sight.folders:
        return ["no folder read yet: this list is empty until the first watcher sync or watcher run."]
    folders = _told_apart(sight.folders)
    watched = [one for one in folders if not one.left_out]
    lines = _failures(watched, now, zone)
    quiet = [one for one in watched if not one.failure]
    lines += _never_read(quiet)
    lines += _stale(quiet, watched, sight, now, zone)
    lines += [
        f"{one.name} is being read anew: nothing pops up until that is done."
        for one in watched
        if one.rereading
    ]
    lines += _without_sent(folders)
    lines += _left_out(folders)
    if sight.unseen_answers:
        lines.append(
            f"Sent is incomplete: {sight.unseen_answers} of our answers lie in no folder that is read "
            "(a phone, another client?): what you owe may be answered already."
        )
    return lines


def _told_apart(folders: Sequence[FolderSight]) -> list[FolderSight]:
    """Every account has an INBOX: where there are several, a folder is named with its account."""
    if len({one.account for one in folders}) < 2:
        return list(folders)
    return [replace(one, name=f"{one.name} of {one.account}") for one in folders]


def _failures(watched: Sequence[FolderSight], now: datetime, zone: tzinfo) -> list[str]:
    """One line for all folders of an account that one thing stands in the way of."""
    together: dict[tuple[str, str, bool], list[FolderSight]] = {}
    for one in watched:
        if one.failure:
            together.setdefault((one.account, one.failure, one.synced_at is None), []).append(one)
    sizes = Counter(one.account for one in watched)
    return [_failed(each, sizes[each[0].account], now, zone) for each in together.values()]


def _failed(folders: Sequence[FolderSight], of: int, now: datetime, zone: tzinfo) -> str:
    read = [one.synced_at for one in folders if one.synced_at]
    seen = f"not read since {told(min(read), now, zone)}" if read else "never read"
    why = folders[0].failure.rstrip(".")
    names = _all_named(folders) if len(folders) == of else _named([one.name for one in folders])
    return f"{names} {seen} ({why}): this list may be incomplete. watcher check"


def _all_named(folders: Sequence[FolderSight]) -> str:
    """Every watched folder of an account: those that matter by name."""
    main = [one.name for role in ("inbox", "sent") for one in folders if one.role == role]
    main = main or [folders[0].name]
    rest = " and all other folders" if len(main) < len(folders) else ""
    return _named(main) + rest


def _never_read(quiet: Iterable[FolderSight]) -> list[str]:
    names = [one.name for one in quiet if one.synced_at is None]
    return [f"{_named(names)} not read yet: this list may be incomplete."] if names else []


def _stale(
    quiet: Sequence[FolderSight], watched: Sequence[FolderSight], sight: Sight, now: datetime, zone: tzinfo
) -> list[str]:
    old = [one for one in quiet if one.synced_at and now - one.synced_at > sight.stale_after]
    if not old:
        return []
    since = told(min(one.synced_at for one in old if one.synced_at), now, zone)
    if len(old) == len(watched):
        return [f"no folder read since {since}: is watcher running? This list may be incomplete."]
    return [f"{_named([one.name for one in old])} not read since {since}: this list may be incomplete."]


def _without_sent(folders: Iterable[FolderSight]) -> list[str]:
    folders = tuple(folders)
    with_sent = {one.account for one in folders if one.role == "sent" and not one.left_out}
    # What folders an account has is known once one of them was read.
    read = dict.fromkeys(one.account for one in folders if one.synced_at)
    return [
        f'no Sent folder in account {name}: what you answered is not seen. Name it in the config: sent = "…"'
        for name in read
        if name not in with_sent
    ]


def _left_out(folders: Iterable[FolderSight]) -> list[str]:
    names = [one.name for one in folders if one.left_out == "config"]
    return [f"left out by the config: {_named(names)}."] if names else []


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return f"{shown} and {len(names) - 5} more folders" if len(names) > 5 else shown


def told(moment: datetime, now: datetime, zone: tzinfo) -> str:
    """A moment as the reader would say it: the time today, else the day with it."""
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    if local.date() == today:
        return f"{local:%H:%M}"
    near = abs((today - local.date()).days) < 180
    return f"{local:%a} {local.day} {local:%b %H:%M}" if near else f"{local.day} {local:%b %Y}"
