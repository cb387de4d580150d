"""The days people name, in every language: written on Wednesday 11 March 2026 unless said."""

from __future__ import annotations

import time
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.domain.reading.days import named_day, named_days
from watcher.domain.reading.folded import Phrases, folded

WRITTEN = date(2026, 3, 11)


def day(text: str) -> str:
    """The day a text names, as "MM-DD", with its year where that is another; "" where it names none."""
    found = named_day(text, WRITTEN)
    return "" if found is None else found.isoformat().removeprefix("2026-")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on 15 April", "04-15"),
        ("on April 15th", "04-15"),
        ("by the 15th of April", "04-15"),
        ("15-Apr-26", "04-15"),
        ("April 15, 2026", "04-15"),
        ("on 2026-04-15", "04-15"),
        ("am 15.04.", "04-15"),
        ("am 15.4. wieder", "04-15"),
        ("bis 15.04.2026", "04-15"),
        ("le 15 avril", "04-15"),
        ("le 1er avril", "04-01"),
        ("el 15 de abril", "04-15"),
        ("dia 15 de abril de 2026", "04-15"),
        ("il 15 aprile", "04-15"),
        ("op 15 april", "04-15"),
        ("15 kwietnia", "04-15"),
        ("15 Nisan'da", "04-15"),
        ("15 апреля", "04-15"),
        ("15 أبريل", "04-15"),
        ("١٥ نيسان", "04-15"),
        ("4月15日", "04-15"),
        ("4 月 15 號", "04-15"),
        ("四月十五日", "04-15"),
        ("4/15(水)", "04-15"),
        ("4월 15일", "04-15"),
        ("2026. 4. 15.", "04-15"),
        ("Ｏn １５ Ａpril", "04-15"),
    ],
)
def test_a_date_with_its_month(text: str, expected: str) -> None:
    assert day(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("by 15/4", "04-15"),
        ("by 4/15", "04-15"),  # no fifteenth month
        ("by 4/6", "06-04"),  # the day comes first in most countries
        ("on Monday 4/6", "04-06"),  # the weekday tells
        ("by 4/6, not 4/15", "04-06"),  # the other date tells
        ("on March 20 and by 4/6", "03-20"),
        ("到4/6为止", "04-06"),  # the month comes first in Chinese
        ("by 4.6.", "06-04"),  # between full stops it never does
        ("by 04-06-2026", "06-04"),
        ("13 aprile lunedì", "04-13"),  # a weekday behind it, without a comma
        ("13 Nisan Pazartesi günü", "04-13"),
        ("13 апреля понедельник", "04-13"),
        ("周一（4月13日）", "04-13"),
        ("下周一(3月16日)", "03-16"),
        ("Mon 6 April", "04-06"),
        ("Sat 4/11", "04-11"),
        ("mar 14 avril", "04-14"),  # Tuesday, not March
        ("off until 17 April Monday is busy", "04-17"),  # no Monday: it begins what follows
        ("12.04 - 17.04.", "04-12"),
        ("放假4/12~4/17", "04-12"),
        ("我们4/15恢复上班", "04-15"),
    ],
)
def test_which_figure_is_the_month(text: str, expected: str) -> None:
    assert day(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("today", "03-11"),
        ("tomorrow", "03-12"),
        ("the day after tomorrow", "03-13"),
        ("by Monday", "03-16"),
        ("next Monday", "03-16"),
        ("this Friday", "03-13"),
        ("next Friday", "03-20"),
        ("Friday next week", "03-20"),
        ("on Wednesday", "03-18"),  # said on a Wednesday
        ("this week", "03-13"),
        ("next week", "03-20"),  # its last working day
        ("early next week", "03-17"),
        ("mid next week", "03-18"),
        ("the week after next", "03-27"),
        ("Mitte nächster Woche", "03-18"),
        ("übernächste Woche", "03-27"),
        ("下下周", "03-27"),
        ("再来週", "03-27"),
        ("by Mon", "03-16"),
        ("next Mon", "03-16"),
        ("salı günü", "03-17"),
        ("end of the month", "03-31"),
        ("next month", "04-30"),
        ("end of April", "04-30"),
        ("in 3 days", "03-14"),
        ("within two weeks", "03-25"),
        ("in a week", "03-18"),
        ("within 3 working days", "03-16"),
        ("within 24 hours", "03-12"),
        ("by the 15th", "03-15"),
        ("by the 5th", "04-05"),
        ("week 14", "04-03"),
        ("CW14", "04-03"),
        ("morgen Nachmittag", "03-12"),
        ("übermorgen", "03-13"),
        ("nächste Woche", "03-20"),
        ("naechste Woche", "03-20"),
        ("Anfang nächster Woche", "03-17"),
        ("am nächsten Freitag", "03-20"),
        ("kommenden Freitag", "03-13"),
        ("in KW 14", "04-03"),
        ("innerhalb einer Woche", "03-18"),
        ("bis Monatsende", "03-31"),
        ("demain", "03-12"),
        ("la semaine prochaine", "03-20"),
        ("lundi prochain", "03-16"),
        ("sous 48h", "03-13"),
        ("d'ici la fin de semaine", "03-13"),
        ("mañana por la mañana", "03-12"),
        ("la próxima semana", "03-20"),
        ("el lunes", "03-16"),
        ("amanhã", "03-12"),
        ("segunda-feira", "03-16"),
        ("na próxima semana", "03-20"),
        ("domani", "03-12"),
        ("la prossima settimana", "03-20"),
        ("entro venerdì", "03-13"),
        ("volgende week", "03-20"),
        ("overmorgen", "03-13"),
        ("jutro", "03-12"),
        ("w przyszłym tygodniu", "03-20"),
        ("do piątku", "03-13"),
        ("yarın", "03-12"),
        ("gelecek hafta", "03-20"),
        ("pazartesi günü", "03-16"),
        ("завтра", "03-12"),
        ("на следующей неделе", "03-20"),
        ("через неделю", "03-18"),
        ("غداً", "03-12"),
        ("الأسبوع القادم", "03-20"),
        ("يوم الإثنين", "03-16"),
        ("明天", "03-12"),
        ("下周五", "03-20"),
        ("下週一", "03-16"),
        ("周五", "03-13"),
        ("本周内", "03-13"),
        ("3个工作日内", "03-16"),
        ("月底前", "03-31"),
        ("明後日", "03-13"),
        ("来週の月曜日", "03-16"),
        ("来週中に", "03-20"),
        ("내일", "03-12"),
        ("다음 주 월요일", "03-16"),
        ("다음주", "03-20"),
    ],
)
def test_a_day_seen_from_today(text: str, expected: str) -> None:
    assert day(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("after Easter", "04-10"),  # Easter Monday is 6 April: the week people are back in
        ("nach Ostern", "04-10"),
        ("after Eid", "03-27"),
        ("国庆节后", "10-09"),
        ("春节后", "2027-02-12"),
        ("after CNY", "2027-02-12"),
        ("after the holidays", ""),
        ("节后", ""),
        ("nach den Feiertagen", ""),
    ],
)
def test_after_a_feast_that_is_named(text: str, expected: str) -> None:
    assert day(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "until 2 March",  # past
        "until 2 March 2026",
        "by 18 March 2024",
        "in 18 months",
        "18 March 2027",  # more than a year ahead
        "Tuesday, January 20",  # 20 January 2027 is no Tuesday
        "31 February",
        "we march on 3 fronts",
        "it may be that 5 may be enough",
        "10 out of 20",
        "tel. +49 30 3/15",
        "version 1.2.3",
        "at 10.30",
        "USD 15.04 each",
        "2/3 of the goods",
        "good morning",
        "guten Morgen",
        "por la mañana",
        "le 15 pièces",
        "avec mon directeur",
        "mon usine",
        "25 kg sali",
        "15 sub-assemblies",
        "tem 15 caixas",
        "15. Sie hören von uns",
        "odezwę się 15 razy",
        "sizes 1/2 - 3/4",
        "from 9/3",  # two days ago, not on 3 September
        "a few days",
        "10日間",
        "",
    ],
)
def test_what_names_no_day(text: str) -> None:
    assert day(text) == ""


