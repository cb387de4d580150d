"""All that a store knows and decided, to compare two of them by."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from watcher.store import glance
from watcher.store.glance import ThreadGlance

_QUERIES = {
    "messages": "SELECT key, message_id, sent_at, offset_minutes, subject, base_subject, orphan_reply,"
    ' author, author_name, "references", in_reply_to, kind, why, report, doubtful, kind_version,'
    " in_sent, in_junk, pending FROM message ORDER BY key",
    "places": "SELECT name, uid, key FROM location JOIN folder ON folder.id = folder_id"
    " JOIN message ON message.id = location.message_id ORDER BY name, uid",
    "participants": "SELECT key, address, company FROM participant"
    " JOIN message ON message.id = participant.message_id ORDER BY key, address, company",
    "facts": "SELECT key, fact.name, value, rule_version FROM fact"
    " JOIN message ON message.id = fact.message_id ORDER BY key, fact.name",
    "broken": "SELECT name, uid, problem FROM quarantine JOIN folder ON folder.id = folder_id"
    " ORDER BY name, uid",
    "strangers": "SELECT name, uid FROM passed_over JOIN folder ON folder.id = folder_id ORDER BY name, uid",
    "customers": "SELECT key, name, role, role_said, country FROM customer ORDER BY key",
    "deals": "SELECT key, deal.name, stage, shipped_at FROM deal JOIN customer ON customer.id = customer_id"
    " ORDER BY key, deal.name, stage",
    "people": "SELECT address, name, written_at FROM contact ORDER BY address",
    "our addresses": "SELECT address FROM learned_address ORDER BY address",
    "hosts": "SELECT host, ours, theirs FROM id_host ORDER BY host",
    "proposals": "SELECT key, kind, stage, evidence, phrase, state FROM proposal ORDER BY key",
    "clocks": "SELECT key, rule, turn, reason, since, due, policy FROM wait"
    " JOIN customer ON customer.id = customer_id ORDER BY key, rule, since",
    "checkpoints": "SELECT name, uidvalidity, last_uid, messages, failure, rereading FROM folder"
    " ORDER BY name",
    "whole": "PRAGMA integrity_check",
    "lost": "PRAGMA foreign_key_check",
}


def state(store: Path) -> dict[str, Any]:
    """Numbers, which depend on the order of reading, and the moments of reading left out."""
    reminders = [replace(one, thread=None, tries=0) for one in glance.ledger(store)]
    with contextlib.closing(sqlite3.connect(store)) as connection:
        rows = {name: connection.execute(query).fetchall() for name, query in _QUERIES.items()}
    return {"threads": judged(store), "reminders": sorted(reminders, key=str), **rows}


def differences(one: Path, other: Path) -> dict[str, Any]:
    """What only the one store has, and what only the other; empty where they are the same."""
    ours, theirs = state(one), state(other)
    return {
        name: (
            [row for row in rows if row not in theirs[name]],
            [row for row in theirs[name] if row not in rows],
        )
        for name, rows in ours.items()
        if rows != theirs[name]
    }


def judged(store: Path) -> Sequence[ThreadGlance]:
    """Every thread with its verdict; what depends on the order of arrival (numbers) left out."""
    same = [replace(one, thread=0, conversation=0, deal=None) for one in glance.threads(store)]
    return sorted(same, key=lambda one: (one.messages[0].message_id, one.customer or ""))
