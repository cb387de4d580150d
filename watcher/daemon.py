"""The loop: poll, review, remind, heartbeat; one instance; ends when asked to.

APScheduler drops late runs and waits on a clock that stops during suspend unless it is told otherwise: each
job is coalesced, never overlaps itself and has no grace time, and the heartbeat compares the wall
clock with the monotonic one, so that a resume is noticed and read at once. New mail is read when a listener
tells of it (watcher.idle), whatever the period of the poll.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from types import FrameType

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from watcher import notify
from watcher.alerts.channel import PopUp, Press
from watcher.alerts.wording import sign_in_refused
from watcher.app import App, Round, alone
from watcher.clock import monotonic_seconds, system_clock
from watcher.errors import StoreError, WatcherError
from watcher.idle import Listener
from watcher.links import stamp_of
from watcher.progress import Progress, Stopped
from watcher.refusals import Refusals

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 30
REVIEW_SECONDS = 60
REMIND_SECONDS = 60
SHEET_SECONDS = 20
# We are gone within five seconds of SIGTERM, whoever hangs.
_STOP_WITHIN_SECONDS = 3.0
# How long a signal may go unnoticed in the one moment when it does not wake the main thread.
_LOOK_UP_SECONDS = 0.5
# The wall clock may run ahead of the monotonic one by this much before we believe the machine slept.
_SLEPT = timedelta(seconds=90)
_PROGRESS_EACH = 5000  # messages


class Daemon:
    """The running watcher. `after_round` is called when a poll was judged and reminded of.

    Jobs run by the machine's clock, whatever moment the app judges by.
    """

    def __init__(self, app: App, after_round: Callable[[], None] = lambda: None) -> None:
        self._app = app
        self._after_round = after_round
        self._ended = threading.Event()
        self._failure: WatcherError | None = None
        self._refusals = Refusals()
        self._untold: dict[str, PopUp] = {}  # by account
        self._beat = (system_clock(), monotonic_seconds())
        self._listener = Listener(app.config.accounts, self._poll_now, self._sign_in_now)
        self.scheduler = BackgroundScheduler(
            timezone="UTC",
            # Who presses a button does not wait for a poll: a thread of its own.
            executors={name: ThreadPoolExecutor(1) for name in ("work", "pulse", "answers")},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._add_jobs()

    def run(self) -> None:
        """Run until SIGTERM, SIGINT or `stop`. Raises AlreadyRunning, StoreError."""
        # It would print a failed job's error, whose words may quote a mail; `_on_event` tells the place.
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
        with alone(self._app.store.path):
            self._handle_signals()
            self._app.keep_links()
            self._app.listen(self._pressed)
            self.scheduler.start()
            self._listener.start()
            notify.ready("watching")
            # A signal that comes just before the lock is waited for runs no handler until somebody wakes us.
            while not self._ended.wait(_LOOK_UP_SECONDS):
                pass
            notify.stopping("ending")
            self._end()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Ask to end; may be called from any thread and from a signal handler."""
        self._app.stop()
        self._listener.stop()
        self._ended.set()

    def _handle_signals(self) -> None:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, self._on_signal)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        # The handler runs in the main thread, maybe while that thread holds the very lock that setting the
        # event needs (threading.Event is not reentrant): another thread sets it.
        threading.Thread(target=self.stop, daemon=True).start()

    def _add_jobs(self) -> None:
        poll = self._app.config.sync.poll_seconds
        # One more may wait behind the one that runs, which may have passed the folder that has news by now.
        self._every(poll, self._poll, "poll", "work", at_once=2)
        self._every(REVIEW_SECONDS, self._review, "review", "work", wait=True)
        self._every(REMIND_SECONDS, self._remind, "remind", "work", wait=True)
        if self._app.config.sheet.watch is not None:
            self._every(SHEET_SECONDS, self._look_at_sheet, "sheet", "work", wait=True)
        self._every(self._heartbeat_seconds(), self._heartbeat, "heartbeat", "pulse")
        self.scheduler.add_listener(
            self._on_event, EVENT_JOB_MISSED | EVENT_JOB_ERROR | EVENT_JOB_MAX_INSTANCES
        )

    def _every(
        self,
        seconds: float,
        job: Callable[[], None],
        name: str,
        executor: str,
        *,
        wait: bool = False,
        at_once: int = 1,
    ) -> None:
        """A job each so many seconds, the first run at once, or where it `wait`s after one period. Runs that
        are due while `at_once` of them run or wait are left out.
        """
        extra = {} if wait else {"next_run_time": system_clock()}
        self.scheduler.add_job(
            job, "interval", seconds=seconds, id=name, executor=executor, max_instances=at_once, **extra
        )

    def _heartbeat_seconds(self) -> float:
        limit = notify.watchdog_seconds()
        return min(HEARTBEAT_SECONDS, limit / 3) if limit else HEARTBEAT_SECONDS

    def _end(self) -> None:
        """Nothing is ever half done: every step is one transaction. So whoever hangs may be left behind."""
        worker = threading.Thread(target=self.scheduler.shutdown, kwargs={"wait": True}, daemon=True)
        worker.start()
        worker.join(_STOP_WITHIN_SECONDS)
        if worker.is_alive():
            log.warning("a job did not end in time")
            os._exit(0 if self._failure is None else self._failure.exit_code)

    # ── jobs ──

    def _poll(self) -> None:
        try:
            done = self._app.round(told_now_and_then(), self._left_alone)
        except Stopped:
            return
        self._note_refusals(done)
        self._listener.let_in(done.tell_by_themselves)
        self._remind()
        # Said last: whoever hears it finds what was read judged and kept.
        notify.status("all folders read" if done.whole else "some folders could not be read: watcher status")
        self._after_round()

    def _poll_now(self) -> None:
        """From any thread. The next poll is one period later."""
        with suppress(JobLookupError):  # we are ending
            self.scheduler.modify_job("poll", next_run_time=system_clock())

    def _sign_in_now(self) -> None:
        """The same, over links that are made anew: one that listened is lost, and may not have been alone."""
        self._app.renew_links()
        self._poll_now()

    def _left_alone(self, account: str) -> bool:
        known = next(one for one in self._app.config.accounts if one.name == account)
        return self._refusals.leave_alone(account, self._app.clock(), lambda: stamp_of(known, self._stopping))

    def _stopping(self) -> bool:
        return self._app.stopping

    def _note_refusals(self, done: Round) -> None:
        for account in done.reports:
            self._untold.pop(account, None)
        waiting = self._refusals.note(done.reports, done.failures, self._app.clock())
        for account, error in waiting.items():
            self._app.note_waiting(account, error)
            self._untold[account] = sign_in_refused(account, error.message)

    def _pressed(self, press: Press) -> None:
        """From the thread that heard of it."""
        self.scheduler.add_job(self._app.answer, args=[press], executor="answers")

    def _review(self) -> None:
        if not self._app.stopping:
            self._app.review()

    def _look_at_sheet(self) -> None:
        if not self._app.stopping:
            self._app.look_at_sheet()

    def _remind(self) -> None:
        """By what is known now: a pass that broke off may have kept the very answer that was waited for."""
        self._review()
        if not self._app.stopping:
            self._app.remind()
            self._untold = {name: one for name, one in self._untold.items() if not self._app.tell(one)}

    def _heartbeat(self) -> None:
        notify.alive()
        before, self._beat = self._beat, (system_clock(), monotonic_seconds())
        if slept(before, self._beat):
            log.info("the machine slept: reading now")
            self._listener.renew()
            self._app.renew_links()
            self._poll_now()

    def _on_event(self, event: JobEvent) -> None:
        error = getattr(event, "exception", None)
        if error is None:
            log.debug("job %s was late or still running", event.job_id)
            return
        if isinstance(error, StoreError):
            self._give_up(error)
            return
        # The place, not the words.
        where = "".join(traceback.format_tb(error.__traceback__))
        log.error("job %s failed: %s\n%s", event.job_id, type(error).__name__, where)

    def _give_up(self, error: WatcherError) -> None:
        self._failure = error
        self.stop()


def slept(before: tuple[datetime, float], now: tuple[datetime, float]) -> bool:
    """Whether the machine slept between two readings of the wall clock and of the monotonic one (seconds),
    which stops meanwhile.
    """
    passed, ran = now[0] - before[0], timedelta(seconds=now[1] - before[1])
    return passed - ran > _SLEPT


def told_now_and_then() -> Callable[[Progress], None]:
    """A log line for each so many messages of a long sync. Folders are not named: they may be people."""
    told: dict[str, int] = {}

    def tell(progress: Progress) -> None:
        if progress.done - told.get(progress.folder, 0) >= _PROGRESS_EACH:
            told[progress.folder] = progress.done
            log.info("reading: %d of %d messages of a folder", progress.done, progress.total)

    return tell
