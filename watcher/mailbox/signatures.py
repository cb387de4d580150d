"""Where a signature begins in a run of a writer's own lines.

Precision first: a line that asks or answers something must not end up in a signature, so a phrase counts
only where it has a line to itself, and a name only where it looks like one. The phrases are data
(signatures.toml).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from watcher.mailbox.quote_marks import LINE, folded, is_rule, phrases

_TAIL = 24  # lines that a signature without any phrase may take
_NAME = 40  # characters
_SHORT = 70  # characters of a line in a block of contacts
_PUNCTUATION = " \t,，.。!！;；:：*_~-—–"
_DELIMITER = re.compile(r"^(?:--|—|––) ?$")  # RFC 3676 4.3, and what programs make of it
_CONTACT = re.compile(
    r"[\w.+-]@[\w-]|https?://|www\.|\+\d|\b(?:tel|fax|mob|mobile|phone|cell|skype|whatsapp|wechat|t|m|f|p)\b[.:：]"
    r"|(?:电话|電話|手机|手機|传真|傳真|微信|邮箱|전화|팩스|휴대폰|тел|моб|факс|هاتف)|\d{3}[ -.]\d{4}",
    re.IGNORECASE,
)
_PARTICLES = {
    "van",
    "von",
    "de",
    "der",
    "den",
    "da",
    "dos",
    "del",
    "di",
    "la",
    "le",
    "el",
    "al",
    "bin",
    "und",
}
_NAME_ENDINGS = ("드림", "올림", "拝", "敬上", "谨上")


def signature_start(lines: Sequence[str]) -> int:
    """The index of the first line of the signature in a run of own lines; len(lines) where there is none."""
    for at in range(len(lines)):
        if _DELIMITER.match(lines[at]) or _ends_the_mail(lines, at):
            return at
        if _is_courtesy(lines, at):
            return at + 1
    return _contacts_start(lines)


def is_postscript(line: str) -> bool:
    """Whether a line goes on after the signature: "PS: and the price?"."""
    text = folded(line[:LINE]).replace("：", ":").replace("p. s", "p.s")
    first = text.partition(":")[0].partition(" ")[0]
    return first in phrases("signatures", "postscripts")


def is_program_line(line: str) -> bool:
    """ "Sent from my iPhone": what a program adds by itself."""
    text = folded(line[:LINE]).strip(_PUNCTUATION + "<[(")
    if len(text) > 120 or not text.startswith(_program_starts()):
        return False
    return any(device in text for device in phrases("signatures", "devices"))


@cache
def _program_starts() -> tuple[str, ...]:
    return tuple(phrases("signatures", "programs"))


def _ends_the_mail(lines: Sequence[str], at: int) -> bool:
    if not lines[at].strip() or len(lines[at]) > 2 * _NAME:
        return False
    phrase, rest = _phrase_and_rest(lines[at], "sign_offs")
    if phrase:
        # At the very top it is a greeting ("Saludos,"), unless nothing but a name follows.
        return not _is_first(lines, at) or (not rest and _names_follow(lines, at, or_nothing=True))
    phrase, rest = _phrase_and_rest(lines[at], "with_a_name")
    return bool(phrase) and (bool(rest) or _names_follow(lines, at, or_nothing=False))


def _phrase_and_rest(line: str, group: str) -> tuple[str, str]:
    """The phrase that a line consists of, and the name behind it ("Best regards, Anna"); "" for none."""
    known = phrases("signatures", group)
    whole = _bare(line)
    if whole in known or all(_bare(part) in known for part in re.split(r"[/|]", line)):
        return whole or line, ""
    words = line.strip().split()
    for count in range(min(len(words) - 1, 6), 0, -1):
        phrase, rest = _bare(" ".join(words[:count])), " ".join(words[count:])
        if phrase in known and (
            is_name(rest) or (words[count - 1].endswith((",", "，")) and len(rest) <= _NAME)
        ):
            return (phrase, rest) if is_name(rest) else ("", "")
    return "", ""


def _bare(text: str) -> str:
    return folded(text).strip(_PUNCTUATION)


def _is_first(lines: Sequence[str], at: int) -> bool:
    return not any(line.strip() for line in lines[:at])


def _names_follow(lines: Sequence[str], at: int, *, or_nothing: bool) -> bool:
    below = next((line for line in lines[at + 1 :] if line.strip()), "")
    return is_name(below) if below else or_nothing


def _is_courtesy(lines: Sequence[str], at: int) -> bool:
    """ "Thanks," with nothing but a name and the like below it. The comma says that a name comes."""
    line = lines[at].strip()
    if (
        not line.endswith((",", "，"))
        or len(line) > 2 * _NAME
        or _bare(line) not in phrases("signatures", "courtesies")
    ):
        return False
    below = [line for line in lines[at + 1 : at + 2 * _TAIL] if line.strip()]
    return bool(below) and at + 2 * _TAIL >= len(lines) and is_name(below[0])


def is_name(line: str) -> bool:
    """Whether a line looks like a name: few words, capitals where there are some, no digit, no sentence."""
    text = line.strip(" \t,，*_-—–~")
    if not text or len(text) > _NAME or any(map(str.isdigit, text)) or text[-1] in ".?!。？！:：":
        return False
    if text.endswith(_NAME_ENDINGS):
        return True
    words = text.split()
    return len(words) <= 5 and all(map(_is_name_word, words))


def _is_name_word(word: str) -> bool:
    letters = word.strip("().,/&'\"")
    if not letters or letters in _PARTICLES:
        return letters in _PARTICLES
    if letters[0].isupper():
        return True
    return (
        not letters[0].islower() and letters[0].isalpha() and len(letters) <= 5
    )  # no cases: 王伟, 김민수, أنا


def _contacts_start(lines: Sequence[str]) -> int:
    """A last block with ways to reach somebody, under a rule or under a name."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    for at in range(end - 1, max(end - _TAIL, 0) - 1, -1):
        under_a_rule = is_rule(lines[at]) and _contacts(lines[at + 1 : end]) >= 1
        after_a_blank = at > 0 and not lines[at - 1].strip() and _is_name_alone(lines[at])
        if under_a_rule or (after_a_blank and _contacts(lines[at + 1 : end]) >= 2):
            return at if not _is_first(lines, at) else len(lines)
    return len(lines)


def _is_name_alone(line: str) -> bool:
    """A name, and no greeting: "Anna," begins a mail."""
    return is_name(line) and not line.rstrip().endswith((",", "，"))


def _contacts(lines: Sequence[str]) -> int:
    """How many lines name a way to reach somebody; none where one of them is too long for that, or asks."""
    if any(len(line) > _SHORT or line.endswith(("?", "？")) for line in lines):
        return 0
    return sum(_CONTACT.search(line) is not None for line in lines)
