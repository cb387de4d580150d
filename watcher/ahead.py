"""Ahead of the caller: while it works on what an iterator gave, the next is made on a thread of its own."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, cast

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
