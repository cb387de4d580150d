"""One seed: what befalls two rounds over a network that harms them, and what is known after a clean third.

Harm is drawn by lot, half of it anywhere in what goes over the link, half of it in an exchange drawn by lot,
so that a short answer (the sign-in, the opening of a folder) is hit as often as a long one. What TCP never
does to a stream (octets changed, lost or doubled) is done to TLS alone: in clear no reader could tell a
changed letter of a header from the real one, so there is nothing to be promised.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from tests.chaos.office import Office
from tests.servers.harmful import Harm, HarmfulProxy, Kind, Talk
from tests.state import state
from tests.sync.desk import Recorder
from watcher.alerts.channel import PopUp
from watcher.app import App
from watcher.errors import ServerUnreachable

IN_CLEAR: tuple[Kind, ...] = ("cut", "end", "stall", "delay", "split")
OVER_TLS: tuple[Kind, ...] = (*IN_CLEAR, "flip", "flip", "lose", "repeat")
HARMLESS: tuple[Kind, ...] = ("delay", "split")
# Two rounds are harmed: a third break at the same text would be taken for the text's fault (watcher.texts).
# A round waits for one answer at most, then it ends the link; the rest is its work.
LONGEST_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Truth:
    """What an undisturbed round knows and shows, and what went over its links; and over that of the next."""

    state: dict[str, Any]
    shown: tuple[PopUp, ...]
    talks: tuple[Talk, ...]
    quiet: tuple[Talk, ...]


@dataclass(slots=True)
class Outcome:
    """What one seed did: `faults` are promises that were broken, in words; empty where all were kept."""

    seed: int
    start: str = ""
    tls: bool = False
    harms: Counter[str] = field(default_factory=Counter)  # those that were reached
    rounds: int = 0
    broke: int = 0
    longest: float = 0.0
    faults: list[str] = field(default_factory=list)


class Soak:
    """All seeds over one office."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._truths: dict[tuple[bool, bool], Truth] = {}

    def run(self, seed: int) -> Outcome:
        """Two rounds that are harmed and reminders after each, then an undisturbed one."""
        lot = Random(seed)
        first, tls = lot.random() < 0.6, lot.random() < 0.5
        truth = self._truth(first=first, tls=tls)
        harms = _drawn(lot, truth, OVER_TLS if tls else IN_CLEAR)
        outcome = Outcome(seed, "a later day" if first else "a first sync", tls)
        store = self._office.store("harmed", first=first)
        channel = Recorder()
        with (
            HarmfulProxy(self._port(tls=tls)) as proxy,
            self._office.app(store, proxy.port, tls=tls, channel=channel) as app,
        ):
            for harm, link in harms:
                proxy.harm_next(harm, after=link)
                self._harmed(app, proxy, harm, outcome)
                self._compare_shown(channel, truth, outcome)
            proxy.harm_next(None)
            if not app.round().whole:
                outcome.faults.append("the undisturbed round is not whole")
            app.remind()
        self._compare_shown(channel, truth, outcome)
        if missing := Counter(truth.shown) - _shown(channel):
            outcome.faults.append(f"never shown: {', '.join(one.title for one in missing)}")
        found = _known(store)
        different = [name for name, rows in truth.state.items() if rows != found[name]]
        if different:
            outcome.faults.append(f"differs after the undisturbed round: {', '.join(different)}")
        return outcome

    def _port(self, *, tls: bool) -> int:
        return self._office.server.tls_port if tls else self._office.server.port

    def _truth(self, *, first: bool, tls: bool) -> Truth:
        if (first, tls) not in self._truths:
            store, channel = self._office.store("undisturbed", first=first), Recorder()
            with (
                HarmfulProxy(self._port(tls=tls)) as proxy,
                self._office.app(store, proxy.port, tls=tls, channel=channel) as app,
            ):
                assert app.round().whole
                talks = len(proxy.talks)
                app.remind()
                assert app.round().whole
            shown = tuple(_shown(channel).elements())
            found = tuple(proxy.talks[:talks]), tuple(proxy.talks[talks:])
            self._truths[first, tls] = Truth(_known(store), shown, *found)
        return self._truths[first, tls]

    def _harmed(self, app: App, proxy: HarmfulProxy, harm: Harm, outcome: Outcome) -> None:
        before, begun = len(proxy.talks), time.monotonic()
        done = app.round()
        took = time.monotonic() - begun
        app.remind()
        reached = any(talk.harmed for talk in proxy.talks[before:])
        outcome.rounds += 1
        outcome.broke += not done.whole
        outcome.longest = max(outcome.longest, took)
        if reached:
            outcome.harms[harm.kind] += 1
        if took > LONGEST_SECONDS:
            outcome.faults.append(f"{harm} held a round for {took:.1f} s")
        if not done.whole and (not reached or harm.kind in HARMLESS):
            outcome.faults.append(f"{harm} broke a round")
        outcome.faults += [
            f"{harm} was taken for {type(error).__name__}"
            for error in done.errors
            if not isinstance(error, ServerUnreachable)
        ]

    def _compare_shown(self, channel: Recorder, truth: Truth, outcome: Outcome) -> None:
        if wrong := _shown(channel) - Counter(truth.shown):
            outcome.faults.append(f"shown on half knowledge, or twice: {[one.title for one in wrong]}")


def _shown(channel: Recorder) -> Counter[PopUp]:
    """What popped up, without the numbers of its rows: those depend on what was planned first."""
    return Counter(replace(one, rows=()) for one in channel.shown)


def _known(store: Path) -> dict[str, Any]:
    """Without the reminders that were taken back before any channel saw them: half knowledge may plan what
    a whole one takes back, and it stays on record.
    """
    found = state(store)
    kept = [one for one in found["reminders"] if one.state != "withdrawn" or one.channel]
    return {**found, "reminders": kept}


def _drawn(lot: Random, truth: Truth, kinds: Sequence[Kind]) -> Iterator[tuple[Harm, int]]:
    """One for each round, and which of its links suffers it. What does no harm lets the first read all there
    is, and little is left to say.
    """
    talks = truth.talks
    for _ in range(2):
        link = lot.randrange(len(talks))
        harm = draw(lot, talks[link], kinds)
        yield harm, link
        talks = truth.quiet if harm.kind in HARMLESS else truth.talks


def draw(lot: Random, talk: Talk, kinds: Sequence[Kind]) -> Harm:
    """One harm, somewhere in a conversation like `talk`."""
    kind, upward = lot.choice(kinds), lot.random() < 0.3
    stream = talk.up if upward else talk.down
    at = lot.randrange(stream.octets)
    if lot.random() < 0.5:
        bounds = [*stream.turns, stream.octets]
        turn = lot.randrange(len(bounds) - 1)
        at = lot.randrange(bounds[turn], max(bounds[turn] + 1, bounds[turn + 1]))
    size = lot.randrange(1, 2_000) if kind == "split" else lot.randrange(1, 5)
    return Harm(kind, upward, at, size, lot.randrange(1, 8), lot.uniform(0.02, 0.3))
