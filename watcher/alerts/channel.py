"""What reminders ask of a voice: take this pop-up, and say honestly what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from watcher.errors import WatcherError


@dataclass(frozen=True, slots=True)
class PopUp:
    """What the rep glances at. `urgent` asks the desktop not to let it fade or wait behind other windows.

    `about` names the waits it speaks of: when none of them runs any more, a channel that can takes it back.
    `stages` and `names` are those of the customers it is about, one each; none for a digest.
    """

    title: str
    text: str
    urgent: bool = False
    about: frozenset[str] = frozenset()
    stages: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one pop-up.

    `answer` is what took it ("dunst 1.9.0 (:1.42)"), or why nobody did and how to mend it, in one line.
    """

    delivered: bool
    channel: str
    answer: str


class NotDelivered(WatcherError):
    """Nobody took the pop-up. Never leaves this room: a channel makes a `Delivery` of it."""


class Channel(Protocol):
    """One way to the rep. `name` is the word the config and the ledger use."""

    @property
    def name(self) -> str: ...

    def deliver(self, pop_up: PopUp) -> Delivery:
        """Try once. Never raises for a pop-up that cannot be delivered: the answer says why."""


@runtime_checkable
class Recalling(Protocol):
    """A channel that can take back what nobody has read yet."""

    def recall(self, running: AbstractSet[str]) -> None:
        """Take down every pop-up that is about none of the waits that run. Never raises."""


@runtime_checkable
class Choosy(Protocol):
    """A channel that does not want everything."""

    def wants(self, pop_up: PopUp) -> bool:
        """Whether this is for it."""


def asked(channels: Sequence[Channel], pop_up: PopUp) -> list[Channel]:
    """The channels that want a pop-up."""
    return [one for one in channels if not isinstance(one, Choosy) or one.wants(pop_up)]
