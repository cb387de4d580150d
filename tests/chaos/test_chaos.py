"""The first seeds of `make soak`, and the proxy itself."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.chaos.office import Office
from tests.chaos.seeds import Soak
from tests.servers import need
from tests.servers.dovecot import Dovecot
from tests.servers.harmful import Harm, HarmfulProxy, Kind
from watcher.errors import ServerUnreachable
from watcher.mailbox.session import ImapSession, connect

pytestmark = pytest.mark.dovecot

SEEDS = 25


@pytest.fixture(scope="module")
def soak(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Soak]:
    need("dovecot")
    with Office(tmp_path_factory.mktemp("office")) as office:
        yield Soak(office)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_what_a_network_harms_the_next_round_mends(soak: Soak, seed: int) -> None:
    assert soak.run(seed).faults == []


def through(proxy: HarmfulProxy, server: Dovecot, *, tls: bool = False) -> ImapSession:
    secret = (server.user, server.password)
    port, ca = proxy.port, server.certificate
    return connect(
        "localhost",
        port,
        "implicit" if tls else "off",
        *secret,
        timeout_connect=1,
        timeout_read=1,
        ca_file=ca,
    )


@pytest.mark.parametrize("upward", [False, True])
@pytest.mark.parametrize(
    ("kind", "tls"), [("cut", False), ("end", False), ("stall", False), ("flip", True), ("lose", True)]
)
def test_harm_is_noticed(dovecot: Dovecot, kind: Kind, tls: bool, upward: bool) -> None:
    """In time, and as a lost link: whatever was harmed, it was no refused password."""
    harm = Harm(kind, upward, at=10)
    begun = time.monotonic()
    with HarmfulProxy(dovecot.tls_port if tls else dovecot.port, harm) as proxy:
        with pytest.raises(ServerUnreachable), through(proxy, dovecot, tls=tls) as session:
            session.folders()
        assert proxy.talks[0].harmed
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize(
    "harm",
    [Harm("delay", False, 10, seconds=0.2), Harm("split", False, 0, size=5_000), Harm("split", True, 0, 500)],
)
def test_what_is_slow_or_in_pieces_is_read_all_the_same(dovecot: Dovecot, harm: Harm, tls: bool) -> None:
    with (
        HarmfulProxy(dovecot.tls_port if tls else dovecot.port, harm) as proxy,
        through(proxy, dovecot, tls=tls) as session,
    ):
        assert {one.name for one in session.folders()} >= {"INBOX", "Sent"}
        assert proxy.talks[0].harmed


def test_a_search_waits_for_no_acknowledgement(dovecot: Dovecot) -> None:
    """Its pieces go out at once: else each would cost a delayed ACK, 40 ms on Linux."""
    with HarmfulProxy(dovecot.port) as proxy, through(proxy, dovecot) as session:
        session.examine("INBOX")
        assert min(_seconds(session) for _ in range(5)) < 0.03


def _seconds(session: ImapSession) -> float:
    begun = time.monotonic()
    session.uids()
    return time.monotonic() - begun
