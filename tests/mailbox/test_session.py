"""The contract of `protocol.MailSession`, over Dovecot and pymap, and what only one of them can show."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.servers.dovecot import Dovecot
from tests.servers.scripted import ScriptedServer
from watcher.domain.messages import Envelope, Role
from watcher.errors import ConfigError, ServerBusy, ServerUnreachable, SignInRefused
from watcher.mailbox.protocol import MailSession
from watcher.mailbox.session import SOURCES, ImapSession, _batches, connect, is_loopback

pytestmark = pytest.mark.dovecot

NINE = datetime(2026, 3, 2, 9, 11, tzinfo=UTC)


def mail(number: int = 1) -> bytes:
    return (
        f"Message-ID: <{number}@cust.example>\r\nFrom: Anna <anna@cust.example>\r\nTo: wei@acme.test\r\n"
        f"Subject: Quotation {number}\r\nX-Secret: no\r\n\r\nPlease quote.\r\n"
    ).encode()


def signed_in(server: Any, **settings: Any) -> ImapSession:
    return connect(server.host, server.port, "off", server.user, server.password, **settings)


@pytest.fixture(params=["dovecot", "pymap_server"])
def server(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


@pytest.fixture
def session(server: Any) -> Iterator[ImapSession]:
    with signed_in(server) as session:
        yield session


def test_the_session_keeps_the_contract(session: ImapSession) -> None:
    contract: MailSession = session
    assert contract.folders()


def test_folders_and_roles(session: ImapSession) -> None:
    found = {folder.name: (folder.role, folder.left_out) for folder in session.folders()}
    assert found == {
        "INBOX": (Role.INBOX, ""),
        "Sent": (Role.SENT, ""),
        "Junk": (Role.JUNK, ""),
        "Trash": (Role.OTHER, "trash"),
        "Drafts": (Role.OTHER, "drafts"),
    }


def test_folder_names_are_decoded_and_open_again(server: Any) -> None:
    names = {"客户/报价", "R&D", "Größe 1"}
    for name in sorted(names):
        server.create(name)
    with signed_in(server) as session:
        found = {folder.name for folder in session.folders()}
        assert names <= found
        assert all(session.examine(name).exists == 0 for name in names)


def test_settings_reach_the_folders(server: Any) -> None:
    server.create("Mine")
    with signed_in(server, sent="Mine", folders=["INBOX", "Mine"]) as session:
        folders = {folder.name: folder for folder in session.folders()}
    assert folders["Mine"].role is Role.SENT
    assert {name for name, folder in folders.items() if folder.watched} == {"INBOX", "Mine"}


def test_examine(server: Any, session: ImapSession) -> None:
    empty = session.examine("INBOX")
    server.append("INBOX", mail())
    full = session.examine("INBOX")
    assert (empty.exists, full.exists) == (0, 1)
    assert full.uidnext == empty.uidnext + 1
    assert full.uidvalidity == empty.uidvalidity > 0


def test_a_folder_that_is_gone_is_named_and_the_link_lives_on(session: ImapSession) -> None:
    with pytest.raises(ServerUnreachable, match='"No such"'):
        session.examine("No such")
    assert session.examine("INBOX").exists == 0


def test_uids_are_incremental(server: Any, session: ImapSession) -> None:
    uids = [server.append("INBOX", mail(n)) for n in (1, 2, 3)]
    session.examine("INBOX")
    assert session.uids() == uids
    assert session.uids(after=uids[0]) == uids[1:]
    assert session.uids(after=uids[2]) == []
    assert session.uids(after=uids[2] + 998) == []


def test_uids_since_a_day(server: Any, session: ImapSession) -> None:
    server.append("INBOX", mail(1), internal_date=NINE - timedelta(days=10))
    recent = server.append("INBOX", mail(2), internal_date=NINE)
    session.examine("INBOX")
    assert session.uids(since=date(2026, 3, 1)) == [recent]


def test_headers(server: Any, session: ImapSession) -> None:
    uid = server.append("INBOX", mail(), internal_date=NINE)
    session.examine("INBOX")
    [[found]] = session.headers([uid])
    assert found.envelope is not None
    assert (found.uid, found.internal_date, found.broken) == (uid, NINE, "")
    assert (found.envelope.message_id, found.envelope.subject) == ("<1@cust.example>", "Quotation 1")
    assert found.envelope.author is not None and found.envelope.author.address == "anna@cust.example"


def test_headers_come_in_the_order_asked_and_without_the_gone(server: Any, session: ImapSession) -> None:
    first, second, third = (server.append("INBOX", mail(n)) for n in (1, 2, 3))
    session.examine("INBOX")
    remove(server, second)
    session.examine("INBOX")  # until then a server may still show what it has
    [batch] = session.headers([third, second, first, first + 900])
    assert [header.uid for header in batch] == [third, first]
    assert session.source(second, 1000) is None
    assert list(session.headers([second])) == [[]]


def remove(server: Any, uid: int) -> None:
    (server.expunge if isinstance(server, Dovecot) else server.delete)("INBOX", uid)


def test_a_message_without_any_of_the_fields_is_an_empty_envelope(server: Any, session: ImapSession) -> None:
    uid = server.append("INBOX", b"X-Only: this\r\n\r\nbody\r\n")
    session.examine("INBOX")
    [[found]] = session.headers([uid])
    assert (found.envelope, found.broken) == (Envelope(), "")


def test_source_is_cut_at_the_limit(server: Any, session: ImapSession) -> None:
    uid = server.append("INBOX", mail())
    session.examine("INBOX")
    assert session.source(uid, 10_000) == mail()
    assert session.source(uid, 12) == mail()[:12]


def test_sources_come_in_the_order_asked_and_the_gone_as_none(server: Any, session: ImapSession) -> None:
    first, second, third = (server.append("INBOX", mail(n)) for n in (1, 2, 3))
    session.examine("INBOX")
    remove(server, second)
    session.examine("INBOX")
    found = list(session.sources([third, second, first, first + 900], 12))
    assert found == [(third, mail(3)[:12]), (second, None), (first, mail(1)[:12]), (first + 900, None)]
    assert list(session.sources([], 12)) == []


def test_no_flag_ever_changes(server: Any, session: ImapSession) -> None:
    uids = [server.append("INBOX", mail(1)), server.append("INBOX", mail(2), flags=("\\Flagged",))]
    before = server.flags("INBOX")
    session.examine("INBOX")
    assert [len(batch) for batch in session.headers(session.uids())] == [2]
    assert session.source(uids[0], 10_000)
    assert all(source for _, source in session.sources(uids, 10_000))
    session.close()
    assert server.flags("INBOX") == before


@pytest.mark.parametrize("uids", ["1:*", "1", b"1:*", ["1:*"], [1, "2"], [True]])
def test_a_range_is_never_fetched(session: ImapSession, uids: Any) -> None:
    session.examine("INBOX")
    with pytest.raises(TypeError, match="never a range"):
        next(session.headers(uids))
    with pytest.raises(TypeError, match="never a range"):
        next(session.sources(uids, 10))


def test_a_wrong_password(server: Any) -> None:
    with pytest.raises(SignInRefused, match=r"refused the password of wei@acme.test") as caught:
        connect(server.host, server.port, "off", server.user, "wrong")
    assert caught.value.mend == "If it changed: watcher init --password."


def test_a_password_beyond_ascii_is_refused_like_any_other(dovecot: Dovecot) -> None:
    with pytest.raises(SignInRefused):
        connect(dovecot.host, dovecot.port, "off", dovecot.user, "falsch wärs")


def test_a_password_beyond_ascii_signs_in(dovecot: Dovecot) -> None:
    dovecot.set_password("kick ït bäck 密码")
    with signed_in(dovecot) as session:
        assert session.folders()


def test_more_than_a_batch(dovecot: Dovecot) -> None:
    uids = dovecot.append_all("INBOX", [mail(n) for n in range(501)])
    with signed_in(dovecot) as session:
        session.examine("INBOX")
        batches = list(session.headers(session.uids()))
    assert [len(batch) for batch in batches] == [500, 1]
    assert [header.uid for batch in batches for header in batch] == uids


def test_long_uids_make_smaller_batches() -> None:
    """A line of 8,000 octets is as long as any server has to take (RFC 2683 3.2.1.5)."""
    many = list(range(4_000_000_000, 4_000_000_000 + 1001))
    found = list(_batches(many))
    assert [uid for batch in found for uid in batch] == many
    assert max(len(",".join(map(str, batch))) for batch in found) < 7900


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_tls(dovecot: Dovecot, tls: Any) -> None:
    port = dovecot.tls_port if tls == "implicit" else dovecot.port
    with connect(
        "localhost", port, tls, dovecot.user, dovecot.password, ca_file=dovecot.certificate
    ) as session:
        assert session.examine("INBOX").exists == 0


def test_ssl_cert_file_is_honoured(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.certificate))
    with connect("localhost", dovecot.tls_port, "implicit", dovecot.user, dovecot.password) as session:
        assert session.folders()


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_a_certificate_nobody_knows(dovecot: Dovecot, tls: Any) -> None:
    port = dovecot.tls_port if tls == "implicit" else dovecot.port
    with pytest.raises(ServerUnreachable, match=r"certificate that cannot be trusted.*no password was sent"):
        connect("localhost", port, tls, dovecot.user, dovecot.password)
    assert "auth failed" not in dovecot.log()


def test_a_certificate_for_another_name(dovecot: Dovecot) -> None:
    dovecot.certify("mail.other.test")
    with pytest.raises(ServerUnreachable, match=r"certificate that cannot be trusted.*mismatch"):
        connect(
            "localhost",
            dovecot.tls_port,
            "implicit",
            dovecot.user,
            dovecot.password,
            ca_file=dovecot.certificate,
        )


def test_tls_where_there_is_none(dovecot: Dovecot) -> None:
    with pytest.raises(ServerUnreachable, match="does not speak TLS") as caught:
        connect("localhost", dovecot.port, "implicit", dovecot.user, dovecot.password)
    assert "starttls" in caught.value.mend


def test_a_new_uidvalidity_shows(dovecot: Dovecot) -> None:
    dovecot.append("INBOX", mail())
    with signed_in(dovecot) as session:
        before = session.examine("INBOX")
    dovecot.reset_uidvalidity("INBOX")
    with signed_in(dovecot) as session:
        after = session.examine("INBOX")
    assert after.uidvalidity != before.uidvalidity
    assert after.exists == 1


def test_a_server_killed_mid_fetch(dovecot: Dovecot) -> None:
    dovecot.append_all("INBOX", [mail(n) for n in range(501)])
    with signed_in(dovecot) as session:
        session.examine("INBOX")
        batches = session.headers(session.uids())
        assert len(next(batches)) == 500
        dovecot.kill()
        with pytest.raises(ServerUnreachable):
            next(batches)


def test_a_server_that_falls_silent(dovecot: Dovecot) -> None:
    dovecot.append("INBOX", mail())
    with signed_in(dovecot, timeout_read=0.5) as session:
        session.examine("INBOX")
        dovecot.freeze()
        with pytest.raises(ServerUnreachable, match="did not answer in time"):
            list(session.headers([1]))


def test_mail_moved_by_another_client(dovecot: Dovecot) -> None:
    dovecot.create("Archive")
    uid = dovecot.append("INBOX", mail())
    dovecot.move("INBOX", uid, "Archive")
    with signed_in(dovecot) as session:
        session.examine("INBOX")
        assert session.uids() == []
        session.examine("Archive")
        assert len(session.uids()) == 1


def test_after_a_restart_a_new_session_finds_the_mail(dovecot: Dovecot) -> None:
    dovecot.append("INBOX", mail())
    dovecot.stop()
    with pytest.raises(ServerUnreachable, match="Nothing answers"):
        signed_in(dovecot)
    dovecot.start()
    with signed_in(dovecot) as session:
        assert session.examine("INBOX").exists == 1


def test_a_name_that_does_not_exist() -> None:
    with pytest.raises(ServerUnreachable, match=r"mail\.nowhere\.invalid:993 cannot be found"):
        connect("mail.nowhere.invalid", 993, "implicit", "wei@acme.test", "x")


@pytest.mark.parametrize("host", ["mail.acme.test", "192.0.2.1", "127.0.0.1.acme.test"])
def test_no_clear_text_beyond_loopback(host: str) -> None:
    with pytest.raises(ConfigError, match='tls = "off"'):
        connect(host, 143, "off", "wei@acme.test", "x")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


# What no well-kept server does.


@pytest.mark.parametrize("fault", ["unbalanced", "no header"])
def test_one_bad_message_costs_one_message(fault: Any) -> None:
    with ScriptedServer(9, {4: fault, 8: fault}) as server, signed_in(server) as session:
        session.examine("INBOX")
        [batch] = session.headers(session.uids())
    assert [header.uid for header in batch] == list(range(1, 10))
    assert [header.uid for header in batch if header.broken] == [4, 8]
    assert all(header.internal_date == NINE for header in batch)
    assert all(header.envelope for header in batch if not header.broken)


def test_what_is_listed_and_then_passed_over_in_silence_is_not_lost() -> None:
    with ScriptedServer(9, {4: "nothing", 8: "nothing"}) as server, signed_in(server) as session:
        session.examine("INBOX")
        [batch] = session.headers(session.uids())
        assert [header.uid for header in batch if header.broken] == [4, 8]
        assert [header.uid for header in batch] == list(range(1, 10))
        with pytest.raises(ServerUnreachable, match="gives nothing"):
            list(session.headers([4, 8]))


@pytest.mark.parametrize("fault", ["unbalanced", "no"])
def test_one_bad_source_costs_one_message(fault: Any) -> None:
    with ScriptedServer(45, {4: fault, 41: fault}) as server, signed_in(server) as session:
        session.examine("INBOX")
        found = list(session.sources(session.uids(), 30))
    assert [uid for uid, _ in found] == list(range(1, 46))
    assert [uid for uid, source in found if source is None] == [4, 41]
    assert all(len(source) == 30 for _, source in found if source is not None)


def test_sources_are_fetched_a_few_at_a_time() -> None:
    with ScriptedServer(2 * SOURCES + 1) as server, signed_in(server) as session:
        session.examine("INBOX")
        assert len(list(session.sources(session.uids(), 30))) == 2 * SOURCES + 1
    fetches = [command.split()[2].split(",") for command in server.commands if "FETCH" in command]
    assert [len(uids) for uids in fetches] == [SOURCES, SOURCES, 1]


def test_a_server_that_refuses_every_message_is_in_trouble_itself() -> None:
    with ScriptedServer(4, dict.fromkeys(range(1, 5), "no")) as server, signed_in(server) as session:
        session.examine("INBOX")
        with pytest.raises(ServerUnreachable, match="fails on every message"):
            list(session.headers([1, 2, 3, 4]))


@pytest.mark.parametrize(
    "refusal",
    [
        "[OVERQUOTA] Account exceeded command or bandwidth limits",
        "[UNAVAILABLE] Backend is down",
        "Request is throttled. Suggested Backoff Time: 1000 milliseconds",
    ],
)
def test_a_server_that_has_had_enough_of_us_blames_no_message(refusal: str) -> None:
    """A text that counted as unreadable would never be asked for again."""
    with ScriptedServer(4, refusals={"UID FETCH": refusal}) as server, signed_in(server) as session:
        session.examine("INBOX")
        for asked in (session.headers([1, 2]), session.sources([1, 2], 30)):
            with pytest.raises(ServerBusy, match=re.escape(refusal[:12])):
                list(asked)


def test_a_link_that_ends_in_the_middle() -> None:
    with ScriptedServer(9, {4: "bye"}) as server, signed_in(server) as session:
        session.examine("INBOX")
        with pytest.raises(ServerUnreachable, match=r"ended the connection|was lost"):
            list(session.headers([1, 2, 3, 4, 5]))


def test_abort_from_another_thread_ends_a_waiting_call() -> None:
    with ScriptedServer(2, {2: "hang"}) as server, signed_in(server) as session:
        session.examine("INBOX")
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(lambda: list(session.headers([1, 2])))
            assert server.hanging.wait(10)
            began = time.monotonic()
            session.abort()
            with pytest.raises(ServerUnreachable):
                waiting.result(10)
        assert time.monotonic() - began < 2
        with pytest.raises(ServerUnreachable, match="was closed"):
            session.folders()


def test_abort_over_tls(dovecot: Dovecot) -> None:
    session = connect(
        "localhost", dovecot.tls_port, "implicit", dovecot.user, dovecot.password, ca_file=dovecot.certificate
    )
    session.examine("INBOX")
    dovecot.freeze()
    began = threading.Event()

    def call() -> None:
        began.set()
        session.uids()

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(call)
        assert began.wait(10)
        session.abort()
        with pytest.raises(ServerUnreachable):
            waiting.result(10)
    session.close()


def test_close_never_raises_and_may_come_twice(dovecot: Dovecot) -> None:
    session = signed_in(dovecot)
    dovecot.kill()
    session.close()
    session.close()


def test_id_is_sent_after_the_sign_in_and_before_the_first_folder() -> None:
    with ScriptedServer(capabilities="IMAP4rev1 ID") as server, signed_in(server) as session:
        session.examine("INBOX")
    verbs = [command.split()[0] for command in server.commands if not command.startswith("CAPABILITY")]
    assert verbs[:3] == ["LOGIN", "ID", "EXAMINE"]
    assert "UID" not in verbs


def test_netease_says_unsafe_login() -> None:
    with (
        ScriptedServer(refusals={"EXAMINE": "EXAMINE Unsafe Login. Please contact kefu"}) as server,
        signed_in(server) as session,
        pytest.raises(SignInRefused, match="Unsafe Login") as caught,
    ):
        session.examine("INBOX")
    assert "authorisation code" in caught.value.mend


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        ("[AUTHENTICATIONFAILED] Invalid\x1b[31m credentials", SignInRefused),
        ("LOGIN failed", SignInRefused),
        ("[UNAVAILABLE] Temporary authentication failure", ServerUnreachable),
        ("[ALERT] Too many simultaneous connections. (Failure)", ServerUnreachable),
    ],
)
def test_a_refusal_and_a_not_now(refusal: str, error: type[Exception]) -> None:
    with ScriptedServer(refusals={"LOGIN": refusal}) as server, pytest.raises(error) as caught:
        signed_in(server)
    assert "\x1b" not in str(caught.value)


def test_no_starttls_no_sign_in() -> None:
    with ScriptedServer() as server, pytest.raises(ServerUnreachable, match="starting TLS"):
        connect(server.host, server.port, "starttls", server.user, server.password)
    assert not any(command.startswith("LOGIN") for command in server.commands)


def test_odd_folder_lists() -> None:
    listing = [
        b'(\\Noselect) "/" "[Gmail]"',
        b'(\\HasNoChildren) "/" 2026',
        b'(\\HasNoChildren) NIL "a \\"quoted\\" name"',
        b'(\\HasNoChildren) "/" "&broken"',
        '(\\HasNoChildren) "/" "Größe"'.encode(),
    ]
    with ScriptedServer(listing=listing) as server, signed_in(server) as session:
        names = [folder.name for folder in session.folders()]
    assert names[:3] == ["[Gmail]", "2026", 'a "quoted" name']
    assert names[4] == "Größe"
    assert len(names) == 5
