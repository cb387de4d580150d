"""From an address to a server, with a resolver that is a table."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from watcher.mailbox.providers import Dns, find_server


@dataclass
class Names:
    """A small DNS."""

    mx: dict[str, list[str]] = field(default_factory=dict)
    hosts: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def mail_hosts(self, domain: str) -> list[str]:
        self.asked.append(domain)
        return self.mx.get(domain, [])

    def exists(self, host: str) -> bool:
        self.asked.append(host)
        return host in self.hosts


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("wei@gmail.com", "imap.gmail.com"),
        ("Wei@GMAIL.com", "imap.gmail.com"),
        ("wei@outlook.com", "outlook.office365.com"),
        ("wei@yahoo.com", "imap.mail.yahoo.com"),
        ("wei@icloud.com", "imap.mail.me.com"),
        ("wei@zoho.com", "imap.zoho.com"),
        ("wei@fastmail.com", "imap.fastmail.com"),
        ("wei@gmx.de", "imap.gmx.net"),
        ("wei@gmx.com", "imap.gmx.com"),
        ("wei@yandex.ru", "imap.yandex.com"),
        ("wei@qq.com", "imap.qq.com"),
        ("wei@foxmail.com", "imap.qq.com"),
        ("wei@exmail.qq.com", "imap.exmail.qq.com"),
        ("wei@163.com", "imap.163.com"),
        ("wei@126.com", "imap.126.com"),
        ("wei@yeah.net", "imap.yeah.net"),
        ("wei@aliyun.com", "imap.aliyun.com"),
        ("wei@sina.com", "imap.sina.com"),
    ],
)
def test_table(address: str, host: str) -> None:
    names = Names()
    server = find_server(address, names)
    assert server is not None
    assert (server.host, server.port, server.tls, server.source) == (host, 993, "implicit", "table")
    assert server.first
    assert names.asked == []


@pytest.mark.parametrize(
    ("mail_host", "host"),
    [
        ("aspmx.l.google.com", "imap.gmail.com"),
        ("acme-test.mail.protection.outlook.com", "outlook.office365.com"),
        ("mxbiz1.qq.com", "imap.exmail.qq.com"),
        ("qiye163mx01.mxmail.netease.com", "imap.qiye.163.com"),
        ("mxn.mxhichina.com", "imap.qiye.aliyun.com"),
        ("in1-smtp.messagingengine.com", "imap.fastmail.com"),
        ("mx.zoho.eu", "imap.zoho.eu"),
    ],
)
def test_mx(mail_host: str, host: str) -> None:
    server = find_server("wei@acme.test", Names(mx={"acme.test": ["unknown.example", mail_host]}))
    assert server is not None
    assert (server.host, server.source) == (host, "mx")


@pytest.mark.parametrize(
    ("hosts", "host"),
    [
        ({"imap.acme.test", "mail.acme.test"}, "imap.acme.test"),
        ({"mail.acme.test"}, "mail.acme.test"),
    ],
)
def test_guess(hosts: set[str], host: str) -> None:
    server = find_server("wei@acme.test", Names(hosts=hosts))
    assert server is not None
    assert (server.host, server.source, server.first) == (host, "guess", "")


@pytest.mark.parametrize("address", ["wei@acme.test", "wei", "", "wei@"])
def test_nothing_found(address: str) -> None:
    assert find_server(address, Names(mx={"acme.test": ["notgoogle.com.evil.example"]})) is None


def test_dns_asks_nothing_when_its_time_is_spent() -> None:
    assert Dns(seconds=0).mail_hosts("acme.test") == []
