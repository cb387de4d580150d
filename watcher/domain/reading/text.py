"""The words of one mail, as the reader gets them: own words apart from what they quote."""

from __future__ import annotations

from dataclasses import dataclass

MAX_SAID = 20_000  # characters of a part that are looked at; nobody writes a short reply of more


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a mail: its name as the sender wrote it (never a path), its media type."""

    name: str
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """One mail's text. Lines end in "\\n"; no part is longer than MAX_SAID characters.

    `said` is what the writer wrote in this mail: above the quote, without the signature. `quoted` is what
    was cut off below it. `whole` is False where the fetch ended before the mail did.
    """

    said: str = ""
    signature: str = ""
    quoted: str = ""
    attachments: tuple[Attachment, ...] = ()
    whole: bool = True
