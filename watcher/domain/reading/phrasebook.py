"""The phrases of replies.toml: of every language at once, for people mix them."""

from __future__ import annotations

from functools import cache

from watcher.domain.data import table
from watcher.domain.reading.folded import UNSPACED, Phrases, Promises, folded

_WILL = "{will} "


@cache
def group(name: str) -> Phrases:
    """The phrases of one group; "{will} check" stands for each of the language's ways to promise."""
    languages = table("replies").values()
    said = (one for language in languages for one in language[name] if not one.startswith(_WILL))
    return Phrases(said, (_promises(language, name) for language in languages))


def _promises(language: dict[str, list[str]], name: str) -> Promises:
    what = [one.removeprefix(_WILL) for one in language[name] if one.startswith(_WILL)]
    return Promises(language["will"], language["between"], what)


@cache
def empty_words() -> frozenset[str]:
    """Words that say nothing beside a phrase, in the languages that put spaces between words."""
    return frozenset(folded(one) for one in _harmless() if not UNSPACED.search(one))


@cache
def empty_signs() -> Phrases:
    """The same in the other languages."""
    return Phrases(one for one in _harmless() if UNSPACED.search(one))


def _harmless() -> list[str]:
    return [one for language in table("replies").values() for one in language["harmless"]]


def languages_of(phrase: str) -> frozenset[str]:
    """The languages that have a phrase, as `group` finds it."""
    return _languages().get(phrase, frozenset())


def is_empty_in(language: str, phrase: str) -> bool:
    """Whether a phrase says nothing in a language."""
    return folded(phrase) in _empty_in(language)


@cache
def _empty_in(language: str) -> frozenset[str]:
    return frozenset(map(folded, table("replies")[language]["harmless"]))


_TELLING = ("holding", "closing", "with_day", "request", "veto", "waiting")


@cache
def _languages() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for language, groups in table("replies").items():
        for phrase in (one for name in _TELLING for one in groups[name]):
            said = phrase.replace(_WILL, f"{groups['will'][0]} ")
            found[said] = found.get(said, frozenset()) | {language}
    return found
