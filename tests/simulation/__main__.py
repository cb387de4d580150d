"""`python -m tests.simulation [SEED]`: play a quarter, write its chapter, fail where the ledger is wrong."""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests import reliability
from tests.simulation.office import Office, expected
from tests.simulation.oracle import Reminder
from tests.simulation.script import Script, script

WEEKS, CUSTOMERS = 13, 200
_HEAD = """\
# A quarter of reminders

Written by `make soak`; do not edit. {customers} customers in five countries and {weeks} weeks are played
over the daemon's own rounds, with a real IMAP server and a real store. In them the machine sleeps for hours
and for days, the server is away, the clock is an hour wrong in either direction and put right again, the
rep's summer time begins, and the rep and the customers have holidays. Then what the ledger says was
delivered, and at which look of the daemon, is compared with what an oracle computes from the script alone
(`tests/simulation/oracle.py`), which asks nothing of watcher.

`make test` plays two weeks. The daemon's scheduler is not in it: who looks, and when, is the script's.

## The last run of the quarter

"""


def main(arguments: list[str]) -> int:
    """Play, tell, write; 1 where ledger and oracle differ."""
    logging.getLogger("watcher").addHandler(logging.NullHandler())
    seed, begun = int(arguments[0]) if arguments else 1, time.monotonic()
    print(f"seed {seed}", flush=True)
    played = script(seed, WEEKS, CUSTOMERS)
    with tempfile.TemporaryDirectory() as folder:
        office = Office(played, Path(folder))
        office.play()
    should = expected(played)
    differ = [one for one in {*should, *office.shown} if should.get(one) != office.shown.get(one)]
    for one in sorted(differ, key=str):
        print(f"{one}: due {should.get(one)}, delivered {office.shown.get(one)}", flush=True)
    reliability.write(_page(seed, played, office, len(differ), time.monotonic() - begun))
    return 1 if differ or office.twice else 0


def _page(seed: int, played: Script, office: Office, differ: int, seconds: float) -> str:
    rules = Counter(_kind(one) for one in office.shown)
    rows = [
        ("seed", seed),
        ("mails", len(played.mails)),
        ("looks of the daemon", len(played.looks)),
        ("of them: the server was away", sum(one.away for one in played.looks)),
        ("of them: the clock was an hour wrong", sum(bool(one.off) for one in played.looks)),
        ("reminders delivered", len(office.shown)),
        *((f"of them: {name}", count) for name, count in sorted(rules.items())),
        ("ledger and oracle differ in", differ),
        ("delivered more than once", office.twice),
        ("the whole run", f"{seconds:.0f} s"),
    ]
    head = _HEAD.format(customers=len(played.customers), weeks=WEEKS)
    return head + "\n".join(reliability.table(("", ""), rows)) + "\n"


def _kind(one: Reminder) -> str:
    names = {"ours": "the answer is ours", "theirs": "they are silent", "payment": "a signed PI is unpaid"}
    return names[one.rule]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
