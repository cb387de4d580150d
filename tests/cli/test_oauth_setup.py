"""`watcher init` and what follows, by OAuth: on a real Dovecot that asks who has a token."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import pytest
from click.testing import CliRunner, Result

from tests.cli.keyring_in_file import FileKeyring
from tests.cli.machine import Machine
from tests.servers import need
from tests.servers.dovecot import Dovecot
from tests.servers.oauth import CLIENT, Provider, browser, introspection, providers
from watcher.app import App, open_app
from watcher.cli import cli
from watcher.config import load_config
from watcher.errors import ConfigError, SignInRefused, UsageError, WatcherError

ADDRESS = "wei@acme.test"
HER = ("Wei Chen", "", "", "")
pytestmark = pytest.mark.dovecot
Talk = Callable[..., Result]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    made = Provider(ADDRESS)
    (tmp_path / "web").mkdir()
    with providers(tmp_path / "web", made) as web:
        for name in ("HTTPS_PROXY", "HTTP_PROXY", "http_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        for name, value in web.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(web.certificate))
        yield made


@pytest.fixture
def server(provider: Provider) -> Iterator[Dovecot]:
    need("dovecot")
    with introspection(provider) as url:
        made = Dovecot(ADDRESS, tokens=url)
        try:
            yield made.start()
        finally:
            made.remove()


@pytest.fixture
def talk(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Talk]:
    before = keyring.get_keyring()
    for name, value in machine.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("watcher.cli.common.on_terminal", lambda: True)

    def run(*arguments: str, answers: tuple[str, ...] = ()) -> Result:
        keyring.set_keyring(FileKeyring())
        return CliRunner().invoke(cli, [*arguments], input="".join(f"{one}\n" for one in answers))

    yield run
    keyring.set_keyring(before)


def connected(talk: Talk, server: Dovecot, *more: str, secret: tuple[str, ...] = ()) -> Result:
    """`watcher init` by OAuth, with a person in the browser."""
    place = ["--host", "localhost", "--port", str(server.tls_port), "--ca-file", str(server.certificate)]
    with browser():
        return talk("init", ADDRESS, *place, *more, answers=("", *secret, *HER, "n"))


MICROSOFT = ("--auth", "oauth-microsoft", "--client-id", CLIENT, "--tenant", "organizations")
BY_CODE = (*MICROSOFT, "--device-code")
GOOGLE = ("--auth", "oauth-google", "--client-id", CLIENT)


@pytest.mark.parametrize(
    ("options", "secret", "said"),
    [
        (MICROSOFT, (), "Your browser opens"),
        (BY_CODE, (), "type the code ABCD-EFGH"),
        (GOOGLE, ("desktop secret",), "Your browser opens"),
    ],
    ids=["microsoft", "by code", "google"],
)
def test_what_was_allowed_is_kept_and_reads_the_mailbox(
    talk: Talk,
    machine: Machine,
    server: Dovecot,
    options: tuple[str, ...],
    secret: tuple[str, ...],
    said: str,
) -> None:
    answer = connected(talk, server, *options, secret=secret)
    assert answer.exception is None, answer.output
    assert said in answer.output
    assert "Password of" not in answer.output
    text = machine.config.read_text("utf-8")
    account = tomllib.loads(text)["account"][0]
    assert (account["auth"], account["client_id"]) == (options[1], CLIENT)
    assert account.get("tenant") == ("organizations" if "microsoft" in options[1] else None)
    (kept,) = machine.kept()
    assert "refresh-1" in kept
    assert not any(one in text + answer.output for one in ("refresh-", "access-", "desktop secret"))
    read = talk("sync")
    assert read.exception is None, read.output
    lines = json.loads(talk("check", "--json").output)
    assert all(one["ok"] for one in lines if one["name"] in ("password", "sign-in", "sent"))


def test_tokens_are_renewed_and_kept(
    talk: Talk, machine: Machine, server: Dovecot, provider: Provider
) -> None:
    provider.lasts = 60
    connected(talk, server, *BY_CODE)
    assert talk("sync").exception is None
    (kept,) = machine.kept()
    assert "refresh-1" not in kept
    assert provider.asked[-1]["grant_type"] == "refresh_token"


def test_what_was_taken_back_is_said_and_can_be_allowed_anew(
    talk: Talk, machine: Machine, server: Dovecot, provider: Provider
) -> None:
    provider.lasts = 60
    connected(talk, server, *BY_CODE)
    provider.revoke()
    refused = talk("sync")
    assert isinstance(refused.exception, SignInRefused)
    assert "Microsoft does not sign wei@acme.test in" in str(refused.exception)
    blind = json.loads(talk("status", "--json").output)["blind"]
    assert any("Microsoft does not sign" in one for one in blind)
    provider.error, before = "", machine.config.read_bytes()
    anew = talk("init", "--password", "--device-code")
    assert anew.exception is None, anew.output
    assert "What you allowed is in the keyring" in anew.output
    assert machine.config.read_bytes() == before
    assert talk("sync").exception is None


def test_a_server_that_refuses_the_token_keeps_nothing(
    talk: Talk, machine: Machine, server: Dovecot, provider: Provider
) -> None:
    provider.user = "carl@acme.test"  # whoever sat at the page was somebody else
    answer = connected(talk, server, *BY_CODE)
    assert isinstance(answer.exception, SignInRefused), answer.output
    assert "by OAuth" in str(answer.exception)
    assert machine.kept() == []
    assert not machine.config.exists()


def test_a_refusal_waits_until_a_person_allowed_it_anew(
    talk: Talk, machine: Machine, server: Dovecot, provider: Provider
) -> None:
    """The daemon's stamp: a renewed token is nothing new, what a person allowed is."""
    from watcher.links import stamp_of

    provider.lasts = 60
    connected(talk, server, *BY_CODE)
    (account,) = load_config(machine.config).accounts
    before = stamp_of(account)
    with _app(machine) as app:
        assert app.round().whole
        assert stamp_of(account) == before
        provider.good.clear()
        provider.error = "invalid_grant"
        error = app.round().failures["work"]
        assert isinstance(error, SignInRefused)
        assert error.stamp == before
    provider.error = ""
    talk("init", "--password", "--device-code")
    assert stamp_of(account) not in ("", before)


