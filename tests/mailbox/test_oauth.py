"""Sign-in on the providers' own pages: what a person allows, and tokens that are renewed in time."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from tests.servers.oauth import CLIENT, GOOGLE, MICROSOFT, Provider, browser, providers
from tests.servers.web import FakeWeb
from watcher.errors import ConfigError, ServerUnreachable, SignInRefused
from watcher.mailbox import grants, oauth
from watcher.mailbox.grants import AccessToken, Client, Grant, grant_from

pytestmark = pytest.mark.daemon

USER = "wei@acme.test"
OUTLOOK = Client("microsoft", CLIENT, USER, "consumers")
GMAIL = Client("google", CLIENT, USER)
BOTH = pytest.mark.parametrize("client", [OUTLOOK, GMAIL], ids=["microsoft", "google"])


@pytest.fixture
def provider() -> Provider:
    return Provider(USER)


@pytest.fixture
def web(provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeWeb]:
    with providers(tmp_path, provider) as made:
        for name in ("HTTPS_PROXY", "HTTP_PROXY", "http_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(made.certificate))  # requests trusts its own list else
        yield made


def allowed(client: Client) -> Grant:
    """The quick way: msal looks at its browser's answer once a second."""
    if client is OUTLOOK:
        return oauth.ask_by_code(client, print)
    with browser():
        return oauth.ask_in_browser(client, "desktop secret")


@BOTH
def test_what_a_person_allows_in_the_browser_signs_in(
    client: Client, web: FakeWeb, provider: Provider
) -> None:
    with browser() as page:
        grant = oauth.ask_in_browser(client, "desktop secret")
    token, _ = oauth.access_token(client, grant)
    assert token.text in provider.good
    (url,) = page.opened
    assert (GOOGLE if client is GMAIL else MICROSOFT) in url
    assert "login_hint=wei" in url
    assert "code_challenge" in url, "PKCE (RFC 7636): whoever reads the code can do nothing with it"
    assert ("consumers" in url) == (client is OUTLOOK)
    assert ("IMAP.AccessAsUser.All" in url) == (client is OUTLOOK)
    assert ("mail.google.com" in url) == (client is GMAIL)


def test_a_code_on_another_device(web: FakeWeb, provider: Provider) -> None:
    provider.pending = 1
    shown: list[str] = []
    grant = oauth.ask_by_code(OUTLOOK, shown.append)
    assert shown == ["Open https://microsoft.com/devicelogin on any device and type the code ABCD-EFGH"]
    assert oauth.access_token(OUTLOOK, grant)[0].text in provider.good


@BOTH
@pytest.mark.parametrize(
    ("minutes", "renewed"), [(0, False), (54, False), (56, True), (120, True), (60 * 24 * 30, True)]
)
def test_a_token_is_renewed_five_minutes_before_it_expires(
    client: Client, minutes: int, renewed: bool, web: FakeWeb, provider: Provider
) -> None:
    grant = allowed(client)
    first, same = oauth.access_token(client, grant)
    assert same.stamp == grant.stamp
    with time_machine.travel(datetime.now().astimezone() + timedelta(minutes=minutes)):
        second, newer = oauth.access_token(client, grant)
        again, _ = oauth.access_token(client, newer)
    assert (second != first) == renewed
    assert again == second
    assert newer.stamp == grant.stamp
    assert (provider.asked[-1]["grant_type"] == "refresh_token") == renewed


@BOTH
def test_what_was_taken_back_wants_the_person(client: Client, web: FakeWeb, provider: Provider) -> None:
    provider.lasts = 60
    grant = allowed(client)
    provider.revoke()
    with pytest.raises(SignInRefused, match=r"does not sign wei@acme\.test in .*invalid_grant") as caught:
        oauth.access_token(client, grant)
    assert "watcher init --password" in caught.value.mend
    assert "refresh" not in str(caught.value)


@BOTH
def test_who_says_no_on_the_page(client: Client, web: FakeWeb) -> None:
    with browser(error="access_denied"), pytest.raises(SignInRefused, match="access_denied"):
        oauth.ask_in_browser(client, "")


@BOTH
def test_a_provider_that_cannot_be_reached(
    client: Client, web: FakeWeb, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.lasts = 60
    grant = allowed(client)
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    with pytest.raises(ServerUnreachable):
        oauth.access_token(client, grant)


def test_a_provider_that_is_not_well_is_no_refusal(web: FakeWeb, provider: Provider) -> None:
    provider.lasts = 60
    grant = allowed(OUTLOOK)
    provider.error = "temporarily_unavailable"
    with pytest.raises(ServerUnreachable):
        oauth.access_token(OUTLOOK, grant)


@BOTH
def test_a_provider_that_fails_is_no_refusal(client: Client, web: FakeWeb, provider: Provider) -> None:
    provider.lasts = 60
    grant = allowed(client)
    provider.status = 502
    with pytest.raises(ServerUnreachable):
        oauth.access_token(client, grant)


def test_a_tenant_that_does_not_exist(web: FakeWeb) -> None:
    with browser(), pytest.raises(ConfigError, match="tenant"):
        oauth.ask_in_browser(Client("microsoft", CLIENT, USER, "nowhere.test"))


@BOTH
def test_without_the_extra_it_is_said_how_to_get_it(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("watcher.mailbox.oauth_google", "watcher.mailbox.oauth_microsoft"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ConfigError, match="more than is installed") as caught:
        oauth.access_token(client, Grant("s", "{}"))
    assert "followup-watcher[oauth]" in caught.value.mend


# ── what is kept ──


def test_a_grant_is_kept_as_text() -> None:
    made = grants.new_grant('{"refresh_token": "r"}')
    assert grant_from(made.to_text()) == made
    assert grants.new_grant("").stamp != made.stamp


@pytest.mark.parametrize("text", ["", "old password", "[]", "{}", '{"stamp": "s"}', "null"])
def test_what_is_no_grant(text: str) -> None:
    with pytest.raises(ConfigError):
        grant_from(text)


def test_no_token_is_ever_shown() -> None:
    assert "sesame" not in repr([AccessToken("sesame"), Grant("s", "sesame")])
