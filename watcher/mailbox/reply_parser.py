"""mail-parser-reply, asked last and within its limits.

Of its work only the division into replies is taken. What it calls a signature includes every list that begins
with "- " and "Thanks,": five characters in a hundred of real mail, quantities and answers among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from mailparser_reply import EmailReplyParser
from mailparser_reply.constants import MAIL_LANGUAGES

from watcher.mailbox.quote_marks import folded, is_dated

# Its patterns are cubic in the length of a line: 2,000 characters of "Am schrieb" take it 4.5 s, and in lines
# of this length 0.04 s.
_LINE = 120
_CHARACTERS = 2_000

# Its Polish is content with one label: any line that begins with "data:".
_LEFT_OUT = {"pl"}


def reply_end(lines: Sequence[str]) -> int:
    """The index of the line at which it sees an older mail begin; len(lines) where it sees none."""
    text = "\n".join(line[:_LINE] for line in lines if line.strip())[:_CHARACTERS]
    first, *older = _parser().read(text).replies
    # Web forms begin with labels; "From: Ningbo, To: Hamburg, Date: 20 March" asks for a freight.
    if first.headers or not older or not is_dated(older[0].headers):
        return len(lines)
    header = folded(older[0].headers.split("\n")[0])
    return next((at for at, line in enumerate(lines) if folded(line[:_LINE]) == header), len(lines))


@cache
def _parser() -> EmailReplyParser:
    return EmailReplyParser(languages=[name for name in MAIL_LANGUAGES if name not in _LEFT_OUT])
