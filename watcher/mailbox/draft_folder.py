"""The one place in the program that writes into a mailbox: a draft into Drafts, when a person asks for it.

It has a connection of its own, opens no folder, and changes no mail that is there (APPEND, RFC 3501 6.3.11).
"""

from __future__ import annotations

from datetime import datetime

from imapclient.exceptions import IMAPClientError

from watcher.errors import ConfigError, ServerUnreachable
from watcher.mailbox.faults import translated
from watcher.mailbox.folders import DRAFTS
from watcher.mailbox.session import ImapSession


def append_draft(session: ImapSession, raw: bytes, now: datetime) -> str:
    """Put a draft into the account's Drafts; returns the folder's name.

    Raises ConfigError where there is no such folder, ServerUnreachable where the server refuses or is lost.
    """
    folders = session.folders()
    found = next((one.name for one in folders if one.left_out == DRAFTS), None)
    if found is None:
        raise ConfigError(
            "the server has no Drafts folder.", "Write a file instead: watcher draft N --eml FILE"
        )
    client = session._client
    try:
        with translated(session._server, "putting a draft into Drafts"):
            client.append(session._raw_names[found], raw, flags=(b"\\Draft", b"\\Seen"), msg_time=now)
    except IMAPClientError as error:
        raise ServerUnreachable(
            f"The server took no draft: {error}.", "watcher draft N --eml FILE"
        ) from error
    return found
