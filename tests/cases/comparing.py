"""What a case wants against what the watcher says: every difference in a line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from tests.cases.loading import Case
from tests.cases.people import SHANGHAI
from tests.cases.running import Outcome
from tests.cases.times import day, day_name, has_clock

Document = Mapping[str, Any]


def complaints(case: Case, outcome: Outcome) -> list[str]:
    """Everything that is not as the case wants it; none where all is right."""
    found = []
    for name, line in case.expect.items():
        found += [f"{name or 'anna'}: {one}" for one in _of_thread(case, outcome, name, line)]
    found += _kinds(case, outcome)
    found += _together(case, outcome)
    found += _status(case, outcome)
    return found


def turn_complaints(case: Case, outcome: Outcome) -> list[str]:
    """The turns alone that are wrong."""
    wrong = []
    for name, turn in turns(case).items():
        threads = picked(case, outcome.threads, outcome.names, name)
        said = threads[0]["turn"] if len(threads) == 1 else "nobody" if not threads else "several threads"
        if said != turn:
            wrong.append(f"{name or 'anna'}: {said}, not {turn}")
    return wrong


def turns(case: Case) -> dict[str, str]:
    """The turn that each line of `expect` wants; where nothing of a mail may be kept, it is nobody's."""
    first = {name: line.partition(",")[0].split()[0] for name, line in case.expect.items()}
    return {name: "nobody" if turn == "absent" else turn for name, turn in first.items()}


def picked(case: Case, threads: Sequence[Document], names: Mapping[str, str], name: str) -> list[Document]:
    """The threads that a name of `expect` means: of a customer, with a mail, or both."""
    mails = {one.id for one in case.mails}
    asked = name.split()
    inside = [one for one in asked if one in mails]
    who = next((one for one in asked if one not in mails), "" if inside else "anna")
    keys = _keys(case, who) if who else None
    if keys and any(one["customer"] == keys[0] for one in threads):
        keys = keys[:1]  # an address that is a customer of its own is not its domain
    return [
        one
        for one in threads
        if (keys is None or one["customer"] in keys)
        and all(mail in {names.get(each["message_id"]) for each in one["messages"]} for mail in inside)
    ]


def _keys(case: Case, who: str) -> tuple[str | None, ...]:
    """What the customer behind a name may be known by: the address, or its domain."""
    if who == "nobody":
        return (None,)
    if who == "anna" or "@" in who or "." not in who:
        one = case.who(who)
        return (one.address, one.domain)
    return (who,)


# ── one thread ──


def _of_thread(case: Case, outcome: Outcome, name: str, line: str) -> Iterator[str]:
    threads = picked(case, outcome.threads, outcome.names, name)
    verdict, *more = [one.strip() for one in line.split(",")]
    if verdict == "absent":
        if threads:
            yield f"{len(threads)} threads, where nothing may be kept"
        return
    if len(threads) != 1:
        yield f"{len(threads)} threads, not one"
        return
    [thread] = threads
    turn, _, reason = verdict.partition(" ")
    if thread["turn"] != turn or (reason and thread["reason"] != reason):
        yield f"{thread['turn']} {thread['reason']}, not {verdict}"
    for one in more:
        complaint = _part(case, outcome, thread, one)
        if complaint:
            yield complaint


def _part(case: Case, outcome: Outcome, thread: Document, wanted: str) -> str:
    for pattern, check in _PARTS:
        found = re.fullmatch(pattern, wanted)
        if found:
            said = check(case, outcome, thread, found)
            return said if said is not None else ""
    raise ValueError(f"{case.name}: {wanted!r} says nothing")


Check = Callable[[Case, Outcome, Document, "re.Match[str]"], str | None]


