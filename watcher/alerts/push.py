"""Push to where the rep is, through apprise (https://github.com/caronc/apprise): chats, telephones, mail.

A push leaves the machine, so it says as little as it can: stage and count; names only where the config asks
for details, and never a subject. An address of a service is a secret: in no log, no answer and no error.
"""

from __future__ import annotations

import logging
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from watcher.alerts.channel import Delivery, PopUp
from watcher.domain.plain import plain

NAME = "push"
SEND_SECONDS = 20.0  # for one service: apprise bounds each read, not a server that drips
KEYRING = "keyring:"
_NAMES = 5
_INSTALL = "install it: pipx install 'followup-watcher[push]'"
# What chat programs read as more than text: markup, mentions, links.
_MARKUP = re.compile(r"[<>\[\]()*_`~|#\\@{}!]|://")

logging.getLogger("apprise").setLevel(logging.CRITICAL)  # below, it logs addresses of services


@dataclass(frozen=True, slots=True)
class PushSettings:
    """Where to, about which stages (by name), whether the digest goes there, whether customers are named.
    `labels` are what the stages are called.
    """

    urls: tuple[str, ...]
    stages: frozenset[str]
    digest: bool
    details: bool
    labels: Mapping[str, str]


@dataclass(slots=True)
class PushChannel:
    """The `push` channel. `secret` finds what a name in the keyring stands for, None where nothing does; it
    may raise WatcherError. `seconds` bounds each send.
    """

    settings: PushSettings
    secret: Callable[[str], str | None]
    seconds: float = SEND_SECONDS
    name: str = NAME
    _busy: dict[str, threading.Thread] = field(default_factory=dict, repr=False)

    def wants(self, pop_up: PopUp) -> bool:
        """Whether it is about a stage that goes there, or is the day's digest."""
        if not pop_up.stages:
            return self.settings.digest
        return bool(self.settings.stages & set(pop_up.stages))

    def deliver(self, pop_up: PopUp) -> Delivery:
        """To every service; delivered where one of them took it. Never raises."""
        told = {self._place(url): self._sent(url, *self._words(pop_up)) for url in self.settings.urls}
        taken = [place for place, why in told.items() if not why]
        refused = [f"{place}: {why}" for place, why in told.items() if why]
        return Delivery(bool(taken), self.name, "; ".join((*taken, *refused)) or "no service is named")

    def _words(self, pop_up: PopUp) -> tuple[str, str]:
        """Title and text."""
        if not pop_up.stages:
            return _harmless(pop_up.title), _harmless(pop_up.text) if self.settings.details else ""
        told = [
            (stage, name)
            for stage, name in zip(pop_up.stages, pop_up.names, strict=True)
            if stage in self.settings.stages
        ]
        counts = Counter(stage for stage, _ in told)
        many = len(told)
        title = f"watcher: {many} customer{'' if many == 1 else 's'} {'waits' if many == 1 else 'wait'}"
        lines = [f"{self.settings.labels[stage]}: {count}" for stage, count in counts.items()]
        if self.settings.details:
            more = [f"and {many - _NAMES} more"] if many > _NAMES else []
            lines += [", ".join((*(_harmless(name) for _, name in told[:_NAMES]), *more))]
        return title, "\n".join(lines)

    # ── send ──

    def _place(self, url: str) -> str:
        """What a service is called where it is told of: its name in the keyring, or its kind."""
        if url.startswith(KEYRING):
            return plain(url.removeprefix(KEYRING), 40)
        return plain(url.partition("://")[0], 20)

    def _sent(self, url: str, title: str, text: str) -> str:
        """Why it was not taken, "" where it was."""
        try:
            import apprise
        except ImportError:
            return f"apprise is not there; {_INSTALL}"
        address = self._address(url)
        if isinstance(address, _Missing):
            return address.why
        service = apprise.Apprise.instantiate(address, asset=_asset(apprise), suppress_exceptions=True)
        if service is None:
            return "apprise knows no such service: look at its address"
        return self._within(
            url, lambda: bool(service.notify(body=text or title, title=title if text else ""))
        )

    def _address(self, url: str) -> str | _Missing:
        if not url.startswith(KEYRING):
            return url
        name = url.removeprefix(KEYRING)
        try:
            found = self.secret(name)
        except Exception as error:  # noqa: BLE001 - a keyring may fail in any way, and a push must not
            return _Missing(f"the keyring does not answer ({type(error).__name__})")
        return found or _Missing(f"nothing is kept; watcher push set {plain(name, 40)}")

    def _within(self, url: str, send: Callable[[], bool]) -> str:
        """Run a send that may hang; what hangs is left behind and dies with the process."""
        before = self._busy.get(url)
        if before is not None and before.is_alive():
            return "the send before still hangs"
        answer: list[bool | str] = []

        def run() -> None:
            try:
                answer.append(send())
            except Exception as error:  # noqa: BLE001 - whatever a service's plug-in raises is no delivery
                answer.append(type(error).__name__)

        worker = threading.Thread(target=run, daemon=True, name="push")
        self._busy[url] = worker
        worker.start()
        worker.join(self.seconds)
        if worker.is_alive():
            return f"no answer in {self.seconds:g} s"
        self._busy.pop(url, None)
        if answer[0] is True:
            return ""
        return (
            f"it failed ({answer[0]})" if isinstance(answer[0], str) else "the service refused it, or is away"
        )


@dataclass(frozen=True, slots=True)
class _Missing:
    why: str


def _asset(apprise: Any) -> Any:
    """No plug-ins from elsewhere, no images, and no secret in its log."""
    return apprise.AppriseAsset(
        app_id="watcher", app_desc="watcher", plugin_paths=[], secure_logging=True, image_url_mask=""
    )


def _harmless(text: str) -> str:
    """A text from a mail that no chat program reads as markup, mention or link."""
    return " ".join(_MARKUP.sub(" ", plain(text, 300)).replace("www.", "").split())


def services(urls: Sequence[str]) -> str:
    """The kinds of services that are named, for `check`: no secret."""
    return ", ".join(
        f"keyring ({plain(one.removeprefix(KEYRING), 40)})"
        if one.startswith(KEYRING)
        else plain(one.partition("://")[0], 20)
        for one in urls
    )
