"""DNS and files over HTTPS, asked of servers on loopback."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.names import FakeDns
from tests.servers.web import FakeWeb, Page
from watcher.mailbox.lookups import LARGEST_FILE, Dns, Https, Service

pytestmark = pytest.mark.daemon

URL = "https://autoconfig.acme.test/file"
OTHER = "https://acme.test/file"


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeWeb]:
    with FakeWeb(tmp_path, ("autoconfig.acme.test", "acme.test")) as made:
        for name in ("HTTPS_PROXY", "HTTP_PROXY", "http_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        yield made


def test_files_come_in_the_order_asked_for(web: FakeWeb) -> None:
    web.pages = {URL: Page(b"one"), OTHER: Page(b"two")}
    missing = "https://acme.test/missing"
    assert Https().fetch([OTHER, missing, URL]) == [b"two", None, b"one"]
    assert Https().fetch([]) == []


@pytest.mark.parametrize(
    ("page", "answer"),
    [
        (Page(b"x" * LARGEST_FILE), b"x" * LARGEST_FILE),
        (Page(b"x" * (LARGEST_FILE + 1)), None),
        (Page(b"x", status=500), None),
        (Page(status=302, location=OTHER), b"two"),
        (Page(status=302, location="http://acme.test/file"), None),
        (Page(status=302, location="ftp://acme.test/file"), None),
        (Page(status=302, location="file:///etc/hostname"), None),
        (Page(status=302, location=URL), None),
    ],
)
def test_what_is_taken(web: FakeWeb, page: Page, answer: bytes | None) -> None:
    web.pages = {URL: page, OTHER: Page(b"two")}
    assert Https().fetch([URL]) == [answer]
    assert all(one.endswith(":443") for one in web.connected), "only TLS was asked for"


def test_plain_http_is_not_spoken(web: FakeWeb) -> None:
    assert Https().fetch(["http://acme.test/file"]) == [None]
    assert web.connected == []


def test_a_certificate_for_another_name_is_not_believed(web: FakeWeb) -> None:
    web.pages = {"https://evil.example/file": Page(b"evil")}
    assert Https().fetch(["https://evil.example/file"]) == [None]
    assert web.asked == []


def test_an_authority_nobody_knows_is_not_believed(web: FakeWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    web.pages = {URL: Page(b"one")}
    assert Https().fetch([URL]) == [None]


def test_who_is_late_is_not_waited_for(web: FakeWeb) -> None:
    never = threading.Event()
    web.pages = {URL: Page(b"one"), OTHER: Page(b"two", after=never)}
    began = time.monotonic()
    assert Https(seconds=0.5).fetch([URL, OTHER]) == [b"one", None]
    assert time.monotonic() - began < 3
    never.set()


def test_no_network_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    assert Https().fetch([URL]) == [None]


# ── DNS ──


RECORDS = {
    ("acme.test", "MX"): ["20 mx2.Acme.test.", "10 mx1.acme.test."],
    ("_imaps._tcp.acme.test", "SRV"): ["0 1 993 imap.acme.test."],
    ("_imap._tcp.acme.test", "SRV"): ["0 0 0 ."],
    ("imap.acme.test", "A"): ["127.0.0.1"],
}


def test_what_dns_says() -> None:
    with FakeDns(RECORDS) as server:
        names = Dns(resolver=server.resolver)
        assert names.mail_hosts("acme.test") == ["mx1.acme.test", "mx2.acme.test"]
        assert names.services("_imaps._tcp.acme.test") == [Service(0, 1, 993, "imap.acme.test")]
        assert names.services("_imap._tcp.acme.test") == [Service(0, 0, 0, "")]
        assert names.exists("imap.acme.test")
        assert not names.exists("mail.acme.test")
        assert names.mail_hosts("other.test") == []


def test_all_questions_together_have_one_budget() -> None:
    with FakeDns(RECORDS, silent=True) as server:
        names = Dns(seconds=0.3, resolver=server.resolver)
        began = time.monotonic()
        assert names.mail_hosts("acme.test") == []
        assert not names.exists("imap.acme.test")
        assert names.services("_imaps._tcp.acme.test") == []
        assert time.monotonic() - began < 2
        assert {name for name, _ in server.asked} == {"acme.test"}


@pytest.mark.parametrize("name", ["a" * 64 + ".test", "..", ""])
def test_a_name_that_is_none(name: str) -> None:
    with FakeDns({}) as server:
        assert Dns(resolver=server.resolver).mail_hosts(name) == []
