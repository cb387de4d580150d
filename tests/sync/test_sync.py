"""A mailbox that lives: what sync and review make of it, on a real server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.sync.desk import NOW, USER, Mailbox, ThroughDovecot, days_ago, mail
from watcher import links
from watcher.alerts.channel import Delivery, PopUp
from watcher.demo.server import DemoServer
from watcher.domain.stages import Stage
from watcher.store import words

pytestmark = pytest.mark.daemon


@pytest.fixture(params=["pymap", pytest.param("dovecot", marks=pytest.mark.dovecot)])
def server(request: pytest.FixtureRequest) -> Iterator[DemoServer]:
    if request.param == "dovecot":
        yield ThroughDovecot(request.getfixturevalue("dovecot"))
        return
    with DemoServer(user=USER, password="demo") as running:
        for name in ("Sent", "Junk"):
            running.create(name)
        yield running


@pytest.fixture
def mailbox(server: DemoServer, tmp_path: Path) -> Iterator[Mailbox]:
    made = Mailbox(server, tmp_path)
    yield made
    made.app.close()


def test_whose_turn_follows_the_mail(mailbox: Mailbox) -> None:
    mailbox.sent("<k@acme.test>", days_ago(10))
    assert mailbox.round().whole
    assert mailbox.thread()["turn"] == "theirs"
    mailbox.got("<a@meyer.example>", days_ago(1), answers="<k@acme.test>")
    mailbox.round()
    one = mailbox.thread()
    assert (one["turn"], one["decided_by"]) == ("ours", "<a@meyer.example>")
    assert mailbox.blind() == []


def test_a_second_pass_brings_nothing(mailbox: Mailbox) -> None:
    mailbox.sent("<k@acme.test>", days_ago(10))
    mailbox.round()
    before = mailbox.threads()
    assert sum(one.new for one in mailbox.round().reports.values()) == 0
    assert mailbox.threads() == before


def test_moved_mail_stays_known_and_is_named_where_it_lies(mailbox: Mailbox) -> None:
    mailbox.server.create("Archive")
    mailbox.sent("<k@acme.test>", days_ago(10))
    mailbox.got("<a@meyer.example>", days_ago(5), answers="<k@acme.test>")
    mailbox.round()
    uid = next(iter(mailbox.server.flags("INBOX")))
    mailbox.server.move("INBOX", uid, "Archive")
    mailbox.round()
    one = mailbox.thread()
    assert one["turn"] == "ours"
    assert one["messages"][1]["folders"] == ["Archive"]


def test_deleted_mail_stays_known(mailbox: Mailbox) -> None:
    mailbox.sent("<k@acme.test>", days_ago(10))
    mailbox.got("<a@meyer.example>", days_ago(5), answers="<k@acme.test>")
    mailbox.round()
    mailbox.server.delete("INBOX", next(iter(mailbox.server.flags("INBOX"))))
    mailbox.round()
    one = mailbox.thread()
    assert one["turn"] == "ours"
    assert one["messages"][1]["folders"] == []


def test_a_new_uidvalidity_doubles_nothing_and_fires_nothing(mailbox: Mailbox) -> None:
    mailbox.sent("<k@acme.test>", days_ago(10))
    mailbox.round()
    mailbox.app.remind()  # the first day
    mailbox.stage("meyer.example", Stage.PI)
    before = mailbox.threads()
    mailbox.server.renew("Sent")
    done = mailbox.round()
    assert done.reports["work"].read_again == ("Sent",)
    assert mailbox.app.remind().shown == ()
    assert mailbox.threads() == before
    mailbox.round()
    assert [one.title for one in mailbox.app.remind().shown] == ["PI · meyer.example: they owe a reply"]


def test_sent_suddenly_empty_forgets_nothing_and_is_said(mailbox: Mailbox) -> None:
    mailbox.sent("<k@acme.test>", days_ago(10))
    mailbox.round()
    mailbox.app.remind()
    mailbox.stage("meyer.example", Stage.PI)
    mailbox.server.delete("Sent", next(iter(mailbox.server.flags("Sent"))))
    mailbox.round()
    assert any("Sent" in line and "suddenly empty" in line for line in mailbox.blind())
    assert mailbox.app.remind().shown == ()
    assert mailbox.thread()["turn"] == "theirs"
    mailbox.sent("<k2@acme.test>", days_ago(1), to="bob@other.example")
    mailbox.round()
    assert mailbox.blind() == []


def test_no_flag_changes(mailbox: Mailbox) -> None:
    mailbox.sent("<k@acme.test>", days_ago(10))
    mailbox.got("<a@meyer.example>", days_ago(5), answers="<k@acme.test>")
    mailbox.round()
    mailbox.round()
    assert [list(mailbox.server.flags(name).values()) for name in ("INBOX", "Sent")] == [[()], [()]]


def test_a_wrong_password_is_an_error_and_is_said(
    mailbox: Mailbox, server: DemoServer, tmp_path: Path
) -> None:
    mailbox.sent("<k@acme.test>", days_ago(10))
    mailbox.round()
    other = Mailbox(server, tmp_path, password_command="echo wrong")
    done = other.round()
    assert [one.exit_code for one in done.errors] == [11]
    assert any("Sent and all other folders not read since" in line for line in other.blind())
    other.app.close()


def test_no_sent_is_said(server: DemoServer, tmp_path: Path) -> None:
    made = Mailbox(server, tmp_path, folders=["INBOX"])
    made.round()
    assert any("no Sent folder" in line for line in made.blind())
    made.app.close()


@pytest.mark.parametrize(("sender", "kept"), [("anna@meyer.example", True), ("spam@junk.example", False)])
def test_of_junk_only_known_people_count(mailbox: Mailbox, sender: str, kept: bool) -> None:
    mailbox.sent("<k@acme.test>", days_ago(10))
    mailbox.got("<j@meyer.example>", days_ago(1), folder="Junk", sender=sender, answers="<k@acme.test>")
    mailbox.round()
    assert mailbox.thread()["reason"] == ("answer_in_junk" if kept else "sent_last")


def test_an_answer_in_junk_is_found_when_sent_is(mailbox: Mailbox) -> None:
    """On the first day Sent had another name; nobody knew whose answer lay in Junk."""
    mailbox.got("<s@junk.example>", days_ago(5), folder="Junk", sender="spam@junk.example")
    mailbox.got("<j@meyer.example>", days_ago(1), folder="Junk", answers="<k@acme.test>")
    mailbox.round()
    assert mailbox.threads() == []
    mailbox.sent("<k@acme.test>", days_ago(10))
    mailbox.round()
    assert mailbox.thread()["reason"] == "answer_in_junk"


def test_automatic_mail_does_not_move_the_ball(mailbox: Mailbox) -> None:
    mailbox.sent("<k@acme.test>", days_ago(10))
    extra = "Auto-Submitted: auto-replied\r\n"
    mailbox.got(
        "<o@meyer.example>", days_ago(9), "Automatic reply: Offer", answers="<k@acme.test>", extra=extra
    )
    mailbox.round()
    one = mailbox.thread()
    assert one["turn"] == "theirs"
    assert one["messages"][1]["kind"] == "auto_reply"


def test_an_alias_shows_itself_in_sent(mailbox: Mailbox) -> None:
    raw = mail("wei.chen@elsewhere.example", "anna@meyer.example", "Offer", days_ago(9), "<k@acme.test>")
    mailbox.put("Sent", raw, days_ago(9))
    mailbox.app.sync()
    assert mailbox.app.review().learned == ("wei.chen@elsewhere.example",)
    assert mailbox.thread()["turn"] == "theirs"


def test_a_merge_makes_one_customer(mailbox: Mailbox) -> None:
    mailbox.sent("<k@acme.test>", days_ago(10), "Offer one")
    mailbox.sent("<l@acme.test>", days_ago(9), "Offer two", to="bob@meyer-service.example")
    mailbox.round()
    with mailbox.app.store.writing() as connection:
        into = words.find_customer(connection, "meyer.example")
        words.merge(connection, into, words.find_customer(connection, "meyer-service.example"))
    mailbox.app.review()
    threads = mailbox.threads()
    assert {one["customer"] for one in threads} == {"meyer.example"}
    assert sorted(one["reason"] for one in threads) == ["sent_last", "superseded"]


# ── reminders ──


def quiet_pi(mailbox: Mailbox) -> None:
    """A signed PI that went quiet: overdue, after the first day's baseline."""
    mailbox.sent("<k@acme.test>", days_ago(10))
    mailbox.round()
    assert mailbox.app.remind().shown == ()  # the first day fires nothing
    mailbox.stage("meyer.example", Stage.PI)


