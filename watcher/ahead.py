"""One step ahead: while a caller works on what an iterator gave, the next is made on a thread of its own."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, cast

T = TypeVar("T")


def ahead(items: Iterable[T], thread: str) -> Generator[T, None, None]:
    """The items in their order. One is held ready at most, whatever the caller takes its time for, and what
    making one raises is raised where it would have come. Close it: that waits for the one being made.
    """
    source = iter(items)
    nothing = object()
    with ThreadPoolExecutor(1, thread_name_prefix=thread) as maker:
        coming = maker.submit(next, source, nothing)
        while (item := coming.result()) is not nothing:
            coming = maker.submit(next, source, nothing)
            yield cast(T, item)
