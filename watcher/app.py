"""The one place where the parts are joined: config, store, mailbox, alerts and the four verbs."""

from __future__ import annotations

import gc
import logging
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from filelock import FileLock, Timeout

from watcher import answers, hindsight
from watcher.alerts.channel import Answer, Answerable, Channel, PopUp, Press
from watcher.alerts.desktop import DesktopChannel
from watcher.alerts.push import PushChannel, PushSettings
from watcher.alerts.terminal import TerminalChannel
from watcher.clock import Clock, frozen_clock, system_clock
from watcher.config import Account, Config
from watcher.domain.blindness import stale_after
from watcher.domain.messages import Role
from watcher.errors import AlreadyRunning, ConfigError, ServerUnreachable, SignInRefused, WatcherError
from watcher.fetching import Another
from watcher.links import TIMEOUTS, Links
from watcher.mailbox.signin import from_keyring
from watcher.opening import open_list, open_thread
from watcher.progress import Progress, Stopped
from watcher.propose import propose
from watcher.remind import RemindReport, begin, remind, tell
from watcher.review import ReviewReport, company_of, judge_as_of, known_by, review, us_of
from watcher.sheets.importing import Imported, Wanted, import_sheet
from watcher.sheets.watching import WatchedSheet
from watcher.store import glance, mail
from watcher.store.contacts import learned_addresses
from watcher.store.engine import Store, open_store
from watcher.store.files import aliases
from watcher.store.glance import Overview, ThreadGlance
from watcher.store.migrate import migrate
from watcher.store.news import news
from watcher.sync import Pass, SyncReport
from watcher.texts import TextPass, TextReport

log = logging.getLogger(__name__)

# The first pass reads what may be automatic; each further one looks behind one more short reply.
_TEXT_PASSES = 6
_GARBAGE = (50_000, 20, 20)  # of gc.set_threshold; Python's own are 700, 10, 10
# A command of the rep's may judge while we do: what it touched is found by then.
_LOOK_EACH = timedelta(hours=1)


@dataclass(slots=True)
class Round:
    """One pass over all accounts: by account what it brought or what went wrong, and who was left alone."""

    reports: dict[str, SyncReport] = field(default_factory=dict)
    failures: dict[str, WatcherError] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()
    texts: dict[str, TextReport] = field(default_factory=dict)
    last_looks: dict[str, TextReport] = field(default_factory=dict)  # at texts, by account
    judged: ReviewReport = field(default_factory=ReviewReport)
    # Accounts that it has just signed in to, and whose server has IDLE.
    tell_by_themselves: set[str] = field(default_factory=set)

    @property
    def errors(self) -> tuple[WatcherError, ...]:
        """What went wrong, in the order of the accounts."""
        return tuple(self.failures.values())

    @property
    def whole(self) -> bool:
        """Whether every watched folder of every account was read."""
        return not self.failures and not self.skipped and all(one.whole for one in self.reports.values())


