"""What goes wrong on the way to a mail server, in words that say what to do next.

The one place where socket, TLS, imaplib and imapclient errors become the errors of `watcher.errors`.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from watcher.errors import ServerBusy, ServerUnreachable, SignInRefused, WatcherError
from watcher.mailbox.encoded_words import one_line

_MAX_SERVER_TEXT = 200

# What imapclient's parsers let out when an answer is not what the RFC says. They come after the whole
# answer was read, so the connection stays usable.
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError)

# Not a refusal of the password: the server says "not now" (RFC 5530 3; Gmail says it in prose).
_NOT_NOW = re.compile(r"\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG|OVERQUOTA)\]|too many", re.IGNORECASE)

# Whatever was asked, nothing is wrong with the message. Gmail's limits are an OVERQUOTA, Exchange Online says
# "Request is throttled". SERVERBUG is not among them: it may be one message's.
_LIMITED = re.compile(r"\[(UNAVAILABLE|INUSE|LIMIT|OVERQUOTA)\]|too many|is throttled", re.IGNORECASE)


def is_limited(error: BaseException) -> bool:
    """Whether a server refuses us for now (RFC 5530 3), whatever was asked."""
    return isinstance(error, IMAPClientError) and bool(_LIMITED.search(server_text(error)))


@contextmanager
def translated(server: str, doing: str) -> Iterator[None]:
    """Turn every error of the link into ServerUnreachable; `doing` says at what ("opening Sent")."""
    try:
        yield
    except WatcherError:
        raise
    except (OSError, IMAPClientError, *UNREADABLE) as error:
        raise unreachable(server, doing, error) from error


def unreachable(server: str, doing: str, error: BaseException) -> ServerUnreachable:
    """The link is lost, or the server did not do what was asked."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _untrusted(server, error)
    if isinstance(error, IMAPClientAbortError):
        return ServerUnreachable(
            f"{server} ended the connection while {doing}: {server_text(error)}.", _LATER
        )
    if is_limited(error):
        return ServerBusy(f"{server} refused {doing} for now: {server_text(error)}.", _LATER)
    if isinstance(error, IMAPClientError):
        return ServerUnreachable(f"{server} refused {doing}: {server_text(error)}.", "watcher check")
    if isinstance(error, OSError):
        return _network(server, doing, error)
    return ServerUnreachable(
        f"{server} answered {doing} with something unreadable ({type(error).__name__}).", "watcher check"
    )


def sign_in_failed(server: str, user: str, error: IMAPClientError) -> WatcherError:
    """A failed LOGIN: a refusal, unless the link broke or the server said "not now".

    imapclient turns even a lost connection into its LoginError; the cause tells.
    """
    cause = error.__context__ or error
    text = server_text(error)
    if isinstance(cause, IMAPClientAbortError):
        return unreachable(server, "signing in", cause)
    if _NOT_NOW.search(text):
        return ServerUnreachable(f"{server} lets nobody sign in just now: {text}.", _LATER)
    return SignInRefused(
        f"{server} refused the password of {user} ({text}).", "If it changed: watcher init --password."
    )


def token_refused(server: str, user: str, error: IMAPClientError, reason: str) -> WatcherError:
    """A failed sign-in by a token. `reason` is what the server said before its NO, a line of JSON."""
    failed = sign_in_failed(server, user, error)
    if not isinstance(failed, SignInRefused):
        return failed
    said = "; ".join(one for one in (server_text(error), one_line(reason)[:_MAX_SERVER_TEXT]) if one)
    return SignInRefused(
        f"{server} refused the sign-in of {user} by OAuth ({said}).", "Sign in anew: watcher init --password."
    )


def server_text(error: BaseException) -> str:
    """What the server said: on one line, no control characters, at most 200 characters."""
    cause = error.__context__ if isinstance(error.__context__, IMAPClientError) else error
    said = cause.args[0] if cause.args else ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return one_line(text)[:_MAX_SERVER_TEXT].rstrip(".") or "no reason given"


_LATER = "It will be tried again."


def _untrusted(server: str, error: ssl.SSLCertVerificationError) -> ServerUnreachable:
    return ServerUnreachable(
        f"{server} shows a certificate that cannot be trusted ({one_line(error.verify_message)}): "
        "no password was sent.",
        "Check `host`; for a company's own certificate authority set SSL_CERT_FILE to its file.",
    )


def _network(server: str, doing: str, error: OSError) -> ServerUnreachable:
    if isinstance(error, socket.gaierror):
        return ServerUnreachable(f"The name {server} cannot be found.", "Check `host`, and the network.")
    if isinstance(error, ConnectionRefusedError):
        return ServerUnreachable(f"Nothing answers at {server}.", "Check `host` and `port`.")
    if isinstance(error, TimeoutError):
        return ServerUnreachable(f"{server} did not answer in time while {doing}.", _LATER)
    if isinstance(error, ssl.SSLError):
        return ServerUnreachable(
            f"{server} does not speak TLS while {doing} ({one_line(error.reason or str(error))}).",
            'Check `port` and `tls`: 993 goes with "implicit", 143 with "starttls".',
        )
    reason = one_line(error.strerror or str(error))
    return ServerUnreachable(f"The connection to {server} was lost while {doing} ({reason}).", _LATER)
