"""Several accounts of one rep, on a server each: one memory, one list, one customer over all of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.servers.dovecot import Dovecot
from tests.sync.desk import NOW, USER, Mailbox, ThroughDovecot, days_ago, mail
from watcher.demo.server import DemoServer
from watcher.domain.stages import Stage

pytestmark = pytest.mark.daemon

OTHER = "wei@other.test"
ANNA = "anna@meyer.example"


class Both(Mailbox):
    """A rep with the accounts `work` and `second`."""

    def __init__(self, server: DemoServer, second: DemoServer, folder: Path, **account: Any) -> None:
        self.second = second
        more = {
            "name": "second",
            "address": OTHER,
            "user": second.user,
            "host": second.host,
            "port": second.port,
            "tls": "off",
            "password_command": "echo demo",
            **account,
        }
        super().__init__(server, folder, more=[more])

    def put_second(self, folder: str, raw: bytes, at: datetime) -> None:
        self.second.append(folder, raw, at)


@pytest.fixture(params=["pymap", pytest.param("dovecot", marks=pytest.mark.dovecot)])
def servers(request: pytest.FixtureRequest) -> Iterator[tuple[DemoServer, DemoServer]]:
    with ExitStack() as stack:
        if request.param == "pymap":
            pair = [stack.enter_context(DemoServer(user=user, password="demo")) for user in (USER, OTHER)]
            for server in pair:
                for name in ("Sent", "Junk"):
                    server.create(name)
        else:
            first, another = request.getfixturevalue("dovecot"), Dovecot(OTHER)
            stack.callback(another.remove)
            pair = [ThroughDovecot(first), ThroughDovecot(another.start())]
        yield pair[0], pair[1]


@pytest.fixture
def both(servers: tuple[DemoServer, DemoServer], tmp_path: Path) -> Iterator[Both]:
    made = Both(*servers, tmp_path)
    yield made
    made.app.close()


def test_sent_of_one_answers_what_the_other_got(both: Both) -> None:
    both.got("<q@meyer.example>", days_ago(10), "Pumps")
    raw = mail(OTHER, ANNA, "Re: Pumps", days_ago(9), "<a@other.test>", "<q@meyer.example>")
    both.put_second("Sent", raw, days_ago(9))
    assert both.round().whole
    one = both.thread()
    assert (one["turn"], one["decided_by"]) == ("theirs", "<a@other.test>")
    assert [each["direction"] for each in one["messages"]] == ["inbound", "outbound"]
    assert both.blind() == []


def test_the_same_mail_in_both_is_one_message(both: Both) -> None:
    raw = mail(ANNA, f"{USER}, {OTHER}", "Pumps", days_ago(10), "<q@meyer.example>")
    both.put("INBOX", raw, days_ago(10))
    both.put_second("INBOX", b"Received: by mx.other.test\r\n" + raw, days_ago(8))
    done = both.round()
    assert sum(report.new for report in done.reports.values()) == 1
    assert [each["message_id"] for each in both.thread()["messages"]] == ["<q@meyer.example>"]
    assert sum(report.new for report in both.round().reports.values()) == 0


def test_a_mail_gone_from_one_still_lies_in_the_other(both: Both) -> None:
    raw = mail(ANNA, f"{USER}, {OTHER}", "Pumps", days_ago(10), "<q@meyer.example>")
    both.put("INBOX", raw, days_ago(10))
    both.put_second("INBOX", raw, days_ago(10))
    both.round()
    both.server.delete("INBOX", next(iter(both.server.flags("INBOX"))))
    both.round()
    assert both.thread()["messages"][0]["folders"] == ["INBOX"]


def test_a_customer_of_both_is_one(both: Both) -> None:
    """The newer thread, in the other account, supersedes the older wait."""
    both.sent("<k@acme.test>", days_ago(20), "Offer")
    both.put_second("Sent", mail(OTHER, ANNA, "New prices", days_ago(4), "<p@other.test>"), days_ago(4))
    both.round()
    found = {one["subject"]: (one["customer"], one["turn"], one["reason"]) for one in both.threads()}
    assert found["New prices"][:2] == ("meyer.example", "theirs")
    assert found["Offer"] == ("meyer.example", "nobody", "superseded")


def test_mail_between_the_accounts_moves_nothing(both: Both) -> None:
    raw = mail(USER, OTHER, "Note to self", days_ago(3), "<n@acme.test>")
    both.put("Sent", raw, days_ago(3))
    both.put_second("INBOX", raw, days_ago(3))
    both.round()
    (one,) = both.threads()
    assert (one["customer"], one["turn"]) == (None, "nobody")
    assert one["messages"][0]["direction"] == "internal"


def test_one_that_refuses_us_stops_no_other(servers: tuple[DemoServer, DemoServer], tmp_path: Path) -> None:
    both = Both(*servers, tmp_path, password_command="echo wrong")
    both.sent("<k@acme.test>", days_ago(10))
    done = both.round()
    assert [(name, error.exit_code) for name, error in done.failures.items()] == [("second", 11)]
    assert both.thread()["turn"] == "theirs"
    (said,) = both.blind()
    assert said.startswith("INBOX of second never read")
    both.app.close()


@pytest.mark.parametrize("first", [True, False])
def test_one_that_is_away_stops_no_other_and_nobody_is_called_silent(both: Both, first: bool) -> None:
    both.sent("<k@acme.test>", days_ago(1))
    both.round()
    both.stage("meyer.example", Stage.PI)
    away, here = (both.server, both.second) if first else (both.second, both.server)
    away.stop()
    both.now = days_ago(-14)
    raw = mail("carl@fischer.example", USER, "Valves", days_ago(-13), "<v@fischer.example>")
    here.append("INBOX", raw, days_ago(-13))
    done = both.round()
    both.app.remind()
    assert list(done.reports) == ["second" if first else "work"]
    assert both.thread("fischer.example")["turn"] == "ours"
    name = "work" if first else "second"
    assert any(
        line.startswith(f"INBOX of {name}, Sent of {name} and all other folders not read")
        for line in both.blind()
    )
    assert both.channel.shown == []


def test_an_answer_in_junk_of_one_from_whom_the_other_wrote_to(both: Both) -> None:
    """What was passed over is looked at again in the next pass, when the other account was read."""
    both.put_second("Sent", mail(OTHER, ANNA, "Offer", days_ago(10), "<k@other.test>"), days_ago(10))
    both.got("<a@meyer.example>", days_ago(5), folder="Junk", answers="<k@other.test>")
    both.round()
    both.round()
    one = both.thread()
    assert (one["turn"], one["reason"]) == ("ours", "answer_in_junk")


def test_each_has_folders_of_its_own(servers: tuple[DemoServer, DemoServer], tmp_path: Path) -> None:
    for server in servers:
        server.create("Ausgang")
        server.create("Customers")
    both = Both(*servers, tmp_path, folders=["INBOX", "Ausgang"], sent="Ausgang")
    both.put("Customers", mail(ANNA, USER, "Pumps", days_ago(10), "<q@meyer.example>"), days_ago(10))
    raw = mail(OTHER, ANNA, "Re: Pumps", days_ago(9), "<a@other.test>", "<q@meyer.example>")
    both.put_second("Ausgang", raw, days_ago(9))
    raw = mail("carl@fischer.example", OTHER, "Valves", days_ago(9), "<v@fischer.example>")
    both.put_second("Customers", raw, days_ago(9))
    both.round()
    assert [(one["customer"], one["turn"]) for one in both.threads()] == [("meyer.example", "theirs")]
    assert any("left out by the config" in line and "Customers" in line for line in both.blind())
    both.app.close()


def test_one_that_the_config_no_longer_names(servers: tuple[DemoServer, DemoServer], tmp_path: Path) -> None:
    both = Both(*servers, tmp_path)
    both.put_second("Sent", mail(OTHER, ANNA, "Offer", days_ago(10), "<k@other.test>"), days_ago(10))
    both.round()
    both.app.close()
    servers[1].stop()
    alone = Mailbox(servers[0], tmp_path)
    alone.round()
    assert alone.blind() == []
    assert alone.thread()["messages"][0]["message_id"] == "<k@other.test>"
    alone.app.close()


def test_both_are_read_within_one_sign_in_each(both: Both, signed: list[str]) -> None:
    both.sent("<k@acme.test>", days_ago(10))
    both.got("<a@meyer.example>", days_ago(5), answers="<k@acme.test>")
    assert both.round().whole
    assert signed == ["work", "second"]
    assert both.now == NOW
