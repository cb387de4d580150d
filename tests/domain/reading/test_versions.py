"""A table of rules that changes raises the version of the facts it gives: else old ones are never read again.

Who changes a table raises the version on its page, and writes both down here. So does who changes a rule,
which no digest can tell.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import watcher.domain.data
from watcher.domain.kinds import KINDS_VERSION
from watcher.domain.reading import evidence, opening, tone
from watcher.domain.reading.automatic import SUSPECTS_VERSION
from watcher.domain.reading.away import AWAY_VERSION
from watcher.domain.reading.replies import REPLY_VERSION

DATA = Path(watcher.domain.data.__file__).parent

# By table: the versions of the rules that look things up in it, and the digest of the table then.
WRITTEN_DOWN = {
    "automatic": ((5, 4), "480a2ed664d9"),
    "automatic_texts": ((4,), "e89d83d96a4a"),
    "returned": ((4,), "b46382630cab"),
    "away": ((2,), "d7b422704636"),
    "replies": ((3,), "466f71e9b33c"),
    "opening": ((2,), "ea27879b1719"),
    "evidence": ((2,), "ad416b8863fb"),
    "tone": ((1,), "fd8ca19cc170"),
}


def digest(table: str) -> str:
    return hashlib.blake2b((DATA / f"{table}.toml").read_bytes(), digest_size=6).hexdigest()


@pytest.mark.parametrize("table", WRITTEN_DOWN)
def test_a_table_that_changed_has_raised_its_version(table: str) -> None:
    versions, known = WRITTEN_DOWN[table]
    assert digest(table) == known, f"{table}.toml changed: raise its version, and write both down here"
    assert versions == VERSIONS[table], "the version was raised: write it down here"


VERSIONS = {
    "automatic": (KINDS_VERSION, SUSPECTS_VERSION),
    "automatic_texts": (SUSPECTS_VERSION,),
    "returned": (SUSPECTS_VERSION,),
    "away": (AWAY_VERSION,),
    "replies": (REPLY_VERSION,),
    "opening": (opening.VERSION,),
    "evidence": (evidence.EVIDENCE_VERSION,),
    "tone": (tone.TONE_VERSION,),
}


def test_every_table_of_facts_is_written_down() -> None:
    assert WRITTEN_DOWN.keys() == VERSIONS.keys()
