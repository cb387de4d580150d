"""The texts of the stages: all there, in the tone of the method, and no mail can write in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from watcher.domain.reading.text import Text
from watcher.domain.reading.tone import read_tone
from watcher.domain.stages import DEFAULT_POLICIES
from watcher.drafts.texts import names, words_of
from watcher.errors import ConfigError

VALUES = {
    "name": "Anna",
    "company": "Meyer",
    "matter": "PI 2026-031",
    "day": "Tuesday, 17 March",
    "rep": "Wei Chen",
}
ASKS = [f"{policy}-ask-{number}" for policy in DEFAULT_POLICIES for number in (1, 2, 3)]
ALL = [(language, name) for language in ("en", "zh") for name in (*ASKS, "answer")]


def said(text: str, language: str, folder: Path | None = None, **more: str) -> str:
    return "\n\n".join(words_of(text, language, VALUES | more, folder))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_there_is_a_text_for_every_stage_and_number(language: str) -> None:
    assert set(names(language)) == {*ASKS, "answer", "greeting", "closing"}


@pytest.mark.parametrize(("language", "name"), ALL)
def test_each_has_a_day_one_question_and_the_tone_of_the_method(language: str, name: str) -> None:
    text = said(name, language)
    assert text.count("?") + text.count("？") == 1
    assert VALUES["day"] in text
    assert text.endswith("Wei Chen")
    assert read_tone(Text(said=text)) == ()
    assert not {"sorry", "just checking", "bother", "hope", "打扰", "抱歉"} & set(text.casefold().split())
    assert "{" not in text


def test_a_draft_speaks_to_a_person_else_to_the_house() -> None:
    assert said("pi-ask-1", "en").startswith("Dear Anna,\n")
    assert said("pi-ask-1", "en", name="").startswith("Dear Meyer,\n")
    assert said("pi-ask-1", "en", name="", company="").startswith("Dear all,\n")


@pytest.mark.parametrize(
    "evil", ["{{ 7 * 7 }}", "{% for x in range(9) %}x{% endfor %}", "<b>x</b>", "{{ rep.__class__ }}"]
)
def test_what_comes_out_of_mail_is_never_a_template(evil: str) -> None:
    assert evil in said("pi-ask-1", "en", matter=evil)


def test_a_text_of_the_reps_own_stands_in_place_of_ours(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "pi-ask-1.txt").write_text("the slip for {{ matter }}, please: by {{ day }}?", "utf-8")
    assert "the slip for PI 2026-031, please: by Tuesday, 17 March?" in said("pi-ask-1", "en", tmp_path)
    assert said("pi-ask-2", "en", tmp_path) == said("pi-ask-2", "en")


@pytest.mark.parametrize(
    "broken", ["{{ nothing }}", "{% if %}", "{{ rep.__class__.__mro__ }}", "{{ 1 / 0 }}", "{{ rep + 1 }}"]
)
def test_a_broken_text_of_the_reps_own_is_one_line(tmp_path: Path, broken: str) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "pi-ask-1.txt").write_text(broken, "utf-8")
    with pytest.raises(ConfigError, match=r"pi-ask-1\.txt cannot be used") as caught:
        said("pi-ask-1", "en", tmp_path)
    assert "Values there are: name, company, matter, day, rep." in str(caught.value)
