"""`python -m bench [PART ...]`: measure and tell; all parts at full scale write docs/benchmarks.md."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from bench.page import written
from bench.parts import PARTS, Bench

_PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"


def main(arguments: list[str]) -> int:
    """Run the parts. The page is written when all of them ran at full scale."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="default: all of them")
    parser.add_argument("--scale", type=float, default=1.0, help="1: what the goals are about")
    parser.add_argument("--times", type=int, default=3, help="how often each thing is measured")
    said = parser.parse_args(arguments)
    wanted = said.parts or list(PARTS)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="watcher-bench-") as folder:
        bench = Bench(Path(folder), said.scale, said.times)
        for part in wanted:
            known = len(bench.figures)
            getattr(bench, part)()
            for one in bench.figures[known:]:
                mark = "met   " if one.met else "MISSED"
                print(
                    f"{mark} {one.name}: {one.ratio:.2f} {one.unit} (at most {one.most:g}); {one.told}",
                    flush=True,
                )
    minutes = (time.perf_counter() - began) / 60
    print(f"{minutes:.1f} minutes")
    if set(wanted) == set(PARTS) and said.scale == 1:
        _PAGE.write_text(written(bench.figures, said.times, minutes), "utf-8")
        print(f"{_PAGE} is written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
