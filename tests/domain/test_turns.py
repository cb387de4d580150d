"""Whose turn it is, as tables: what happened, and the verdict (turn, reason, since, follow-ups)."""

from __future__ import annotations

import pytest

from tests.domain.week import customer, day_name, decisions, thread, told, verdict
from watcher.domain.customers import Role
from watcher.domain.stages import Stage
from watcher.domain.turns import Reason, decide

LAST_PERSON = [
    ("Mon out", "theirs sent_last Mon"),
    ("Mon in", "ours received_last Mon"),
    ("Mon out; Wed in", "ours received_last Wed"),
    ("Mon in; Wed out", "theirs sent_last Wed"),
    ("Mon out; Wed in; Thu auto-in", "ours received_last Wed"),
    ("Mon out; Tue in; Wed out; Thu in; Fri out", "theirs sent_last Fri"),
    # several of theirs are one wait, from the first unanswered one
    ("Mon in; Wed in; Fri in", "ours received_last Mon"),
    ("Mon in; Tue out; Wed in; Fri in(author=ben@cust.de)", "ours received_last Wed"),
    # what we write on one working day is one kick, a later one is a follow-up
    ("Mon 02:00 out; Mon 09:00 out", "theirs sent_last Mon"),
    ("Mon out; Wed out", "theirs sent_last Wed +1"),
    ("Mon out; Wed out; Wed out; Fri out", "theirs sent_last Fri +2"),
    ("Mon out; Wed out; Thu in; Fri out", "theirs sent_last Fri"),
    ("Mon out; Thu out; Mon2 out", "theirs sent_last Mon2 +2"),
    # a weekend's mails count for Monday
    ("Sat out; Sun out; Mon2 out", "theirs sent_last Sat"),
    ("Fri out; Sat out", "theirs sent_last Sat +1"),
    ("Mon out; Sat out; Sun out", "theirs sent_last Sat +1"),
    ("Sat out; Mon2 out; Tue2 out", "theirs sent_last Tue2 +1"),
    # Friday 23:00 in Shanghai and Saturday 01:00 there are two working days
    ("Fri 15:00 out; Fri 17:00 out", "theirs sent_last Fri +1"),
    # a copy is a kick too
    ("Mon in; Tue out(to=zhou@pumps.example cc=anna@cust.de)", "theirs sent_last Tue"),
]

MACHINES = [
    ("Mon out; Mon auto-in", "theirs sent_last Mon"),
    ("Mon out; Mon away-in(back=Fri)", "theirs sent_last Mon"),
    ("Mon in; Mon away-in(back=Fri)", "ours received_last Mon"),
    ("Mon out; Tue delay-in", "theirs sent_last Mon"),
    ("Mon out; Tue receipt-in", "theirs sent_last Mon"),
    ("Mon out; Tue calendar-in", "theirs sent_last Mon"),
    ("Mon out; Tue bulk-in", "theirs sent_last Mon"),
    ("Mon in; Tue auto-in; Wed receipt-in", "ours received_last Mon"),
    ("Mon out; Tue delay-in; Wed receipt-in; Thu calendar-in", "theirs sent_last Mon"),
]