def test_a_quiet_pi_pops_up_once(mailbox: Mailbox) -> None:
    quiet_pi(mailbox)
    assert [one.title for one in mailbox.app.remind().shown] == ["PI · meyer.example: they owe a reply"]
    assert mailbox.app.remind().shown == ()


def test_what_nobody_took_is_not_delivered(mailbox: Mailbox) -> None:
    quiet_pi(mailbox)
    mailbox.channel.takes = False
    mailbox.app.remind()
    mailbox.app.remind()
    assert mailbox.channel.shown == []
    mailbox.channel.takes = True
    mailbox.app.remind()
    assert [one.title for one in mailbox.channel.shown] == ["PI · meyer.example: they owe a reply"]


def test_each_crash_shows_it_once_more_and_says_again(mailbox: Mailbox) -> None:
    quiet_pi(mailbox)

    class Crash(BaseException):
        pass

    take = mailbox.channel.deliver

    def crash(pop_up: PopUp) -> Delivery:
        take(pop_up)
        raise Crash

    mailbox.channel.deliver = crash  # type: ignore[method-assign]
    for _ in range(2):
        with pytest.raises(Crash):
            mailbox.app.remind()
    mailbox.channel.deliver = take  # type: ignore[method-assign]
    for _ in range(2):
        mailbox.app.remind()
    first, *others = [one.title for one in mailbox.channel.shown]
    assert first == "PI · meyer.example: they owe a reply"
    assert others == [f"{first} (again)"] * 2


