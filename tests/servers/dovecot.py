"""A throwaway Dovecot on free loopback ports: a real server, with a home of its own.

It runs as whoever runs the tests. As root it hands the mail to `nobody`, for Dovecot gives root none.
"""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from imapclient import IMAPClient

from tests.servers.certificates import write_certificate

SPECIAL_USE = MappingProxyType({"Sent": r"\Sent", "Junk": r"\Junk", "Trash": r"\Trash", "Drafts": r"\Drafts"})
# A test run that is killed takes its servers along (prctl(2), PR_SET_PDEATHSIG).
_ENDS_WITH_US = ("setpriv", "--pdeathsig", "TERM") if shutil.which("setpriv") else ()
_START_SECONDS = 15.0
_STOP_SECONDS = 5.0

_CONFIG = """\
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
first_valid_uid = 1
ssl = yes
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/key.pem
disable_plaintext_auth = no
auth_failure_delay = 0
mail_location = maildir:{home}/mail
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  # Without its penalty for refused sign-ins, which makes the next one wait up to 15 s.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
{oauth}passdb {{
  driver = passwd-file
  args = scheme=PLAIN {home}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}
}}
namespace inbox {{
  inbox = yes
  separator = /
{mailboxes}}}
"""

# Who has a token is asked of a server (RFC 7662); "auth_mechanisms" is a list, and the password stays.
_OAUTH = """\
auth_mechanisms = plain {mechanisms}
passdb {{
  driver = oauth2
  mechanisms = {mechanisms}
  args = {home}/oauth2
}}
"""
_INTROSPECTION = """\
introspection_url = {url}
introspection_mode = post
username_attribute = username
active_attribute = active
active_value = true
"""


