"""The signed-in, read-only connection, over imapclient.

EXAMINE and BODY.PEEK only: nothing here can change a mailbox. One connection a thread; `abort` alone
may be called from another.
"""

from __future__ import annotations

import contextlib
import imaplib
import ipaddress
import logging
import os
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from types import TracebackType
from typing import Any, Literal, Self

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError
from imapclient.imap_utf7 import decode as decode_utf7
from imapclient.imap_utf7 import encode as encode_utf7

from watcher import __version__
from watcher.clock import monotonic_seconds
from watcher.errors import ConfigError, ServerUnreachable, SignInRefused
from watcher.mailbox.bearer import Bearer
from watcher.mailbox.encoded_words import one_line
from watcher.mailbox.faults import (
    UNREADABLE,
    is_limited,
    sign_in_failed,
    token_refused,
    translated,
    unreachable,
)
from watcher.mailbox.fetched import Answer, body, internal_date, read_fetched
from watcher.mailbox.folders import Listed, classify
from watcher.mailbox.grants import AccessToken
from watcher.mailbox.headers import FIELDS
from watcher.mailbox.protocol import FetchedHeader, Folder, FolderState

BATCH = 500  # UIDs in one FETCH of headers
_LONGEST_LIST = 7000  # octets of their list: servers take lines of 8,000 (RFC 2683 3.2.1.5)
SOURCES = 20  # whole messages in one FETCH: at 256 kB each, 5 MB are held at a time
_LONGEST_LINE = 10_000_000  # octets: a SEARCH of a million UIDs is one line
_SIGN_OUT_SECONDS = 2.0
# Between two looks at what an idling server says: one that never stops talking costs little, and two
# seconds are enough for new mail.
_BREATH_SECONDS = 0.1
# A peer that is gone is noticed after 20 + 3 x 10 s of silence, where the platform lets us say so (macOS
# calls the first one TCP_KEEPALIVE). It also holds while a command of ours waits for its ACK (RFC 5482, ms).
_KEEPALIVE = {
    "TCP_KEEPIDLE": 20,
    "TCP_KEEPALIVE": 20,
    "TCP_KEEPINTVL": 10,
    "TCP_KEEPCNT": 3,
    "TCP_USER_TIMEOUT": 50_000,
}

_INTERNALDATE = "INTERNALDATE"
_HEADER = f"BODY.PEEK[HEADER.FIELDS ({' '.join(FIELDS)})]".upper()

Tls = Literal["implicit", "starttls", "off"]

logging.getLogger("imapclient").setLevel(logging.WARNING)  # below, it logs addresses (DESIGN 5.8)


def connect(
    host: str,
    port: int,
    tls: Tls,
    user: str,
    secret: str | AccessToken,
    *,
    timeout_connect: float = 10,
    timeout_read: float = 60,
    sent: str | None = None,
    folders: Sequence[str] | None = None,
    ca_file: str | os.PathLike[str] | None = None,
) -> ImapSession:
    """Sign in by a password or a token. Time-outs are seconds; `sent` and `folders` are the account's.

    Certificates are verified against the system's authorities, or against `ca_file`; SSL_CERT_FILE is
    honoured. Raises ConfigError (tls "off" beyond loopback, a `ca_file` that holds no certificate),
    SignInRefused, ServerUnreachable.
    """
    if tls == "off" and not is_loopback(host):
        raise ConfigError(
            f'tls = "off" would send the password of {user} in clear to {host}.',
            'Use tls = "implicit" or "starttls".',
        )
    imaplib._MAXLINE = max(imaplib._MAXLINE, _LONGEST_LINE)  # type: ignore[attr-defined]
    server = f"{host}:{port}"
    context = _trusting(ca_file)
    with translated(server, "connecting"):
        client = IMAPClient(
            host,
            port,
            ssl=tls == "implicit",
            ssl_context=context,
            timeout=SocketTimeout(timeout_connect, timeout_read),
        )
    _keep_alive(client.socket())
    client._imap.debug = 0  # imapclient turns on a log that copies every body
    client.normalise_times = False  # aware times
    client.folder_encode = False  # names stay as the server wrote them, even broken ones
    session = ImapSession(client, server, sent=sent, folders=folders)
    try:
        if tls == "starttls":
            with translated(server, "starting TLS"):
                client.starttls(context)
        session.sign_in(host, user, secret)
    except BaseException:
        session.abort()
        raise
    return session


