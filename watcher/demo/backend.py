"""pymap, dressed as the mail server of a small company.

One account in memory (its dict backend), plain text on loopback, and SPECIAL-USE (RFC 6154),
which pymap itself does not offer and real servers do. Imported only where a server is started,
for pymap is an extra.
"""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, Login
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxSet
from pymap.concurrent import Subsystem
from pymap.config import BackendCapability
from pymap.imap import IMAPServer
from pymap.listtree import ListEntry, ListTree
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

# What pymap's own command line would have parsed.
_ARGUMENTS = Namespace(passlib_cfg=None, proxy_protocol=None, debug=False)


@dataclass(frozen=True)
class _RoleEntry(ListEntry):
    role: str = ""

    @property
    def attributes(self) -> Sequence[bytes]:
        # pymap writes the backslash of each attribute itself.
        return [*super().attributes, self.role.lstrip("\\").encode()]


class _RoleTree(ListTree):
    __slots__ = ("_roles",)

    def __init__(self, delimiter: str, roles: Mapping[str, str]) -> None:
        super().__init__(delimiter)
        self._roles = roles

    def list(self) -> Iterable[ListEntry]:
        return (self._with_role(entry) for entry in super().list())

    def _with_role(self, entry: ListEntry) -> ListEntry:
        role = self._roles.get(entry.name)
        return entry if role is None else _RoleEntry(**vars(entry), role=role)


class _Mailboxes(MailboxSet):
    def __init__(self, roles: Mapping[str, str]) -> None:
        super().__init__()
        self._roles = roles

    async def list_mailboxes(self) -> ListTree:
        names = [entry.name for entry in (await super().list_mailboxes()).list() if entry.exists]
        return _RoleTree(self.delimiter, self._roles).update(*names)


class _Config(Config):
    special_use = False

    @property
    def greeting(self) -> bytes:
        # pymap's own asks DNS for this machine's full name, which takes seconds where there is none.
        return b"Demo server ready"

    @property
    def backend_capability(self) -> BackendCapability:
        custom = [b"SPECIAL-USE"] if self.special_use else []
        return BackendCapability(idle=True, object_id=True, multi_append=True, custom=custom)


def _config(user: str, password: str) -> _Config:
    return _Config(
        _ARGUMENTS,
        host=None,
        port=0,
        demo_data=False,
        demo_user=user,
        demo_password=password,
        tls_enabled=False,
        reject_dnsbl=False,
        hash_context=Cleartext(),
        # The default is a thread pool for password hashes, which would outlive the server.
        cpu_subsystem=Subsystem.for_asyncio(),
    )


async def listen(user: str, password: str, roles: Mapping[str, str]) -> asyncio.Server:
    """Serve one account on a free loopback port in the running event loop."""
    config = _config(user, password)
    config.special_use = bool(roles)
    config.apply_context()
    login = Login(config)
    await login.demo_user_identity.set(UserMetadata(config, user, password=password))
    config.set_cache[user] = (_Mailboxes(roles), FilterSet())
    connect = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(login, config))
    return await asyncio.start_server(connect, "127.0.0.1", 0)
