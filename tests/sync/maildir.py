"""Mail put straight into a Dovecot's folder: octet for octet as it is, and thousands in a second."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from tests.servers.dovecot import Dovecot


def fill(dovecot: Dovecot, folder: str, mails: Iterable[bytes]) -> None:
    """Deliver mails in order. The server finds them when the folder is next opened (Maildir's own rule:
    https://cr.yp.to/proto/maildir.html); INTERNALDATE is the present moment.
    """
    place = dovecot.home / "mail" / ("" if folder == "INBOX" else f".{folder}")
    for part in ("cur", "new", "tmp"):
        (place / part).mkdir(parents=True, exist_ok=True)
    for number, raw in enumerate(mails):
        # No flags: Dovecot sorts new names by the number in front.
        (place / "cur" / f"{1_700_000_000 + number}.M{number}.filled:2,").write_bytes(raw)
    _give_to(place, (dovecot.home / "mail").stat())


def _give_to(place: Path, owner: os.stat_result) -> None:
    for one in (place, *place.rglob("*")):
        os.chown(one, owner.st_uid, owner.st_gid)


def uids(dovecot: Dovecot, folder: str) -> list[int]:
    """The UIDs that the server gave the mails, in the order in which `fill` was given them."""
    place = dovecot.home / "mail" / ("" if folder == "INBOX" else f".{folder}")
    lines = (place / "dovecot-uidlist").read_text("utf-8").splitlines()[1:]  # "1 :1700000000.M0.filled:2,"
    names = {line.partition(":")[2].partition(":")[0]: int(line.split()[0]) for line in lines}
    return [names[name] for name in sorted(names, key=lambda name: int(name.split(".")[0]))]