@pytest.mark.parametrize(
    "text",
    ["3 to 17 April", "April 3-17", "vom 3. bis zum 17. April", "du 3 au 17 avril", "3-17 April 2026"],
)
def test_a_range_is_one_span(text: str) -> None:
    (span,) = named_days(text, WRITTEN)
    assert span.days == (date(2026, 4, 3), date(2026, 4, 17))


@given(st.text(max_size=300), st.dates(date(2000, 1, 1), date(2090, 1, 1)))
def test_a_named_day_is_never_past_nor_more_than_a_year_ahead(text: str, written: date) -> None:
    found = named_day(text, written)
    assert found is None or written <= found <= written + timedelta(days=366)


@given(st.text(max_size=100))
def test_folding_is_done_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)


def test_a_sign_that_stands_for_many_does_not_make_a_text_long() -> None:
    assert len(folded("\ufdfa" * 10_000)) <= 2 * 10_000 + 64
    named_days("\ufdfa", WRITTEN)  # the tables are read once
    begun = time.process_time()
    assert named_days("\ufdfa" * 20_000, WRITTEN) == []
    assert time.process_time() - begun < 0.4


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("März", "MARZ"),
        ("ILGİLİ", "ılgılı"),
        ("شُكْرًا", "شكرا"),
        ("إلى", "الي"),
        ("don’t", "don't"),
        ("ﬁne", "fine"),
    ],
)
def test_spellings_that_are_the_same(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("back", "backs", False),
        ("back*", "backs", True),
        ("wir … melden", "wir werden uns melden", True),
        ("wir … melden", "wir a b c d e f melden", False),
        ("收到", "已收到了", True),
        ("等…再", "等图纸来了再说", True),
        ("سنعود", "وسنعود", True),
    ],
)
def test_how_a_phrase_is_found(phrase: str, text: str, found: bool) -> None:
    assert bool(Phrases([phrase]).first(folded(text))) is found
