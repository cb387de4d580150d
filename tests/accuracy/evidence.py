"""How rarely ordinary mail is taken for the business of a deal: evidence where there is none.

The corpora hold no sales mail, so what is found in them is wrong, or as good as. What is found where there
is something to find is in the tables of tests/domain/reading/test_evidence.py.
"""

from __future__ import annotations

import mailbox
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from tests.accuracy.figures import Figure
from tests.corpora import mails
from watcher.domain.messages import Direction
from watcher.domain.reading.evidence import EvidenceKind, read_evidence
from watcher.mailbox.headers import read_envelope
from watcher.mailbox.texts import read_text

# What would call a deal signed, ordered or paid; the lower steps cost less when they are wrong.
_DEAR = {EvidenceKind.ORDER, EvidenceKind.PI_SIGNED, EvidenceKind.DEPOSIT, EvidenceKind.PAID}
_NONE_DEAR, _NONE = 0.999, 0.995


def measure(corpora_root: Path) -> list[Figure]:
    """The figures over the unpacked corpora; none for a set that is absent."""
    figures: list[Figure] = []
    for name, read in (("ham", _files), ("mailbox-rsiggeo", _files), ("list", _boxes)):
        if (corpora_root / name).is_dir():
            figures += _figures(name, list(map(_shown, read(corpora_root / name))))
    return figures


def _figures(name: str, shown: list[set[EvidenceKind]]) -> Iterator[Figure]:
    note = "read as theirs and as ours"
    dear = sum(not found & _DEAR for found in shown)
    yield Figure(
        name, "ordinary mail that shows no order, signature or payment", dear, len(shown), _NONE_DEAR
    )
    yield Figure(
        name, "ordinary mail that shows nothing of a deal", shown.count(set()), len(shown), _NONE, note
    )


def _shown(source: bytes) -> set[EvidenceKind]:
    """What a mail would show, whichever way it went."""
    try:
        text = read_text(source)
    except ValueError:
        return set()
    subject = read_envelope(source).subject
    ways: Iterable[Direction] = (Direction.INBOUND, Direction.OUTBOUND)
    return {one.kind for way in ways for one in read_evidence(text, subject, way)}


def _files(folder: Path) -> Iterator[bytes]:
    return (octets for name, octets in mails(folder) if not name.endswith((".tsv", ".md", "cmds")))


def _boxes(folder: Path) -> Iterator[bytes]:
    """Every third mail of a list: it is one kind of talk, and reading takes its time."""
    for file in sorted(folder.glob("*.mbox")):
        yield from (message.as_bytes() for message in islice(mailbox.mbox(file), 0, None, 3))