def _app(machine: Machine) -> App:
    return open_app(load_config(machine.config))


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        (("--auth", "oauth-microsoft", "--yes"), UsageError, "--client-id"),
        ((*MICROSOFT, "--yes"), ConfigError, "No sign-in is stored"),
    ],
)
def test_where_nobody_can_be_asked(
    talk: Talk,
    server: Dovecot,
    machine: Machine,
    options: tuple[str, ...],
    error: type[WatcherError],
    says: str,
) -> None:
    answer = connected(talk, server, *options)
    assert isinstance(answer.exception, error)
    assert says in str(answer.exception)
    assert not machine.config.exists()


def test_a_second_account_is_added(talk: Talk, machine: Machine, server: Dovecot) -> None:
    """What stands in the file stays, to the letter."""
    machine.write(
        '# mine\n[[account]]\naddress = "carl@acme.test"\nhost = "localhost"\n'
        'password_command = "echo x"\n\n[store]\nurl = "sqlite:///watcher.db"  # here'
    )
    before = machine.config.read_text()
    place = ["--host", "localhost", "--port", str(server.tls_port), "--ca-file", str(server.certificate)]
    answer = talk("init", "--add", ADDRESS, *place, answers=("", server.password, "n"))
    assert answer.exception is None, answer.output
    text = machine.config.read_text()
    assert text.startswith(before)
    config = load_config(machine.config)
    assert [(one.name, one.address, one.port) for one in config.accounts] == [
        ("work", "carl@acme.test", 993),
        ("wei", ADDRESS, server.tls_port),
    ]
    assert machine.kept() == [server.password]
    twice = talk("init", "--add", ADDRESS, *place, answers=("", server.password, "n"))
    assert isinstance(twice.exception, UsageError)
    assert machine.config.read_text() == text


def test_a_second_account_whose_name_is_taken_has_its_address_for_one(
    talk: Talk, machine: Machine, server: Dovecot
) -> None:
    machine.write('[[account]]\nname = "Wei"\naddress = "carl@acme.test"\nhost = "localhost"\n')
    place = ["--host", "localhost", "--port", str(server.tls_port), "--ca-file", str(server.certificate)]
    answer = talk("init", "--add", ADDRESS, *place, answers=("", server.password, "n"))
    assert answer.exception is None, answer.output
    assert [one.name for one in load_config(machine.config).accounts] == ["Wei", ADDRESS]


def test_nothing_is_added_to_a_config_that_is_not_there(talk: Talk, machine: Machine) -> None:
    assert isinstance(talk("init", "--add", ADDRESS).exception, ConfigError)
    assert not machine.config.exists()
