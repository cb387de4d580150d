"""The words of a pop-up: who, what stage, whose turn, how long, what to do.

The same words as everywhere ("they owe a reply", "you owe a reply"). Plain facts in, a `PopUp` out;
every string may come from a mail and is made one visible line here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from watcher.alerts.channel import PopUp
from watcher.domain.plain import plain
from watcher.domain.stages import CALL_AFTER_FOLLOW_UPS

LAST_STEP = 2  # DESIGN 2.6: steps 0, 1 and 2 pop up, then the digest
NAME_LIMIT = 40  # characters
SUBJECT_LIMIT = 60
WHY_LIMIT = 160
NAMES_SHOWN = 3

# What the rep must hear of at once: the customer waits for a mail that never came, or answered unseen.
_URGENT = frozenset({"undelivered", "answer_in_junk"})


@dataclass(frozen=True, slots=True)
class Waiting:
    """One customer who waits, or is waited for.

    `stage_label` is the stage as people write it ("PI", "opportunity"). `rule` is the reminder's (DESIGN
    2.6), or `answer_in_junk` or `no_mail`. `working_days` counts since the turn began, in the calendar of
    the side whose turn it is (since the signature for `payment`, the last contact for `idle`). `since_text`
    is the day of the deciding message in the rep's zone ("Fri 13 Mar", "" if unknown). `again`: it may have
    been shown already.
    """

    customer: str
    stage_label: str
    turn: Literal["theirs", "ours"]
    rule: str
    working_days: int
    subject: str
    since_text: str
    again: bool = False
    step: int = 0
    follow_ups: int = 0


def pop_up_for(waiting: Waiting) -> PopUp:
    """One customer's pop-up."""
    stage = plain(waiting.stage_label, NAME_LIMIT)
    title = f"{stage[:1].upper()}{stage[1:]} · {_name(waiting)}: {_news(waiting)}{_again([waiting])}"
    return PopUp(title, _sentences(*_facts(waiting), _advice(waiting)), waiting.rule in _URGENT)


def pop_up_for_many(waiting: Sequence[Waiting]) -> PopUp:
    """One pop-up for all that is due at once, in the order given (top first). At least one."""
    if len(waiting) == 1:
        return pop_up_for(waiting[0])
    stages = Counter(plain(one.stage_label, NAME_LIMIT) for one in waiting)
    counts = ", ".join(f"{number} {stage}" for stage, number in stages.items())
    top = _listed([f"{_name(one)} ({_whose(one)})" for one in waiting])
    urgent = any(one.rule in _URGENT for one in waiting)
    title = f"{len(waiting)} customers are waiting: {counts}{_again(waiting)}"
    return PopUp(title, f"Top first: {top}.", urgent)


def _again(waiting: Sequence[Waiting]) -> str:
    """Whether it may have been shown before, all of it or a part."""
    again = sum(one.again for one in waiting)
    if not again:
        return ""
    return " (again)" if again == len(waiting) else f" ({again} again)"


@dataclass(frozen=True, slots=True)
class Day:
    """What else a digest counts, in customers: `more` overdue ones that never pop up, what is `owed` by us
    before the day ends, what falls due in the `week` that begins, `unsorted` senders. `woke`: who wrote in a
    thread that had been dormant.
    """

    more: int = 0
    owed: int = 0
    week: int = 0
    unsorted: int = 0
    woke: Sequence[Waiting] = ()


def digest(overdue: Sequence[Waiting], day: Day) -> PopUp:
    """The day's one look: what is overdue (top first), and what else the day brings."""
    rest = [
        f"Top first: {_listed([_name(one) for one in overdue])}" if overdue else "",
        f"Woke up: {_listed([_name(one) for one in day.woke])}" if day.woke else "",
        f"{day.owed} more to do today" if day.owed else "",
        f"{day.more} more in the digest" if day.more else "",
        f"{day.week} due this week" if day.week else "",
        f"{_count(day.unsorted, 'unsorted sender')} never answered" if day.unsorted else "",
    ]
    title = f"Today: {len(overdue)} overdue" if overdue else "Today: nothing overdue near the top"
    return PopUp(title, "; ".join(part for part in rest if part) or "Every ball is where it should be.")


def sign_in_refused(account: str, why: str) -> PopUp:
    """An account that cannot be read before a person did something. `why` is the error's own sentence."""
    title = f"{plain(account, NAME_LIMIT)}: your mail is not read, the server refuses the sign-in"
    after = "Until you store a new password it is not tried again: watcher init --password"
    return PopUp(title, _sentences(plain(why, WHY_LIMIT), after), urgent=True)


def _news(waiting: Waiting) -> str:
    """What the title says about the customer."""
    days = _count(waiting.working_days, "working day")
    match waiting.rule:
        case "payment":
            return f"signed, unpaid {days}"
        case "undelivered":
            return "your mail did not arrive"
        case "idle":
            return f"no contact for {days}"
        case "no_mail":
            return "no mail with them yet"
        case "answer_in_junk":
            return "they answered, it lies in Junk"
        case "theirs" if _is_silent(waiting):
            return f"silent after {waiting.follow_ups} follow-ups"
        case _:
            return f"{_whose(waiting)} a reply"


def _is_silent(waiting: Waiting) -> bool:
    """Whether writing once more is not the answer (DESIGN 2.5)."""
    return waiting.rule == "theirs" and waiting.follow_ups >= CALL_AFTER_FOLLOW_UPS


def _facts(waiting: Waiting) -> tuple[str, ...]:
    """How long, about what, since when; what the title has said already is left out."""
    in_title = waiting.rule in {"payment", "idle", "no_mail", *_URGENT}
    days = "" if in_title else _count(waiting.working_days, "working day")
    return days, plain(waiting.subject, SUBJECT_LIMIT), _last_contact(waiting)


def _last_contact(waiting: Waiting) -> str:
    since = plain(waiting.since_text, NAME_LIMIT)
    if not since:
        return ""
    match waiting.rule:
        case "payment":
            return f"Signed on {since}"
        case "undelivered":
            return f"You wrote on {since}"
        case "idle":
            return f"Last contact on {since}"
        case "no_mail":
            return f"On your list since {since}"
        case "answer_in_junk":
            return f"They wrote on {since}"
        case _:
            return f"{'They' if waiting.turn == 'ours' else 'You'} wrote last on {since}"


def _advice(waiting: Waiting) -> str:
    """What to do, where it is not simply to write."""
    match waiting.rule:
        case "payment":
            return "Ask for the bank slip"
        case "undelivered":
            return "Check the address, or call"
        case "idle":
            return "What is the next step?"
        case "no_mail":
            return "Write to them, or log a call"
        case "answer_in_junk":
            return "Move it to the inbox"
        case "theirs" if _is_silent(waiting):
            return "Call them, or move them down"
        case _:
            return "From now on in the digest only" if waiting.step >= LAST_STEP else ""


def _sentences(*parts: str) -> str:
    """Each part that says something, ended by a full stop where it has no end of its own."""
    return " ".join(part if part[-1] in ".?!…" else f"{part}." for part in parts if part)


def _listed(names: Sequence[str]) -> str:
    """The first names, and how many more."""
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _name(waiting: Waiting) -> str:
    return plain(waiting.customer, NAME_LIMIT) or "a customer"


def _whose(waiting: Waiting) -> str:
    if _is_silent(waiting):
        return "call them"
    return "you owe" if waiting.turn == "ours" else "they owe"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
