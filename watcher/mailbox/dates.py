"""The Date field (RFC 5322 3.3 and 4.3), in every form that real mail uses."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_YEARS = range(1971, 2101)  # outside it a clock was never set
_MAX_OFFSET = timedelta(hours=15)

# Beside the zones of RFC 5322 4.3, which the standard library knows: names seen in mail that mean
# one offset only. Minutes east of UTC.
_ZONES = {
    "wet": 0,
    "west": 60,
    "bst": 60,
    "met": 60,
    "cet": 60,
    "mest": 120,
    "cest": 120,
    "eet": 120,
    "eest": 180,
    "msk": 180,
    "hkt": 480,
    "sgt": 480,
    "jst": 540,
    "kst": 540,
    "aest": 600,
}
_COMMENT = re.compile(r"\([^()]*\)?")
_UNKNOWN_OFFSET = re.compile(r"[^\d]-00:?00$")
_NAMED_OFFSET = re.compile(r"\b(?:GMT|UTC?)\s*([+-]\d{1,2}):?(\d{2})?$", re.IGNORECASE)
_COLON_OFFSET = re.compile(r"([+-]\d{2}):(\d{2})$")
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?\s*([+-]\d\d:?\d\d|Z)$")


def read_date(value: str) -> tuple[datetime | None, int | None]:
    """(moment in UTC, what the sender's clock said east of UTC in minutes).

    (None, None) where there is no date, no zone (INTERNALDATE is better than a guess) or an absurd
    year. "-0000" is a moment without an offset (RFC 5322 3.3).
    """
    text = " ".join(_COMMENT.sub(" ", value[:200]).split())
    local = _read(text)
    if local is None:
        return None, None
    offset = local.utcoffset()
    if offset is None or abs(offset) > _MAX_OFFSET or local.year not in _YEARS:
        return None, None
    known = not _UNKNOWN_OFFSET.search(text)
    return local.astimezone(UTC), int(offset.total_seconds()) // 60 if known else None


def _read(text: str) -> datetime | None:
    try:
        return _read_iso(text) or _read_rfc5322(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _read_iso(text: str) -> datetime | None:
    found = _ISO.match(text)
    return datetime.fromisoformat(f"{found[1]}T{found[2]}{found[3]}") if found else None


def _read_rfc5322(text: str) -> datetime:
    moment = parsedate_to_datetime(_plain_offset(text))
    if moment.tzinfo is None and _UNKNOWN_OFFSET.search(text):
        return moment.replace(tzinfo=UTC)
    return moment


def _plain_offset(text: str) -> str:
    """The zone written as RFC 5322 has it: "+08:00", "GMT+8" and "CEST" are seen."""
    text = _NAMED_OFFSET.sub(lambda found: f"{int(found[1]):+03d}{found[2] or '00'}", text)
    text = _COLON_OFFSET.sub(r"\1\2", text)
    head, _, zone = text.rpartition(" ")
    minutes = _ZONES.get(zone.lower())
    return text if minutes is None else f"{head} +{minutes // 60:02d}{minutes % 60:02d}"
