"""`watcher init`, on a real server: what is proved is written, and nothing else."""

from __future__ import annotations

import json
import os
import pty
import select
import stat
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import keyring
import pytest
from click.testing import CliRunner, Result

from tests.cli.keyring_in_file import PLACE, FileKeyring, LockedKeyring
from tests.cli.machine import NO_KEYRING, Machine
from tests.servers import need
from tests.servers.dovecot import Dovecot
from tests.servers.web import FakeWeb, Page
from watcher.cli import cli
from watcher.cli.questions import guessed_country
from watcher.demo.server import DemoServer
from watcher.errors import ConfigError, SignInRefused, WatcherError

WITHIN_SECONDS = 60.0  # a bound for a loaded machine
ADDRESS = "wei@acme.test"
Talk = Callable[..., Result]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    need("dovecot")
    server = Dovecot(ADDRESS)
    try:
        yield server.start()
    finally:
        server.remove()


@pytest.fixture
def without_sent() -> Iterator[Dovecot]:
    need("dovecot")
    server = Dovecot(ADDRESS, special_use={"Ausgang": "", "Customers": "", "Trash": r"\Trash"})
    try:
        yield server.start()
    finally:
        server.remove()


def over_tls(server: Dovecot) -> list[str]:
    return ["--host", "localhost", "--port", str(server.tls_port), "--ca-file", str(server.certificate)]


def in_clear(server: DemoServer) -> list[str]:
    """For wrong passwords: Dovecot makes whoever was refused wait longer each time."""
    return ["--host", server.host, "--port", str(server.port), "--tls", "off"]


def by_command(password: str) -> list[str]:
    return ["--password-command", f"echo '{password}'"]


# ── everything by options, no terminal ──


@pytest.mark.dovecot
def test_what_was_proved_is_written(machine: Machine, server: Dovecot) -> None:
    hers = ["--name", "Wei Chen", "--country", "cn", "--working-hours", "08:30-17:30"]
    answer = machine.watcher("init", ADDRESS, *over_tls(server), *by_command(server.password), *hers, "--yes")
    assert answer.returncode == 0, answer.stderr
    for said in ("INBOX (inbox)", "Sent (sent)", "Junk (junk)", "Left out: ", "Trash (trash)"):
        assert said in answer.stdout
    for step in ("watcher sync", "watcher status", "watcher service install", "watcher stage CUSTOMER STAGE"):
        assert step in answer.stdout
    written = tomllib.loads(machine.config.read_text("utf-8"))
    assert written["rep"] == {
        "name": "Wei Chen",
        "country": "CN",
        "time_zone": "Asia/Shanghai",
        "working_hours": "08:30-17:30",
    }
    assert written["account"][0]["ca_file"] == str(server.certificate)
    assert written["account"][0]["tls"] == "implicit"
    assert stat.S_IMODE(machine.config.stat().st_mode) == 0o600
    code, lines = machine.check()
    assert code == 0
    assert all(one["ok"] for one in lines if one["name"] in ("config", "password", "sign-in", "sent"))


@pytest.mark.dovecot
def test_defaults_come_from_the_machine(machine: Machine, server: Dovecot) -> None:
    answer = machine.watcher("init", ADDRESS, *over_tls(server), *by_command(server.password), "--yes")
    assert answer.returncode == 0, answer.stderr
    rep = tomllib.loads(machine.config.read_text("utf-8"))["rep"]
    assert rep == {"country": "CN", "time_zone": "Asia/Shanghai", "working_hours": "09:00-18:00"}


