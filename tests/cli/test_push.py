"""`watcher push`: an address kept in the keyring, and a push that says it is a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.servers.http import serving
from watcher.mailbox import signin

if TYPE_CHECKING:
    from tests.cli.kept import Desk


def go(desk: Desk, lines: str) -> None:
    desk.config.write_text(f"{desk.config.read_text('utf-8')}\n{lines}\n", "utf-8")


def test_a_test_push_says_what_became_of_it(desk: Desk) -> None:
    with serving() as service:
        go(desk, f'[push]\nurls = ["json://127.0.0.1:{service.port}/s3cret"]')
        answer = desk.watcher("push", "test")
        assert (answer.code, answer.out) == (0, "Taken: json\n")
        assert service.bodies[0]["message"] == "watcher: this is a test"
        service.answer = "refuse"
        answer = desk.watcher("push", "test")
    assert (answer.code, answer.out) == (1, "Not taken: json: the service refused it, or is away\n")
    assert "s3cret" not in answer.out + answer.error


def test_without_a_service_there_is_nothing_to_test(desk: Desk) -> None:
    answer = desk.watcher("push", "test")
    assert (answer.code, "push.urls names no service" in answer.error) == (10, True)


def test_check_names_the_kinds_of_services_and_no_secret(desk: Desk) -> None:
    go(desk, '[alerts]\nchannels = ["push"]\n\n[push]\nurls = ["tgram://s3cret/chat", "keyring:chat"]')
    answer = desk.watcher("check", "--offline", "--json")
    assert '"to tgram, keyring (chat); watcher push test tries it"' in answer.out
    assert "s3cret" not in answer.out + answer.error


@pytest.mark.parametrize(
    ("name", "typed", "says"),
    [
        ("chat", "ntfy://topic\n", 'Kept. In the config: [push] urls = ["keyring:chat"]'),
        ("chat", "a-token\n", "that is no address of a service"),
        ("a b", "", "is no name"),
    ],
)
def test_an_address_is_kept_in_the_keyring(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str, typed: str, says: str
) -> None:
    from click.testing import CliRunner

    from watcher.cli import cli

    kept: dict[tuple[str, str], str] = {}
    monkeypatch.setattr(
        signin, "store_password", lambda user, host, secret: kept.update({(user, host): secret})
    )
    said = CliRunner(env={"WATCHER_CONFIG": str(desk.config)}).invoke(cli, ["push", "set", name], input=typed)
    assert says in f"{said.output} {said.exception}"
    assert kept == ({("chat", "push"): "ntfy://topic"} if "Kept" in says else {})
    assert "ntfy" not in said.output.replace("ntfy://…", "")
