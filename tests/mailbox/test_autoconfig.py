"""Autoconfig files: what is read off them, and what is not."""

from __future__ import annotations

import pytest

from watcher.mailbox.autoconfig import Offer, best_offer


def server(kind: str = "imap", host: str = "imap.acme.test", port: str = "993", tls: str = "SSL") -> str:
    return (
        f'<incomingServer type="{kind}"><hostname>{host}</hostname><port>{port}</port>'
        f"<socketType>{tls}</socketType></incomingServer>"
    )


def file(*servers: str, before: str = "") -> bytes:
    return f"<?xml version='1.0'?>{before}<clientConfig>{''.join(servers)}</clientConfig>".encode()


IMAPS = Offer("imap.acme.test", 993, "implicit")
STARTTLS = Offer("imap.acme.test", 143, "starttls")


@pytest.mark.parametrize(
    ("servers", "offer"),
    [
        ([server()], IMAPS),
        ([server(port="143", tls="STARTTLS")], STARTTLS),
        ([server(port="143", tls="STARTTLS"), server()], IMAPS),
        ([server(kind="pop3"), server()], IMAPS),
        ([server(host=" IMAP.acme.test\n")], IMAPS),
        ([server(kind="pop3")], None),
        ([server(tls="plain")], None),
        ([server(tls="")], None),
        ([server(port="0")], None),
        ([server(port="65536")], None),
        ([server(port="9" * 5000)], None),
        ([server(port="٩٩٣")], None),
        ([server(port="-993")], None),
        ([server(host="")], None),
        ([server(host="imap.acme.test/evil")], None),
        ([server(host="a b")], None),
        ([server(host="&amp;")], None),
        (["<outgoingServer type='imap'><hostname>imap.acme.test</hostname></outgoingServer>"], None),
        ([], None),
    ],
)
def test_the_best_offer(servers: list[str], offer: Offer | None) -> None:
    assert best_offer(file(*servers), "wei@acme.test") == offer


@pytest.mark.parametrize(
    "octets",
    [
        None,
        b"",
        b"<html><body>Not found</body></html>",
        b"\xff\xfe",
        file(server())[:-10],
        file(server(), before="<!DOCTYPE clientConfig>"),
        file(server(host="&h;"), before='<!DOCTYPE c [<!ENTITY h "imap.acme.test">]>'),
        file(server(host="&h;"), before='<!DOCTYPE c [<!ENTITY h SYSTEM "file:///etc/hostname">]>'),
        file(server(), before='<!DOCTYPE c [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>')
        .decode()
        .encode("utf-16"),
        file(server(host="&undefined;")),
    ],
)
def test_what_offers_nothing(octets: bytes | None) -> None:
    assert best_offer(octets, "wei@acme.test") is None


def test_a_deep_file_is_read_at_once() -> None:
    assert best_offer(b"<a>" * 20_000, "wei@acme.test") is None
    assert best_offer(file("<x>" * 5000 + "</x>" * 5000, server()), "wei@acme.test") == IMAPS
