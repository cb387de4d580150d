"""A mailbox out of a seed: a rep's mail with customers, half of it sent. The same seed makes the same."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

REP = "wei@acme.test"
SEED = 20260319
_WORDS = (
    *("pump", "valve", "price", "delivery", "quantity", "container", "sample", "drawing", "order"),
    *("deposit", "vessel", "carton", "packing", "port"),
)


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail: its folder, its moment, its octets."""

    folder: str
    at: datetime
    raw: bytes


def mails(count: int, now: datetime, days: int = 360) -> Iterator[Mail]:
    """So many, the oldest first: talks of four, turn by turn, with a customer for each twenty talks."""
    chance = Random(SEED)
    begin = now - timedelta(days=days)
    step = timedelta(days=days) / max(count, 1)
    for number in range(count):
        # Four talks go on at once, so that neighbours in time are not neighbours in talk.
        block, place = divmod(number, 16)
        talk, turn = block * 4 + place % 4, place // 4
        company = f"firm{talk // 20}.example"
        ours = turn % 2 == 1  # they ask, we answer, and again: the last word is ours
        at = (begin + step * number).replace(microsecond=0)
        yield Mail("Sent" if ours else "INBOX", at, _raw(chance, talk, turn, company, at, ours=ours))


def _raw(chance: Random, talk: int, turn: int, company: str, at: datetime, *, ours: bool) -> bytes:
    buyer = f"Buyer {talk // 20} <buyer{talk % 3}@{company}>"
    ids = [f"<t{talk}.{one}@{'acme.test' if one % 2 else company}>" for one in range(turn + 1)]
    sender, to = (f"Wei <{REP}>", buyer) if ours else (buyer, f"Wei <{REP}>")
    subject = f"{'Re: ' if turn else ''}{chance.choice(_WORDS)} {talk}"
    threading = f"In-Reply-To: {ids[-2]}\r\nReferences: {' '.join(ids[:-1])}\r\n" if turn else ""
    lines = [" ".join(chance.choices(_WORDS, k=10)) for _ in range(chance.randrange(6, 30))]
    body = "\r\n".join(["Dear all,", "", *lines, "", "Best regards"])
    return (
        f"Received: from mail.{company} by mx.acme.test; {at:%a, %d %b %Y %H:%M:%S +0000}\r\n"
        f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: {at:%a, %d %b %Y %H:%M:%S +0000}\r\n"
        f"Message-ID: {ids[-1]}\r\n{threading}MIME-Version: 1.0\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
        f"X-Mailer: Mailer 9.1\r\n\r\n{body}\r\n"
    ).encode()


def write_maildir(root: Path, count: int, now: datetime, owner: tuple[int, int] | None) -> int:
    """Put a mailbox where Dovecot looks for it; returns how many octets it has."""
    folders = {"INBOX": root, "Sent": root / ".Sent"}
    for folder in folders.values():
        for name in ("cur", "new", "tmp"):
            (folder / name).mkdir(parents=True, exist_ok=True)
    octets = 0
    for number, mail in enumerate(mails(count, now)):
        seconds = int(mail.at.timestamp())
        file = folders[mail.folder] / "cur" / f"{seconds}.M{number}P1.bench,S={len(mail.raw)}:2,S"
        file.write_bytes(mail.raw)
        os.utime(file, (seconds, seconds))
        octets += len(mail.raw)
    if owner:
        for place, names, files in os.walk(root):
            for name in (".", *names, *files):
                os.chown(Path(place) / name, *owner)
    return octets


def now() -> datetime:
    """The moment that a run is about: today's, so that the window of the first sync holds."""
    return datetime.now(UTC).replace(microsecond=0)
