"""Outlook's Thread-Index: which conversation a mail says it belongs to (MS-OXOMSG 2.2.1.3).

The header is base64 of one reserved octet, five octets of a FILETIME, and the sixteen of a GUID that is made
when a conversation begins; each answer keeps these and puts five octets behind them.
https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxomsg/9e994fbb-b839-495f-84e3-2c8c02c7dd9b
"""

from __future__ import annotations

import re
from base64 import b64decode

_HEAD, _GUID = 22, slice(6, 22)  # octets
_HEAD_LETTERS = 32  # of base64, which hold 24 octets: the answers behind the head are not looked at
_LETTERS = re.compile(r"[A-Za-z0-9+/]{30,}={0,2}")


def read_thread_index(value: str) -> str:
    """The conversation's GUID as 32 hexadecimal digits, "" where there is none. Linear; never fails."""
    packed = "".join(value.split())
    if not _LETTERS.fullmatch(packed):
        return ""
    head = packed.rstrip("=")[:_HEAD_LETTERS]
    octets = b64decode(head + "=" * (-len(head) % 4)) if len(head) % 4 != 1 else b""
    guid = octets[_GUID]
    return guid.hex() if len(octets) >= _HEAD and any(guid) else ""
