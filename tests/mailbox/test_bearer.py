"""Tokens instead of passwords: what is sent, and what a real server says to a bad one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers import need
from tests.servers.dovecot import Dovecot
from tests.servers.oauth import Provider, introspection
from tests.servers.scripted import ScriptedServer
from watcher.errors import ServerUnreachable, SignInRefused
from watcher.mailbox.bearer import Bearer
from watcher.mailbox.grants import AccessToken
from watcher.mailbox.session import connect

USER, HOST = "wei@acme.test", "imap.acme.test"
TOKEN = AccessToken("sesame")


@pytest.mark.parametrize(
    ("offered", "mechanism", "first", "last"),
    [
        ({"AUTH=XOAUTH2"}, "XOAUTH2", "user=wei@acme.test\1auth=Bearer sesame\1\1", ""),
        (
            {"AUTH=OAUTHBEARER"},
            "OAUTHBEARER",
            "n,a=wei@acme.test,\1host=imap.acme.test\1port=993\1auth=Bearer sesame\1\1",
            "\1",
        ),
        (
            {"AUTH=OAUTHBEARER", "AUTH=XOAUTH2"},
            "OAUTHBEARER",
            "n,a=wei@acme.test,\1host=imap.acme.test\1port=993\1auth=Bearer sesame\1\1",
            "\1",
        ),
    ],
)
def test_what_is_sent(offered: set[str], mechanism: str, first: str, last: str) -> None:
    bearer = Bearer.offered(offered.__contains__, HOST, 993, USER, TOKEN)
    assert bearer.mechanism == mechanism
    assert bearer(b"") == first
    assert bearer(b'{"status":"400"}') == last
    assert bearer.reason == '{"status":"400"}'
    assert "sesame" not in repr(bearer)


def test_a_name_with_what_the_mechanism_uses_itself() -> None:
    bearer = Bearer.offered({"AUTH=OAUTHBEARER"}.__contains__, HOST, 993, "a,b=c@acme.test", TOKEN)
    assert bearer(b"").startswith("n,a=a=2Cb=3Dc@acme.test,\1")


def test_a_server_that_takes_no_token() -> None:
    with pytest.raises(SignInRefused, match="takes no sign-in by OAuth"):
        Bearer.offered({"AUTH=PLAIN"}.__contains__, HOST, 993, USER, TOKEN)


def test_not_now_is_no_refusal() -> None:
    no = {"AUTHENTICATE": "[UNAVAILABLE] try later"}
    with (
        ScriptedServer(capabilities="IMAP4rev1 AUTH=XOAUTH2", refusals=no) as server,
        pytest.raises(ServerUnreachable, match="try later"),
    ):
        connect(server.host, server.port, "off", USER, TOKEN, timeout_read=5)


# ── on Dovecot ──


@pytest.fixture(scope="module")
def provider() -> Provider:
    return Provider(USER)


@pytest.fixture(scope="module", params=["oauthbearer", "xoauth2", "oauthbearer xoauth2"])
def server(request: pytest.FixtureRequest, provider: Provider) -> Iterator[Dovecot]:
    need("dovecot")
    with introspection(provider) as url:
        server = Dovecot(USER, tokens=url, mechanisms=request.param)
        try:
            yield server.start()
        finally:
            server.remove()


@pytest.mark.dovecot
def test_a_good_token_opens_the_mailbox(server: Dovecot, provider: Provider) -> None:
    provider.good.add("good")
    with connect(
        "localhost",
        server.tls_port,
        "implicit",
        USER,
        AccessToken("good"),
        ca_file=server.certificate,
    ) as session:
        assert "INBOX" in [one.name for one in session.folders()]


@pytest.mark.dovecot
def test_a_bad_token_is_refused_in_the_servers_words(server: Dovecot) -> None:
    with pytest.raises(SignInRefused, match=r"refused the sign-in of wei@acme\.test by OAuth") as caught:
        connect("127.0.0.1", server.port, "off", USER, AccessToken("bad"), timeout_read=20)
    assert '"status":"' in caught.value.message.replace(" ", "")
    assert "watcher init --password" in caught.value.mend
    assert "bad" not in caught.value.message


@pytest.mark.dovecot
def test_another_persons_token_is_refused(server: Dovecot, provider: Provider) -> None:
    provider.good.add("good")
    with pytest.raises(SignInRefused):
        connect("127.0.0.1", server.port, "off", "carl@acme.test", AccessToken("good"), timeout_read=20)


@pytest.mark.dovecot
def test_a_password_still_signs_in(server: Dovecot) -> None:
    with connect("127.0.0.1", server.port, "off", USER, server.password, timeout_read=20) as session:
        assert session.folders()
