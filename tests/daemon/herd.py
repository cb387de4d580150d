"""Many short lives of the program: each is forked off one process that has imported everything.

python tests/daemon/herd.py reads one order a line, in JSON, and answers each with a number: the process it
started, or the exit code (a signal's as a negative number) of the one it waited for. A fork is a process
as any other, and dies as any other; it merely needs no second to be born.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[2]


class Herd:
    """The process that forks; a context manager."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.daemon.herd"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def sync(self, home: Path, moment: str, environment: Mapping[str, str]) -> int:
        """Start `watcher sync --now MOMENT`; the number of its process."""
        words = ["sync", "--now", moment]
        return self._order(home=str(home), words=words, environment=dict(environment))

    def run(self, home: Path, clock: Path, environment: Mapping[str, str]) -> int:
        """Start the daemon by a clock file (entry.py)."""
        return self._order(home=str(home), clock=str(clock), environment=dict(environment))

    def wait(self, process: int) -> int:
        """Its exit code once it has ended, a signal's as a negative number."""
        return self._order(wait=process)

    def _order(self, **order: Any) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(order), file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())


def _warm_up() -> None:
    """A small mailbox is read and judged once: every module and table that takes time is loaded then. No
    thread may be started before the first fork.
    """
    import alembic.command  # noqa: F401

    import watcher.cli.run  # noqa: F401
    from tests.daemon.process import mail
    from tests.remind.desk import ANNA, USER, Desk
    from tests.sync.fake import FakeFolder, FakeMail, FakeSession
    from watcher.domain.messages import Role
    from watcher.mailbox.headers import read_envelope
    from watcher.review import company_of
    from watcher.sync import Pass
    from watcher.texts import TextPass

    with tempfile.TemporaryDirectory() as name:
        desk = Desk(Path(name))
        session = FakeSession({"INBOX": FakeFolder(Role.INBOX), "Sent": FakeFolder(Role.SENT)})
        for box, people in (("INBOX", (ANNA, USER)), ("Sent", (USER, ANNA))):
            raw = mail(*people, "Offer", desk.now, f"<{box}@acme.test>")
            session.boxes[box].put(FakeMail(read_envelope(raw), desk.now, raw))
        Pass(desk.store, session, "work", lambda: desk.now, 365, company_of).run()
        desk.app.review()
        TextPass(desk.store, session, "work", lambda: desk.now, company_of).run()
        desk.app.review()
        desk.app.remind()
        desk.close()


def _serve() -> None:
    _warm_up()
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            answer = os.waitstatus_to_exitcode(os.waitpid(order["wait"], 0)[1])
        elif not (answer := os.fork()):
            _live(order)
        print(answer, flush=True)


def _live(order: dict[str, Any]) -> None:
    """Be the program; what it prints goes to files of its home."""
    home = Path(order["home"])
    for number, name in enumerate((os.devnull, home / "out", home / "log")):
        os.dup2(os.open(name, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), number)
    os.environ |= order["environment"]
    code = 1
    try:
        if "clock" in order:
            from tests.daemon import entry
            from tests.daemon.in_flight import InFlight

            code = entry.main(home / "config.toml", Path(order["clock"]), lambda one: InFlight(one, home))
        else:
            from watcher.cli import main

            sys.argv = ["watcher", *order["words"]]
            main()
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve()
