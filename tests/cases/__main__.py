"""`python -m tests.cases [WORDS]`: run the cases whose file or name has the words, and tell what is wrong."""

from __future__ import annotations

import sys

from tests.cases.comparing import complaints
from tests.cases.loading import cases
from tests.cases.running import run_case


def main() -> int:
    """Tell each difference; the exit code says whether there was one."""
    wanted = [
        one for one in cases() if all(word in f"{one.file} {one.name} {one.rule}" for word in sys.argv[1:])
    ]
    wrong = 0
    for case in wanted:
        if found := complaints(case, run_case(case)):
            wrong += 1
            print(f"{case.file}: {case.name} ({case.rule})", *found, sep="\n    ")
    print(f"{len(wanted) - wrong} of {len(wanted)} cases are right.")
    return 1 if wrong else 0


sys.exit(main())
