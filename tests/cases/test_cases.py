"""The cases are well-formed, cover every rule and language, and are judged right.

`python -m tests.cases WORDS` runs the ones whose file or name has the words, and tells every difference.
"""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.accuracy.turns import FLOOR, measured
from tests.cases.loading import PLACE, cases
from tests.cases.people import languages

RULES = (
    *(f"2.1.{one}" for one in range(1, 8)),
    "2.2",
    "2.3",
    "2.4",
    *(f"2.4.{one}" for one in range(1, 7)),
    "2.5",
    "2.6",
    "2.7",
    "2.8",
)
LEAST_OF_ALL = 170
LEAST_A_RULE = 3
LEAST_A_LANGUAGE = 4  # a question, a holding reply, a bare thanks, an absence


# Parts, so that two processes can share them; the floor is of each. What is marked is left to `make test` and
# `make accuracy`, for the gate has to be quick: its rules have tables of their own in tests/domain.
_LATER = pytest.mark.accuracy


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(r"2-[1-3]-.*", marks=_LATER),
        pytest.param(r"days-.*", marks=_LATER),
        pytest.param(r"2-4-.*", marks=_LATER),
        pytest.param(r"2-[5-8]-.*", marks=_LATER),
        pytest.param(r"in-.*", marks=_LATER),
    ],
)
def test_the_cases_are_judged_right(files: str) -> None:
    found = measured(one for one in cases() if re.fullmatch(files, one.file))
    wrong = [f"{case.file}: {case.name}\n    " + "\n    ".join(said) for case, said in found.wrong]
    share = found.share
    assert share >= FLOOR, f"{share:.3f} of {len(found.cases)} are right\n" + "\n".join(wrong)


def test_no_file_is_left_out() -> None:
    assert {one.file for one in cases() if not re.fullmatch(r"(2-[1-8]|days|in)-.*", one.file)} == set()


def test_every_name_is_used_once() -> None:
    names = Counter(one.name for one in cases())
    assert [name for name, many in names.items() if many > 1] == []


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_cases(rule: str) -> None:
    assert sum(one.rule == rule for one in cases()) >= LEAST_A_RULE


def test_there_are_enough_and_of_no_other_rule() -> None:
    found = cases()
    assert len(found) >= LEAST_OF_ALL
    assert {one.rule for one in found} == set(RULES)


@pytest.mark.parametrize("language", languages())
def test_every_language_has_cases(language: str) -> None:
    assert sum(one.lang == language for one in cases()) >= LEAST_A_LANGUAGE


def test_nobody_real_is_written_to() -> None:
    """Only reserved names, and the providers and platforms that the rules know."""
    known = {"gmail.com", "qq.com", "163.com", "alibaba.com", "formspree.io", "outlook.com"}
    written = " ".join(file.read_text("utf-8") for file in PLACE.glob("*.toml"))
    hosts = {one.lower() for one in re.findall(r"@([\w.-]+\.\w+)", written)}
    owners = {one if one in known else ".".join(one.split(".")[-2:]) for one in hosts}
    assert {one for one in owners - known if not one.endswith((".test", ".example"))} == set()