class App:
    """Watcher, put together. Close it, or use it as a context manager. Time-outs as of `Links`."""

    def __init__(
        self,
        config: Config,
        store: Store,
        clock: Clock,
        channels: Iterable[Channel],
        timeouts: tuple[float, float] = TIMEOUTS,
        otherwise: Iterable[Channel] = (),
    ) -> None:
        self.config = config
        self.store = store
        self.clock = clock
        self.channels = tuple(channels)
        self.otherwise = tuple(otherwise)
        self._took_up = False
        self._stop = threading.Event()
        self._links = Links(self._stop.is_set, timeouts)
        self._broke_on: Counter[int] = Counter()
        # The customers who were judged since all texts were read, None for everybody; and the news then.
        self._unread: frozenset[int] | None = None
        self._news = -1
        self._looked_at = datetime.min.replace(tzinfo=UTC)
        self._sheet = WatchedSheet(config.sheet.watch) if config.sheet.watch else None
        self._read_up_to: dict[str, int] = {}  # by account, the news by which no text was wanted

    def __enter__(self) -> App:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def keep_links(self) -> None:
        """Stay signed in from round to round."""
        self._links.keep_for_good()

    def renew_links(self) -> None:
        """Sign in anew at the next round; from any thread."""
        self._links.renew()

    def close(self) -> None:
        """End what listens, every link, and close the store."""
        self._links.close()
        for channel in self._answerable():
            channel.close()
        self.store.close()

    def stop(self) -> None:
        """Ask whatever runs to end soon; may be called from another thread or a signal handler."""
        self._stop.set()
        self._links.abort()

    @property
    def stopping(self) -> bool:
        """Whether somebody asked to end."""
        return self._stop.is_set()

    # ── the verbs ──

    def round(
        self,
        progress: Callable[[Progress], None] = lambda _: None,
        leave_alone: Callable[[str], bool] = lambda _: False,
        *,
        to_the_end: bool = False,
    ) -> Round:
        """Read every account and judge; then read the texts that a verdict hangs on, and judge those again.

        After a long absence texts are left for the next rounds, unless it is to go `to_the_end`.
        Raises StoreError, and Stopped when asked to end.
        """
        with self._links.kept():
            self._note_others()
            done = self.sync(progress, leave_alone)
            if any(one.found_again for one in done.reports.values()):
                self._unread = None  # a text that lay nowhere may lie there
            done.judged = self._review()
            passes = 0
            while (to_the_end or passes < _TEXT_PASSES) and self._read_texts(done, progress):
                passes += 1  # a short reply that was read asks for the mail before it
                done.judged += self._review()
        if done.judged.threads:
            self._propose()
        if done.whole and all(one.nothing_wanted for one in done.last_looks.values()):
            self._unread = frozenset()
        self._note_ours()
        return done

    def _propose(self) -> None:
        """What new mail shows of stages; where the config says so, deals move by it and are judged again."""
        if propose(self.store, self.config, self.clock(), self._unread).moved:
            self.review()

    def _note_ours(self) -> None:
        """What was kept up to now is known to us."""
        with self.store.reading() as connection:
            self._news = news(connection)

    def _note_others(self) -> None:
        """Where another process has judged meanwhile (a command of the rep's), and once an hour in any case,
        the texts of everybody's threads are looked for.
        """
        with self.store.reading() as connection:
            seen = news(connection)
        now = self.clock()
        if seen != self._news or not timedelta() <= now - self._looked_at < _LOOK_EACH:
            self._unread, self._looked_at = None, now

    def _read_texts(self, done: Round, progress: Callable[[Progress], None]) -> int:
        """The texts of the accounts that were read. Returns how many there were."""
        read = 0
        for account in self.config.accounts:
            if account.name not in done.reports or account.name in done.failures:
                continue
            with self.store.reading() as connection:
                seen = news(connection)
            if self._read_up_to.get(account.name) == seen:
                continue
            try:
                with self._links.to(account) as session:
                    one = TextPass(
                        store=self.store,
                        session=session,
                        account=account.name,
                        clock=self.clock,
                        company_of=company_of,
                        progress=progress,
                        stopping=self._stop.is_set,
                        broke_on=self._broke_on,
                        customers=self._unread,
                    ).run()
            except (ServerUnreachable, SignInRefused, ConfigError) as error:
                if self.stopping:
                    raise Stopped from error
                log.warning("texts of account %s were not read: exit code %d", account.name, error.exit_code)
                done.failures[account.name] = error
                continue
            if one.read:
                log.info("%d texts read", one.read)
            done.last_looks[account.name] = one
            done.texts[account.name] = done.texts.get(account.name, TextReport()) + one
            read += one.read
            if one.nothing_wanted:
                self._read_up_to[account.name] = seen
        return read

    def sync(
        self,
        progress: Callable[[Progress], None] = lambda _: None,
        leave_alone: Callable[[str], bool] = lambda _: False,
    ) -> Round:
        """Read every account once, those aside whose name says `leave_alone`. An account that fails is noted
        and the others are read all the same.

        Raises StoreError, and Stopped when asked to end.
        """
        with self.store.writing() as connection:
            mail.forget_accounts(connection, keep=[one.name for one in self.config.accounts])
        done = Round(skipped=tuple(one.name for one in self.config.accounts if leave_alone(one.name)))
        for account in self.config.accounts:
            if account.name in done.skipped:
                continue
            try:
                done.reports[account.name] = self._read(account, progress, done)
            except (ServerUnreachable, SignInRefused, ConfigError) as error:
                if self.stopping:
                    raise Stopped from error
                done.failures[account.name] = error
                self._note_failure(account, error)
        self.note_end_of(done)
        return done

    def _note_failure(self, account: Account, error: WatcherError) -> None:
        """Its folders say so; one that never showed its folders has an INBOX (RFC 3501 5.1) that does."""
        log.warning("account %s was not read: exit code %d", account.name, error.exit_code)
        with self.store.writing() as connection:
            if not mail.folders(connection, account.name):
                number = mail.account_id(connection, account.name)
                mail.keep_folder(connection, number, "INBOX", Role.INBOX, "")
            mail.account_failed(connection, account.name, error.message, self.clock())

    def note_waiting(self, account: str, error: SignInRefused) -> None:
        """An account that is not tried again before a person did something: `status` says so."""
        log.warning("account %s waits for a person: watcher init --password", account)
        why = f"{error.message.rstrip('.')}; it is not tried again before: watcher init --password"
        with self.store.writing() as connection:
            mail.account_failed(connection, account, why, self.clock())

    def tell(self, pop_up: PopUp) -> bool:
        """Show what is no reminder. False where it has to wait until the rep listens, or nobody took it."""
        return tell(self.store, self.config, self.channels, pop_up, self.clock(), self.otherwise)

    def note_end_of(self, done: Round) -> None:
        """Reminders may speak again once a whole round read nothing anew. Raises StoreError."""
        if done.whole and not any(one.read_again for one in done.reports.values()):
            with self.store.writing() as connection:
                mail.end_reading_again(connection)

    def _read(self, account: Account, progress: Callable[[Progress], None], done: Round) -> SyncReport:
        """Over two links where the server allows. Where it ends the first for the second, over one."""
        another = self._links.another(account)
        try:
            return self._pass(account, progress, done, another)
        except ServerUnreachable:
            if self.stopping or another is None or self._links.another(account) is not None:
                raise
        return self._pass(account, progress, done, None)

    def _pass(
        self, account: Account, progress: Callable[[Progress], None], done: Round, another: Another | None
    ) -> SyncReport:
        with self._links.to(account) as session:
            if session.has_idle and account.name in self._links.fresh:
                done.tell_by_themselves.add(account.name)
            return Pass(
                store=self.store,
                session=session,
                account=account.name,
                clock=self.clock,
                since_days=self.config.sync.since_days,
                company_of=company_of,
                progress=progress,
                stopping=self._stop.is_set,
                another=another,
            ).run()

    def review(self) -> ReviewReport:
        """Judge what has changed. The first whole one sets the baseline. Raises StoreError."""
        self._note_others()
        return self._review()

    def _review(self) -> ReviewReport:
        now = self.clock()
        report = review(self.store, self.config, now)
        begin(self.store, self.config, now)
        if report.customers is None:
            self._unread = None
        elif self._unread is not None:
            self._unread |= report.customers
        self._note_ours()
        return report

    def import_sheet(self, path: Path, wanted: Wanted) -> Imported:
        """Read a sheet of leads and judge what it changes. Raises UsageError, StoreError."""
        with self.store.reading() as connection:
            us = us_of(self.config, learned_addresses(connection))
            key_of = known_by(us, aliases(connection))
        done = import_sheet(self.store, self.config, path, key_of, self.clock(), wanted)
        if not wanted.dry_run and (done.merged.changes or done.merged.new):
            self.review()
        return done

    def look_at_sheet(self) -> None:
        """Take over what the watched sheet says, where the config names one and it was saved since."""
        if self._sheet is not None:
            self._sheet.look(self.store, lambda path: self.import_sheet(path, Wanted()))

    def remind(self) -> RemindReport:
        """Plan reminders and show what is due. Raises StoreError."""
        now = self.clock()
        if not self._took_up:
            answers.take_up(self.store, self._answerable(), now)
            self._took_up = True
        return remind(self.store, self.config, self.channels, now, self._stop.is_set, self.otherwise)

    def listen(self, hear: Callable[[Press], None]) -> None:
        """From now on pop-ups bear buttons, and `hear` is told of what people do with them, from a thread of
        the channel's: it must not block.
        """
        for channel in self._answerable():
            channel.listen(hear)

    def _answerable(self) -> list[Answerable]:
        return [one for one in (*self.channels, *self.otherwise) if isinstance(one, Answerable)]

    def answer(self, press: Press) -> None:
        """Do what a person asked for with a pop-up. Raises StoreError."""
        if press.answer is not Answer.OPEN:
            self.review()
        done = answers.answer(self.store, self.config, press, self.clock())
        if done.said:
            self.review()
        if done.opens and not self._opened(done.thread):
            log.warning("nothing opens a thread here: watcher open N --print")

    def _opened(self, thread: int | None) -> bool:
        return open_list(self.config) if thread is None else open_thread(self.store, self.config, thread)


