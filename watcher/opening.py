"""thread → the rep's mail program: which link opens it, and handing that to the desktop."""

from __future__ import annotations

import sys

from watcher.alerts import programs
from watcher.config import Account, Config
from watcher.domain.mail_links import Link, Machine, Mail, Way, Webmail, link_to
from watcher.store.engine import Store
from watcher.store.newest_mail import newest_mail


def link_of(store: Store, config: Config, thread: int) -> Link:
    """How a thread is opened on this machine. Raises StoreError."""
    with store.reading() as connection:
        found = newest_mail(connection, thread)
    mail = _mail(*found, config) if found else None
    return link_to(mail, config.alerts.open, this_machine(ask=config.alerts.open == "auto"))


def this_machine(platform: str = sys.platform, *, ask: bool = True) -> Machine:
    """What can open a link here; the desktop is only asked where `ask` says so."""
    scheme: str = "message" if platform == "darwin" else "mid"
    return Machine(
        "message" if platform == "darwin" else "mid",
        has_mail_program=ask and programs.takes(scheme, platform),
        has_browser=ask and (platform != "linux" or programs.takes("https", platform)),
    )


def open_thread(store: Store, config: Config, thread: int) -> bool:
    """From the daemon: open it, in a terminal's window where a link does not do. False where nothing did."""
    link = link_of(store, config, thread)
    if link.way is not Way.TERMINAL and programs.open_link(link.url):
        return True
    return programs.open_in_terminal([*_in_window(config), str(thread)])


def open_list(config: Config) -> bool:
    """From the daemon: who is overdue, in a terminal's window. False where there is none."""
    return programs.open_in_terminal(_in_window(config))


def _in_window(config: Config) -> list[str]:
    return [sys.executable, "-m", "watcher", "--config", str(config.path), "open", "--here"]


def _mail(message_id: str, name: str, config: Config) -> Mail | None:
    account = next((one for one in config.accounts if one.name == name), None)
    return Mail(message_id, account.address, _webmail(account)) if account else None


def _webmail(account: Account) -> Webmail:
    from watcher.mailbox.providers import known_host, known_personal  # which loads all of dnspython

    known = known_host(account.host)
    match known.oauth if known else "":
        case "google":
            return Webmail.GMAIL
        case "microsoft":
            return Webmail.OUTLOOK if known_personal(account.address) else Webmail.MICROSOFT_365
        case _:
            return Webmail.NONE
