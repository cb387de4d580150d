"""`watcher show` and `watcher threads`: every verdict explained, every thread listed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from tests.cli.kept import REP, Mail, days
from watcher.cli.explain import KIND_NAMES, SENTENCES
from watcher.domain.countries import country_name
from watcher.domain.messages import Kind
from watcher.domain.turns import Reason
from watcher.store.facts import keep_facts

if TYPE_CHECKING:
    from tests.cli.kept import Desk


def shown(desk: Desk, customer: str, *arguments: str) -> str:
    answer = desk.watcher("show", str(desk.thread_of(customer)["thread"]), *arguments)
    assert (answer.code, answer.error) == (0, "")
    return answer.out


def squeezed(text: str) -> str:
    """Without the columns' blanks."""
    return " ".join(text.split())


def test_every_reason_has_a_sentence() -> None:
    assert SENTENCES.keys() == {one.value for one in Reason}


def test_every_kind_has_a_name() -> None:
    assert KIND_NAMES.keys() == {one.value for one in Kind if one is not Kind.PERSONAL}


def test_who_what_stage_whose_turn_how_long(desk: Desk) -> None:
    desk.watcher("customer", "meyer", "--name", "Meyer Armaturen")
    desk.watcher("stage", "meyer", "pi")
    title, head, reason, *_ = shown(desk, "meyer.de").splitlines()
    assert title == "PI 2026-031"
    assert head == (
        "Meyer Armaturen (DE) · anna@meyer.de · PI · they owe a reply since Mon 9 Mar 09:02"
        " (8 working days in Germany; due was Wed 11 Mar 18:00 there)"
    )
    assert reason == "Why: your mail of Mon 9 Mar 09:02 is the last one a person wrote in this thread."


@pytest.mark.parametrize(
    ("customer", "line"),
    [
        ("meyer.de", "It was due Mon 16 Mar 18:00 in Germany: 5 working days."),
        ("gulf.ae", "It was due Mon 16 Mar 16:00: 1 working day."),
        (
            "sol.mx",
            "Due Fri 20 Mar 18:00 in Mexico: 10 working days; Mon 16 Mar is Benito Juárez's birthday.",
        ),
    ],
)
def test_a_due_is_reckoned(desk: Desk, customer: str, line: str) -> None:
    desk.watcher("stage", customer, "inquiry")
    assert f"     {line}\n" in shown(desk, customer)


def test_a_due_that_somebody_named_is_not_reckoned(desk: Desk) -> None:
    thread = str(desk.thread_of("sol.mx")["thread"])
    assert "working days; Mon 16 Mar is" in desk.watcher("show", thread).out
    desk.watcher("snooze", thread, "2d")
    assert "working days; Mon 16 Mar is" not in desk.watcher("show", thread).out


def test_what_the_config_says_of_a_country_is_reckoned(desk: Desk) -> None:
    more = '[[calendar]]\ncountry = "MX"\nworkdays = [2026-03-16]\nholidays = [2026-03-17, 2026-03-18]\n'
    desk.config.write_text(f"{desk.config.read_text('utf-8')}\n{more}", "utf-8")
    with desk.app() as app:
        app.review()
    said = shown(desk, "sol.mx")
    assert "; Tue 17 Mar to Wed 18 Mar is a day off." in said


def test_what_was_set_aside_and_by_which_header(desk: Desk) -> None:
    said = squeezed(shown(desk, "meyer.de"))
    assert "The automatic reply of Mon 9 Mar 09:03 does not count (Auto-Submitted: auto-replied)." in said
    assert "Mon 9 Mar 09:03 ← Anna Meyer automatic reply · INBOX" in said
    assert "Foundry is a third party here: shown, never decisive." in said
    assert "← Foundry third party · INBOX" in said
    assert "→ wei@acme.test Sent" in said


def test_what_comes_back_within_seconds_says_why_it_does_not_count(desk: Desk) -> None:
    at_once = timedelta(days=1, seconds=-9)
    desk.receive(Mail("k1@acme.test", REP, days(1), "Offer", "eva@away.test"))
    desk.receive(
        Mail("o1@away.test", "eva@away.test", at_once, "Out of office: Offer", answers="k1@acme.test")
    )
    said = squeezed(shown(desk, "away.test"))
    why = "(an out-of-office subject, within seconds of the mail it answers)"
    assert f"The automatic reply of Wed 18 Mar 09:02 does not count {why}." in said


