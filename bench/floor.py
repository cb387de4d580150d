"""The floors, each in a process of its own: what nobody could be faster than with the same tools.

`headers`: imapclient alone fetching the header fields that watcher asks for. `raw`: a socket that reads so
many octets. `status`: click, sqlite3 and rich printing the rows of the view.
"""

from __future__ import annotations

import socket
import sys
import time


def headers(port: str, user: str, password: str) -> None:
    """Fetch the same fields of every message of both folders, 500 a call, and keep nothing."""
    from imapclient import IMAPClient

    from watcher.mailbox.session import _HEADER

    with IMAPClient("127.0.0.1", int(port), ssl=False) as client:
        client._imap.debug = 0
        client.normalise_times = False
        client.login(user, password)
        for folder in ("INBOX", "Sent"):
            client.select_folder(folder, readonly=True)
            uids = client.search()
            for start in range(0, len(uids), 500):
                client.fetch(uids[start : start + 500], ["INTERNALDATE", _HEADER])


def raw(port: str, octets: str) -> None:
    """Read so many octets from whoever sends them."""
    left = int(octets)
    with socket.create_connection(("127.0.0.1", int(port))) as link:
        while left > 0 and (piece := link.recv(min(left, 1 << 16))):
            left -= len(piece)


def status(store: str, now: str) -> None:
    """Print the rows that `watcher status` shows, with the same libraries and nothing else."""
    import sqlite3

    import click
    from rich.cells import cell_len

    where = "due <= ? AND dormant_from > ? AND stage NOT IN ('inquiry', 'cold') ORDER BY due"
    query = f"SELECT customer, stage, turn, since, due FROM glance WHERE {where}"  # noqa: S608
    connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    seen: set[str] = set()
    for customer, stage, turn, since, due in connection.execute(query, (int(now), int(now))):
        if customer not in seen:
            seen.add(customer)
            width = 30 + len(customer) - cell_len(customer)
            click.echo(f"  {customer:<{width}}  {stage}  {turn}  {since}  {due}")


if __name__ == "__main__":
    began = time.perf_counter()
    {"headers": headers, "raw": raw, "status": status}[sys.argv[1]](*sys.argv[2:])
    print(time.perf_counter() - began, file=sys.stderr)
