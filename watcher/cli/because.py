"""Why somebody is on the list, and what to do: one sentence a clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo

from watcher.cli.table import count
from watcher.domain.stages import CALL_AFTER_FOLLOW_UPS
from watcher.store.glance import Clock


def because(one: Clock, zone: tzinfo, labels: Mapping[str, str]) -> tuple[str, ...]:
    """The sentence, the richest form first, for whoever has the room. It holds no text of a mail."""
    why, do, *brief = _by_reason(one, _day(one, zone)) or _by_rule(one, _day(one, zone), labels)
    old = f"{labels['old']}: " if one.policy == "old" else ""
    return (*([f"{old}{why}: {do}"] if do else []), f"{old}{why}", *brief)


def _by_reason(one: Clock, since: str) -> tuple[str, ...] | None:
    match one.reason:
        case "no_mail":
            return f"on your list since {since}, no mail yet", "write, or call"
        case "answer_in_junk":
            return f"their answer of {since} lies in Junk", "move it, and answer"
        case "we_promised":
            return f"you promised them an answer on {since}", ""
        case "acknowledged":
            return f"on {since} they said they would come back to you", "ask"
    return None


def _by_rule(one: Clock, since: str, labels: Mapping[str, str]) -> tuple[str, ...]:
    days = count(one.waited, "working day")
    match one.rule:
        case "payment":
            return f"{labels['pi']} signed {days} ago, unpaid", "they owe the slip", f"unpaid for {days}"
        case "undelivered":
            return f"your mail of {since} came back", "check the address, or call"
        case "idle":
            return f"no contact for {days}", "what is the next step?"
    if one.turn == "ours":
        return f"you owe a reply since {since}", ""
    many = count(one.follow_ups, "follow-up")
    if one.follow_ups >= CALL_AFTER_FOLLOW_UPS:
        return f"{many} unanswered", "call them, or move them down"
    if one.follow_ups:
        return f"{many} unanswered, the last {days} ago", "ask again", f"{many} unanswered"
    return f"they owe a reply since {since}, {days}", "ask again", f"they owe a reply since {since}"


def _day(one: Clock, zone: tzinfo) -> str:
    local = one.since.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b}"
