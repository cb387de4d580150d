"""An answer of ours that no folder holds, proven by their reply to it (DESIGN 2.4.5)."""

from __future__ import annotations

import pytest

from tests.domain.week import customer, told
from watcher.domain.stages import Stage

PHONE, FAX = "<p1@acme.test>", "<p2@acme.test>"


@pytest.mark.parametrize(
    ("happened", "verdicts", "stubs"),
    [
        # it enters as a mail of ours: their wait begins with the reply, not with the first mail
        (f"Mon in; Wed in(references=<m1>,{PHONE})", ["ours received_last Wed"], 1),
        (f"Mon in; Wed in(references=<m1>,{PHONE}); Thu out", ["theirs sent_last Thu"], 1),
        (f"Mon in; Wed thanks-in(references=<m1>,{PHONE})", ["theirs acknowledged Wed"], 1),
        # proven once, by however many replies
        (
            f"Mon in; Wed in(references=<m1>,{PHONE}); Thu in(references=<m1>,{PHONE})",
            ["ours received_last Wed"],
            1,
        ),
        (
            f"Mon in; Wed in(references=<m1>,{PHONE}); Fri in(references=<m1>,{FAX})",
            ["ours received_last Fri"],
            2,
        ),
        # no proof: it is held, it is not of our making, no person replies, it is only mentioned
        ("Mon in; Tue out; Wed in(references=<m1>,<m2>)", ["ours received_last Wed"], 0),
        ("Mon in; Wed in(references=<m1>,<x@other.example>)", ["ours received_last Mon"], 0),
        (f"Mon in; Wed auto-in(references=<m1>,{PHONE})", ["ours received_last Mon"], 0),
        (f"Mon in; Wed in(references={PHONE},<m1>)", ["ours received_last Mon"], 0),
        # what we wrote unseen in a newer thread supersedes the older wait
        (
            f"Mon out; Wed in(subject=Valves references={PHONE})",
            ["nobody superseded Mon", "ours received_last Wed"],
            1,
        ),
    ],
)
def test_what_an_unseen_answer_proves(happened: str, verdicts: list[str], stubs: int) -> None:
    found = customer(happened, Stage.OPPORTUNITY).threads
    assert [told(one.decision) for one in found] == verdicts
    assert sum(one.decision.stubs for one in found) == stubs


def test_it_stands_where_we_must_have_written_it() -> None:
    (only,) = customer(f"Mon in; Tue in(references=<m1>,{PHONE})").threads
    assert [one.stub for one in only.thread.messages] == [False, True, False]


@pytest.mark.parametrize(
    ("happened", "quiet"),
    [
        (f"Mon in; Wed in(references=<m1>,{PHONE})", True),  # perhaps we answered that one unseen, too
        (f"Mon in; Wed in(references=<m1>,{PHONE}); Thu out", False),  # that they owe us is no guess
        ("Mon in; Wed in", False),
    ],
)
def test_what_we_owe_where_answers_are_unseen_reaches_the_digest_only(happened: str, quiet: bool) -> None:
    for stage in (Stage.OPPORTUNITY, Stage.PI):
        wait = customer(happened, stage).threads[0].wait
        assert wait is not None
        assert wait.quiet is quiet