@pytest.mark.dovecot
def test_sync_reads_at_once(machine: Machine, server: Dovecot) -> None:
    options = [*over_tls(server), *by_command(server.password), "--yes", "--sync"]
    answer = machine.watcher("init", ADDRESS, *options)
    assert answer.returncode == 0, answer.stderr
    assert "0 new messages" in answer.stdout
    assert "all folders read" in answer.stdout
    assert machine.store.exists()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "ADDRESS"),
        (["wei@acme.invalid"], "--host"),
        ([ADDRESS, "--host", "localhost"], "--password-command"),
        ([ADDRESS, "--host", "localhost", "--tls", "wrong"], "--tls"),
        ([ADDRESS, "--host", "imap.acme.test", "--tls", "off"], "--tls off"),
        ([ADDRESS, "--host", "https://acme.test"], "--host"),
        ([ADDRESS, "--port", "0"], "--port"),
        ([ADDRESS, "--country", "Atlantis"], "--country"),
        ([ADDRESS, "--time-zone", "Berlin"], "--time-zone"),
        ([ADDRESS, "--working-hours", "9-5"], "--working-hours"),
        ([ADDRESS, "--ca-file", "nowhere.pem"], "--ca-file"),
        ([ADDRESS, "--password-command", "echo 'x"], "--password-command"),
        (["nobody"], "ADDRESS"),
    ],
)
def test_what_is_missing_or_wrong_is_named(
    arguments: list[str], named: str, talk: Talk, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watcher.mailbox.providers.Dns", Nowhere)
    monkeypatch.setattr("watcher.mailbox.providers.Https", NoWeb)
    answer = talk(*arguments, "--yes", terminal=False)
    told = str(answer.exception) if isinstance(answer.exception, WatcherError) else answer.output
    assert named in told
    assert _code(answer) == 2
    assert not machine.config.exists()


def _code(answer: Result) -> int:
    return answer.exception.exit_code if isinstance(answer.exception, WatcherError) else answer.exit_code


@pytest.mark.dovecot
@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({"port": "1"}, 12, "Nothing answers at localhost:1"),
        ({"ca": ""}, 12, "certificate that cannot be trusted"),
        ({"ca": "config.toml"}, 10, "holds no certificate"),
        ({"sent": "Gesendet"}, 2, "There are: "),
    ],
)
def test_what_is_not_proved_is_not_written(
    machine: Machine, server: Dovecot, change: dict[str, str], code: int, says: str
) -> None:
    (machine.home / "config.toml").write_text("no certificate\n")
    ca = change.get("ca", str(server.certificate))
    options = ["--host", "localhost", "--port", change.get("port", str(server.tls_port)), "--yes"]
    options += ["--ca-file", str(machine.home / ca)] if ca else []
    options += ["--sent", change["sent"]] if "sent" in change else []
    answer = machine.watcher("init", ADDRESS, *options, *by_command(server.password))
    assert answer.returncode == code, answer.stderr
    assert says in answer.stderr
    assert f"(exit {code})" in answer.stderr
    assert not machine.config.exists()


@pytest.mark.daemon
def test_a_refused_password_is_not_written(machine: Machine, pymap_server: DemoServer) -> None:
    answer = machine.watcher("init", ADDRESS, *in_clear(pymap_server), *by_command("wrong"), "--yes")
    assert answer.returncode == 11
    assert "refused the password of wei@acme.test" in answer.stderr
    assert not machine.config.exists()


@pytest.mark.dovecot
def test_an_existing_config_is_replaced_by_force_alone(machine: Machine, server: Dovecot) -> None:
    machine.write("# mine\n")
    arguments = ["init", ADDRESS, *over_tls(server), *by_command(server.password), "--yes"]
    refused = machine.watcher(*arguments)
    assert refused.returncode == 2
    assert "--force" in refused.stderr
    assert machine.config.read_text() == "# mine\n"
    assert machine.watcher(*arguments, "--force").returncode == 0
    assert tomllib.loads(machine.config.read_text("utf-8"))["account"][0]["address"] == ADDRESS
    assert stat.S_IMODE(machine.config.stat().st_mode) == 0o600


@pytest.mark.dovecot
def test_without_a_sent_folder_it_is_said_loudly(machine: Machine, without_sent: Dovecot) -> None:
    arguments = ["init", ADDRESS, *over_tls(without_sent), *by_command(without_sent.password), "--yes"]
    answer = machine.watcher(*arguments)
    assert answer.returncode == 0, answer.stderr
    assert "No Sent folder was found" in answer.stderr
    assert "--sent" in answer.stderr
    assert "sent" not in tomllib.loads(machine.config.read_text("utf-8"))["account"][0]
    named = machine.watcher(*arguments, "--force", "--sent", "ausgang")
    assert "No Sent folder" not in named.stderr
    assert tomllib.loads(machine.config.read_text("utf-8"))["account"][0]["sent"] == "Ausgang"