BOTH = "out(to=anna@cust.de,ben@cust.de)"
BOUNCES = [
    ("Mon out; Tue bounce(failed=anna@cust.de)", "ours undelivered Tue"),
    ("Mon out; Tue bounce", "ours undelivered Tue"),
    ("Mon out; Mon in; Tue bounce(of=m1)", "ours received_last Mon"),  # they answered, so they had it
    ("Mon out; Tue bounce(failed=anna@cust.de); Wed in", "ours received_last Wed"),
    ("Mon out; Tue bounce; Wed in", "ours received_last Wed"),
    ("Mon out; Mon in; Mon bounce(of=m1 failed=anna@cust.de)", "ours received_last Mon"),
    ("Mon out; Tue bounce(failed=anna@cust.de); Wed out", "theirs sent_last Wed"),
    ("Mon out; Tue bounce; Wed out(to=ben@cust.de)", "theirs sent_last Wed"),
    ("Mon out; Mon out(to=ben@cust.de); Tue bounce(of=m1 failed=anna@cust.de)", "theirs sent_last Mon"),
    ("Mon out; Wed out(to=ben@cust.de); Thu bounce(of=m1 failed=anna@cust.de)", "theirs sent_last Wed +1"),
    ("Mon out; Wed out; Thu bounce(of=m1 failed=anna@cust.de)", "ours undelivered Thu"),  # the same address
    # two of theirs: lost only where neither has it
    (f"Mon {BOTH}; Tue bounce(failed=ben@cust.de)", "theirs sent_last Mon"),
    (
        f"Mon {BOTH}; Tue bounce(failed=ben@cust.de); Wed bounce(of=m1 failed=anna@cust.de)",
        "ours undelivered Wed",
    ),
    ("Mon out(to=anna@cust.de,ben@cust.de); Tue bounce", "ours undelivered Tue"),  # it names nobody
    ("Mon 02:00 out; Mon 09:00 out(to=ben@cust.de); Tue bounce(failed=ben@cust.de)", "theirs sent_last Mon"),
    # another customer's address, or a stranger's beside the customer's own
    ("Mon out(bcc=x@other.example); Tue bounce(failed=x@other.example)", "theirs sent_last Mon"),
    ("Mon out(cc=zhou@pumps.example); Tue bounce(failed=zhou@pumps.example)", "theirs sent_last Mon"),
    # their server sent it on and names where to
    ("Mon out; Tue bounce(failed=anna@home.example)", "ours undelivered Tue"),
    ("Mon out; Tue bounce(failed=a.meyer@cust.de)", "ours undelivered Tue"),
    # what came back is no mail of this wait
    ("Mon out; Tue bounce(of=gone)", "theirs sent_last Mon"),
    ("Mon out; Tue log; Wed bounce(of=m1)", "theirs logged Tue +1"),  # the call reached them
    ("Mon out; Tue done; Wed bounce(of=m1)", "nobody done Tue"),
]

OTHERS = [
    # third parties: the factory by our forward, a forwarder who replies to all
    ("Mon in; Tue third-out", "ours received_last Mon"),
    ("Mon in; Tue third-out; Wed third-in", "ours received_last Mon"),
    ("Mon out(cc=zhou@pumps.example); Wed third-in", "theirs sent_last Mon"),
    ("Mon out; Tue third-in", "theirs sent_last Mon"),
    # colleagues are us, among ourselves nothing moves
    ("Mon in; Tue colleague-out", "theirs sent_last Tue"),
    ("Mon in; Tue internal", "ours received_last Mon"),
    ("Mon out; Tue internal; Wed internal", "theirs sent_last Mon"),
    # a shared address only: ours once we have written
    ("Mon shared-in", "nobody shared Mon"),
    ("Mon shared-in; Tue shared-in", "nobody shared Tue"),
    ("Mon shared-in; Tue in", "ours received_last Tue"),
    ("Mon shared-in; Tue out; Wed shared-in", "ours received_last Wed"),
    ("Mon shared-in; Tue hold-out", "ours we_promised Tue"),
    ("Mon in(to=sales@acme.test,wei@acme.test)", "ours received_last Mon"),
    ("Mon in(to=pumps@list.example)", "ours received_last Mon"),  # we had a hidden copy
    # Junk
    ("Mon out; Wed junk-in", "ours answer_in_junk Wed"),
    ("Mon out; Wed junk-in; Thu in", "ours received_last Wed"),
    ("Mon out; Wed in; Thu junk-in", "ours answer_in_junk Wed"),
]

HOLDING = [
    ("Mon out; Tue hold-in", "theirs acknowledged Tue"),
    ("Mon out; Wed out; Thu hold-in", "theirs acknowledged Thu"),
    ("Mon out; Tue hold-in; Wed thanks-out", "theirs acknowledged Tue"),  # "noted": they still owe it
    ("Mon out; Tue hold-in; Fri out", "theirs sent_last Fri"),
    ("Mon out; Tue hold-in; Fri in", "ours received_last Fri"),
    ("Mon hold-in", "ours received_last Mon"),  # nothing of ours that it could acknowledge
    ("Mon in; Tue hold-in", "ours received_last Mon"),
    ("Mon out; Tue thanks-in", "theirs acknowledged Tue"),  # a thanks ends nothing before `won`
    ("Mon out; Tue done; Wed hold-in", "theirs acknowledged Wed"),
    ("Mon in; Tue hold-out", "ours we_promised Tue"),
    ("Mon in; Tue hold-out; Wed hold-out", "ours we_promised Wed"),
    ("Mon in; Tue hold-out; Thu out", "theirs sent_last Thu"),
    ("Mon in; Tue hold-out; Thu in", "ours received_last Thu"),
    ("Mon out; Tue hold-out", "theirs sent_last Tue +1"),  # nothing of theirs waits
]

