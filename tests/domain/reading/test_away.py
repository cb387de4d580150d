"""The first day back in out-of-office replies of every language: sent on Wednesday 11 March 2026."""

from __future__ import annotations

import time
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.domain.reading.away import Away, read_away
from watcher.domain.reading.text import MAX_SAID, Text

SENT = date(2026, 3, 11)


def back(said: str, subject: str = "") -> str:
    """The first day back as "MM-DD", with its year where that is another; "" where none is named."""
    returns = read_away(Text(said=said), subject, SENT).returns
    return "" if returns is None else returns.isoformat().removeprefix("2026-")


@pytest.mark.parametrize(
    "said",
    [
        "I will be back on 18 March.",
        "I am out of the office, returning on Wednesday 18 March.",
        "I will be out of the office starting 09/03/2026 and will not return until 18/03/2026.",
        "I'm away until my return on 18 March; please write to sales@meyer.example.",
        "Back in the office on 18.03.2026.",
        "Ich bin am 18.3. wieder im Büro.",
        "Ab dem 18. März bin ich wieder erreichbar.",
        "Ich bin nicht im Büro. Rückkehr am 18.03.2026",
        "Je serai de retour le 18 mars.",
        "Regreso el 18 de marzo.",
        "Retornarei no dia 18 de março.",
        "Sono in ferie fino al 17 marzo, rientro il 18 marzo.",
        "Ik ben vanaf woensdag 18 maart weer bereikbaar.",
        "Jestem na urlopie. Wracam 18 marca.",
        "18 Mart'ta ofiste olacağım.",
        "Вернусь 18 марта.",
        "سأعود يوم 18 مارس",
        "我将于3月18日回到办公室。",
        "我將於3月18日返回辦公室。",
        "3月18日に出社いたします。",
        "3월 18일에 복귀합니다.",
        "I am on leave this week. Back Wednesday 18 March.",
        "Away at the moment, back Wed 18 March.",
        "Our office is closed and reopens on March 18.",
        "18 Mart Çarşamba günü ofiste olacağım.",
        "Jestem na urlopie do 13.03.2026. Wracam 18.03.",
        "Estoy de vacaciones hasta el 13.03. Vuelvo 18.03.",
        "3/9~3/17放假，3/18恢復上班。",
        # and by the last day out
        "Out of office 09.03 - 17.03.",
        "3/9~3/17 휴가입니다.",
        "I am out until Tuesday 17 March. Our exhibition is April 20-24.",
        "I am out of the office until 17 March.",
        "I am out of the office until and including Tuesday, 17 March 2026.",
        "I am on leave from 9 to 17 March.",
        "I am away through March 17th.",
        "On vacation. Back after 17 March.",
        "Ich bin bis einschließlich 17. März nicht im Hause.",
        "Vom 9.3. bis 17.3. bin ich im Urlaub.",
        "Je suis absente jusqu'au 17 mars inclus.",
        "Absent du 9 au 17 mars",
        "Estaré fuera de la oficina hasta el 17 de marzo.",
        "Estarei de férias até o dia 17/03.",
        "Sono fuori ufficio fino al 17 marzo compreso.",
        "Ik ben afwezig tot en met 17 maart.",
        "Jestem na urlopie do 17 marca włącznie.",
        "17 Mart'a kadar izindeyim.",
        "Я в отпуске до 17 марта включительно.",
        "أنا في إجازة حتى 17 مارس",
        "我于3月9日至3月17日休假，期间无法及时回复邮件。",
        "本人3月9日到17日出差",
        "3月17日まで休暇をいただいております。",
        "3월 17일까지 휴가입니다.",
    ],
)
def test_the_first_day_back(said: str) -> None:
    assert back(said) == "03-18"


def test_a_subject_may_say_it_and_the_day_back_is_surer_than_the_last_day_out() -> None:
    assert (
        back("I am out until 03/04/2026.", "AUTO: Anna is out of the office (returning 03/04/2026)")
        == "04-03"
    )
    assert back("I am out of the office.", "Away until 17 March") == "03-18"


@pytest.mark.parametrize(
    "said",
    [
        "I am out of the office.",
        "I am out of the office until 2 March.",  # an old note
        "I am out of the office until 18 March 2024.",
        "I am out of the office until today.",
        "I am out of the office until Tuesday, January 20.",  # no Tuesday
        "I am out of the office until dd/mm/yyyy.",
        "I will be travelling on July 10-31.",  # they are still there
        "From 1 July to 15 July I will be on vacation.",
        "I am out of the office. Call me back Wednesday 18 March.",
        "I am out of the office on Friday.",  # and before, and after?
        "I am away, call +49 30 17/03 or 0170 18.03.",
        "I am on leave. Our offer is valid until 30 April.",
        "Meet us at the fair from 12 to 17 March. I am out of the office.",
        "I am out. Please return the form by 20 March.",
        "Ich bin ab 12. März im Urlaub.",
        "Ich bin am 12.3. nicht im Büro.",
        "Wir sind auf der Messe bis 17. März. Ich bin nicht im Büro.",
        "我们将参加3月12日至17日的展会。",
        "This mailbox is no longer read.",
        "",
    ],
)
def test_no_day_back(said: str) -> None:
    assert read_away(Text(said=said), "Out of office", SENT) == Away()


def test_a_deadline_without_an_absence_is_none() -> None:
    assert back("We received your mail. Please answer until 17 March.") == ""


def test_because_is_a_phrase_of_ours() -> None:
    assert read_away(Text(said="Ich bin bis 17. März im URLAUB"), "", SENT).because == "bis"


@given(st.text(max_size=400), st.text(max_size=60), st.dates(date(2000, 1, 1), date(2090, 1, 1)))
def test_the_day_back_lies_ahead_and_within_a_year(said: str, subject: str, written: date) -> None:
    returns = read_away(Text(said=said), subject, written).returns
    assert returns is None or written < returns <= written + timedelta(days=367)


@pytest.mark.parametrize(
    "piece", ["to 3.4. ", "3月4日", "until 17 march ", "monday ", "1.", "a@a@a", "after easter "]
)
def test_hostile_text_takes_no_time(piece: str) -> None:
    read_away(Text(said="until 17 March"), "", SENT)  # the tables are read once
    begun = time.process_time()
    read_away(Text(said=(piece * MAX_SAID)[:MAX_SAID]), piece * 100, SENT)
    assert time.process_time() - begun < 1