def threads_as_of(app: App, moment: datetime) -> list[ThreadGlance]:
    """Every thread as it was judged at `moment`; what came after is ignored. Raises StoreError."""
    with app.store.reading() as connection:
        judgement = judge_as_of(connection, app.config, moment)
    return hindsight.threads(judgement, glance.places(app.store.path))


def overview_as_of(app: App, moment: datetime) -> Overview:
    """The clocks that ran at `moment`, and how many customers there were. Raises StoreError."""
    with app.store.reading() as connection:
        judgement = judge_as_of(connection, app.config, moment)
    clocks = hindsight.clocks(judgement, glance.places(app.store.path), moment)
    stored = glance.overview(app.store.path, moment, stale_after(app.config.sync.poll_seconds))
    customers, unsorted = hindsight.counts(judgement, moment)
    return replace(stored, clocks=tuple(clocks), customers=customers, unsorted=unsorted, quiet_until=None)


def open_app(config: Config, clock: Clock = system_clock) -> App:
    """Open the store, bring it up to date, and put the parts together. Raises StoreError."""
    # What is loaded by now stays to the end, and a pass makes many values and few circles: looking for
    # garbage as often as Python does by itself takes a fifth of a first sync.
    gc.freeze()
    gc.set_threshold(*_GARBAGE)
    store = open_store(config.database_path())
    # A backup is named by the real time, whatever moment is judged.
    migrate(store, system_clock(), config.store.backups)
    return App(config, store, clock, channels_of(config), otherwise=otherwise_of(config))