WON = [
    ("Mon out; Tue thanks-in", "nobody closing Tue"),
    ("Mon out; Tue thanks-in; Wed thanks-out", "nobody closing Tue"),
    ("Mon out; Tue thanks-in; Wed out", "theirs sent_last Wed"),
    ("Mon out; Tue thanks-in; Wed in", "ours received_last Wed"),
    ("Mon in; Tue out; Wed thanks-in", "nobody closing Wed"),
    ("Mon out; Tue in; Wed thanks-in", "ours received_last Tue"),  # their question still stands
    ("Mon out; Tue thanks-in; Wed hold-in", "theirs acknowledged Wed"),
    ("Mon in; Tue thanks-out", "theirs sent_last Tue"),
]

REP = [
    ("Mon in; Tue done", "nobody done Tue"),
    ("Mon out; Tue done", "nobody done Tue"),
    ("Mon out; Tue done; Wed in", "ours received_last Wed"),
    ("Mon out; Tue in; Wed done(anchor=2)", "nobody done Wed"),
    ("Mon out; Tue in; Wed done(anchor=2); Fri in", "ours received_last Fri"),
    ("Mon out; Tue done; Wed out", "theirs sent_last Wed"),
    ("Mon out; Tue done; Wed auto-in; Thu third-in", "nobody done Tue"),
    ("Mon in; Tue log", "theirs logged Tue"),
    ("Mon out; Wed log", "theirs logged Wed +1"),
    ("Mon out; Tue in; Wed log(anchor=2)", "theirs logged Wed"),
    ("Mon out; Tue in; Wed log(anchor=2); Fri in", "ours received_last Fri"),
    ("Mon out; Mon log", "theirs logged Mon"),  # a mail and a call on one day are one kick
    ("Mon log; Mon out", "theirs sent_last Mon"),
    ("Mon out; Wed log; Fri out", "theirs sent_last Fri +2"),
    ("Mon out; Tue log(turn=ours)", "ours logged Tue"),
    ("Mon out; Tue log(turn=ours); Wed in", "ours received_last Tue"),
    ("Mon in; Tue log(turn=nobody)", "nobody logged Tue"),
    ("Mon out; Tue snooze(until=Fri)", "theirs sent_last Mon"),
    ("Mon in; Tue snooze(until=Fri)", "ours received_last Mon"),
    ("Mon out; Sat snooze(until=Sun3); Tue2 in", "ours received_last Tue2"),
]


@pytest.mark.parametrize(("happened", "expected"), LAST_PERSON + MACHINES + BOUNCES + OTHERS + HOLDING + REP)
def test_turn(happened: str, expected: str) -> None:
    assert verdict(happened) == expected


@pytest.mark.parametrize(("happened", "expected"), WON)
def test_a_bare_thanks_ends_a_thread_at_won_only(happened: str, expected: str) -> None:
    assert verdict(happened, Stage.WON) == expected


@pytest.mark.parametrize(
    ("happened", "snoozed_until"),
    [
        ("Mon out; Tue snooze(until=Fri)", "Fri"),
        ("Mon out; Tue snooze(until=Fri); Wed in", None),  # until the next inbound mail
        ("Mon out; Tue snooze(until=Fri); Wed hold-in", None),
        ("Mon out; Tue snooze(until=Fri); Wed auto-in", "Fri"),
        ("Mon out; Tue snooze(until=Fri); Wed out", "Fri"),  # our own mail does not end it
        ("Mon out; Tue snooze(until=Wed); Thu out", None),  # it rang, we followed up: their clock runs anew
        ("Mon 02:00 out; Mon 03:00 snooze(until=Mon); Mon 09:00 out", None),
        ("Mon in; Tue snooze(until=Fri); Wed out", None),  # it was to remind us to answer, and we did
        ("Mon out; Tue snooze(until=Fri); Wed done", None),
    ],
)
def test_a_snooze_lasts_until_it_rings_or_they_write(happened: str, snoozed_until: str | None) -> None:
    until = thread(happened).decision.snoozed_until
    assert (until and day_name(until)) == snoozed_until


