"""From an address to a server, with a DNS and a web that are tables."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher import config_checks
from watcher.mailbox.lookups import Service
from watcher.mailbox.providers import find_server

TABLE = tomllib.loads(files("watcher.mailbox").joinpath("providers.toml").read_text("utf-8"))


@dataclass
class Names:
    """A small DNS."""

    mx: dict[str, list[str]] = field(default_factory=dict)
    srv: dict[str, list[Service]] = field(default_factory=dict)
    hosts: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def mail_hosts(self, domain: str) -> list[str]:
        self.asked.append(domain)
        return self.mx.get(domain, [])

    def services(self, name: str) -> list[Service]:
        self.asked.append(name)
        return self.srv.get(name, [])

    def exists(self, host: str) -> bool:
        self.asked.append(host)
        return host in self.hosts


@dataclass
class Web:
    """A small web."""

    pages: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def fetch(self, urls: Sequence[str]) -> list[bytes | None]:
        self.asked += urls
        return [self.pages.get(url) for url in urls]


def offering(host: str, port: int = 993, tls: str = "SSL", user: str = "%EMAILADDRESS%") -> bytes:
    return f"""<clientConfig version="1.1"><emailProvider id="acme.test"><domain>acme.test</domain>
      <incomingServer type="imap"><hostname>{host}</hostname><port>{port}</port><socketType>{tls}</socketType>
      <username>{user}</username></incomingServer></emailProvider></clientConfig>""".encode()


OWN = "https://autoconfig.acme.test/mail/config-v1.1.xml?emailaddress=wei%40acme.test"
WELL_KNOWN = "https://acme.test/.well-known/autoconfig/mail/config-v1.1.xml"
LISTED = "https://autoconfig.thunderbird.net/v1.1/acme.test"


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("wei@gmail.com", "imap.gmail.com"),
        ("Wei@GMAIL.com", "imap.gmail.com"),
        ("wei@outlook.com", "outlook.office365.com"),
        ("wei@hotmail.co.uk", "outlook.office365.com"),
        ("wei@yahoo.com", "imap.mail.yahoo.com"),
        ("wei@icloud.com", "imap.mail.me.com"),
        ("wei@zoho.com", "imap.zoho.com"),
        ("wei@zoho.eu", "imap.zoho.eu"),
        ("wei@fastmail.com", "imap.fastmail.com"),
        ("wei@gmx.de", "imap.gmx.net"),
        ("wei@gmx.com", "imap.gmx.com"),
        ("wei@yandex.ru", "imap.yandex.com"),
        ("wei@qq.com", "imap.qq.com"),
        ("wei@foxmail.com", "imap.qq.com"),
        ("wei@exmail.qq.com", "imap.exmail.qq.com"),
        ("wei@163.com", "imap.163.com"),
        ("wei@vip.163.com", "imap.vip.163.com"),
        ("wei@126.com", "imap.126.com"),
        ("wei@yeah.net", "imap.yeah.net"),
        ("wei@aliyun.com", "imap.aliyun.com"),
        ("wei@sina.com", "imap.sina.com"),
        ("wei@sina.cn", "imap.sina.cn"),
        ("wei@vip.sina.com", "imap.vip.sina.com"),
    ],
)
def test_table(address: str, host: str) -> None:
    names, web = Names(), Web()
    server = find_server(address, names, web)
    assert server is not None
    assert (server.host, server.port, server.tls, server.source) == (host, 993, "implicit", "table")
    assert server.first
    assert server.sure
    assert names.asked == web.asked == []


@pytest.mark.parametrize("name", TABLE)
def test_each_row_of_the_table_is_whole(name: str) -> None:
    row = TABLE[name]
    assert config_checks.host(row["host"])
    assert all(config_checks.domain(one) == one for one in (*row["domains"], *row["mx"]))
    assert row["domains"] or row["mx"]
    assert row["first"].endswith((".", ".)"))
    assert len(row["source"]) > 0


def test_no_domain_stands_twice_in_the_table() -> None:
    domains = [one for row in TABLE.values() for one in row["domains"]]
    ends = [one for row in TABLE.values() for one in row["mx"]]
    assert len(domains) == len(set(domains))
    assert len(ends) == len(set(ends))


@pytest.mark.parametrize(
    ("mail_host", "host"),
    [
        ("aspmx.l.google.com", "imap.gmail.com"),
        ("acme-test.mail.protection.outlook.com", "outlook.office365.com"),
        ("mxbiz1.qq.com", "imap.exmail.qq.com"),
        ("qiye163mx01.mxmail.netease.com", "imap.qiye.163.com"),
        ("mxn.mxhichina.com", "imap.qiye.aliyun.com"),
        ("in1-smtp.messagingengine.com", "imap.fastmail.com"),
        ("mx.zoho.eu", "imappro.zoho.eu"),
        ("mx.zoho.com", "imappro.zoho.com"),
    ],
)
def test_mx(mail_host: str, host: str) -> None:
    web = Web()
    server = find_server("wei@acme.test", Names(mx={"acme.test": ["unknown.example", mail_host]}), web)
    assert server is not None
    assert (server.host, server.source, server.sure) == (host, "mx", False)
    assert web.asked == []


@pytest.mark.parametrize(
    ("address", "mail_host", "oauth", "tenant", "only"),
    [
        ("wei@gmail.com", "", "google", "", False),
        ("wei@outlook.com", "", "microsoft", "consumers", True),
        ("wei@acme.test", "acme-test.mail.protection.outlook.com", "microsoft", "organizations", True),
        ("wei@acme.test", "aspmx.l.google.com", "google", "", False),
        ("wei@163.com", "", "", "", False),
    ],
)
def test_whose_page_takes_sign_ins(address: str, mail_host: str, oauth: str, tenant: str, only: bool) -> None:
    server = find_server(address, Names(mx={"acme.test": [mail_host]}), Web())
    assert server is not None
    assert (server.oauth, server.tenant, server.oauth_only) == (oauth, tenant, only)


def test_who_signs_in_with_the_part_before_the_at() -> None:
    server = find_server("wei@icloud.com", Names(), Web())
    assert server is not None
    assert server.user == "wei"


@pytest.mark.parametrize("url", [OWN, WELL_KNOWN])
@pytest.mark.parametrize(
    ("host", "sure"),
    [
        ("imap.acme.test", True),
        ("a.b.acme.test", True),
        ("mail.hoster.example", False),
        ("imap.acme.test.evil.example", False),
        ("evilacme.test", False),
        ("192.0.2.1", False),
    ],
)
def test_a_file_of_the_domain_is_sure_of_its_own_hosts_alone(url: str, host: str, sure: bool) -> None:
    server = find_server("wei@acme.test", Names(), Web({url: offering(host, 1993)}))
    assert server is not None
    assert (server.host, server.port, server.tls, server.source) == (host, 1993, "implicit", "autoconfig")
    assert server.sure == sure


def test_the_domains_own_file_comes_first_and_nobody_else_is_asked() -> None:
    web = Web({OWN: offering("imap.acme.test"), LISTED: offering("other.acme.test")})
    server = find_server("wei@acme.test", Names(), web)
    assert server is not None
    assert server.host == "imap.acme.test"
    assert web.asked == [OWN, WELL_KNOWN]


def test_thunderbirds_list_learns_the_domain_alone() -> None:
    names = Names(mx={"acme.test": ["mx1.mail.hoster.example"]})
    listed = "https://autoconfig.thunderbird.net/v1.1/hoster.example"
    web = Web({listed: offering("imap.hoster.example", 143, "STARTTLS")})
    server = find_server("wei@acme.test", names, web)
    assert server is not None
    assert (server.host, server.port, server.tls) == ("imap.hoster.example", 143, "starttls")
    assert (server.source, server.sure) == ("ispdb", False)
    assert web.asked[2:] == [LISTED, listed]
    assert not any("wei" in url for url in web.asked[1:])


@pytest.mark.parametrize(
    ("pattern", "user"),
    [
        ("%EMAILADDRESS%", ""),
        ("%EMAILLOCALPART%", "wei"),
        ("%EMAILLOCALPART%.%EMAILDOMAIN%", "wei.acme.test"),
        ("u12345", "u12345"),
        ("%REALNAME%", ""),
        ("a\x7fb", ""),
    ],
)
def test_the_user_name_of_a_file(pattern: str, user: str) -> None:
    server = find_server("wei@acme.test", Names(), Web({OWN: offering("imap.acme.test", user=pattern)}))
    assert server is not None
    assert server.user == user


def test_a_file_that_leads_to_a_host_we_know_gets_its_advice() -> None:
    server = find_server("wei@acme.test", Names(), Web({OWN: offering("outlook.office365.com")}))
    assert server is not None
    assert (server.source, server.sure, server.oauth, server.tenant) == (
        "autoconfig",
        False,
        "microsoft",
        "organizations",
    )
    assert server.first


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ({"_imaps._tcp": [Service(0, 0, 993, "imap.acme.test")]}, ("imap.acme.test", 993, "implicit")),
        ({"_imap._tcp": [Service(0, 0, 143, "imap.acme.test")]}, ("imap.acme.test", 143, "starttls")),
        (
            {
                "_imaps._tcp": [Service(10, 0, 993, "b.acme.test"), Service(5, 1, 9993, "a.acme.test")],
                "_imap._tcp": [Service(0, 0, 143, "c.acme.test")],
            },
            ("a.acme.test", 9993, "implicit"),
        ),
        (
            {"_imaps._tcp": [Service(5, 1, 993, "a.acme.test"), Service(5, 9, 993, "b.acme.test")]},
            ("b.acme.test", 993, "implicit"),
        ),
        (
            {"_imaps._tcp": [Service(0, 0, 0, "")], "_imap._tcp": [Service(0, 0, 143, "c.acme.test")]},
            ("c.acme.test", 143, "starttls"),
        ),
        ({"_imaps._tcp": [Service(0, 0, 993, "not a host")]}, None),
    ],
)
def test_srv(records: dict[str, list[Service]], expected: tuple[str, int, str] | None) -> None:
    names = Names(srv={f"{name}.acme.test": found for name, found in records.items()})
    server = find_server("wei@acme.test", names, Web())
    assert (server and (server.host, server.port, server.tls)) == expected
    assert server is None or (server.source, server.sure) == ("srv", False)


@pytest.mark.parametrize(
    ("hosts", "host"),
    [
        ({"imap.acme.test", "mail.acme.test"}, "imap.acme.test"),
        ({"mail.acme.test"}, "mail.acme.test"),
    ],
)
def test_guess(hosts: set[str], host: str) -> None:
    server = find_server("wei@acme.test", Names(hosts=hosts), Web())
    assert server is not None
    assert (server.host, server.source, server.first, server.sure) == (host, "guess", "", False)


@pytest.mark.parametrize(
    "address", ["wei@acme.test", "wei", "", "wei@", "wei@localhost", "wei@a/b.test", "@"]
)
def test_nothing_found(address: str) -> None:
    names = Names(mx={"acme.test": ["notgoogle.com.evil.example"]}, hosts={"imap.localhost"})
    assert find_server(address, names, Web()) is None


def test_a_domain_in_another_script_is_asked_for_as_dns_writes_it() -> None:
    names, web = Names(hosts={"imap.xn--bcher-kva.test"}), Web()
    server = find_server("wei@bücher.test", names, web)
    assert server is not None
    assert server.host == "imap.xn--bcher-kva.test"
    assert all(url.isascii() for url in web.asked)


@given(
    st.binary(max_size=300)
    | st.text(max_size=200).map(lambda text: offering(text.replace("<", "").replace("&", "")))
    | st.builds(offering, st.text("a.-_\n:/@% \x00", max_size=20), st.integers(), st.text(max_size=9))
)
def test_no_file_makes_us_send_a_password_unasked(file: bytes) -> None:
    """Whatever a file says: no host is sure but the domain's own, and none without TLS."""
    server = find_server("wei@acme.test", Names(), Web({LISTED: file}))
    assert server is None or server.tls in ("implicit", "starttls")
    assert server is None or not server.sure or server.host.endswith(".acme.test")
