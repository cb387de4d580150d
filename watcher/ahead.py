"""Ahead of the caller: while it works on what an iterator gave, the next is made on a thread of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, cast

T = TypeVar("T")


def ahead(items: Iterable[T], thread: str, most: int = 1) -> Generator[T, None, None]:
    """The items in their order, `most` of them ahead, whatever the caller takes its time for. What making one
    raises is raised in its place. Close it: that waits for the one that is being made.
    """
    source, nothing = iter(items), object()
    maker = ThreadPoolExecutor(1, thread_name_prefix=thread)
    try:
        coming = deque(maker.submit(next, source, nothing) for _ in range(most))
        while (item := coming.popleft().result()) is not nothing:
            coming.append(maker.submit(next, source, nothing))
            yield cast(T, item)
    finally:
        maker.shutdown(cancel_futures=True)
