"""Ahead of the caller: while it works on what an iterator gave, the next is made on a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar, cast

from watcher.errors import ServerUnreachable

T = TypeVar("T")


def ahead(items: Iterable[T], thread: str) -> Generator[T, None, None]:
    """The items in their order, one of them ahead, whatever the caller takes its time for. What making one
    raises is raised in its place. Close it: that waits for the one that is being made.
    """
    source, nothing = iter(items), object()
    with ThreadPoolExecutor(1, thread_name_prefix=thread) as maker:
        coming = maker.submit(next, source, nothing)
        while (item := coming.result()) is not nothing:
            coming = maker.submit(next, source, nothing)
            yield cast(T, item)


@contextmanager
def cut_short(*aborts: Callable[[], None]) -> Iterator[None]:
    """Whoever is thrown out of the block (Ctrl-C, a full disk) waits for no server: the `aborts` end the
    links that something is being fetched over. Where a server failed they stay: a link may outlive that.
    """
    try:
        yield
    except ServerUnreachable:
        raise
    except BaseException:
        for abort in aborts:
            abort()
        raise
