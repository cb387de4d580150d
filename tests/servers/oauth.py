"""Microsoft's and Google's sign-in on loopback, as their own host names; and who has a token (RFC 7662).

`rep` is the person: `refresh_token` is good until `revoke`, each access token lasts `lasts` seconds.
"""

from __future__ import annotations

import base64
import json
import threading
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import ProxyHandler, build_opener

from tests.servers.web import FakeWeb, Page

MICROSOFT, GOOGLE, GOOGLE_TOKENS = "login.microsoftonline.com", "accounts.google.com", "oauth2.googleapis.com"
OUTLOOK_SCOPE, GMAIL_SCOPE = "https://outlook.office.com/IMAP.AccessAsUser.All", "https://mail.google.com/"
CLIENT = "11111111-2222-3333-4444-555555555555"


@dataclass
class Provider:
    """Both providers, one person. `asked` are the forms that the token endpoints were sent."""

    user: str
    lasts: int = 3600
    asked: list[dict[str, str]] = field(default_factory=list)
    good: set[str] = field(default_factory=set)
    error: str = ""  # what the token endpoint answers instead of tokens
    status: int = 0  # that of a server which is not well
    pending: int = 0  # how often a device code is not allowed yet
    _count: int = 0

    def revoke(self) -> None:
        """Nothing that was given is good any more."""
        self.good.clear()
        self.error = "invalid_grant"

    def token(self, form: str) -> Page:
        sent = _flat(form)
        self.asked.append(sent)
        if sent["grant_type"].endswith("device_code") and self.pending:
            self.pending -= 1
            return _json({"error": "authorization_pending"}, 400)
        if self.status:
            return Page(b"not well", self.status)
        if self.error:
            return _json({"error": self.error, "error_description": f"{self.error}: said no"}, 400)
        self._count += 1
        access = f"access-{self._count}"
        self.good.add(access)
        return _json(
            {
                "token_type": "Bearer",
                "access_token": access,
                "refresh_token": f"refresh-{self._count}",
                "expires_in": self.lasts,
                "scope": sent.get("scope", OUTLOOK_SCOPE if "device_code" in sent else GMAIL_SCOPE),
                "client_info": _b64({"uid": "u", "utid": "t"}),
                "id_token": self._id_token(sent.get("code", "")),
            }
        )

    def _id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {
            "aud": CLIENT,
            "iss": f"https://{MICROSOFT}/t/v2.0",
            "sub": "u",
            "oid": "u",
            "tid": "t",
            "preferred_username": self.user,
            "iat": now,
            "nbf": now - 10,
            "exp": now + 3600,
            "nonce": nonce,
        }
        return f"{_b64({'alg': 'none'})}.{_b64(claims)}."

    def introspect(self, form: str) -> dict[str, Any]:
        token = _flat(form).get("token", "")
        return {"active": token in self.good, "username": self.user, "scope": "mail"}


@contextmanager
def providers(folder: Path, provider: Provider) -> Iterator[FakeWeb]:
    """Their pages, behind a proxy."""
    with FakeWeb(folder, (MICROSOFT, GOOGLE, GOOGLE_TOKENS)) as web:
        for tenant in ("common", "consumers", "organizations"):
            base = f"https://{MICROSOFT}/{tenant}"
            found = {
                "issuer": f"https://{MICROSOFT}/t/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            }
            web.pages[f"{base}/v2.0/.well-known/openid-configuration"] = _json(found)
            web.answers[found["token_endpoint"]] = provider.token
            web.answers[found["device_authorization_endpoint"]] = _device_code
        web.answers[f"https://{GOOGLE_TOKENS}/token"] = provider.token
        yield web


def _device_code(_: str) -> Page:
    return _json(
        {
            "device_code": "device",
            "user_code": "ABCD-EFGH",
            "verification_uri": "https://microsoft.com/devicelogin",
            "expires_in": 900,
            "interval": 0,
        }
    )


@contextmanager
def introspection(provider: Provider) -> Iterator[str]:
    """The URL that tells a mail server who has a token, over plain http on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            body = json.dumps(provider.introspect(form)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/introspect"
    finally:
        server.shutdown()
        server.server_close()


class Browser(webbrowser.BaseBrowser):
    """The person at the page: sends the code (or `error`) back to where the page was told to."""

    def __init__(self, error: str = "") -> None:
        super().__init__("the test's own")
        self.error = error
        self.opened: list[str] = []

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
        self.opened.append(url)
        asked = _flat(urlsplit(url).query)
        # OpenID Connect's nonce comes back in the ID token; the code carries it there.
        code = {"code": asked.get("nonce", "code"), "scope": asked.get("scope", "")}
        answer = {"error": self.error} if self.error else code
        sent = urlencode({**answer, "state": asked["state"]})
        threading.Thread(target=self._send, args=(asked, sent), daemon=True).start()
        return True

    def _send(self, asked: dict[str, str], sent: str) -> None:
        opener, target = build_opener(ProxyHandler({})), asked["redirect_uri"]
        if asked.get("response_mode") == "form_post":
            opener.open(target, sent.encode(), timeout=10).close()
        else:
            opener.open(f"{target}?{sent}", timeout=10).close()


@contextmanager
def browser(error: str = "") -> Iterator[Browser]:
    """The machine's browser is the test's meanwhile."""
    made = Browser(error)
    before = webbrowser._tryorder
    webbrowser.register("test", None, made, preferred=True)
    try:
        yield made
    finally:
        webbrowser._tryorder = before


def _json(document: dict[str, Any], status: int = 200) -> Page:
    return Page(json.dumps(document).encode(), status)


def _b64(document: dict[str, str | int]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


def _flat(form: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(form).items()}
