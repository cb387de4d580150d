"""Why a turn is what it is, in plain sentences."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from watcher.cli.common import shown
from watcher.domain.blindness import told

if TYPE_CHECKING:
    from watcher.store.glance import ThreadGlance, ThreadMessage

# One sentence for each reason (watcher.domain.turns.Reason).
SENTENCES = {
    "sent_last": "your side's mail of {since} is the last one a person wrote in this thread.",
    "received_last": "they wrote on {since}, and no answer of yours came after it.",
    "acknowledged": "they said they would come back to you; that does not pass the ball.",
    "we_promised": "you said you would come back to them; that does not pass the ball.",
    "undelivered": "your mail came back: {failed} never got it.",
    "answer_in_junk": "their answer lies in Junk since {since}.",
    "logged": "you logged a call or a chat on {since}.",
    "closing": "the order is won, and a bare thanks ended the thread.",
    "done": "you called it done on {since}.",
    "superseded": "the matter went on in a newer thread with them.",
    "settled": "it was answered in a new mail with the same subject.",
    "shared": "it went to a shared address, and nobody of you has written in it.",
    "ignored": "you do not watch this sender.",
    "not_personal": "no person wrote in it.",
    "internal": "it is mail among yourselves.",
    "no_mail": "there is no mail with them yet.",
    "idle": "nothing is due, and a deal near the top needs a next step.",
    "payment": "it is signed, and no payment has been noted.",
}


def why(found: ThreadGlance, now: datetime, zone: tzinfo) -> list[str]:
    """What decided, and which messages were set aside and by which header or phrase."""
    since = told(found.since, now, zone) if found.since else "no known day"
    failed = shown(", ".join(found.failed), 100) or "the customer"
    lines = [SENTENCES[found.reason].format(since=since, failed=failed)]
    if found.snoozed_until:
        lines.append(f"you snoozed it until {told(found.snoozed_until, now, zone)}.")
    lines += [_set_aside(one, now, zone) for one in found.messages if one.kind != "personal"]
    stubs = sum(one.stub for one in found.messages)
    if stubs:
        lines.append(f"{stubs} of your answers lie in no folder that is read; their replies prove them.")
    return lines


def _set_aside(one: ThreadMessage, now: datetime, zone: tzinfo) -> str:
    kind = one.kind.replace("_", " ")
    because = f" ({shown(one.why, 80)})" if one.why else ""
    return f"the {kind} of {told(one.at, now, zone)} does not count{because}."
