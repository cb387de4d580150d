"""Pushes through the real apprise to a real server: what they say, what they never say, and how they fail."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import apprise
import keyring
import pytest

from tests.cli.keyring_in_file import PLACE, FileKeyring
from tests.servers.http import Service, serving
from watcher.alerts.channel import PopUp
from watcher.alerts.push import PushChannel, PushSettings
from watcher.app import channels_of, otherwise_of, push_channel
from watcher.config import config_from
from watcher.domain.labels import labels
from watcher.errors import ConfigError

SECRET = "s3cret-t0ken"


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as made:
        yield made


def channel(*urls: str, details: bool = False, digest: bool = True, **more: object) -> PushChannel:
    settings = PushSettings(urls, frozenset({"pi", "opportunity"}), digest, details, labels())
    return PushChannel(settings, more.pop("secret", lambda _: None), **more)  # type: ignore[arg-type]


def to(service: Service) -> str:
    return f"json://127.0.0.1:{service.port}/{SECRET}"


def pop_up(*about: tuple[str, str]) -> PopUp:
    return PopUp(
        "PI · Meyer: they owe a reply",
        "4 working days. PI 2026-031. You wrote last on Fri.",
        stages=tuple(stage for stage, _ in about),
        names=tuple(name for _, name in about),
    )


MEYER, GULF, SOL = ("pi", "Meyer"), ("opportunity", "Gulf"), ("inquiry", "Sol")


def said(service: Service) -> tuple[str, str]:
    (body,) = service.bodies
    return body["title"], body["message"]


def test_stage_and_count_and_no_name(service: Service) -> None:
    answer = channel(to(service)).deliver(pop_up(MEYER, GULF, ("pi", "Sahara"), SOL))
    assert (answer.delivered, answer.channel, answer.answer) == (True, "push", "json")
    assert said(service) == ("watcher: 3 customers wait", "PI: 2\nopportunity: 1")
    assert "Meyer" not in str(service.bodies)
    assert "2026-031" not in str(service.bodies)


def test_names_where_the_config_asks_for_details_and_never_a_subject(service: Service) -> None:
    many = [("pi", f"C{one}") for one in range(8)]
    channel(to(service), details=True).deliver(pop_up(*many))
    assert said(service) == ("watcher: 8 customers wait", "PI: 8\nC0, C1, C2, C3, C4, and 3 more")
    assert "2026-031" not in str(service.bodies)


def test_one_customer(service: Service) -> None:
    channel(to(service)).deliver(pop_up(MEYER))
    assert said(service) == ("watcher: 1 customer waits", "PI: 1")


@pytest.mark.parametrize(("details", "text"), [(False, ""), (True, "Top first: Meyer.")])
def test_a_digest_is_its_counts(service: Service, details: bool, text: str) -> None:
    channel(to(service), details=details).deliver(PopUp("Today: 3 overdue", "Top first: Meyer."))
    (body,) = service.bodies
    # A message without a text is one in apprise's eyes all the same: the title is what it says.
    assert (body["title"], body["message"]) == (
        ("Today: 3 overdue", text) if text else ("", "Today: 3 overdue")
    )


@pytest.mark.parametrize(
    ("about", "digest", "wanted"),
    [
        ((MEYER,), True, True),
        ((SOL,), True, False),
        ((SOL, MEYER), True, True),
        ((), True, True),
        ((), False, False),
    ],
)
def test_what_it_wants(about: tuple[tuple[str, str], ...], digest: bool, wanted: bool) -> None:
    assert channel("json://x", digest=digest).wants(pop_up(*about)) is wanted


@pytest.mark.parametrize(
    "evil",
    [
        "<!channel> [click](http://evil.example)",
        "*bold* _x_ `code` ~y~ |z| #tag @all",
        "<a href='http://evil.example'>x</a>\r\nX-Header: 1",
        "\x1b[31m\u202eevil",
    ],
)
def test_a_crafted_name_is_no_markup_mention_or_link(service: Service, evil: str) -> None:
    channel(to(service), details=True).deliver(pop_up(("pi", evil)))
    _, message = said(service)
    name = message.partition("\n")[2]
    assert name
    assert not set(name) & set("<>[]()*_`~|#@\\\r\n\x1b\u202e")
    assert "://" not in name


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("refuse", "json: the service refused it, or is away"),
        ("broken", "json: the service refused it, or is away"),
        ("elsewhere", "json: the service refused it, or is away"),
    ],
)
def test_a_service_that_does_not_take_it_is_no_delivery(service: Service, how: str, says: str) -> None:
    service.answer = how
    answer = channel(to(service)).deliver(pop_up(MEYER))
    assert (answer.delivered, answer.answer) == (False, says)


@pytest.mark.parametrize("how", ["hang", "drip"])
def test_one_that_hangs_costs_its_time_and_no_more(service: Service, how: str) -> None:
    service.answer = how
    push = channel(to(service), seconds=0.4)
    began = monotonic()
    assert push.deliver(pop_up(MEYER)).answer == "json: no answer in 0.4 s"
    assert push.deliver(pop_up(MEYER)).answer == "json: the send before still hangs"
    assert monotonic() - began < 3
    assert len(service.bodies) == 1


def test_one_of_several_is_enough(service: Service) -> None:
    answer = channel("json://127.0.0.1:9/gone", to(service)).deliver(pop_up(MEYER))
    # Two services of one kind are told as one; what counts is that somebody took it.
    assert answer.delivered
    assert len(service.bodies) == 1


@pytest.mark.parametrize("url", ["json://127.0.0.1:9/" + SECRET, "nonsense://" + SECRET, f"tgram://{SECRET}"])
def test_no_answer_and_no_log_holds_the_secret(url: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        push = channel(url)
        answer = push.deliver(pop_up(MEYER))
    assert not answer.delivered
    assert SECRET not in f"{answer} {caplog.text}"


def test_a_secret_of_the_keyring(service: Service) -> None:
    kept = {"chat": to(service)}
    push = channel("keyring:chat", "keyring:lost", secret=kept.get)
    answer = push.deliver(pop_up(MEYER))
    assert (answer.delivered, answer.answer) == (True, "chat; lost: nothing is kept; watcher push set lost")
    assert SECRET not in f"{answer}"


def test_a_keyring_that_is_locked_is_said() -> None:
    def locked(_: str) -> str:
        raise ConfigError("The keyring is locked.")

    answer = channel("keyring:chat", secret=locked).deliver(pop_up(MEYER))
    assert answer.answer == "chat: the keyring does not answer (ConfigError)"


def test_a_secret_lies_in_the_keyring_under_its_name_at_push(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `watcher push set team` keeps it."""
    monkeypatch.setenv(PLACE, str(tmp_path / "keyring.json"))
    before = keyring.get_keyring()
    keyring.set_keyring(FileKeyring())  # type: ignore[no-untyped-call]
    try:
        keyring.set_password("watcher", "team@push", to(service))
        tables = {
            "account": [{"address": "wei@acme.test", "host": "127.0.0.1"}],
            "push": {"urls": ["keyring:team"], "stages": ["pi"]},
        }
        config = config_from(tables, tmp_path / "config.toml")
        assert push_channel(config).deliver(pop_up(MEYER)).delivered
    finally:
        keyring.set_keyring(before)
    assert said(service) == ("watcher: 1 customer waits", "PI: 1")