@pytest.mark.parametrize(
    ("happened", "decided_by"),
    [
        # the last mail of a person
        ("Mon out", "<m1>"),
        ("Mon out; Tue in", "<m2>"),
        ("Mon in; Tue out", "<m2>"),
        ("Mon in; Wed in", "<m2>"),
        ("Mon 02:00 out; Mon 09:00 out", "<m2>"),
        ("Mon out; Tue out", "<m2>"),
        ("Mon out; Thu out; Mon2 out", "<m3>"),
        ("Mon out; Sat out; Sun out", "<m3>"),
        ("Mon out; Thu out; Fri in; Sat out", "<m4>"),
        ("Mon in; Tue colleague-out", "<m2>"),
        ("Mon shared-in", "<m1>"),
        ("Mon shared-in; Tue out; Wed shared-in", "<m3>"),
        ("Mon out; Tue junk-in", "<m2>"),
        ("Mon in; Tue in(references=<m1>,<gone@acme.test>)", "<m2>"),  # not the answer nobody saw
        # or what it says in short
        ("Mon out; Tue hold-in", "<m2>"),
        ("Mon in; Tue hold-out", "<m2>"),
        ("Mon out; Tue thanks-in", "<m2>"),
        # nobody's
        ("Mon in; Tue internal", "<m1>"),
        ("Mon out; Tue auto-in", "<m1>"),
        ("Mon out; Wed in; Thu auto-in", "<m2>"),
        ("Mon out; Tue delay-in; Wed receipt-in; Thu calendar-in", "<m1>"),
        ("Mon out; Tue third-in", "<m1>"),
        ("Mon in; Tue third-out; Wed third-in", "<m1>"),
        ("Mon auto-in", None),
        # what came back
        ("Mon out; Tue bounce", "<m2>"),
        ("Mon out; Tue bounce(failed=anna@cust.de)", "<m2>"),
        ("Mon out; Tue bounce(failed=anna@cust.de); Wed out", "<m3>"),
        ("Mon out; Tue bounce(failed=anna@cust.de); Wed in", "<m3>"),
        ("Mon out; Mon in; Mon bounce(of=m1 failed=anna@cust.de)", "<m2>"),
        # the rep
        ("Mon out; Wed done", "done:1"),
        ("Mon out; Wed log", "logged:1"),
    ],
)
def test_every_decision_names_what_decided_it(happened: str, decided_by: str | None) -> None:
    assert [one.decided_by for one in decisions(happened)] == [decided_by]


def test_several_of_theirs_are_one_wait_begun_by_the_first() -> None:
    decision = thread("Mon out; Tue in; Wed in; Thu in").decision
    assert told(decision) == "ours received_last Tue"
    assert (decision.begun_by, decision.decided_by) == ("<m2>", "<m4>")


# Reasons that more than one thread, or a deal, is needed for; what gives them stands beside.
def elsewhere() -> set[Reason]:
    two = "Mon out; Wed out(subject=Valves references=)"
    settled = "Mon in; Wed out(references=)"
    found = {each.decision.reason for text in (two, settled) for each in customer(text).threads}
    found |= {one.reason for text in ("Mon auto-in", "Mon internal") for one in decisions(text)}
    found |= {one.wait.reason for one in customer("Mon in; Tue done", Stage.PI).waits}
    found |= {one.wait.reason for one in customer("", Stage.PI).waits}
    found |= {each.decision.reason for each in customer("Mon in", role=Role.IGNORED).threads}
    return found | {decide((), Stage.COLD, Reason.NO_MAIL).reason}


def test_every_reason_is_reached_by_a_line_of_a_table() -> None:
    lines = LAST_PERSON + MACHINES + BOUNCES + OTHERS + HOLDING + REP + WON
    found = {Reason(expected.split()[1]) for _, expected in lines}
    assert found | elsewhere() == set(Reason)


@pytest.mark.parametrize(
    ("happened", "follow_ups"),
    [
        ("Mon out", ""),
        ("Mon in; Tue out", ""),
        ("Mon out; Wed out; Fri out", "m2:1 m3:2"),
        ("Mon out; Wed out; Wed out; Fri out", "m2:1 m4:2"),  # one kick a day
        ("Mon out; Tue out; Wed in; Thu out; Fri out", "m2:1 m5:1"),  # what was one stays one
        ("Mon out; Tue out; Wed auto-in; Thu out", "m2:1 m4:2"),
        ("Mon out; Tue log; Wed out", "logged:1:1 m2:2"),  # a call is asking too
        ("Mon out; Tue out(to=li@foundry.test); Wed out", "m3:1"),
    ],
)
def test_which_of_our_mails_were_follow_ups(happened: str, follow_ups: str) -> None:
    found = thread(happened, Stage.PI).decision.asked_again
    assert " ".join(f"{key.split('@')[0].strip('<>')}:{which}" for key, which in found) == follow_ups
