"""The rep's commands on a real mailbox, through a real server and a real store."""

from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest

from watcher.cli.explain import SENTENCES
from watcher.demo.server import DemoServer
from watcher.domain.turns import Reason

pytestmark = pytest.mark.daemon

THREAD_KEYS = {
    "thread": int,
    "conversation": int,
    "subject": str,
    "role": (str, type(None)),
    "customer": (str, type(None)),
    "deal": (int, type(None)),
    "stage": (str, type(None)),
    "turn": str,
    "since": (str, type(None)),
    "reason": str,
    "decided_by": (str, type(None)),
    "due": (str, type(None)),
    "overdue": bool,
    "dormant": bool,
    "follow_ups": int,
    "messages": list,
}
MESSAGE_KEYS = {"message_id", "direction", "kind", "date", "from", "folders"}
OVERDUE_KEYS = {
    "customer", "stage", "turn", "since", "due", "overdue_days", "thread", "subject", "contact", "reason",
}  # fmt: skip


def read(rep: Any, *arguments: str) -> Any:
    answer = rep.watcher(*arguments)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def thread_of(rep: Any, customer: str) -> dict[str, Any]:
    found = [one for one in read(rep, "threads", "--json") if one["customer"] == customer]
    assert found, customer
    return max(found, key=lambda one: one["since"] or "")


def test_threads_answer_as_designed(rep: Any) -> None:
    threads = read(rep, "--json", "threads")
    assert len(threads) >= 30
    for one in threads:
        for key, kind in THREAD_KEYS.items():
            assert isinstance(one[key], kind), key
        for message in one["messages"]:
            assert set(message) >= MESSAGE_KEYS


def test_every_message_stands_in_a_thread(rep: Any) -> None:
    named = {one["message_id"] for each in read(rep, "threads", "--json") for one in each["messages"]}
    with sqlite3.connect(rep.home / "watcher.db") as store:
        stored = {row[0] for row in store.execute("SELECT message_id FROM message")}
    assert stored <= named


def test_status_answers_as_designed(rep: Any) -> None:
    found = read(rep, "status", "--json")
    assert found["blind"] == []
    assert found["quarantined"] == 0
    assert found["overdue"]
    for one in found["overdue"]:
        assert set(one) >= OVERDUE_KEYS
        assert one["due"] <= found["as_of"]


@pytest.mark.parametrize(
    ("customer", "turn", "reason"),
    [
        ("meyer-armaturen.example", "theirs", "sent_last"),
        ("gulf-flow.example", "ours", "received_last"),
        ("delta-dairy.example", "ours", "undelivered"),
        ("pacific-marine.example", "ours", "answer_in_junk"),
    ],
)
def test_the_turn_is_right(rep: Any, customer: str, turn: str, reason: str) -> None:
    one = thread_of(rep, customer)
    assert (one["turn"], one["reason"]) == (turn, reason)


def test_a_second_pass_changes_nothing(rep: Any) -> None:
    before = read(rep, "threads", "--json")
    assert read(rep, "sync", "--json")["new"] == 0
    assert read(rep, "threads", "--json") == before


def test_stored_and_judged_as_of_now_agree(rep: Any) -> None:
    def verdicts(threads: Any) -> list[Any]:
        keys = ("thread", "customer", "turn", "since", "reason", "due", "follow_ups", "deal", "stage")
        return sorted([one[key] for key in keys] for one in threads)

    now = rep.now + timedelta(minutes=10)
    assert verdicts(read(rep, "threads", "--json", "--now", now.isoformat())) == verdicts(
        read(rep, "threads", "--json")
    )


def test_what_came_later_is_ignored(rep: Any) -> None:
    moment = rep.now - timedelta(days=21)
    early = read(rep, "threads", "--json", "--now", moment.isoformat())
    assert early
    dates = [one["date"] for each in early for one in each["messages"]]
    assert max(dates) <= moment.isoformat()
    assert len(dates) < len([one for each in read(rep, "threads", "--json") for one in each["messages"]])


def test_no_flag_was_changed(rep: Any) -> None:
    server: DemoServer = rep.server
    before = {name: server.flags(name) for name in ("INBOX", "Sent")}
    read(rep, "sync", "--json")
    assert {name: server.flags(name) for name in ("INBOX", "Sent")} == before


def test_the_store_is_private(rep: Any) -> None:
    assert stat.S_IMODE((rep.home / "watcher.db").stat().st_mode) == 0o600


def test_what_the_rep_says_wins(rep: Any) -> None:
    moved = rep.watcher("stage", "meyer", "pi")
    assert moved.returncode == 0, moved.stderr
    one = thread_of(rep, "meyer-armaturen.example")
    assert one["stage"] == "pi"
    assert one["overdue"]
    assert read(rep, "status", "--json")["overdue"][0]["customer"] == "meyer-armaturen.example"

    assert rep.watcher("snooze", str(one["thread"]), "3d").returncode == 0
    assert not thread_of(rep, "meyer-armaturen.example")["overdue"]

    assert rep.watcher("done", str(one["thread"])).returncode == 0
    assert thread_of(rep, "meyer-armaturen.example")["reason"] == "done"

    assert rep.watcher("log", "meyer", "call", "they pay on Friday").returncode == 0
    one = thread_of(rep, "meyer-armaturen.example")
    assert (one["turn"], one["reason"]) == ("theirs", "logged")

    assert rep.watcher("hold", "meyer", "--until", "4w", "--reason", "holidays").returncode == 0
    assert "meyer-armaturen.example" not in [
        row["customer"] for row in read(rep, "status", "--json")["overdue"]
    ]