SERVICES = {
    "DingTalk": "dingtalk://" + "a" * 32,
    "WeCom": "wecombot://" + "b" * 36,
    "Feishu": "feishu://" + "c" * 36,
    "Telegram": "tgram://123456789:" + "d" * 35 + "/12345",
    "ntfy": "ntfy://localhost/sales",
    "Slack": "slack://T1JJ3T3L2/A1BRTD4JD/" + "E" * 24,
    "e-mail": "mailto://wei:secret@acme.test",
}


@pytest.mark.parametrize("service", SERVICES)
def test_the_services_that_reps_have_are_known(service: str) -> None:
    """Nothing is sent: apprise makes a sender of the address, and config takes it."""
    assert apprise.Apprise.instantiate(SERVICES[service]) is not None


def test_a_crafted_name_stays_short_and_plain(service: Service) -> None:
    crafted = "-rf \x1b[31m\u202e<b>@all</b> " + "x" * 10_000
    channel(to(service), details=True).deliver(pop_up(("pi", crafted)))
    title, text = said(service)
    assert len(title) + len(text) < 500
    assert not set(title + text) & set("\x1b\u202e<>@")


def test_the_ladder_is_built_as_the_config_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = {
        "account": [{"address": "wei@acme.test", "host": "127.0.0.1"}],
        "push": {"urls": ["json://127.0.0.1:9/x"]},
        "alerts": {"channels": ["desktop"], "otherwise": ["push", "terminal"]},
    }
    config = config_from(tables, tmp_path / "config.toml")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert [one.name for one in channels_of(config)] == ["desktop"]
    assert [one.name for one in otherwise_of(config)] == ["push", "terminal"]
