"""`python -m tests.chaos [SEEDS]`: run so many (500), write docs/reliability.md, fail on a broken promise."""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests import reliability
from tests.chaos.office import TIMEOUTS, Office
from tests.chaos.seeds import LONGEST_SECONDS, Outcome, Soak

_SEEDS = 500
_WHAT = {
    "cut": "both ends are reset at an octet",
    "end": "the stream is truncated: it ends in good order, too soon",
    "stall": "nothing more comes, and the link stays open",
    "delay": "a pause shorter than the time-out",
    "split": "up to 2,000 octets come in pieces of 1 to 7",
    "flip": "1 to 4 octets are changed (TLS)",
    "lose": "1 to 4 octets are missing (TLS)",
    "repeat": "1 to 4 octets come twice (TLS)",
}
_HEAD = """\
# What a bad network does

Written by `make soak`; do not edit. A proxy between watcher and a real Dovecot harms what passes, either way,
at octets drawn by lot (`tests/servers/harmful.py`). Each seed runs two harmed rounds of the whole job
(headers, judgement, texts, reminders) and an undisturbed one, as a first sync or on a store that knows an
earlier day, in clear or over TLS. Then:

- All that is known and decided is what it is without harm (`tests/state.py`): nothing lost, nothing doubled.
- The same pop-ups were shown, each once, and none during the harm that the whole knowledge would not show.
- No round took longer than {longest:.0f} s. The time-outs were {connect:.0f} s for a connection and
  {read:.0f} s for an answer; the real ones are 10 s and 60 s.
- What is only slow or in pieces breaks no round, and no lost link is taken for a refused password.

`make test` runs the first 25 seeds.

## What is not promised

- Octets are changed, lost and doubled over TLS alone, where that ends the link. In clear, which the config
  allows on loopback only, a changed letter of a header cannot be told from the real one, by anybody.
- A text at which the link breaks three times is judged by its headers: it is taken for the text's fault. So
  two rounds of a seed are harmed, not three.
- A server that sends an octet just within each time-out holds a round as long as it likes.
- A reminder that half knowledge planned and whole knowledge took back stays in the ledger as withdrawn. No
  channel ever saw it.
"""


def main(arguments: list[str]) -> int:
    """Run, tell, write; 1 where a promise was broken."""
    logging.getLogger("watcher").addHandler(logging.NullHandler())
    seeds = int(arguments[0]) if arguments else _SEEDS
    outcomes, begun = [], time.monotonic()
    with tempfile.TemporaryDirectory() as folder, Office(Path(folder)) as office:
        soak = Soak(office)
        for seed in range(seeds):
            outcomes.append(soak.run(seed))
            _tell(outcomes[-1])
    reliability.write(_page(outcomes, time.monotonic() - begun))
    return 1 if any(one.faults for one in outcomes) else 0


def _tell(one: Outcome) -> None:
    for fault in one.faults:
        print(f"seed {one.seed}: {fault}", flush=True)
    if one.seed % 25 == 24:
        print(f"{one.seed + 1} seeds done", flush=True)


def _page(outcomes: Sequence[Outcome], seconds: float) -> str:
    """The promises, and the figures of this run."""
    connect, read = TIMEOUTS
    starts = Counter(one.start for one in outcomes)
    faulty = [one for one in outcomes if one.faults]
    reached = sum((one.harms for one in outcomes), Counter[str]())
    rows = [
        ("seeds", len(outcomes)),
        *((f"of them: {name}", count) for name, count in sorted(starts.items())),
        ("of them over TLS", sum(one.tls for one in outcomes)),
        ("harmed rounds", sum(one.rounds for one in outcomes)),
        ("of them, those whose harm was reached", sum(reached.values())),
        ("of them, those that broke off", sum(one.broke for one in outcomes)),
        ("the longest harmed round", f"{max(one.longest for one in outcomes):.1f} s"),
        ("the whole run", f"{seconds:.0f} s"),
        ("seeds with a broken promise", len(faulty)),
    ]
    harms = [(kind, what, reached[kind]) for kind, what in _WHAT.items()]
    lines = [
        _HEAD.format(longest=LONGEST_SECONDS, connect=connect, read=read),
        "## The last run",
        "",
        *reliability.table(("", ""), rows),
        "",
        *reliability.table(("harm", "what it is", "times"), harms),
    ]
    if faulty:
        lines += ["", *(f"- seed {one.seed}: {'; '.join(one.faults)}" for one in faulty)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
