"""The words of a pop-up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from watcher.alerts.channel import PopUp
from watcher.alerts.wording import Day, Waiting, digest, pop_up_for, pop_up_for_many, sign_in_refused

MEYER = Waiting("Meyer Armaturen", "PI", "theirs", "theirs", 4, "Re: PI 2026-031", "Fri 13 Mar")
GULF = Waiting("Gulf Trading", "opportunity", "ours", "ours", 1, "when can you ship?", "Tue 17 Mar")
SOL = Waiting(
    "Importadora Sol", "opportunity", "theirs", "theirs", 5, "Cotización", "Thu 12 Mar", follow_ups=2
)


@pytest.mark.parametrize(
    ("waiting", "changes", "title", "text"),
    [
        (MEYER, {}, "PI · Meyer Armaturen: they owe a reply",
         "4 working days. Re: PI 2026-031. You wrote last on Fri 13 Mar."),
        (GULF, {}, "Opportunity · Gulf Trading: you owe a reply",
         "1 working day. when can you ship? They wrote last on Tue 17 Mar."),
        (MEYER, {"rule": "payment", "working_days": 11, "since_text": "Wed 4 Mar"},
         "PI · Meyer Armaturen: signed, unpaid 11 working days",
         "Re: PI 2026-031. Signed on Wed 4 Mar. Ask for the bank slip."),
        (MEYER, {"rule": "undelivered", "turn": "ours"}, "PI · Meyer Armaturen: your mail did not arrive",
         "Re: PI 2026-031. You wrote on Fri 13 Mar. Check the address, or call."),
        (MEYER, {"rule": "idle", "working_days": 7}, "PI · Meyer Armaturen: no contact for 7 working days",
         "Re: PI 2026-031. Last contact on Fri 13 Mar. What is the next step?"),
        (MEYER, {"rule": "answer_in_junk"}, "PI · Meyer Armaturen: they answered, it lies in Junk",
         "Re: PI 2026-031. They wrote on Fri 13 Mar. Move it to the inbox."),
        (MEYER, {"follow_ups": 4}, "PI · Meyer Armaturen: silent after 4 follow-ups",
         "4 working days. Re: PI 2026-031. You wrote last on Fri 13 Mar. Call them, or move them down."),
        (MEYER, {"follow_ups": 5, "step": 2}, "PI · Meyer Armaturen: silent after 5 follow-ups",
         "4 working days. Re: PI 2026-031. You wrote last on Fri 13 Mar. Call them, or move them down."),
        (MEYER, {"follow_ups": 4, "rule": "payment"}, "PI · Meyer Armaturen: signed, unpaid 4 working days",
         "Re: PI 2026-031. Signed on Fri 13 Mar. Ask for the bank slip."),
        (MEYER, {"follow_ups": 3}, "PI · Meyer Armaturen: they owe a reply",
         "4 working days. Re: PI 2026-031. You wrote last on Fri 13 Mar."),
        (MEYER, {"step": 2}, "PI · Meyer Armaturen: they owe a reply",
         "4 working days. Re: PI 2026-031. You wrote last on Fri 13 Mar. From now on in the digest only."),
        (MEYER, {"again": True}, "PI · Meyer Armaturen: they owe a reply (again)",
         "4 working days. Re: PI 2026-031. You wrote last on Fri 13 Mar."),
        (MEYER, {"subject": "", "since_text": ""}, "PI · Meyer Armaturen: they owe a reply",
         "4 working days."),
    ],
)  # fmt: skip
def test_one_customer(waiting: Waiting, changes: dict[str, Any], title: str, text: str) -> None:
    pop_up = pop_up_for(replace(waiting, **changes))
    assert (pop_up.title, pop_up.text) == (title, text)


@pytest.mark.parametrize(
    ("rule", "urgent"),
    [("theirs", False), ("ours", False), ("payment", False), ("idle", False), ("undelivered", True),
     ("answer_in_junk", True)],
)  # fmt: skip
def test_only_a_mail_that_missed_its_reader_is_urgent(rule: str, urgent: bool) -> None:
    assert pop_up_for(replace(MEYER, rule=rule)).urgent is urgent
    assert pop_up_for_many([GULF, replace(MEYER, rule=rule)]).urgent is urgent


def test_many_customers_become_one_pop_up_with_counts() -> None:
    others = [replace(SOL, customer=name) for name in ("Nordic Pumps", "Anadolu Vana")]
    won = replace(MEYER, customer="Volta", stage_label="won", follow_ups=4)
    assert pop_up_for_many([won, MEYER, replace(MEYER, customer="Bosch & Sohn"), GULF, *others]) == PopUp(
        "6 customers are waiting: 1 won, 2 PI, 3 opportunity",
        "Top first: Volta (call them), Meyer Armaturen (they owe), Bosch & Sohn (they owe) and 3 more.",
    )


def test_a_crowd_says_what_of_it_may_have_been_shown_before() -> None:
    before = replace(MEYER, again=True)
    assert pop_up_for_many([before, before]).title == "2 customers are waiting: 2 PI (again)"
    assert pop_up_for_many([before, MEYER, MEYER]).title == "3 customers are waiting: 3 PI (1 again)"


def test_a_crowd_of_one_is_that_customer() -> None:
    assert pop_up_for_many([MEYER]) == pop_up_for(MEYER)


@pytest.mark.parametrize(
    ("overdue", "more", "unsorted", "title", "text"),
    [
        ([MEYER, GULF, SOL], 6, 4, "Today: 3 overdue",
         ("Top first: Meyer Armaturen, Gulf Trading, Importadora Sol; 6 more in the digest; "
          "4 unsorted senders never answered")),
        ([MEYER] * 5, 0, 0, "Today: 5 overdue",
         "Top first: Meyer Armaturen, Meyer Armaturen, Meyer Armaturen and 2 more"),
        ([], 1, 1, "Today: nothing overdue near the top",
            "1 more in the digest; 1 unsorted sender never answered"),
        ([], 0, 0, "Today: nothing overdue near the top", "Every ball is where it should be."),
    ],
)  # fmt: skip
def test_the_digest(overdue: list[Waiting], more: int, unsorted: int, title: str, text: str) -> None:
    assert digest(overdue, Day(more=more, unsorted=unsorted)) == PopUp(title, text)


def test_the_digest_says_what_else_the_day_and_the_week_bring() -> None:
    day = Day(more=1, owed=2, week=7, unsorted=3, woke=[SOL])
    assert digest([MEYER], day).text == (
        "Top first: Meyer Armaturen; Woke up: Importadora Sol; 2 more to do today; 1 more in the digest; "
        "7 due this week; 3 unsorted senders never answered"
    )


@pytest.mark.parametrize(
    ("customer", "shown"),
    [("", "a customer"), ("\u202eMeyer\x1b[31m\n", "Meyer"), ("M" * 10_000, "M" * 39 + "…")],
)
def test_a_customer_s_name_is_a_stranger_s_word(customer: str, shown: str) -> None:
    assert pop_up_for(replace(MEYER, customer=customer)).title == f"PI · {shown}: they owe a reply"


def test_a_long_subject_leaves_room_for_the_rest() -> None:
    assert pop_up_for(replace(MEYER, subject="报价" * 5_000)).text == (
        f"4 working days. {('报价' * 30)[:59]}… You wrote last on Fri 13 Mar."
    )


def test_a_refused_sign_in_says_what_to_do() -> None:
    pop_up = sign_in_refused("work", "mail.acme.test refused the password of wei@acme.test (\x1b[31mNO).")
    assert pop_up.title == "work: your mail is not read, the server refuses the sign-in"
    assert pop_up.text == (
        "mail.acme.test refused the password of wei@acme.test (NO). "
        "Until you store a new password it is not tried again: watcher init --password."
    )
    assert pop_up.urgent