def test_our_mail_to_a_third_party_is_told_apart(desk: Desk) -> None:
    """What we forward to a factory is no mail to the customer."""
    desk.receive(Mail("m5@acme.test", REP, days(9.5), "Fwd: PI 2026-031", "li@foundry.test", "m1@meyer.de"))
    said = squeezed(shown(desk, "meyer.de"))
    assert "→ wei@acme.test to a third party · " in said
    assert "Your mail of Mon 9 Mar 21:02 went to third parties alone: it does not count." in said
    assert "they owe a reply since Mon 9 Mar 09:02" in said


def test_each_follow_up_is_told(desk: Desk) -> None:
    lines = shown(desk, "sol.mx").splitlines()
    ends = [line.rpartition("Sent")[2].split() for line in lines if "→" in line]
    assert ends == [[], ["follow-up", "1"], ["follow-up", "2"]]
    assert [one["follow_up"] for one in desk.thread_of("sol.mx")["messages"]] == [None, None, 1, 2]


@pytest.mark.parametrize("columns", ["60", "80", "200"])
def test_a_follow_up_stands_where_it_is_seen(desk: Desk, columns: str) -> None:
    thread = str(desk.thread_of("sol.mx")["thread"])
    lines = desk.watcher("show", thread, environment={"COLUMNS": columns}).out.splitlines()
    asked = [line for line in lines if line.endswith(("follow-up 1", "follow-up 2"))]
    assert len(asked) == 2
    assert {cell_len(line) for line in asked} == {min(int(columns), 85)}


def test_whoever_was_merged_is_no_third_party(desk: Desk) -> None:
    assert "third party" in shown(desk, "meyer.de")
    desk.watcher("customer", "merge", "meyer", "foundry.test")
    assert "third party" not in shown(desk, "meyer.de")


def test_an_answer_that_no_folder_holds(desk: Desk) -> None:
    said = squeezed(shown(desk, "solar.example"))
    assert "An answer of yours that no folder holds: the reply to it proves it." in said
    assert "→ you an answer of yours that no folder holds" in said


def test_follow_ups_snooze_and_hold_are_told(desk: Desk) -> None:
    thread = str(desk.thread_of("sol.mx")["thread"])
    assert "2 follow-ups of yours went unanswered" in desk.watcher("show", thread).out
    desk.watcher("snooze", thread, "2d")
    assert "You snoozed it until Sat 21 Mar 09:00." in desk.watcher("show", thread).out
    desk.watcher("hold", "sol.mx", "--until", "2026-04-01", "--reason", "budget")
    assert "You hold the customer until Wed 1 Apr 09:00: budget." in desk.watcher("show", thread).out


@pytest.mark.parametrize(
    ("customer", "does"),
    [
        (
            "meyer.de",
            "Do: watcher draft {0} · watcher snooze {0} 2d · watcher hold {0} --until 2w",
        ),
        ("gulf.ae", 'Do: answer it · watcher snooze {0} 2d · watcher done {0} · watcher log {0} call "…"'),
        ("stranger.example", "Do: watcher customer {0} --role lead (or partner, ignored)"),
    ],
)
def test_the_next_commands_fit(desk: Desk, customer: str, does: str) -> None:
    thread = desk.thread_of(customer)["thread"]
    assert shown(desk, customer).splitlines()[-1] == does.format(thread)


@pytest.mark.parametrize(
    ("stage", "does"),
    [
        ("opportunity", 'call them: watcher log {0} call "…" · or move them down: watcher stage {0} inquiry'),
        ("cold", 'call them: watcher log {0} call "…" · or move them down: watcher stage {0} lost'),
        ("won", 'call them: watcher log {0} call "…"'),
    ],
)
def test_after_four_follow_ups_it_is_time_to_call(desk: Desk, stage: str, does: str) -> None:
    desk.watcher("stage", "sol.mx", stage)
    for number, ago in ((5, 7), (6, 3)):
        answers = f"s{number - 1}@acme.test"
        desk.receive(Mail(f"s{number}@acme.test", REP, days(ago), "Re: Bombas", "luz@sol.mx", answers))
    thread = desk.thread_of("sol.mx")["thread"]
    last = shown(desk, "sol.mx").splitlines()[-1]
    assert last == f"Do: {does.format(thread)} · watcher done {thread}"
    assert desk.watcher("stage", str(thread), "cold").code == 0