def test_customers_and_deals(rep: Any) -> None:
    changed = rep.watcher("customer", "gulf", "--name", "Gulf Flow", "--country", "ae", "--role", "lead")
    assert changed.returncode == 0, changed.stderr
    found = read(rep, "customer", "gulf", "--json")
    assert (found["name"], found["country"], found["role"]) == ("Gulf Flow", "AE", "lead")
    assert rep.watcher("deal", "gulf", "--new", "spare parts", "--stage", "opportunity").returncode == 0
    deals = read(rep, "deal", "gulf", "--json")
    assert [one["name"] for one in deals] == ["", "spare parts"]
    number = str(deals[1]["deal"])
    thread = str(thread_of(rep, "gulf-flow.example")["thread"])
    assert (
        rep.watcher("deal", number, "--value", "1200", "--currency", "usd", "--thread", thread).returncode
        == 0
    )
    assert thread_of(rep, "gulf-flow.example")["stage"] == "opportunity"


def test_show_explains(rep: Any) -> None:
    thread = thread_of(rep, "delta-dairy.example")
    answer = rep.watcher("show", str(thread["thread"]))
    assert answer.returncode == 0, answer.stderr
    assert "Why: your mail came back" in answer.stdout
    assert "(delivery report: failed 5.1.1)" in answer.stdout


def test_every_reason_has_a_sentence() -> None:
    assert set(SENTENCES) == {one.value for one in Reason}


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("show", "9999"), 2, "no thread 9999"),
        (("stage", "nobody-at-all", "pi"), 2, "no customer begins with"),
        (("stage", "a", "pi"), 2, "several customers"),
        (("snooze", "1", "2020-01-01"), 2, "is over already"),
        (("snooze", "1", "whenever"), 2, "is no date"),
        (("no-such-command",), 2, "No such command"),
        (("--config", "/nowhere/config.toml", "status"), 10, "no config at"),
    ],
)
def test_errors_are_one_line_that_helps(rep: Any, arguments: tuple[str, ...], code: int, says: str) -> None:
    answer = rep.watcher(*arguments)
    assert answer.returncode == code
    assert says in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_refused_password(rep: Any) -> None:
    other = rep.home / "wrong.toml"
    text = rep.config.read_text("utf-8").replace("echo demo", "echo wrong").replace("watcher.db", "other.db")
    other.write_text(text, "utf-8")
    answer = rep.watcher("--config", str(other), "sync")
    assert answer.returncode == 11
    assert "refused" in answer.stderr


def test_an_unreachable_server(rep: Any) -> None:
    other = rep.home / "unreachable.toml"
    text = rep.config.read_text("utf-8").replace(f"port = {rep.server.port}", "port = 1")
    other.write_text(text.replace("watcher.db", "third.db"), "utf-8")
    answer = rep.watcher("--config", str(other), "sync")
    assert answer.returncode == 12


def test_check_tells_a_line_each(rep: Any) -> None:
    lines = read(rep, "check", "--json")
    assert {"config", "keyring", "sign-in", "folders", "sent", "desktop", "store", "reading"} <= {
        one["name"] for one in lines
    }
    assert all(one["ok"] for one in lines if one["name"] in ("config", "sign-in", "folders", "sent", "store"))


def test_init_writes_what_it_proved(rep: Any) -> None:
    path = rep.home / "new" / "config.toml"
    arguments = ("--host", "127.0.0.1", "--port", str(rep.server.port), "--tls", "off", "--yes")
    command = ("--password-command", "echo demo", "--time-zone", "Asia/Shanghai")
    address = "wei@acme-pumps.test"
    answer = rep.watcher("--config", str(path), "init", address, *arguments, *command)
    assert answer.returncode == 0, answer.stderr
    assert "Sent (sent)" in answer.stdout
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = rep.watcher("--config", str(path), "init", address, *arguments, *command)
    assert again.returncode == 2
    wrong = rep.home / "refused" / "config.toml"
    refused = rep.watcher(
        "--config", str(wrong), "init", address, *arguments, "--password-command", "echo wrong"
    )
    assert refused.returncode == 11
    assert not wrong.exists()


def test_status_loads_nothing_heavy(rep: Any) -> None:
    answer = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "watcher", "status"],
        env=rep.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip() for line in answer.stderr.splitlines() if "import time" in line}
    assert "click" in loaded
    heavy = {"sqlalchemy", "pydantic", "imapclient", "alembic", "holidays", "apscheduler", "mailparser"}
    assert loaded.isdisjoint(heavy)


def test_help_has_examples(rep: Any) -> None:
    from watcher.cli import _COMMANDS

    for name in _COMMANDS:
        answer = rep.watcher(name, "-h")
        assert answer.returncode == 0, answer.stderr
        assert "Examples:" in answer.stdout, name
