"""What reminders ask of a voice: take this pop-up, and say honestly what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from watcher.errors import WatcherError


class Answer(StrEnum):
    """What a person does with a pop-up: a button, or closing it."""

    OPEN = "open"
    SNOOZE = "snooze"
    DONE = "done"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Press:
    """What a person did with the pop-up that answers these rows of the ledger, the top clock's first."""

    rows: tuple[int, ...]
    answer: Answer


@dataclass(frozen=True, slots=True)
class PopUp:
    """What the rep glances at. `urgent` asks the desktop not to let it fade or wait behind other windows.

    `about` names the waits it speaks of: when none of them runs any more, a channel that can takes it back.
    `stages` and `names` are those of the customers it is about, one each; none for a digest.
    `buttons` are those it bears where a channel can, `rows` the rows of the ledger that a press is about.
    """

    title: str
    text: str
    urgent: bool = False
    about: frozenset[str] = frozenset()
    stages: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    buttons: tuple[Answer, ...] = ()
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one pop-up.

    `answer` is what took it ("dunst 1.9.0 (:1.42)"), or why nobody did and how to mend it, in one line.
    `handle` is by what it can be taken back, by a later process too ("" where it cannot). `heard`: what a
    person does with it is told to whoever listens.
    """

    delivered: bool
    channel: str
    answer: str
    handle: str = ""
    heard: bool = False


class NotDelivered(WatcherError):
    """Nobody took the pop-up. Never leaves this room: a channel makes a `Delivery` of it."""


class NotSent(NotDelivered):
    """It did not even leave us: the next rung of the ladder may try without showing it twice."""


class Channel(Protocol):
    """One way to the rep. `name` is the word the config and the ledger use."""

    @property
    def name(self) -> str: ...

    def deliver(self, pop_up: PopUp) -> Delivery:
        """Try once. Never raises for a pop-up that cannot be delivered: the answer says why."""


@runtime_checkable
class Recalling(Protocol):
    """A channel that can take back what nobody has read yet."""

    def recall(self, running: AbstractSet[str]) -> frozenset[str]:
        """Take down every pop-up that is about none of the waits that run; the waits those were about. Never
        raises.
        """


@runtime_checkable
class Choosy(Protocol):
    """A channel that does not want everything."""

    def wants(self, pop_up: PopUp) -> bool:
        """Whether this is for it."""


def asked(channels: Sequence[Channel], pop_up: PopUp) -> list[Channel]:
    """The channels that want a pop-up."""
    return [one for one in channels if not isinstance(one, Choosy) or one.wants(pop_up)]


@runtime_checkable
class Answerable(Protocol):
    """A channel whose pop-ups stand until a person answers them."""

    def listen(self, hear: Callable[[Press], None]) -> None:
        """Tell what people do with pop-ups, from a thread of the channel's own. `hear` must not block."""

    def adopt(self, standing: Mapping[frozenset[str], str]) -> None:
        """What an earlier process left standing: handles, by the waits they are about."""

    def close(self) -> None:
        """End what listens, within a second. Pop-ups stay where they are. Never raises."""


def deliver(pop_up: PopUp, channels: Sequence[Channel], otherwise: Sequence[Channel]) -> tuple[Delivery, ...]:
    """Over all of `channels` that want it; where none of those took it, over `otherwise`, one by one, until
    one does. Nothing where none of the channels wants it, or there are none: that is silence.
    """
    answers = tuple(one.deliver(pop_up) for one in asked(channels, pop_up))
    if not answers or any(one.delivered for one in answers):
        return answers
    return (*answers, *_until_taken(pop_up, asked(otherwise, pop_up)))


def _until_taken(pop_up: PopUp, channels: Sequence[Channel]) -> Iterator[Delivery]:
    for one in channels:
        answer = one.deliver(pop_up)
        yield answer
        if answer.delivered:
            return