@pytest.mark.dovecot
def test_a_password_already_in_the_keyring_is_taken(
    machine: Machine, server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PLACE, str(machine.home / "keyring.json"))
    FileKeyring().set_password("watcher", f"{ADDRESS}@localhost", server.password)
    answer = machine.watcher("init", ADDRESS, *over_tls(server), "--yes")
    assert answer.returncode == 0, answer.stderr
    assert "password_command =" not in machine.config.read_text("utf-8")


# ── asked, answer by answer ──


@pytest.fixture
def talk(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Talk]:
    """Runs `watcher init` here, with the answers typed in; the exception is the result's."""
    before = keyring.get_keyring()
    for name, value in machine.environment().items():
        monkeypatch.setenv(name, value)

    def run(
        *arguments: str, answers: tuple[str, ...] = (), terminal: bool = True, ring: object = None
    ) -> Result:
        keyring.set_keyring(ring or FileKeyring())  # type: ignore[arg-type]
        monkeypatch.setattr("watcher.cli.common.on_terminal", lambda: terminal)
        return CliRunner().invoke(cli, ["init", *arguments], input="".join(f"{one}\n" for one in answers))

    yield run
    keyring.set_keyring(before)


HER = ("Wei Chen", "", "", "")  # name; zone, country and hours as proposed
NO_SYNC = ("n",)


@pytest.mark.daemon
def test_a_password_is_kept_once_it_opened_the_mailbox(
    talk: Talk, machine: Machine, pymap_server: DemoServer
) -> None:
    answers = ("", "wrong", "wrong again", pymap_server.password, *HER, *NO_SYNC)
    answer = talk(ADDRESS, *in_clear(pymap_server), answers=answers)
    assert answer.exception is None, answer.output
    assert answer.output.count("refused the password") == 2
    assert machine.kept() == [pymap_server.password]
    text = machine.config.read_text("utf-8")
    assert pymap_server.password not in text
    assert tomllib.loads(text)["rep"]["country"] == "CN"


def deliver(server: DemoServer, folder: str, ago: int, name: str, author: str, to: str, *more: str) -> None:
    """A mail of so many days ago; `more` are further header lines and, after "", its text."""
    at = datetime.now(UTC) - timedelta(days=ago)
    head = [f"Message-ID: <{name}>", f"From: {author}", f"To: {to}", f"Date: {format_datetime(at)}"]
    server.append(folder, "\r\n".join((*head, *more)).encode(), at)


@pytest.mark.daemon
def test_the_first_day_ends_with_where_deals_stand(
    talk: Talk, machine: Machine, pymap_server: DemoServer
) -> None:
    anna, bert = "anna@meyer.example", "bert@sol.example"
    deliver(pymap_server, "Sent", 6, "1@acme.test", ADDRESS, anna, "Subject: pumps", "", "Our offer.")
    again = ("Subject: Re: pumps", "In-Reply-To: <1@acme.test>", "", "We hereby confirm the order.")
    deliver(pymap_server, "INBOX", 5, "2@meyer.example", anna, ADDRESS, *again)
    deliver(pymap_server, "Sent", 6, "3@acme.test", ADDRESS, bert, "Subject: valves", "", "Our offer.")
    deliver(pymap_server, "INBOX", 4, "4@sol.example", bert, ADDRESS, "Subject: PO 77", "", "See below.")
    typed = ("", pymap_server.password, *HER, "y", "1")
    answer = talk(ADDRESS, *in_clear(pymap_server), answers=typed)
    assert answer.exception is None, answer.output
    assert "1  sol.example: cold → PI · their mail of" in answer.output
    assert "2  meyer.example: cold → PI · their mail of" in answer.output
    assert "1 deal moved. The others wait: watcher stage --proposals." in answer.output
    stages = {
        one["customer"]: one["stage"] for one in json.loads(machine.watcher("threads", "--json").stdout)
    }
    assert stages == {"meyer.example": "pi", "sol.example": "cold"}


