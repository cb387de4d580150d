"""Right configs, and what is kept of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from watcher.config import Config, default_config_path, load_config
from watcher.domain.stages import DEFAULT_POLICIES, Policy, Stage
from watcher.domain.thresholds import DEFAULT

Load = Callable[[str], Config]
Problems = Callable[[str], list[str]]

ACCOUNT = '[[account]]\naddress = "wei@acme.test"\nhost = "imap.acme.test"\n'


def test_an_address_and_a_host_are_enough(
    load: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    config = load(ACCOUNT)
    (account,) = config.accounts
    assert (account.name, account.user, account.tls, account.port) == (
        "work",
        "wei@acme.test",
        "implicit",
        993,
    )
    assert (account.sent, account.folders, account.ca_file, account.password_command) == (None,) * 4
    assert (config.rep.country, config.rep.our_domains) == (None, None)
    assert config.rep.zone == ZoneInfo("Asia/Shanghai")
    assert (config.rep.opening, config.rep.closing) == (time(9), time(18))
    assert config.policies() == DEFAULT_POLICIES
    assert config.alerts.channels == ("desktop",)
    assert config.database_path() == tmp_path / "share" / "watcher" / "watcher.db"


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ('tls = "implicit"', 993),
        ('tls = "starttls"', 143),
        ('tls = "starttls"\nport = 1143', 1143),
        ('tls = "implicit"\nport = 143', 143),
    ],
)
def test_the_port_follows_tls_unless_it_is_given(load: Load, text: str, port: int) -> None:
    assert load(f"{ACCOUNT}{text}").accounts[0].port == port


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "LocalHost"])
def test_tls_may_be_off_on_this_machine(load: Load, host: str) -> None:
    account = load(f'[[account]]\naddress = "wei@acme.test"\nhost = "{host}"\ntls = "off"\n').accounts[0]
    assert (account.tls, account.port) == ("off", 143)


@pytest.mark.parametrize(
    "host", ["imap.acme.test", "mail_1.acme.test", "192.0.2.7", "2001:db8::7", "почта.test"]
)
def test_a_host_is_a_name_or_an_ip_address(load: Load, host: str) -> None:
    assert load(f'[[account]]\naddress = "wei@acme.test"\nhost = "{host}"\n').accounts[0].host == host


def test_accounts_are_named_work_and_then_by_their_address(load: Load) -> None:
    second = ACCOUNT.replace("wei@", "lee@")
    third = ACCOUNT.replace("wei@acme", "export@fair") + 'name = "Fair"\n'
    assert [account.name for account in load(ACCOUNT + second + third).accounts] == ["work", "lee", "Fair"]


def test_addresses_and_domains_are_kept_in_lower_case_and_the_user_as_written(load: Load) -> None:
    config = load("""
        [rep]
        our_domains = ["ACME.test"]
        [[account]]
        address = "Wei@Acme.test"
        aliases = ["Wei.Chen@ACME.test"]
        shared = ["Sales@acme.test"]
        host = "imap.acme.test"
        [ignore]
        domains = ["Ads.example"]
        addresses = ["News@Fair.example"]
    """)
    (account,) = config.accounts
    assert (account.address, account.aliases) == ("wei@acme.test", ("wei.chen@acme.test",))
    assert account.shared == ("sales@acme.test",)
    assert account.user == "Wei@Acme.test"
    assert config.rep.our_domains == ("acme.test",)
    assert (config.ignore.domains, config.ignore.addresses) == (("ads.example",), ("news@fair.example",))


def test_the_rep_is_kept_as_told(load: Load) -> None:
    rep = load(f"""
        {ACCOUNT}
        [rep]
        name = "陈伟"
        country = "cn"
        time_zone = "Asia/Shanghai"
        working_hours = "08:30-17:45"
        holidays = [2026-05-01, "2026-05-04"]
    """).rep
    assert (rep.name, rep.country, rep.zone) == ("陈伟", "CN", ZoneInfo("Asia/Shanghai"))
    assert (rep.opening, rep.closing) == (time(8, 30), time(17, 45))
    assert rep.holidays == (date(2026, 5, 1), date(2026, 5, 4))


def test_a_stage_changes_only_what_it_names(load: Load) -> None:
    policies = load(f"{ACCOUNT}[stages.pi]\ntheirs_days = 4\n[stages.cold]\nidle_days = 30\n").policies()
    assert policies["pi"] == Policy(theirs_days=4, ours_days=1, idle_days=5, pop_up=True, payment_days=10)
    assert policies["cold"] == Policy(theirs_days=7, ours_days=2, idle_days=30, pop_up=False)
    assert policies["won"] == DEFAULT_POLICIES["won"]


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///watcher.db", "watcher.db"),
        ("sqlite:///below/watcher.db", "below/watcher.db"),
        ("sqlite:////srv/watcher.db", "/srv/watcher.db"),
        ("sqlite:///~/watcher.db", "/home-of-wei/watcher.db"),
    ],
)
def test_a_relative_store_lies_beside_the_config(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, path: str
) -> None:
    monkeypatch.setenv("HOME", "/home-of-wei")
    assert load(f'{ACCOUNT}[store]\nurl = "{url}"\n').database_path() == tmp_path / path


def test_a_relative_authority_lies_beside_the_config(load: Load, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    assert load(f'{ACCOUNT}ca_file = "ca.pem"\n').accounts[0].ca_file == tmp_path / "ca.pem"


def test_windows_editors_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbf" + ACCOUNT.replace("\n", "\r\n").encode())
    assert load_config(path).accounts[0].host == "imap.acme.test"


def test_the_config_knows_its_file_whatever_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.toml").write_text(f'{ACCOUNT}[store]\nurl = "sqlite:///w.db"\n')
    monkeypatch.chdir(tmp_path)
    config = load_config(Path("config.toml"))
    monkeypatch.chdir("/")
    assert (config.path, config.database_path()) == (tmp_path / "config.toml", tmp_path / "w.db")


def test_without_a_path_the_environment_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(ACCOUNT)
    monkeypatch.setenv("WATCHER_CONFIG", str(path))
    assert (default_config_path(), load_config().path) == (path, path)


def test_a_config_does_not_change_and_does_not_print_its_commands(load: Load) -> None:
    config = load(f'{ACCOUNT}password_command = "echo hunter2"\n')
    assert "hunter2" not in repr(config)
    with pytest.raises(ValidationError, match="frozen"):
        config.sync.poll_seconds = 1


def test_what_the_pyramid_is_judged_by_can_be_changed(load: Load) -> None:
    changed = load(f"{ACCOUNT}[diagnosis]\npaid_floor = 0.9\nmature_pi_days = 21\n").thresholds()
    assert (changed.paid_floor, changed.mature(Stage.PI)) == (0.9, timedelta(days=21))
    assert changed.negotiated_floor == DEFAULT.negotiated_floor


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("paid_floor = -0.1", "diagnosis.paid_floor: -0.1 is no share; use a number such as 0.8"),
        ("paid_floor = nan", "diagnosis.paid_floor: nan is no share; use a number such as 0.8"),
        ("stuck_from = -1", "diagnosis.stuck_from: -1 is not a number; use 0 to 10000"),
    ],
)
def test_a_threshold_is_a_number_that_can_be(problems: Problems, line: str, problem: str) -> None:
    assert problems(f"{ACCOUNT}[diagnosis]\n{line}\n") == [problem]
