"""Threads of one deal know of each other (DESIGN 2.4.3): superseded, settled, and which deal is whose."""

from __future__ import annotations

import pytest

from tests.domain.week import BEN, CUSTOMER, OUT, by_key, customer, day_name, deal, judged, mail, moment, told
from watcher.domain.customers import Role
from watcher.domain.deals import Deal, StageMove
from watcher.domain.judgement import CustomerFile, ReviewedCustomer
from watcher.domain.messages import Message
from watcher.domain.stages import Stage

OTHER = "subject=Valves references="
WATCHED, LOST = "theirs sent_last Mon", "ours undelivered Tue"


def verdicts(happened: str) -> list[str]:
    return [told(one.decision) for one in customer(happened).threads]


@pytest.mark.parametrize(
    ("happened", "first", "second"),
    [
        # the wait runs on the newest thread
        (f"Mon out; Wed out({OTHER})", "nobody superseded Mon", "theirs sent_last Wed"),
        (f"Mon out; Wed in({OTHER})", "nobody superseded Mon", "ours received_last Wed"),
        (f"Mon out; Wed in({OTHER}); Thu done", "nobody done Thu", "ours received_last Wed"),
        (f"Mon out; Tue hold-in; Wed out({OTHER})", "nobody superseded Tue", "theirs sent_last Wed"),
        # an older one that we owe stays ours
        (f"Mon in; Wed out({OTHER})", "ours received_last Mon", "theirs sent_last Wed"),
        (f"Mon in; Tue hold-out; Wed out({OTHER})", "ours we_promised Tue", "theirs sent_last Wed"),
        # machines in the newer one, and what went to a shared address, replace no wait
        (f"Mon out; Wed shared-in({OTHER})", "theirs sent_last Mon", "nobody shared Wed"),
        # what the rep said to watch stays watched
        (f"Mon out; Tue snooze(until=Mon3); Wed out({OTHER})", WATCHED, "theirs sent_last Wed"),
        # answered in a new mail with the same subject
        ("Mon in; Wed out(references=)", "nobody settled Mon", "theirs sent_last Wed"),
        ("Mon in; Wed out(references= to=ben@cust.de)", "ours received_last Mon", "theirs sent_last Wed"),
        ("Mon in; Wed in(references=)", "ours received_last Mon", "ours received_last Wed"),
        ("Mon out; Wed in(references=)", "nobody superseded Mon", "ours received_last Wed"),
        # a mail that came back, sent again as a new one
        (
            "Mon out; Tue bounce; Wed out(references= to=ben@cust.de)",
            "nobody settled Tue",
            "theirs sent_last Wed",
        ),
        ("Mon out; Tue bounce; Wed out(references=)", "ours undelivered Tue", "theirs sent_last Wed"),
        (
            "Mon out; Tue bounce(failed=anna@cust.de); Wed out(references=)",
            "ours undelivered Tue",
            "theirs sent_last Wed",
        ),
        (f"Mon out; Tue bounce; Wed out({OTHER} to=ben@cust.de)", LOST, "theirs sent_last Wed"),
    ],
)  # fmt: skip
def test_two_threads_of_one_deal(happened: str, first: str, second: str) -> None:
    assert verdicts(happened) == [first, second]


def test_a_subject_used_three_times_settles_nothing() -> None:
    assert verdicts("Mon in; Tue in(references=); Wed out(references=)") == [
        "ours received_last Mon",
        "ours received_last Tue",
        "theirs sent_last Wed",
    ]


def test_settling_ends_after_60_days() -> None:
    asked, late = "Mon in", "Mon{} out(references=)"
    assert verdicts(f"{asked}; {late.format(9)}")[0] == "nobody settled Mon"
    assert verdicts(f"{asked}; {late.format(10)}")[0] == "ours received_last Mon"


def test_what_settled_a_thread_decided_it() -> None:
    first, _ = customer("Mon in; Wed out(references=)").threads
    assert first.decision.decided_by == "<m2>"