def test_json_is_the_threads_own(desk: Desk) -> None:
    found = desk.thread_of("gulf.ae")
    assert desk.read("show", str(found["thread"])) == found


def test_as_it_was(desk: Desk) -> None:
    said = shown(desk, "gulf.ae", "--now", "2026-03-10T12:00:00+01:00")
    assert "they owe a reply since Sat 7 Mar" in said
    assert "Omar" not in said


@pytest.mark.parametrize(
    ("code", "name"),
    [("DE", "Germany"), ("AE", "the United Arab Emirates"), ("NL", "the Netherlands"), ("XX", ""), ("", "")],
)
def test_countries_have_names(code: str, name: str) -> None:
    assert country_name(code) == name


# ── threads ──


def test_json_holds_every_thread_dormant_ones_included(desk: Desk) -> None:
    threads = desk.read("threads")
    assert any(one["dormant"] for one in threads)
    assert any(one["customer"] is None for one in threads)
    messages = {each["message_id"] for one in threads for each in one["messages"]}
    assert {"<old@acme.test>", "<m1@meyer.de>", "<n1@news.test>", "<phone@acme.test>"} <= messages


def test_the_table_hides_what_sleeps(desk: Desk) -> None:
    short, whole = desk.watcher("threads").out, desk.watcher("threads", "--all").out
    assert "fjord.no" not in short
    assert "fjord.no" in whole
    assert short.splitlines()[-1].endswith("more are dormant or no customer's: --all")


@pytest.mark.parametrize("arguments", [(), ("--all",), ("--customer", "haichuan")])
def test_no_line_is_wider_than_the_terminal(desk: Desk, arguments: tuple[str, ...]) -> None:
    lines = desk.watcher("threads", *arguments).out.splitlines()
    assert max(map(cell_len, lines)) <= 80


def test_threads_of_one_customer_by_key_or_name(desk: Desk) -> None:
    desk.watcher("customer", "gulf", "--name", "Emirates Flow")
    for text in ("gulf", "Emirates", "EMIR"):
        assert [one["customer"] for one in desk.read("threads", "--customer", text)] == ["gulf.ae"]
    assert desk.watcher("threads", "--customer", "nobody").out == "No thread.\n"


def test_the_unsorted(desk: Desk) -> None:
    found = desk.read("threads", "--unsorted")
    assert {one["role"] for one in found} == {"unsorted"}
    assert "stranger.example" in {one["customer"] for one in found}


def test_threads_as_of_a_moment(desk: Desk) -> None:
    early = desk.read("threads", "--now", "2026-03-05T12:00:00Z")
    dates = [each["date"] for one in early for each in one["messages"]]
    assert dates
    assert max(dates) <= "2026-03-05T12:00:00+00:00"


def test_a_mail_that_names_none_it_answers_says_why_it_stands_there(desk: Desk) -> None:
    asked = Mail("q1@oak.example", "Kim <kim@oak.example>", days(3), "Bolts M8")
    mended = Mail("q2@oak.example", "Kim <kim@oak.example>", days(2), "Re: Bolts M8")
    desk.receive(
        asked, Mail("q3@acme.test", REP, days(2.5), "Re: Bolts M8", "kim@oak.example", asked.id), mended
    )
    told = squeezed(shown(desk, "oak.example"))
    assert (
        "The mail of Tue 17 Mar 09:02 names none it answers: it stands here by its subject and who wrote it."
        in told
    )
    assert told.count("names none it answers") == 1


def test_the_tone_of_our_mail_since_the_pi_is_advice(desk: Desk) -> None:
    desk.watcher("stage", "meyer.de", "pi", "--at", "2026-03-02")
    with desk.app() as app, app.store.writing() as connection:
        query = "SELECT id FROM message WHERE message_id = '<m2@acme.test>'"
        number = connection.exec_driver_sql(query).scalar_one()
        keep_facts(connection, number, "tone", {"marks": [["doubt", "if you still want", "asks whether"]]}, 1)
    assert (
        'Tone: "if you still want" in your mail of Mon 9 Mar 09:02 hints at doubt: it asks whether.'
        " Expect the order." in shown(desk, "meyer.de").splitlines()
    )
    assert "Tone:" not in shown(desk, "meyer.de", "--now", "2026-03-05T09:00:00Z")
    assert "Tone:" not in shown(desk, "gulf.ae")
