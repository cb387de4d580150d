"""Links that are kept from round to round: one sign-in, and no poll lost with a link that died meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.daemon.process import Cable
from tests.sync.desk import USER, Mailbox, days_ago
from watcher import fetching, links
from watcher.config import config_from
from watcher.demo.server import DemoServer
from watcher.errors import SignInRefused

pytestmark = pytest.mark.daemon


@pytest.fixture
def server() -> Iterator[DemoServer]:
    with DemoServer(USER, "demo") as running:
        running.create("Sent")
        yield running


@pytest.fixture
def kept(server: DemoServer, tmp_path: Path) -> Iterator[tuple[Mailbox, Cable]]:
    with Cable() as cable:
        cable.plug(server.port)
        mailbox = Mailbox(server, tmp_path, port=cable.port)
        mailbox.app.keep_links()
        yield mailbox, cable
        mailbox.app.close()


def test_one_sign_in_serves_all_rounds(kept: tuple[Mailbox, Cable], signed: list[str]) -> None:
    mailbox, _ = kept
    for number in range(3):
        mailbox.got(f"<{number}@meyer.example>", days_ago(5 - number))
        assert mailbox.round().whole
    assert len(mailbox.thread()["messages"]) == 3
    assert signed == ["work"]


def test_no_round_is_lost_with_a_link_that_died_meanwhile(
    kept: tuple[Mailbox, Cable], signed: list[str]
) -> None:
    mailbox, cable = kept
    mailbox.round()
    cable.cut()
    mailbox.got("<a@meyer.example>", days_ago(5))
    assert mailbox.round().whole
    assert [one["customer"] for one in mailbox.threads()] == ["meyer.example"]
    assert signed == ["work", "work"]


def test_a_server_that_is_gone_is_said_and_comes_back(
    kept: tuple[Mailbox, Cable], server: DemoServer
) -> None:
    mailbox, cable = kept
    mailbox.round()
    cable.unplug()
    assert mailbox.round().failures
    cable.plug(server.port)
    assert mailbox.round().whole


def test_after_a_sleep_all_is_made_anew(kept: tuple[Mailbox, Cable], signed: list[str]) -> None:
    mailbox, _ = kept
    mailbox.round()
    mailbox.app.renew_links()
    assert mailbox.round().whole
    assert mailbox.round().whole
    assert signed == ["work", "work"]


def test_a_second_link_that_is_refused_is_not_asked_for_again(
    server: DemoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def refusing(account: Any, *_: Any) -> Any:
        tried.append(account.name)
        raise SignInRefused("Too many.")

    known = config_from(
        {"account": [{"address": USER, "host": server.host, "port": server.port, "tls": "off"}]},
        tmp_path / "config.toml",
    ).accounts[0]
    made = links.Links()
    monkeypatch.setattr(links, "sign_in", refusing)
    another = made.another(known)
    assert another is not None
    with pytest.raises(SignInRefused), another():
        pass
    assert made.another(known) is None
    assert tried == ["work"]


def test_a_server_that_ends_the_first_link_for_the_second_is_read_over_one(
    kept: tuple[Mailbox, Cable], monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox, cable = kept
    names = [f"<{number}@meyer.example>" for number in range(9)]
    for number, name in enumerate(names):
        mailbox.got(name, days_ago(20 - number))
    monkeypatch.setattr(fetching, "_MANY", 2)
    monkeypatch.setattr(fetching, "_BLOCK", 1)
    real, asked = links.sign_in, Counter[str]()

    def one_at_a_time(account: Any, *more: Any) -> Any:
        asked[account.name] += 1
        cable.cut()
        return real(account, *more)

    monkeypatch.setattr(links, "sign_in", one_at_a_time)
    assert mailbox.round().whole
    assert [one["message_id"] for one in mailbox.thread()["messages"]] == names
    assert asked["work"] == 3, "the first, the second, and the one that read all"
    assert mailbox.round().whole
    assert asked["work"] == 3


def test_one_round_alone_leaves_no_link_open(server: DemoServer, tmp_path: Path, signed: list[str]) -> None:
    mailbox = Mailbox(server, tmp_path)
    mailbox.round()
    mailbox.round()
    mailbox.app.close()
    assert signed == ["work", "work"]
