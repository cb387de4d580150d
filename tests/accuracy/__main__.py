"""`python -m tests.accuracy [UNPACKED]`: print every figure, write docs/accuracy.md, fail under a floor.

UNPACKED names a folder with the corpora unpacked; without it they are unpacked for the run, where they lie
beside the checkout (tests/corpora.py). What is absent is said, and then the page stays as it was. Kinds and
threads are measured of any other set there too that has a file of truth in the same form: LABELS.tsv,
truth.tsv, THREADS.tsv or TRUTH_threads.tsv.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from tests import corpora
from tests.accuracy.figures import Figure

# Each has `measure(corpora: Path | None) -> list[Figure]`; all but the first need the corpora.
MEASURES = ("turns", "kinds", "replies", "quotes", "evidence", "threads", "safety")
SETS = ("mailbox-rsiggeo", "auto", "bounces", "ham", "list", "parser", "threads-imaptest")
_PAGE = Path(__file__).resolve().parents[2] / "docs" / "accuracy.md"
_HEAD = """\
# How right the judgement is

Written by `make accuracy`; do not edit. It measures the rules on small threads of our own
(`tests/cases/turns`) and on real mail that nobody here wrote, kept outside the project. A figure under its
floor fails the command. What stands in quotation marks is a simple tool to compare with
(`tests/accuracy/baselines.py`): it has no floor.
"""


def main(arguments: list[str]) -> int:
    """Measure, tell, write; 1 where a figure is under its floor."""
    logging.getLogger("watcher").addHandler(logging.NullHandler())
    with _unpacked(arguments) as place:
        figures = _by_set(_measured(place))
        absent = [one for one in SETS if place is None or not (place / one).is_dir()]
    print(_table(figures), end="")
    if absent:
        print(f"Absent, and not measured: {', '.join(absent)}. So docs/accuracy.md stays as it was.")
    else:
        _PAGE.write_text(_page(figures), "utf-8")
    failed = [one for one in figures if not one.kept]
    for one in failed:
        print(f"Under its floor: {one.set}, {one.name}: {one.share:.2%}, not {one.floor:.2%}.")
    return 1 if failed else 0


@contextmanager
def _unpacked(arguments: list[str]) -> Iterator[Path | None]:
    if arguments:
        yield Path(arguments[0])
    elif not (corpora.place() / "unpack").exists():
        yield None
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield corpora.unpack(Path(folder))


def _measured(place: Path | None) -> Iterator[Figure]:
    for name in MEASURES:
        module = f"tests.accuracy.{name}"
        if find_spec(module) is None:
            print(f"{module} is not there: nothing measured.", file=sys.stderr)
        elif place is not None or name == MEASURES[0]:
            yield from import_module(module).measure(place)


def _by_set(figures: Iterable[Figure]) -> list[Figure]:
    """A set's figures together, whoever measured them; the sets in the order of their first figure."""
    sets: dict[str, list[Figure]] = {}
    for one in figures:
        sets.setdefault(one.set, []).append(one)
    return [one for each in sets.values() for one in each]


def _rows(figures: Iterable[Figure]) -> list[tuple[str, ...]]:
    head = ("set", "figure", "right", "of", "share", "floor", "", "note")
    return [head, *(_row(one) for one in figures)]


def _row(one: Figure) -> tuple[str, ...]:
    floor = "" if one.floor is None else f"{one.floor:.1%}"
    kept = "" if one.floor is None else "ok" if one.kept else "UNDER"
    return (one.set, one.name, str(one.right), str(one.of), f"{one.share:.2%}", floor, kept, one.note)


def _table(figures: Iterable[Figure]) -> str:
    """For a terminal: columns, a set a block."""
    rows = [row[:-1] for row in _rows(figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for before, row in zip([rows[0], *rows], rows, strict=False):
        if row[0] != before[0]:
            lines.append("")
        cells = (
            cell.rjust(width) if 2 <= n <= 5 else cell.ljust(width) for n, (cell, width) in _wide(row, widths)
        )
        lines.append("  ".join(cells).rstrip())
    return "\n".join((*lines, ""))


def _wide(row: tuple[str, ...], widths: list[int]) -> Iterable[tuple[int, tuple[str, int]]]:
    return enumerate(zip(row, widths, strict=True))


def _page(figures: Iterable[Figure]) -> str:
    """The same as a page."""
    rows = _rows(figures)
    lines = [_HEAD]
    for name in dict.fromkeys(row[0] for row in rows[1:]):
        lines += [
            f"## {name}",
            "",
            "| figure | right | of | share | floor | | |",
            "|---|---|---|---|---|---|---|",
        ]
        lines += [f"| {' | '.join(row[1:])} |" for row in rows[1:] if row[0] == name]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
