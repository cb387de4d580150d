"""What a follow-up says by its headers: to whom, as the answer to what, by which template, in which language.

Pure: plain values in, plain values out. Threading headers as of RFC 5322 3.6.4.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from watcher.domain.messages import Direction, Message
from watcher.domain.plain import plain
from watcher.domain.subjects import read_subject

_MOST_ASKS = 3
_SUBJECT_LIMIT = 200
# A Message-ID as RFC 5322 3.6.4 writes it, without comments: nothing that could end a header line.
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
# An address that needs no quoting (RFC 5322 3.4.1, dot-atom), in ASCII: what servers take everywhere.
_ADDRESS = re.compile(r"[\w!#$%&'*+/^`{|}~.-]{1,100}@[\w.-]{1,200}", re.ASCII)
_MOST_REFERENCES = 20  # the first and the last ones: enough for any mail program, and no line grows for ever
_HAN, _KANA_OR_HANGUL = re.compile("[\u4e00-\u9fff]"), re.compile("[\u3040-\u30ff\uac00-\ud7af]")
_CHINESE = frozenset({"CN", "TW", "HK", "MO"})


@dataclass(frozen=True, slots=True)
class ReplyHeaders:
    """The headers of a reply: addresses without names, Message-IDs in angle brackets."""

    to: tuple[str, ...]
    cc: tuple[str, ...]
    subject: str
    in_reply_to: str
    references: tuple[str, ...]


def reply_headers(last: Message, ours: Callable[[str], bool]) -> ReplyHeaders:
    """The reply to the last mail between us and a customer; where that is ours, to the same people again."""
    if last.direction is Direction.OUTBOUND:
        to, cc = last.to, last.cc
    else:
        to = (last.author.address,) if last.author else ()
        cc = tuple(one for one in (*last.to, *last.cc) if one not in to)
    chain = [one for one in (*last.references, last.message_id) if _MESSAGE_ID.fullmatch(one)]
    known = list(dict.fromkeys(chain))
    if len(known) > _MOST_REFERENCES:
        known = [known[0], *known[-_MOST_REFERENCES + 1 :]]
    return ReplyHeaders(
        to=_outside(to, ours) or _outside(last.bcc, ours)[:1],
        cc=_outside(cc, ours),
        subject=reply_subject(last.subject),
        in_reply_to=last.message_id if _MESSAGE_ID.fullmatch(last.message_id) else "",
        references=tuple(known),
    )


def _outside(people: Iterable[str], ours: Callable[[str], bool]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in people if _ADDRESS.fullmatch(one) and not ours(one)))


def reply_subject(subject: str) -> str:
    """ "Re: " once, before the subject as it was written."""
    text = plain(subject, _SUBJECT_LIMIT)
    return text if read_subject(text).reply else f"Re: {text}".rstrip()


def matter_of(subject: str) -> str:
    """What a subject is about: without the prefixes of mail programs."""
    text = plain(subject, _SUBJECT_LIMIT)
    while (found := _PREFIX.match(text)) is not None:
        text = text[found.end() :]
    return text


_PREFIX = re.compile(
    r"(?:re|aw|sv|antw|rv|odp|ynt|fw|fwd|wg|tr|rif|res|回复|答复|回覆|转发)\s*[:：]\s*", re.IGNORECASE
)


def template_name(policy: str, *, turn_is_ours: bool, follow_ups: int) -> str:
    """Which text: an answer, or one that asks for the so-manieth time, by the policy the deal is under."""
    if turn_is_ours:
        return "answer"
    return f"{policy}-ask-{min(follow_ups + 1, _MOST_ASKS)}"


def language_of(country: str, texts: Iterable[str]) -> str:
    """ "zh" where they write Chinese, or are where it is written, else "en". By script alone: Japanese and
    Korean have signs of their own.
    """
    said = " ".join(texts)
    if _KANA_OR_HANGUL.search(said):
        return "en"
    return "zh" if _HAN.search(said) or (country in _CHINESE and not re.search("[a-z]{4}", said)) else "en"
