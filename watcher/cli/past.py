"""`watcher demo --history`: months of selling that are made up, and what their shape says."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from watcher.cli.table import count
from watcher.clock import system_clock
from watcher.errors import UsageError


def show_past(shape: str, seed: int, months: int, keep: Path | None) -> None:
    """Make it, put it into a store, and show its pyramid. Raises UsageError, StoreError."""
    from watcher.cli.pyramid import print_shape
    from watcher.demo.filling import filled
    from watcher.demo.past import made_up
    from watcher.demo.play import demo_clock
    from watcher.shape import shape_of
    from watcher.store.history import deal_histories

    now = demo_clock(system_clock())()
    deals = made_up(shape, seed, months, now)
    letters = sum(len(one.letters) for one in deals)
    long = "a month" if months == 1 else f"{months} months"
    click.echo(
        f"Wei Chen has sold pumps for {long}: {count(len(deals), 'deal')}, {letters:,} mails (seed {seed}).\n"
    )
    with _folder(keep) as folder, filled(folder, deals, now) as app:
        with app.store.reading() as connection:
            found = shape_of(deal_histories(connection, now), now)
        print_shape(found, app.config.labels(), app.config.rep.zone, all_rates=False)
    if keep is not None:
        config = shlex.quote(str(keep / "config.toml"))
        click.echo(
            f"\nIt lies in {keep}: watcher --config {config} plan --week (pyramid, sheet export, status …)"
        )


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """A folder that is gone afterwards, or the one that is kept, which must be empty. Raises UsageError."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="watcher-demo-") as folder:
            yield Path(folder)
        return
    try:
        keep.mkdir(parents=True, exist_ok=True)
        full = any(keep.iterdir())
    except OSError as error:
        raise UsageError(f"{keep} cannot be made: {error.strerror}.") from error
    if full:
        raise UsageError(f"{keep} is not empty.", "Name a new folder.")
    yield keep