@pytest.mark.daemon
def test_three_refusals_are_enough(talk: Talk, machine: Machine, pymap_server: DemoServer) -> None:
    answers = ("", "one", "two", "three", pymap_server.password)
    answer = talk(ADDRESS, *in_clear(pymap_server), answers=answers)
    assert isinstance(answer.exception, SignInRefused)
    assert machine.kept() == []
    assert not machine.config.exists()


@pytest.mark.dovecot
def test_a_wrong_answer_is_asked_again(talk: Talk, machine: Machine, server: Dovecot) -> None:
    answers = ("wei", ADDRESS, "", server.password, "", "Berlin", "Europe/Berlin", "Germany", "", "9-5", "")
    answer = talk(*over_tls(server), answers=(*answers, *NO_SYNC))
    assert answer.exception is None, answer.output
    assert 'write it bare, as in "wei@acme.test"' in answer.output
    assert 'use "DE" for Germany' in answer.output
    rep = tomllib.loads(machine.config.read_text("utf-8"))["rep"]
    assert rep == {"country": "DE", "time_zone": "Europe/Berlin", "working_hours": "09:00-18:00"}


@pytest.mark.dovecot
def test_which_folder_is_sent_is_asked(talk: Talk, machine: Machine, without_sent: Dovecot) -> None:
    answers = ("", without_sent.password, "Versandt", "ausgang", *HER, *NO_SYNC)
    answer = talk(ADDRESS, *over_tls(without_sent), answers=answers)
    assert answer.exception is None, answer.output
    assert "No Sent folder was found" in answer.output
    assert "no folder 'Versandt'" in answer.output
    assert tomllib.loads(machine.config.read_text("utf-8"))["account"][0]["sent"] == "Ausgang"


@pytest.mark.dovecot
def test_without_a_keyring_a_command_is_asked(talk: Talk, machine: Machine, server: Dovecot) -> None:
    from keyring.backends.fail import Keyring

    answers = ("", f"echo '{server.password}'", *HER, *NO_SYNC)
    answer = talk(ADDRESS, *over_tls(server), answers=answers, ring=Keyring())
    assert answer.exception is None, answer.output
    assert "no keyring" in answer.output
    account = tomllib.loads(machine.config.read_text("utf-8"))["account"][0]
    assert account["password_command"] == f"echo '{server.password}'"


@pytest.mark.dovecot
def test_a_locked_keyring_stops_before_anything_is_written(
    talk: Talk, machine: Machine, server: Dovecot
) -> None:
    answer = talk(ADDRESS, *over_tls(server), answers=("", server.password, *HER), ring=LockedKeyring())
    assert isinstance(answer.exception, ConfigError)
    assert "password_command" in str(answer.exception)
    assert not machine.config.exists()


class Guess:
    """A DNS that knows every host, and whose domains all keep their mail at Fastmail's, or nowhere."""

    hosts: tuple[str, ...] = ()

    def mail_hosts(self, domain: str) -> list[str]:
        return list(self.hosts)

    def services(self, name: str) -> list[object]:
        return []

    def exists(self, host: str) -> bool:
        return True


class NoWeb:
    """Nothing lies anywhere."""

    def fetch(self, urls: Sequence[str]) -> list[bytes | None]:
        return [None for _ in urls]


class Nowhere(Guess):
    def exists(self, host: str) -> bool:
        return False


class HostedGuess(Guess):
    hosts = ("in1.messagingengine.com",)


@pytest.mark.dovecot
@pytest.mark.parametrize(
    ("dns", "shown"), [(Guess, "imap.acme.test:993"), (HostedGuess, "imap.fastmail.com:993")]
)
def test_a_guess_is_confirmed_before_a_password_is_asked(
    talk: Talk, server: Dovecot, monkeypatch: pytest.MonkeyPatch, dns: type[Guess], shown: str
) -> None:
    monkeypatch.setattr("watcher.mailbox.providers.Dns", dns)
    monkeypatch.setattr("watcher.mailbox.providers.Https", NoWeb)
    answers = ("n", "localhost", str(server.tls_port), "", server.password, *HER, *NO_SYNC)
    answer = talk(ADDRESS, "--ca-file", str(server.certificate), answers=answers)
    assert answer.exception is None, answer.output
    assert f"Server: {shown}" in answer.output
    assert answer.output.index("to be sent there?") < answer.output.index("Password of")
    assert talk(ADDRESS, "--yes", "--force", terminal=False).exception is not None


