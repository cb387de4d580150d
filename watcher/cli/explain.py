"""Why a turn is what it is, in plain sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING

from watcher.cli.common import shown
from watcher.domain.blindness import told

if TYPE_CHECKING:
    from watcher.cli.dossier import Dossier
    from watcher.store.glance import ThreadGlance, ThreadMessage

# One sentence for each reason (watcher.domain.turns.Reason). {decided} is when the mail that decided was
# written, {since} when the turn began.
SENTENCES = {
    "sent_last": "your mail of {decided} is the last one a person wrote in this thread.",
    "received_last": "they wrote on {since}, and no answer of yours came after it.",
    "acknowledged": "on {decided} they said they would be back{phrase}; that does not pass the ball.",
    "we_promised": "on {decided} you said you would be back{phrase}; that does not pass the ball.",
    "undelivered": "your mail came back: {failed} never got it.",
    "answer_in_junk": "their answer lies in Junk since {since}.",
    "logged": "you logged a call or a chat on {since}.",
    "closing": "the order is won, and a bare thanks{phrase} ended the thread.",
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

# Who named the day that a promise is due.
_PROMISES = {"acknowledged": "they", "we_promised": "you"}

# What each kind of mail that no person wrote is called.
KIND_NAMES = {
    "auto_reply": "automatic reply",
    "bounce": "delivery failure",
    "delay": "delay notice",
    "receipt": "read receipt",
    "calendar": "calendar mail",
    "bulk": "list mail",
}

Stranger = Callable[["ThreadMessage"], bool]


# By what a mail that names none it answers was put into its thread (watcher.domain.threads.hints).
_HINTS = {
    "subject": "by its subject and who wrote it",
    "server": "by your server's own thread",
    "outlook": "by Outlook's own conversation (Thread-Index)",
    "returned": "as what came back of your last mail to that address",
}


def why(
    found: ThreadGlance,
    known: Dossier,
    is_stranger: Stranger,
    hints: Mapping[str, str],
    now: datetime,
    zone: tzinfo,
) -> list[str]:
    """What decided, what the rep said, and which messages were set aside by which header or phrase."""

    def day(moment: datetime | None) -> str:
        return told(moment, now, zone) if moment else "no known day"

    failed = shown(", ".join(found.failed), 100) or "the customer"
    deciding = next((one for one in found.messages if one.message_id == found.decided_by), None)
    sentence = SENTENCES[found.reason].format(
        since=day(found.since),
        decided=day(deciding.at if deciding else found.since),
        failed=failed,
        phrase=_phrase(deciding.because) if deciding else "",
    )
    lines = [sentence]
    if deciding and deciding.named_on and found.reason in _PROMISES:
        lines.append(f"{_PROMISES[found.reason]} named {_date(deciding.named_on)}: that is when it is due.")
    if found.follow_ups:
        lines.append(_follow_ups(found))
    if found.snoozed_until and found.snoozed_until > now:
        lines.append(f"you snoozed it until {day(found.snoozed_until)}.")
    if known.held_until:
        because = f": {shown(known.held_because, 100)}" if known.held_because else ""
        lines.append(f"you hold the customer until {day(known.held_until)}{because}.")
    lines += [_set_aside(one, day(one.at)) for one in found.messages if one.kind != "personal"]
    strangers = [one for one in found.messages if is_stranger(one)]
    lines += _third_parties(one for one in strangers if one.direction == "inbound")
    lines += [
        f"your mail of {day(one.at)} went to third parties alone: it does not count."
        for one in strangers
        if one.direction == "outbound"
    ]
    lines += [
        f"the mail of {day(one.at)} names none it answers: it stands here {_HINTS[hints[one.message_id]]}."
        for one in found.messages
        if one.message_id in hints
    ]
    stubs = sum(one.stub for one in found.messages)
    if stubs:
        many = "an answer" if stubs == 1 else f"{stubs} answers"
        lines.append(f"{many} of yours that no folder holds: the reply to it proves it.")
    return lines


def _follow_ups(found: ThreadGlance) -> str:
    many = "1 follow-up" if found.follow_ups == 1 else f"{found.follow_ups} follow-ups"
    return f"{many} of yours went unanswered; each gives them longer."


def _set_aside(one: ThreadMessage, day: str) -> str:
    name = KIND_NAMES.get(one.kind, one.kind)
    because = f" ({shown(one.why, 120)})" if one.why else ""
    back = f"; it named {_date(one.named_on)}, and until then their wait rests" if one.named_on else ""
    return f"the {name} of {day} does not count{because}{back}."


def _phrase(because: str) -> str:
    """The phrase of our tables by which a text was judged."""
    return f' ("{shown(because, 60)}")' if because else ""


def _date(iso: str) -> str:
    day = date.fromisoformat(iso)
    return f"{day:%a} {day.day} {day:%b}"


def _third_parties(messages: Iterable[ThreadMessage]) -> list[str]:
    names = dict.fromkeys(author(one) for one in messages)
    return [f"{name} is a third party here: shown, never decisive." for name in names]


def author(one: ThreadMessage) -> str:
    """Who wrote a message, safe to print."""
    return shown(one.author_name or one.author, 40) or "you"
