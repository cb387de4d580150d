"""Every part of the benchmark runs: at a scale at which its figures say nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bench.figures import Figure, alternating
from bench.mailbox import mails, now
from bench.page import written
from bench.parts import PARTS, Bench
from tests.servers import need as require

TOOLS = {"first_sync": ("mbsync", "notmuch"), "poll": ("mbsync", "notmuch")}


@pytest.mark.dovecot
@pytest.mark.parametrize("part", PARTS)
def test_each_part_runs(part: str, tmp_path: Path) -> None:
    require("dovecot")
    if not all(map(shutil.which, TOOLS.get(part, ()))):
        pytest.skip("isync and notmuch are there for make bench only")
    bench = Bench(tmp_path, scale=0.002, times=1)
    getattr(bench, part)()
    assert bench.figures
    assert all(one.ratio >= 0 and one.told for one in bench.figures)


def test_a_seed_makes_one_mailbox() -> None:
    moment = now()
    first, again = list(mails(200, moment)), list(mails(200, moment))
    assert first == again
    assert sum(one.folder == "Sent" for one in first) == 100
    assert len({one.raw.partition(b"Message-ID: ")[2].partition(b"\r")[0] for one in first}) == 200


def test_the_page_tells_what_is_met_and_what_is_missed() -> None:
    page = written([Figure("a", "1 s, 2 s", 0.5, 1.0), Figure("b", "3 s", 3.0, 2.0)], 3, 12)
    assert "| a | 1 s, 2 s | 0.50 | 1 | met |" in page
    assert "| b | 3 s | 3.00 | 2 | missed by 50% |" in page
    assert "- **b**: " in page
    assert "medians; 12 minutes in all" in page


def test_what_is_compared_runs_in_turns() -> None:
    order: list[str] = []
    assert alternating([lambda: order.append("a") or 1.0, lambda: order.append("b") or 2.0], 3) == [1.0, 2.0]  # type: ignore[func-returns-value]
    assert order == ["a", "b"] * 3
