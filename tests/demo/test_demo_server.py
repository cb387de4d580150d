"""The demo's server keeps what IMAP promises, seen by a second client."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

from watcher.demo.server import DemoServer

pytestmark = pytest.mark.daemon

USER, PASSWORD = "wei@acme.test", "demo"
ARRIVED = datetime(2026, 3, 2, 9, 11, 12, tzinfo=UTC)
MAIL = b"From: a@cust.example\r\nSubject: pumps\r\nMessage-ID: <1@cust.example>\r\n\r\nhello\r\n"


@pytest.fixture
def server() -> Iterator[DemoServer]:
    with DemoServer(USER, PASSWORD) as running:
        yield running


@pytest.fixture
def client(server: DemoServer) -> Iterator[IMAPClient]:
    with IMAPClient(server.host, server.port, ssl=False, timeout=10) as connected:
        connected.normalise_times = False
        connected.login(USER, PASSWORD)
        yield connected


def test_append_keeps_the_internal_date_and_tells_the_uid(server: DemoServer, client: IMAPClient) -> None:
    uid = server.append("INBOX", MAIL, ARRIVED, [r"\Seen"])
    client.select_folder("INBOX", readonly=True)
    assert client.fetch([uid], ["INTERNALDATE"])[uid][b"INTERNALDATE"] == ARRIVED
    assert server.flags("INBOX") == {uid: (r"\Seen",)}


@pytest.mark.parametrize(
    "subject",
    ["询价：张喆".encode("gb18030"), "Größe".encode("latin-1"), "报价".encode(), b"=?gb2312?B?1cWGtA==?="],
    ids=["raw gbk", "raw latin-1", "raw utf-8", "encoded"],
)
def test_octets_come_back_unchanged(server: DemoServer, client: IMAPClient, subject: bytes) -> None:
    raw = b"From: a@cust.example\r\nSubject: " + subject + b"\r\nX-Other: 1\r\n\r\n\xb1\xa8\xbc\xdb\r\n"
    uid = server.append("INBOX", raw)
    client.select_folder("INBOX", readonly=True)
    found = client.fetch([uid], ["BODY.PEEK[]", "BODY.PEEK[HEADER.FIELDS (SUBJECT)]"])[uid]
    assert found[b"BODY[]"] == raw
    assert found[b"BODY[HEADER.FIELDS (SUBJECT)]"] == b"Subject: " + subject + b"\r\n\r\n"


def test_peeking_at_an_examined_folder_changes_no_flag(server: DemoServer, client: IMAPClient) -> None:
    uid = server.append("INBOX", MAIL)
    before = server.flags("INBOX")
    client.select_folder("INBOX", readonly=True)
    client.fetch([uid], ["BODY.PEEK[]<0.20>", "BODY.PEEK[HEADER]", "FLAGS"])
    assert server.flags("INBOX") == before == {uid: ()}


def test_an_examined_folder_refuses_to_be_written(server: DemoServer, client: IMAPClient) -> None:
    uid = server.append("INBOX", MAIL)
    client.select_folder("INBOX", readonly=True)
    with pytest.raises(IMAPClientError):
        client.add_flags([uid], [r"\Seen"])


@pytest.mark.parametrize(("since", "found"), [(date(2026, 3, 2), 1), (date(2026, 3, 3), 0)])
def test_search_since_goes_by_the_internal_date(
    server: DemoServer, client: IMAPClient, since: date, found: int
) -> None:
    server.append("INBOX", MAIL, ARRIVED)
    client.select_folder("INBOX", readonly=True)
    assert len(client.search(["SINCE", since])) == found


def test_move_and_delete_are_seen_by_the_other_client(server: DemoServer, client: IMAPClient) -> None:
    server.create("Customers/Europe")
    first, second = server.append("INBOX", MAIL), server.append("INBOX", MAIL)
    assert first is not None
    assert second is not None
    client.select_folder("INBOX", readonly=True)
    server.move("INBOX", first, "Customers/Europe")
    server.delete("INBOX", second)
    client.noop()
    assert client.search() == []
    assert len(server.flags("Customers/Europe")) == 1


def test_idle_hears_of_new_mail(server: DemoServer, client: IMAPClient) -> None:
    client.select_folder("INBOX", readonly=True)
    client.idle()
    server.append("INBOX", MAIL)
    assert (1, b"EXISTS") in client.idle_check(timeout=10)
    client.idle_done()


def test_special_use_is_told(server: DemoServer, client: IMAPClient) -> None:
    for folder in ("Sent", "Junk", "Трубы"):
        server.create(folder)
    server.create("Sent")  # again: nothing happens
    told = {name: flags for flags, _, name in client.list_folders()}
    assert rb"\Sent" in told["Sent"]
    assert rb"\Junk" in told["Junk"]
    assert told["Трубы"] == told["INBOX"] == (rb"\HasNoChildren",)
    assert client.has_capability("SPECIAL-USE")


def test_a_server_without_special_use() -> None:
    with DemoServer(USER, PASSWORD, special_use={}) as server:
        server.create("Sent")
        with IMAPClient(server.host, server.port, ssl=False) as client:
            client.login(USER, PASSWORD)
            assert not client.has_capability("SPECIAL-USE")
            assert all(rb"\Sent" not in flags for flags, _, _ in client.list_folders())


@pytest.mark.parametrize(("user", "password"), [(USER, "wrong"), ("other@acme.test", PASSWORD)])
def test_a_stranger_is_refused(server: DemoServer, user: str, password: str) -> None:
    with IMAPClient(server.host, server.port, ssl=False) as client, pytest.raises(LoginError):
        client.login(user, password)


@pytest.mark.parametrize("folder", ["INBOX", "Sent"])
def test_renew_changes_uidvalidity_and_keeps_the_mail(
    server: DemoServer, client: IMAPClient, folder: str
) -> None:
    server.create("Sent")
    server.append(folder, MAIL, ARRIVED, [r"\Seen"])
    before = client.select_folder(folder, readonly=True)[b"UIDVALIDITY"]
    server.renew(folder)
    assert client.select_folder(folder, readonly=True)[b"UIDVALIDITY"] != before
    (found,) = client.fetch(client.search(), ["INTERNALDATE", "FLAGS", "BODY.PEEK[]"]).values()
    assert (found[b"INTERNALDATE"], found[b"BODY[]"]) == (ARRIVED, MAIL)
    assert rb"\Seen" in found[b"FLAGS"]


def test_hang_up_cuts_the_line_and_keeps_the_mail(server: DemoServer, client: IMAPClient) -> None:
    server.append("INBOX", MAIL)
    server.hang_up()
    with pytest.raises(IMAPClientError):
        client.noop()
    assert len(server.flags("INBOX")) == 1


def test_two_servers_share_nothing(server: DemoServer) -> None:
    with DemoServer(USER, PASSWORD) as other:
        server.append("INBOX", MAIL)
        assert other.port != server.port
        assert other.flags("INBOX") == {}


def test_deliveries_from_many_threads_all_arrive(server: DemoServer) -> None:
    threads = [threading.Thread(target=server.append, args=("INBOX", MAIL)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.flags("INBOX")) == 8


def test_start_and_stop_are_quick_and_leave_no_thread(capfd: pytest.CaptureFixture[str]) -> None:
    before = set(threading.enumerate())
    with DemoServer(USER, PASSWORD):
        pass  # the first import of pymap is not the server's time
    assert _seconds(_serve_one_idle_client) < 0.5
    assert set(threading.enumerate()) == before
    assert capfd.readouterr() == ("", "")


def test_stopping_twice_or_unstarted_is_harmless() -> None:
    server = DemoServer(USER, PASSWORD)
    server.stop()
    with DemoServer(USER, PASSWORD) as started:
        started.stop()


def test_without_pymap_the_error_says_what_to_install() -> None:
    script = """
import sys
sys.modules["pymap"] = None
from watcher.demo.server import DemoServer
from watcher.errors import UsageError
try:
    DemoServer("wei@acme.test", "demo")
except UsageError as error:
    print(error)
"""
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "the demo needs pymap. pip install 'followup-watcher[demo]'"


def _serve_one_idle_client() -> None:
    with DemoServer(USER, PASSWORD) as server:
        client = IMAPClient(server.host, server.port, ssl=False)
        client.login(USER, PASSWORD)
        client.select_folder("INBOX", readonly=True)
        client.idle()
    client.shutdown()


def _seconds(work: Callable[[], None]) -> float:
    start = time.monotonic()
    work()
    return time.monotonic() - start