def test_the_ball_moved_so_nothing_is_shown(mailbox: Mailbox) -> None:
    quiet_pi(mailbox)
    mailbox.got("<a@meyer.example>", NOW - timedelta(minutes=5), answers="<k@acme.test>")
    mailbox.round()
    assert mailbox.app.remind().shown == ()


@pytest.mark.parametrize("moment", [NOW.replace(hour=23), NOW + timedelta(days=2)])
def test_nothing_outside_working_hours(mailbox: Mailbox, moment: datetime) -> None:
    quiet_pi(mailbox)
    mailbox.now = moment
    mailbox.round()
    assert mailbox.app.remind().held_back == "outside working hours"
    assert mailbox.channel.shown == []


def test_blind_is_silent(mailbox: Mailbox) -> None:
    quiet_pi(mailbox)
    mailbox.now = NOW + timedelta(hours=2)  # nothing was read for two hours
    assert mailbox.app.remind().shown == ()
    mailbox.round()
    assert len(mailbox.app.remind().shown) == 1


def test_more_than_five_become_one(mailbox: Mailbox) -> None:
    names = [f"customer{number}.example" for number in range(7)]
    for name in names:
        mailbox.sent(f"<{name}@acme.test>", days_ago(10), f"Offer {name}", to=f"buyer@{name}")
    mailbox.round()
    mailbox.app.remind()
    for name in names:
        mailbox.stage(name, Stage.OPPORTUNITY)
    shown = mailbox.app.remind().shown
    assert len(shown) == 1
    assert shown[0].title.startswith("7 customers")


def test_steps_follow_and_then_the_digest(mailbox: Mailbox) -> None:
    quiet_pi(mailbox)
    for _ in range(14):
        mailbox.round()
        mailbox.app.remind()
        mailbox.now += timedelta(days=1)
    pop_ups = [one.title for one in mailbox.channel.shown if one.title.startswith("PI")]
    # Step 0 and the later steps were due together: one pop-up for them all.
    assert pop_ups.count("PI · meyer.example: they owe a reply") == 1
    digests = [one for one in mailbox.channel.shown if one.title.startswith("Today")]
    assert len(digests) == 9  # one each working day after the first


def test_an_account_that_was_renamed_is_not_waited_for(server: DemoServer, tmp_path: Path) -> None:
    before = Mailbox(server, tmp_path, name="work")
    before.sent("<k@acme.test>", days_ago(10))
    before.round()
    before.app.close()
    after = Mailbox(server, tmp_path, name="office")
    after.now += timedelta(days=1)
    after.round()
    assert after.blind() == []
    assert after.thread()["turn"] == "theirs"
    after.app.close()


def test_a_round_signs_in_once_and_reads_texts_over_the_same_link(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in: list[str] = []

    real = links.sign_in
    monkeypatch.setattr(
        links, "sign_in", lambda account, *more: (signed_in.append(account.name), real(account, *more))[1]
    )
    mailbox.sent("<k@acme.test>", days_ago(10))
    mailbox.got("<a@meyer.example>", days_ago(1), answers="<k@acme.test>")
    done = mailbox.round()
    assert {name: one.read for name, one in done.texts.items()} == {"work": 1}
    assert signed_in == ["work"]