def otherwise_of(config: Config) -> list[Channel]:
    """The ways to the rep where no channel takes a pop-up. A terminal that nobody sits at is none."""
    wanted = [one for one in config.alerts.otherwise if one not in config.alerts.channels]
    heard = sys.stdout is not None and sys.stdout.isatty()
    return _channels(config, [one for one in wanted if one != "terminal" or heard])


def channels_of(config: Config) -> list[Channel]:
    """The ways to the rep that the config names, in its order: all of them are used."""
    return _channels(config, config.alerts.channels)


def _channels(config: Config, names: Iterable[str]) -> list[Channel]:
    known: dict[str, Callable[[], Channel]] = {
        "desktop": DesktopChannel,
        "terminal": lambda: TerminalChannel(sys.stdout),
        "push": lambda: push_channel(config),
    }
    return [known[name]() for name in names]


def push_channel(config: Config) -> PushChannel:
    """The way to the services that the config names."""
    push = config.push
    settings = PushSettings(push.urls, frozenset(push.stages), push.digest, push.details, config.labels())
    return PushChannel(settings, lambda name: from_keyring(name, "push"))


@contextmanager
def alone(store: Path) -> Iterator[None]:
    """Hold the lock of a store: one watcher syncs at a time. Raises AlreadyRunning, naming who does."""
    note = store.with_name(f"{store.name}.pid")
    store.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(store.with_name(f"{store.name}.lock"), mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise AlreadyRunning(
            f"watcher is already running{_holder(note)}.", "watcher service status"
        ) from error
    try:
        note.write_text(f"{os.getpid()}\n")
        note.chmod(0o600)
        yield
    finally:
        with suppress(OSError):
            note.unlink()
        lock.release()


def _holder(note: Path) -> str:
    try:
        number = note.read_text("utf-8").strip()
    except OSError:
        return ""
    return f" (process {number})" if number.isdigit() else ""


def as_of(moment: datetime | None) -> Clock:
    """The clock to judge by: the system's, or one that stands still at `moment`."""
    return system_clock if moment is None else frozen_clock(moment)