def _keep_alive(link: socket.socket) -> None:
    """Have the kernel ask a silent peer whether it is still there."""
    link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        with contextlib.suppress(AttributeError, OSError):  # not on this platform
            link.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _trusting(ca_file: str | os.PathLike[str] | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # ssl.SSLError among them
        mend = "It must be a PEM file."
        raise ConfigError(f"ca_file {ca_file} holds no certificate that can be read.", mend) from error


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: localhost, 127.0.0.0/8 or ::1."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class ImapSession:
    """Implements `protocol.MailSession`."""

    def __init__(
        self, client: IMAPClient, server: str, *, sent: str | None, folders: Sequence[str] | None
    ) -> None:
        self._client = client
        self._server = server
        self._port = int(server.rpartition(":")[2])
        self._sent = sent
        self._folders = folders
        self._raw_names: dict[str, bytes] = {}
        self._exists = 0  # messages in the opened folder, as far as the server told
        self._aborted = threading.Event()
        self._socket: socket.socket = client.socket()

    @property
    def has_idle(self) -> bool:
        """Whether the server can tell of new mail by itself (RFC 2177)."""
        return self._offers("IDLE")

    def sign_in(self, host: str, user: str, secret: str | AccessToken) -> None:
        """LOGIN, or AUTHENTICATE PLAIN where LOGIN cannot carry the password (RFC 4616: UTF-8); a token by
        OAUTHBEARER (RFC 7628) or XOAUTH2.
        """
        self._socket = self._client.socket()  # STARTTLS made a new one
        # imapclient sends a SEARCH in two pieces: the second would wait for the first one's ACK.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with translated(self._server, "signing in"):
            if isinstance(secret, AccessToken):
                self._sign_in_by_token(host, user, secret)
            else:
                self._sign_in_by_password(host, user, secret)
            self._introduce()

    def _sign_in_by_password(self, host: str, user: str, password: str) -> None:
        plain = not (user + password).isascii() or self._offers("LOGINDISABLED")
        try:
            (self._client.plain_login if plain else self._client.login)(user, password)
        except IMAPClientError as error:
            raise sign_in_failed(host, user, error) from error

    def _sign_in_by_token(self, host: str, user: str, token: AccessToken) -> None:
        bearer = Bearer.offered(self._offers, host, self._port, user, token)
        try:
            self._client.sasl_login(bearer.mechanism, bearer)
        except IMAPClientError as error:
            raise token_refused(host, user, error, bearer.reason) from error

    def folders(self) -> list[Folder]:
        """Every folder, with its role, the left-out ones included."""
        with self._link("listing the folders"):
            listing = [self._listed(*line) for line in self._client.list_folders()]
        return classify(listing, self._sent, self._folders)

    def examine(self, name: str) -> FolderState:
        """Open a folder read-only. Where it is gone ServerUnreachable names it, and the link lives on."""
        with self._link(f'opening "{one_line(name)}"'):
            try:
                answer = self._client.select_folder(
                    self._raw_names.get(name) or _encoded(name), readonly=True
                )
            except IMAPClientError as error:
                raise self._unsafe_login(error) or error from error
            self._exists = answer.get(b"EXISTS", 0)
            return FolderState(
                uidvalidity=answer[b"UIDVALIDITY"],
                uidnext=answer.get(b"UIDNEXT", 0),
                exists=self._exists,
                highestmodseq=answer.get(b"HIGHESTMODSEQ"),
            )

    def uids(self, after: int = 0, since: date | None = None) -> list[int]:
        """UIDs above `after`, ascending; `since` is an INTERNALDATE day of the server's clock."""
        criteria: list[Any] = ["UID", f"{after + 1}:*"]
        if since is not None:
            criteria += ["SINCE", since]
        with self._link("searching"):
            found = self._client.search(criteria)
        # "999:*" finds the last message even when its UID is lower (RFC 3501 6.4.8).
        return sorted(uid for uid in found if uid > after)

    def headers(self, uids: Sequence[int]) -> Iterator[list[FetchedHeader]]:
        """Header blocks in batches of at most 500, in the order given. A UID that is gone is skipped.

        A message that the server cannot give or that cannot be read comes as `broken`; its
        INTERNALDATE is 1970-01-01 where not even that was legible.
        """
        for asked in _batches(_as_ints(uids)):
            with self._link("reading headers"):
                batch = self._headers(asked)
            yield batch

    def source(self, uid: int, limit: int) -> bytes | None:
        """The first `limit` octets of a message; None where it is gone or the server cannot give it."""
        return next(octets for _, octets in self.sources([uid], limit))

    def sources(self, uids: Sequence[int], limit: int) -> Iterator[tuple[int, bytes | None]]:
        """The first `limit` octets of each message, in the order given.

        None where a message is gone or the server cannot give it: it costs none of the others.
        """
        wanted = _as_ints(uids)
        for start in range(0, len(wanted), SOURCES):
            with self._link("reading messages"):
                batch = self._sources(wanted[start : start + SOURCES], limit)
            yield from batch

    def wait_for_news(self, seconds: float) -> bool:
        """Have the server tell of new mail in the opened folder (IDLE, RFC 2177); whether it did.

        Returns after so many seconds at the latest, and may return sooner without news. Every way out has
        heard an answer of the server: a dead link raises ServerUnreachable and is never taken for silence.
        """
        with self._link("listening"):
            # What waits to be told comes now: imapclient takes it for a refusal before the answer to IDLE.
            if self._counted(self._client.noop()[1]):
                return True
            self._client.idle()
            news = not self._unread() and self._heard(seconds)
            return self._counted(self._client.idle_done()[1]) or news

    def _heard(self, seconds: float) -> bool:
        """Whether an idling server told of new mail. A dead link is silent, and that at once: what follows
        (DONE) has to find out.
        """
        end = monotonic_seconds() + seconds
        while (left := end - monotonic_seconds()) > 0:
            told = self._client.idle_check(left)
            if self._counted(told):
                return True
            if not told:
                return False
            self._aborted.wait(_BREATH_SECONDS)
        return False

    def _unread(self) -> bool:
        """Whether lines came in one packet with the answer to IDLE: they lie in imaplib's buffer, where
        idle_check does not look before the socket has more.
        """
        buffer = vars(self._client._imap).get("file")  # from Python 3.14 on imaplib reads by other means
        if buffer is None:
            return False
        limit = self._socket.gettimeout()
        self._socket.setblocking(False)
        try:
            return bool(buffer.peek(1))
        except (ssl.SSLWantReadError, BlockingIOError):
            return False
        finally:
            self._socket.settimeout(limit)

    def _counted(self, told: Sequence[Any]) -> bool:
        """Take in what the server says unasked; whether a message came. Each EXPUNGE takes one away, so an
        EXISTS that repeats what we know is no news (RFC 3501 7.3.1, 7.4.1).
        """
        news = False
        for line in told:
            match line:
                case (int(), b"EXPUNGE"):
                    self._exists -= 1
                case (int(exists), b"EXISTS"):
                    news = news or exists != self._exists
                    self._exists = exists
        return news

    def lives(self, seconds: float) -> bool:
        """Whether the server answers (NOOP) within so many seconds."""
        limit = self._socket.gettimeout()
        try:
            self._socket.settimeout(seconds)
            with self._link("asking whether it is there"):
                self._client.noop()
            self._socket.settimeout(limit)
        except (ServerUnreachable, OSError):
            return False
        return True

    def abort(self) -> None:
        """End the link now, from any thread: a call that is waiting raises ServerUnreachable at once."""
        self._aborted.set()
        # Not the TLS socket's own shutdown: that takes the TLS object away under a reading thread.
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def close(self) -> None:
        """Sign out and close; never raises."""
        with contextlib.suppress(OSError, IMAPClientError, *UNREADABLE):
            if not self._aborted.is_set():
                self._socket.settimeout(_SIGN_OUT_SECONDS)
                self._client.logout()
        with contextlib.suppress(OSError, IMAPClientError):
            self._client.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextlib.contextmanager
    def _link(self, doing: str) -> Iterator[None]:
        if self._aborted.is_set():
            raise ServerUnreachable(f"The connection to {self._server} was closed.")
        with translated(self._server, doing):
            yield

    def _offers(self, capability: str) -> bool:
        return bool(self._client.has_capability(capability))

    def _introduce(self) -> None:
        """ID (RFC 2971). NetEase (163, 126, yeah.net) calls a client without it "Unsafe Login"."""
        if self._offers("ID"):
            with contextlib.suppress(IMAPClientError, *UNREADABLE):  # a courtesy elsewhere
                self._client.id_({"name": "watcher", "version": __version__, "vendor": "followup-watcher"})

    def _unsafe_login(self, error: IMAPClientError) -> SignInRefused | None:
        if "unsafe login" not in str(error).lower():
            return None
        return SignInRefused(
            f'{self._server} calls this an "Unsafe Login".',
            "Switch on IMAP in the settings of the web mail, and sign in with its authorisation code.",
        )

    def _listed(self, flags: Sequence[bytes], delimiter: bytes | None, raw: bytes | int) -> Listed:
        written = raw if isinstance(raw, bytes) else str(raw).encode()
        name = _decoded(written)
        self._raw_names[name] = written
        names = frozenset(flag.decode("ascii", "replace") for flag in flags)
        return Listed(names, (delimiter or b"").decode("ascii", "replace"), name)

    def _headers(self, uids: Sequence[int]) -> list[FetchedHeader]:
        """One bad message costs one message: a batch with an unreadable answer is fetched in halves."""
        try:
            answers = self._fetch(uids, [_INTERNALDATE, _HEADER, *self._thread_items()])
        except _Unanswered as reason:
            if len(uids) == 1:
                return self._without_header(uids[0], str(reason))
            half = len(uids) // 2
            return self._headers(uids[:half]) + self._headers(uids[half:])
        given = {uid for uid in uids if b"INTERNALDATE" in answers.get(uid, {})}
        there = given | self._withheld(set(uids) - given, uids)
        return [read_fetched(uid, answers.get(uid, {})) for uid in uids if uid in there]

    def _withheld(self, passed_over: set[int], uids: Sequence[int]) -> set[int]:
        """Those that a FETCH passed over in silence though they are there. Where that is all it was asked
        for, the trouble is the server's: to go on would lose them.
        """
        if not passed_over:
            return set()
        found = self._client.search(["UID", ",".join(map(str, sorted(passed_over)))])
        withheld = passed_over.intersection(found)
        if withheld.issuperset(uids):
            raise ServerUnreachable(
                f"{self._server} gives nothing of the messages that it lists.", "watcher check"
            )
        return withheld

    def _without_header(self, uid: int, reason: str) -> list[FetchedHeader]:
        """A message whose header the server cannot give. Where it cannot even give the date, the
        trouble is the server's, not the message's.
        """
        try:
            answer = self._fetch([uid], [_INTERNALDATE]).get(uid)
        except _Unanswered as error:
            raise ServerUnreachable(
                f"{self._server} fails on every message ({error}).", "watcher check"
            ) from error
        if answer is None:
            return []
        return [FetchedHeader(uid, internal_date(answer), None, broken=reason)]

    def _sources(self, uids: Sequence[int], limit: int) -> list[tuple[int, bytes | None]]:
        """One bad message costs one message: a batch with an unreadable answer is fetched in halves."""
        try:
            answers = self._fetch(uids, [f"BODY.PEEK[]<0.{limit}>"])
        except _Unanswered:
            if len(uids) == 1:
                return [(uids[0], None)]
            half = len(uids) // 2
            return self._sources(uids[:half], limit) + self._sources(uids[half:], limit)
        found = ((uid, body(answers.get(uid, {}), b"BODY[]")) for uid in uids)
        return [(uid, None if octets is None else octets[:limit]) for uid, octets in found]

    def _thread_items(self) -> list[str]:
        if self._offers("X-GM-EXT-1"):
            return ["X-GM-THRID"]
        return ["THREADID"] if self._offers("OBJECTID") else []

    def _fetch(self, uids: Sequence[int], items: Sequence[str]) -> Mapping[int, Answer]:
        """FETCH by a list of UIDs. Raises _Unanswered where the answer was NO or cannot be parsed."""
        try:
            answers: Mapping[int, Answer] = self._client.fetch(list(uids), items)
        except IMAPClientAbortError:
            raise
        except (IMAPClientError, *UNREADABLE) as error:
            # imaplib stopped in the middle of a line and is out of step; or the server has had enough of us.
            if "got more than" in str(error) or is_limited(error):
                raise unreachable(self._server, "reading", error) from error
            raise _Unanswered(f"the server's answer cannot be read: {type(error).__name__}") from error
        return answers


class _Unanswered(Exception):
    """The server did not answer a FETCH in a readable way; the link is in order."""


def _as_ints(uids: Sequence[int]) -> list[int]:
    """Ranges like "1:*" are refused: imapclient fails on them after the server has answered."""
    wanted = list(uids)
    if isinstance(uids, str | bytes) or not all(type(uid) is int for uid in wanted):
        raise TypeError("UIDs are ints, never a range")
    return wanted


def _batches(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    """As many at once as one command line can name: imapclient knows no ranges of UIDs."""
    longest = len(str(max(uids, default=0))) + 1
    many = min(BATCH, _LONGEST_LIST // longest)
    for start in range(0, len(uids), many):
        yield uids[start : start + many]


def _decoded(raw: bytes) -> str:
    """A folder's name from modified UTF-7 (RFC 3501 5.1.3); servers that write raw UTF-8 are read too."""
    try:
        return str(decode_utf7(raw)) if raw.isascii() else raw.decode("utf-8")
    except UnicodeError:
        return raw.decode("latin-1")


def _encoded(name: str) -> bytes:
    return bytes(encode_utf7(name))
