"""Mail that stops or hangs a sync: none, and the worst message is read in less than half a second.

Every mail of every set goes through all that a sync and a reading of texts may do to it, one step after the
other, whatever the step before said. ValueError is a message that cannot be read: it is set aside, alone.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TypeVar

from tests.accuracy.figures import Figure
from tests.corpora import mails
from watcher.domain.kinds import KindVerdict, classify
from watcher.domain.messages import Direction, Envelope, Kind
from watcher.domain.reading.text import Text
from watcher.mailbox.headers import read_envelope
from watcher.mailbox.suspects import read_suspect
from watcher.mailbox.texts import read_text
from watcher.store.texts import WantedText
from watcher.texts import GROUPS, TEXT_LIMIT

SETS = ("mailbox-rsiggeo", "auto", "bounces", "ham", "list", "parser")
SECONDS = 0.5  # of the processor, a message
_AT_ONCE = 200
T = TypeVar("T")
_WANTED = WantedText(
    message=1,
    uid=1,
    folder="INBOX",
    uidvalidity=1,
    verdict=KindVerdict(Kind.PERSONAL),
    direction=Direction.INBOUND,
    written=date(2026, 3, 19),
    subject="",
    groups=(),
)


def measure(place: Path | None) -> list[Figure]:
    """One figure a set. Raises what a step raises, ValueError aside: that would stop a sync."""
    assert place is not None
    return [_of_set(place, name) for name in SETS]


def _of_set(place: Path, name: str) -> Figure:
    sources = [one for _, source in mails(place / name) for one in _each(source)]
    with ProcessPoolExecutor(2) as pool:
        took = list(pool.map(seconds_of, sources, chunksize=_AT_ONCE))
    quick = sum(one < SECONDS for one in took)
    note = f"the worst took {max(took):.1f} s of the processor; headers, report, text and what it says"
    return Figure(name, "messages that neither stop nor hold a sync", quick, len(took), 1.0, note)


def _each(source: bytes) -> list[bytes]:
    """The mails of an mbox, each from its "From " line on; else the one that the file is."""
    if not source.startswith(b"From "):
        return [source]
    return [b"From " + one for one in re.split(rb"(?:^|\n\n)From (?=[^\n]* \d{4}\n)", source)[1:]]


def seconds_of(source: bytes) -> float:
    """All that may be read of one message, in seconds of the processor."""
    began = time.process_time()
    source = source[:TEXT_LIMIT]
    envelope = _read(lambda: read_envelope(source)) or Envelope()
    text = _read(lambda: read_text(source)) or Text()
    _read(lambda: read_suspect(source, classify(envelope), text))
    for group in GROUPS.values():
        group.read(text, _WANTED)
    return time.process_time() - began


def _read(step: Callable[[], T]) -> T | None:
    with suppress(ValueError):
        return step()
    return None