class Dovecot:
    """One IMAP account: plain (and STARTTLS) on `port`, TLS on `tls_port`.

    `special_use` maps folder names, which are created, to the roles the server tells (RFC 6154).
    `certificate` is self-signed, for "localhost": trust it by `ca_file`. `tokens` is the URL that knows
    tokens (RFC 7662): with it, `mechanisms` are offered besides the password.
    """

    host = "127.0.0.1"

    def __init__(
        self,
        user: str = "wei@acme.test",
        password: str = "kick it back",  # noqa: S107 - its own
        *,
        special_use: Mapping[str, str] = SPECIAL_USE,
        tokens: str = "",
        mechanisms: str = "oauthbearer xoauth2",
    ) -> None:
        self.user, self.password = user, password
        self.home = Path(tempfile.mkdtemp(prefix="dovecot-"))  # pytest's folders are closed to `nobody`
        self.home.chmod(0o755)
        self.port, self.tls_port = _free_ports(2)
        self.certificate, _ = write_certificate(self.home, "localhost")
        oauth = _OAUTH.format(mechanisms=mechanisms, home=self.home) if tokens else ""
        (self.home / "oauth2").write_text(_INTROSPECTION.format(url=tokens))
        self._write_config(special_use, oauth)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Dovecot:
        """Listen; returns when clients can sign in. The mail of an earlier run is still there."""
        self._process = subprocess.Popen(
            [*_ENDS_WITH_US, "dovecot", "-F", "-c", str(self.home / "dovecot.conf")],
            stdout=subprocess.DEVNULL,
            stderr=(self.home / "stderr").open("wb"),
            start_new_session=True,
        )
        deadline = time.monotonic() + _START_SECONDS
        while not self._greets():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Dovecot did not start:\n{self.log()}")
            time.sleep(0.02)
        return self

    def stop(self) -> None:
        """Let it end its connections properly."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(_STOP_SECONDS)
            self._process = None

    def kill(self) -> None:
        """Every process at once, as a crash does."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait(_STOP_SECONDS)
            self._process = None

    def freeze(self) -> None:
        """Connections stay open and nothing answers any more, as when a network goes away."""
        self._signal(signal.SIGSTOP)

    def remove(self) -> None:
        """Stop, and leave nothing behind."""
        self.kill()
        shutil.rmtree(self.home, ignore_errors=True)

    def append(
        self, folder: str, raw: bytes, flags: Sequence[str] = (), internal_date: datetime | None = None
    ) -> int:
        """Deliver one message; its UID."""
        return self.append_all(folder, [raw], flags, internal_date)[0]

    def append_all(
        self,
        folder: str,
        messages: Sequence[bytes],
        flags: Sequence[str] = (),
        internal_date: datetime | None = None,
    ) -> list[int]:
        """Deliver messages in order over one connection; their UIDs."""
        with self.signed_in() as client:
            first = client.folder_status(folder, ["UIDNEXT"])[b"UIDNEXT"]
            for raw in messages:
                client.append(folder, raw, flags, internal_date)
        return list(range(first, first + len(messages)))

    def move(self, folder: str, uid: int, target: str) -> None:
        with self.signed_in(folder) as client:
            client.move([uid], target)

    def expunge(self, folder: str, *uids: int) -> None:
        with self.signed_in(folder) as client:
            client.delete_messages(uids)
            client.expunge(uids)

    def flags(self, folder: str) -> dict[int, tuple[bytes, ...]]:
        """The lasting flags of every message by UID (no \\Recent: a session's own, RFC 3501 2.3.2)."""
        with self.signed_in(folder, readonly=True) as client:
            found = client.fetch(client.search(), ["FLAGS"])
        return {uid: tuple(sorted(set(items[b"FLAGS"]) - {b"\\Recent"})) for uid, items in found.items()}

    def create(self, folder: str) -> None:
        with self.signed_in() as client:
            client.create_folder(folder)

    def rename(self, folder: str, target: str) -> None:
        with self.signed_in() as client:
            client.rename_folder(folder, target)

    def delete(self, folder: str) -> None:
        with self.signed_in() as client:
            client.delete_folder(folder)

    def reset_uidvalidity(self, folder: str) -> None:
        """Number the folder anew, as a restored backup does: new UIDVALIDITY, UIDs from 1."""
        place = self.home / "mail" / ("" if folder == "INBOX" else f".{folder.replace('/', '.')}")
        for remains in [*place.glob("dovecot.index*"), place / "dovecot-uidlist"]:
            remains.unlink(missing_ok=True)

    def set_password(self, password: str) -> None:
        """As an administrator does; it counts from the next sign-in."""
        self.password = password
        (self.home / "users").write_text(f"{self.user}:{{PLAIN}}{password}\n")

    def certify(self, name: str) -> None:
        """Show a certificate for another name from now on."""
        self.stop()
        self.certificate, _ = write_certificate(self.home, name)
        self.start()

    def log(self) -> str:
        """What it said so far."""
        files = (self.home / "stderr", self.home / "log")
        return "\n".join(file.read_text(errors="replace") for file in files if file.exists())

    @contextmanager
    def signed_in(self, folder: str | None = None, *, readonly: bool = False) -> Iterator[IMAPClient]:
        """Another client of the same account."""
        with IMAPClient(self.host, self.port, ssl=False, timeout=10) as client:
            client.login(self.user, self.password)
            if folder is not None:
                client.select_folder(folder, readonly=readonly)
            yield client

    def _write_config(self, special_use: Mapping[str, str], oauth: str) -> None:
        uid, gid, internal, login = _identities()
        mailboxes = "".join(
            f'  mailbox "{name}" {{\n    auto = create\n'
            + (f"    special_use = {role}\n" if role else "")
            + "  }\n"
            for name, role in special_use.items()
        )
        config = _CONFIG.format(
            home=self.home,
            port=self.port,
            tls_port=self.tls_port,
            uid=uid,
            gid=gid,
            internal=internal,
            internal_group=grp.getgrgid(pwd.getpwnam(internal).pw_gid).gr_name,
            login=login,
            mailboxes=mailboxes,
            oauth=oauth,
        )
        (self.home / "dovecot.conf").write_text(config)
        self.set_password(self.password)
        (self.home / "mail").mkdir()
        os.chown(self.home / "mail", uid, gid)
        os.chown(self.home, uid, gid)

    def _greets(self) -> bool:
        try:
            with socket.create_connection((self.host, self.port), timeout=1) as link:
                return link.recv(64).startswith(b"* OK")
        except OSError:
            return False

    def _signal(self, number: signal.Signals) -> None:
        """Reach the master and its children, which Dovecot puts in process groups of their own."""
        if self._process is None:
            return
        for process in [self._process.pid, *_descendants(self._process.pid)]:  # the master first: it breeds
            with suppress(ProcessLookupError):
                os.kill(process, number)


def _identities() -> tuple[int, int, str, str]:
    """(uid and gid the mail belongs to, internal user, login user)."""
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        return nobody.pw_uid, nobody.pw_gid, "dovecot", "dovenull"
    me = pwd.getpwuid(os.geteuid())
    return me.pw_uid, me.pw_gid, me.pw_name, me.pw_name


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(FileNotFoundError, ProcessLookupError):  # a child may end while we look
        for child in map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
            found += [child, *_descendants(child)]
    return found


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now; all are held until the last is found, so they differ."""
    links = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [link.getsockname()[1] for link in links]
    for link in links:
        link.close()
    return ports