# ── two deals ──


def with_deals(mails: list[Message], *deals: Deal, **file: object) -> ReviewedCustomer:
    known = CustomerFile(Role.LEAD, deals=deals, **file)  # type: ignore[arg-type]
    return by_key(judged(mails, {CUSTOMER: known}))[CUSTOMER]


PUMPS, VALVES = mail("a", "Mon", OUT), mail("b", "Wed", OUT, subject="Valves")


def test_threads_of_two_deals_do_not_supersede_each_other() -> None:
    deals = deal(Stage.PI), deal(Stage.INQUIRY, number=2)
    found = with_deals([PUMPS, VALVES], *deals, deal_of=((2, 2), (1, 1)))
    assert [(one.deal and one.deal.id, told(one.decision)) for one in found.threads] == [
        (1, "theirs sent_last Mon"),
        (2, "theirs sent_last Wed"),
    ]


def test_they_answer_a_matter_of_one_deal_in_a_new_mail_that_fell_into_another() -> None:
    deals = deal(Stage.PI), deal(Stage.INQUIRY, number=2)
    anew = mail("b", "Wed")
    first, second = with_deals([PUMPS, anew], *deals, deal_of=((1, 1), (2, 2))).threads
    assert (told(first.decision), told(second.decision)) == ("nobody settled Mon", "ours received_last Wed")
    bens = mail("b", "Wed", author=BEN)
    first, _ = with_deals([PUMPS, bens], *deals, deal_of=((1, 1), (2, 2))).threads
    assert told(first.decision) == "theirs sent_last Mon"


@pytest.mark.parametrize(
    ("second_opened", "stage", "expected"),
    [
        ("Tue", Stage.INQUIRY, [1, 2]),  # a thread that began in the days of the second belongs to it
        ("Thu", Stage.INQUIRY, [1, 1]),
        ("Tue", Stage.LOST, [1, 1]),
    ],
)
def test_a_thread_belongs_to_the_deal_that_was_open_when_it_began(
    second_opened: str, stage: Stage, expected: list[int]
) -> None:
    deals = deal(Stage.WON), deal(stage, second_opened, 2)
    found = with_deals([PUMPS, VALVES], *deals)
    assert [one.deal and one.deal.id for one in found.threads] == expected


def test_the_first_deal_is_lost_and_the_second_takes_all() -> None:
    deals = deal(Stage.LOST), deal(Stage.INQUIRY, "Thu", 2)
    assert [one.deal and one.deal.id for one in with_deals([PUMPS, VALVES], *deals).threads] == [2, 2]


# ── a deal's own history ──


@pytest.mark.parametrize(
    ("moves", "stage", "entered"),
    [
        ("", Stage.COLD, None),
        ("Mon inquiry; Wed pi", Stage.PI, "Wed"),
        ("Mon pi; Wed pi; Thu pi", Stage.PI, "Mon"),  # said again
        ("Mon pi; Wed opportunity; Thu pi", Stage.PI, "Thu"),  # came back
        ("Mon pi; Wed lost", Stage.LOST, "Wed"),
    ],
)
def test_where_a_deal_stands_and_since_when(moves: str, stage: Stage, entered: str | None) -> None:
    steps = [one.split() for one in moves.split("; ") if one]
    history = Deal(1, tuple(StageMove(moment(at), Stage(where)) for at, where in steps))
    assert (history.stage, history.entered and day_name(history.entered)) == (stage, entered)
    assert history.opened == (history.moves[0].at if history.moves else None)


def test_a_deal_of_the_rules_alone_moves_with_the_mail() -> None:
    stale = Deal(1, (StageMove(moment("Fri"), Stage.COLD, "rule", "<gone>"),))
    found = with_deals([mail("a", "Mon"), mail("b", "Wed", OUT, references="<a>")], stale)
    (thread,) = found.threads
    assert thread.deal is not None
    assert thread.deal.moves == (StageMove(moment("Mon"), Stage.INQUIRY, "rule", "<a>"),)