def test_a_guess_is_not_taken_unconfirmed(
    talk: Talk, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watcher.mailbox.providers.Dns", Guess)
    monkeypatch.setattr("watcher.mailbox.providers.Https", NoWeb)
    answer = talk(ADDRESS, *by_command("secret"), "--yes", terminal=False)
    assert "--host imap.acme.test" in str(answer.exception)
    assert _code(answer) == 2
    assert not machine.config.exists()


@pytest.mark.dovecot
def test_what_a_file_of_the_domain_names_is_confirmed_and_proved(
    talk: Talk, machine: Machine, server: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host is none of the domain's own: it is asked about, with all that a real network has between."""
    monkeypatch.setattr("watcher.mailbox.providers.Dns", Nowhere)
    (tmp_path / "web").mkdir()
    with FakeWeb(tmp_path / "web", ("acme.test",)) as web:
        url = "https://acme.test/.well-known/autoconfig/mail/config-v1.1.xml"
        web.pages = {url: Page(autoconfig("localhost", server.tls_port))}
        for name, value in web.environment.items():
            monkeypatch.setenv(name, value)
        answers = ("y", "", server.password, *HER, *NO_SYNC)
        answer = talk(ADDRESS, "--ca-file", str(server.certificate), answers=answers)
    assert answer.exception is None, answer.output
    assert f"localhost:{server.tls_port}, found in a file of the domain" in answer.output
    assert answer.output.index("to be sent there?") < answer.output.index("Password of")
    account = tomllib.loads(machine.config.read_text("utf-8"))["account"][0]
    assert (account["host"], account["port"], account["tls"]) == ("localhost", server.tls_port, "implicit")


def autoconfig(host: str, port: int) -> bytes:
    return (
        f'<clientConfig><incomingServer type="imap"><hostname>{host}</hostname><port>{port}</port>'
        "<socketType>SSL</socketType><username>%EMAILADDRESS%</username></incomingServer></clientConfig>"
    ).encode()


def test_offline_it_asks(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watcher.mailbox.lookups.dns.resolver.Resolver", _no_network)
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    answer = talk(ADDRESS, answers=())  # the terminal is closed at the first question
    assert "The IMAP server" in answer.output


def _no_network() -> None:
    raise OSError("Network is unreachable")


def test_what_must_be_done_first_is_said(talk: Talk) -> None:
    answer = talk("wei@163.com", answers=())  # the terminal is closed at the first question
    assert "imap.163.com:993" in answer.output
    assert "First: " in answer.output


# ── another password ──


@pytest.fixture
def connected(machine: Machine, pymap_server: DemoServer, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine whose password for the account is an old one."""
    machine.write(
        f'[[account]]\naddress = "{ADDRESS}"\nhost = "127.0.0.1"\nport = {pymap_server.port}\ntls = "off"\n'
    )
    monkeypatch.setenv(PLACE, str(machine.home / "keyring.json"))
    FileKeyring().set_password("watcher", f"{ADDRESS}@127.0.0.1", "old")
    return machine


@pytest.mark.daemon
def test_the_password_alone_is_replaced(talk: Talk, connected: Machine, pymap_server: DemoServer) -> None:
    before = connected.config.read_bytes()
    answer = talk("--password", answers=("wrong", pymap_server.password))
    assert answer.exception is None, answer.output
    assert connected.kept() == [pymap_server.password]
    assert connected.config.read_bytes() == before


@pytest.mark.daemon
def test_a_refused_password_replaces_nothing(talk: Talk, connected: Machine) -> None:
    answer = talk("--password", answers=("one", "two", "three"))
    assert isinstance(answer.exception, SignInRefused)
    assert "as it was" in str(answer.exception)
    assert connected.kept() == ["old"]


@pytest.mark.daemon
def test_a_password_needs_a_terminal_and_a_keyring(connected: Machine) -> None:
    answer = connected.watcher("init", "--password")
    assert answer.returncode == 2
    assert "password_command" in answer.stderr
    assert connected.kept() == ["old"]


def test_a_password_command_is_left_alone(talk: Talk, machine: Machine) -> None:
    machine.write(f'[[account]]\naddress = "{ADDRESS}"\nhost = "localhost"\npassword_command = "pass show"\n')
    answer = talk("--password")
    assert answer.exception is None
    assert "password_command" in answer.output


def test_a_password_without_a_config(machine: Machine) -> None:
    answer = machine.watcher("init", "--password")
    assert answer.returncode == 10
    assert "watcher init" in answer.stderr


# ── on a terminal of its own ──


@pytest.mark.dovecot
def test_on_a_real_terminal(machine: Machine, server: Dovecot) -> None:
    terminal = Terminal(machine, "init", *over_tls(server))
    terminal.answer("mail address", ADDRESS)
    terminal.answer("User name", "")
    terminal.answer("Password of", server.password)
    terminal.answer("Your name", "Wei Chen")
    terminal.answer("time zone", "")
    terminal.answer("country", "")
    terminal.answer("working hours", "")
    terminal.answer("Read the mailbox now?", "")
    assert terminal.end() == 0, terminal.seen
    assert "new messages" in terminal.seen
    assert "watcher stage CUSTOMER STAGE" in terminal.seen
    assert server.password not in terminal.seen
    assert machine.kept() == [server.password]
    assert stat.S_IMODE(machine.config.stat().st_mode) == 0o600
    assert machine.store.exists()


class Terminal:
    """A pseudo-terminal with `watcher` on it; `seen` is all that it showed."""

    def __init__(self, machine: Machine, *arguments: str) -> None:
        self.seen = ""
        self._at = 0
        self._deadline = time.monotonic() + WITHIN_SECONDS
        self._process, self._end = pty.fork()
        if self._process == 0:
            os.execve(  # noqa: S606 - its own program
                sys.executable, [sys.executable, "-m", "watcher", *arguments], machine.environment()
            )

    def answer(self, question: str, text: str) -> None:
        """Type a line when a question is there."""
        while question not in self.seen[self._at :]:
            assert self._read(), f"{question!r} was not asked:\n{self.seen}"
        self._at = self.seen.index(question, self._at) + len(question)
        os.write(self._end, f"{text}\n".encode())

    def end(self) -> int:
        """The exit code."""
        while self._read():
            pass
        os.close(self._end)
        return os.waitstatus_to_exitcode(os.waitpid(self._process, 0)[1])

    def _read(self) -> bool:
        left = max(self._deadline - time.monotonic(), 0)
        if not select.select([self._end], [], [], left)[0]:
            raise AssertionError(f"nothing more came:\n{self.seen}")
        try:
            some = os.read(self._end, 4096)
        except OSError:  # Linux: the other end is closed
            return False
        self.seen += some.decode("utf-8", "replace")
        return bool(some)


@pytest.mark.parametrize(
    ("zone", "environment", "country"),
    [
        ("Asia/Shanghai", {"LANG": "en_US.UTF-8"}, "CN"),
        ("Europe/Berlin", {}, "DE"),
        ("UTC", {"LANG": "es_MX.UTF-8"}, "MX"),
        ("UTC", {"LC_ALL": "de_AT@euro", "LANG": "de_DE.UTF-8"}, "AT"),
        ("UTC", {"LC_ALL": "C.UTF-8", "LANG": "pt_BR"}, "BR"),
        ("UTC", {"LANG": "C.UTF-8"}, ""),
        ("UTC", {}, ""),
    ],
)
def test_the_country_is_guessed(zone: str, environment: dict[str, str], country: str) -> None:
    assert guessed_country(zone, environment) == country


@pytest.mark.dovecot
def test_no_keyring_and_nobody_to_ask(machine: Machine, server: Dovecot) -> None:
    machine.keyring = NO_KEYRING
    answer = machine.watcher("init", ADDRESS, *over_tls(server), "--yes")
    assert answer.returncode == 2
    assert "--password-command" in answer.stderr
