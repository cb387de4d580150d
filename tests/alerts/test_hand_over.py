"""Windows and macOS: plyer is handed what fits, and its failures are answers."""

from __future__ import annotations

from typing import Any

import pytest

from watcher.alerts.channel import Delivery, PopUp
from watcher.alerts.desktop import DesktopChannel, DesktopReport, desktop_report

ALLOW = "allow notifications for Python in the system's settings"


class Plyer:
    """Stands where plyer's facade stands: notes what it is given, or fails as a platform would."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.given: list[dict[str, Any]] = []
        self._failure = failure

    def notify(self, **words: Any) -> None:
        if self._failure:
            raise self._failure
        self.given.append(words)


@pytest.mark.parametrize(
    ("platform", "answer"),
    [("win32", "handed to Windows"), ("darwin", "handed to macOS"), ("aix", "handed to aix")],
)
def test_what_plyer_took_without_an_error_counts(
    monkeypatch: pytest.MonkeyPatch, platform: str, answer: str
) -> None:
    plyer = Plyer()
    monkeypatch.setattr("plyer.notification", plyer)
    assert DesktopChannel(platform).deliver(PopUp("Meyer", "R&D\x00")) == Delivery(True, "desktop", answer)
    assert plyer.given == [{"title": "Meyer", "message": "R&D", "app_name": "watcher"}]


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_what_is_crafted_is_handed_on_as_plain_text(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    plyer = Plyer()
    monkeypatch.setattr("plyer.notification", plyer)
    DesktopChannel(platform).deliver(PopUp("-h \x1b[31m\u202eevil" + "x" * 10_000, "a\x07b\u2066c"))
    (given,) = plyer.given
    assert not set(given["title"] + given["message"]) & set("\x1b\x07\u202e\u2066")
    assert len(given["title"]) < 300


def test_windows_is_given_no_more_than_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    plyer = Plyer()
    monkeypatch.setattr("plyer.notification", plyer)
    DesktopChannel("win32").deliver(PopUp("😀" * 99, "报" * 299))
    units = {word: len(shown.encode("utf-16-le")) // 2 for word, shown in plyer.given[0].items()}
    assert units == {"title": 63, "message": 255, "app_name": 7}


@pytest.mark.parametrize(
    ("failure", "answer"),
    [
        (NotImplementedError("No usable implementation found!"),
         "plyer has no pop-ups for macOS: take desktop out of alerts.channels"),
        (AttributeError("'NoneType' object has no attribute 'setDelegate_'"),
         f"macOS took no pop-up ('NoneType' object has no attribute 'setDelegate_'): {ALLOW}"),
        (OSError("no\x1b[31m"), f"macOS took no pop-up (no): {ALLOW}"),
    ],
)  # fmt: skip
def test_a_failure_is_an_answer(monkeypatch: pytest.MonkeyPatch, failure: Exception, answer: str) -> None:
    monkeypatch.setattr("plyer.notification", Plyer(failure))
    assert DesktopChannel("darwin").deliver(PopUp("Meyer", "")) == Delivery(False, "desktop", answer)


def test_the_report_says_who_is_not_asked() -> None:
    assert desktop_report("win32") == DesktopReport(bus=False, server="Windows", sender="plyer")