def _at(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _moment_is(said: datetime | None, wanted: str, zone: tzinfo, what: str) -> str | None:
    if said is None:
        return f"no {what}, not {what} {wanted}"
    local = said.astimezone(zone)
    if has_clock(wanted):
        right = (
            f"{day_name(local.date())} {local:%H:%M}" == f"{day_name(day(wanted.split()[0]))} {wanted[-5:]}"
        )
    else:
        first, _, last = wanted.partition("..")
        right = day(first) <= local.date() <= day(last or first)
    return None if right else f"{what} {day_name(local.date())} {local:%H:%M}, not {wanted}"


def _since(_: Case, __: Outcome, thread: Document, found: re.Match[str]) -> str | None:
    return _moment_is(_at(thread["since"]), found[1], SHANGHAI, "since")


def _due(case: Case, _: Outcome, thread: Document, found: re.Match[str]) -> str | None:
    if found[1] == "at once":
        same = thread["due"] is not None and thread["due"] == thread["since"]
        return None if same else f"due {thread['due']}, not at once"
    side: tzinfo = case.customer.zone if thread["turn"] == "theirs" else SHANGHAI
    return _moment_is(_at(thread["due"]), found[1], side, "due")


def _no_due(_: Case, __: Outcome, thread: Document, ___: re.Match[str]) -> str | None:
    return f"due {thread['due']}, not none" if thread["due"] else None


def _follow_ups(_: Case, __: Outcome, thread: Document, found: re.Match[str]) -> str | None:
    said = thread["follow_ups"]
    return None if said == int(found[1]) else f"+{said}, not +{found[1]}"


def _decided(_: Case, outcome: Outcome, thread: Document, found: re.Match[str]) -> str | None:
    said = outcome.names.get(thread["decided_by"] or "", thread["decided_by"])
    return None if said == found[1] else f"decided by {said}, not {found[1]}"


def _flag(_: Case, __: Outcome, thread: Document, found: re.Match[str]) -> str | None:
    name, wanted = {
        "overdue": ("overdue", True),
        "not overdue": ("overdue", False),
        "dormant": ("dormant", True),
        "awake": ("dormant", False),
    }[found[0]]
    return None if thread[name] is wanted else f"not {found[0]}"


def _word(_: Case, __: Outcome, thread: Document, found: re.Match[str]) -> str | None:
    said = thread[found[1]]
    return None if (said or "none") == found[2] else f"{found[1]} {said}, not {found[2]}"


def _contact(case: Case, _: Outcome, thread: Document, found: re.Match[str]) -> str | None:
    wanted = case.who(found[1]).address
    return None if thread["contact"] == wanted else f"contact {thread['contact']}, not {wanted}"


def _failed(case: Case, _: Outcome, thread: Document, found: re.Match[str]) -> str | None:
    wanted = {case.who(one).address for one in found[1].split()}
    return None if set(thread["failed"]) == wanted else f"failed {thread['failed']}, not {sorted(wanted)}"


_PARTS: tuple[tuple[str, Check], ...] = (
    (r"since (.+)", _since),
    (r"due (.+)", _due),
    (r"no due", _no_due),
    (r"\+(\d+)", _follow_ups),
    (r"decided (.+)", _decided),
    (r"overdue|not overdue|dormant|awake", _flag),
    (r"(role|stage) (\w+)", _word),
    (r"contact (.+)", _contact),
    (r"failed (.+)", _failed),
)


# ── the whole ──


def _messages(outcome: Outcome) -> Iterator[tuple[Document, str, Document]]:
    for thread in outcome.threads:
        for one in thread["messages"]:
            yield thread, outcome.names.get(one["message_id"], one["message_id"]), one


def _kinds(case: Case, outcome: Outcome) -> Iterator[str]:
    said = {name: one["kind"] for _, name, one in _messages(outcome)}
    for name, kind in case.kinds.items():
        if said.get(name) != kind:
            yield f"{name} is {said.get(name)}, not {kind}"


def _together(case: Case, outcome: Outcome) -> Iterator[str]:
    if not case.threads:
        return
    held: dict[int, set[str]] = {}
    for thread, name, one in _messages(outcome):
        if not one["stub"]:
            held.setdefault(thread["conversation"], set()).add(name)
    said, wanted = sorted(map(sorted, held.values())), sorted(sorted(one.split()) for one in case.threads)
    if said != wanted:
        yield f"threads {said}, not {wanted}"


def _status(case: Case, outcome: Outcome) -> Iterator[str]:
    if case.status is not None:
        said = [one["customer"] for one in outcome.status["overdue"]]
        keys = [_keys(case, one) for one in case.status]
        if len(said) != len(keys) or any(one not in key for one, key in zip(said, keys, strict=True)):
            yield f"overdue {said}, not {list(case.status)}"
    if case.unsorted is not None and outcome.status["unsorted"] != case.unsorted:
        yield f"{outcome.status['unsorted']} unsorted, not {case.unsorted}"
    if case.pops is not None and not _popped(case, outcome.pops):
        yield f"pop-ups {list(outcome.pops)}, not {list(case.pops)}"
    blind = " ".join(outcome.status["blind"])
    if case.blind is not None and (case.blind not in blind if case.blind else blind):
        yield f"blind {blind!r}, not {case.blind!r}"


def _popped(case: Case, titles: Sequence[str]) -> bool:
    """Whether the pop-ups are those wanted: each names its customer, or has the words that are wanted."""
    assert case.pops is not None
    wanted = [_keys(case, one) if _is_known(case, one) else (one,) for one in case.pops]
    return len(wanted) == len(titles) and all(
        any(key and key in title for key in keys) for keys, title in zip(wanted, titles, strict=True)
    )


def _is_known(case: Case, text: str) -> bool:
    try:
        case.who(text)
    except AssertionError:
        return False
    return True
