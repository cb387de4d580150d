"""What a first mail wants, in the languages customers write; precision first (DESIGN 2.1.6)."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.domain.data import table
from watcher.domain.reading.opening import read_opening
from watcher.domain.reading.text import MAX_SAID, Text

LANGUAGES = ["en", "de", "fr", "es", "pt", "it", "nl", "pl", "tr", "ru", "ar", "zh", "zh_tw", "ja", "ko"]


def word(subject: str = "", said: str = "") -> str:
    return read_opening(Text(said), subject).word


@pytest.mark.parametrize("group", ["asking", "buying", "supplying", "pitching"])
def test_every_language_has_phrases(group: str) -> None:
    assert list(table("opening")[group]) == LANGUAGES


@pytest.mark.parametrize(
    "subject",
    [
        "Inquiry", "RFQ 4711: gate valves", "Request for Quotation - flanges DN80", "Price inquiry for pumps",
        "Quotation request", "Fwd: RFQ pumps", "Inquiry: filter press", "Anfrage Kugelhähne", "Preisanfrage",
        "Demande de prix vannes",
        "Demande de devis", "Solicitud de cotización bombas", "Pedido de orçamento", "Richiesta di offerta",
        "Offerteaanvraag kleppen", "Zapytanie ofertowe", "Fiyat talebi", "Запрос КП на насосы", "طلب عرض سعر",
        "询价：球阀", "詢價 球閥", "見積依頼", "견적 요청", "[EXT] Enquiry from our website",
    ],
)  # fmt: skip
def test_a_subject_that_asks(subject: str) -> None:
    found = read_opening(Text(), subject)
    assert (found.word, bool(found.because)) == ("inquiry", True)


@pytest.mark.parametrize(
    "subject",
    [
        "", "Hello", "Re: Inquiry", "AW: Anfrage", "Automatic reply: Inquiry", "Job inquiry", "Press inquiry",
        "Inquiry about your invoice 118", "Anfrage Praktikum", "Kooperation: Anfrage", "Partnership inquiry",
        "Quotation 2026-118", "Angebot 118", "Cotización", "Offer of the month", "Price list",
        "Inquiring minds",
        "Enquiry about unpaid invoice", "Payment enquiry", "Rfqs are dead", "Anfragen-Newsletter",
    ],
)  # fmt: skip
def test_a_subject_that_does_not(subject: str) -> None:
    assert word(subject) == ""


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Dear Sirs,\n\nplease quote 20 pcs of gate valve DN50, CIF Hamburg.", "inquiry"),
        ("We are a distributor in Ghana. Could you quote\nfor 500 m of hose?", "inquiry"),
        ("Sehr geehrte Damen und Herren, wir bitten um ein Angebot über 20 Stück.", "inquiry"),
        ("Bonjour, merci de nous communiquer vos prix pour 20 vannes.", "inquiry"),
        ("Buenos días, solicitamos cotización de 20 bombas.", "inquiry"),
        ("Prezados, favor enviar cotação de 20 bombas.", "inquiry"),
        ("Buongiorno, vorremmo ricevere un preventivo per 20 valvole.", "inquiry"),
        ("Goedendag, kunt u ons een offerte sturen voor 20 kleppen?", "inquiry"),
        ("Dzień dobry, proszę o wycenę 20 zaworów.", "inquiry"),
        ("Merhaba, 20 adet vana için fiyat teklifi rica ederiz.", "inquiry"),
        ("Добрый день! Просим выслать коммерческое предложение на 20 насосов.", "inquiry"),
        ("السلام عليكم، نرجو إرسال عرض سعر لعدد 20 مضخة", "inquiry"),
        ("您好，我们需要采购20台水泵，请报价。", "inquiry"),
        ("您好，我們想採購20台水泵。", "inquiry"),
        ("ポンプ20台のお見積りをお願いいたします。", "inquiry"),
        ("펌프 20대 견적 부탁드립니다.", "inquiry"),
        ("We are a factory. Our main products are bearings. We can supply you with all.", "supplier"),
        ("We are a freight forwarder in Ningbo and offer competitive freight rates.", "supplier"),
        ("您好，我司主营产品为轴承，希望成为贵司的供应商。", "supplier"),
        ("Wir möchten Ihnen unsere Produkte vorstellen.", "supplier"),
        ("I noticed your site is not on the first page of Google. We offer SEO services.", "pitch"),
        ("Do you accept a guest post with a do-follow link?", "pitch"),
        ("Предлагаем продвижение сайта в поисковых системах.", "pitch"),
        ("我们提供谷歌推广服务。", "pitch"),
        ("We are a manufacturer of boilers and are looking for a supplier of valves.", ""),
        ("Thank you for your quotation, we will discuss it on Monday.", ""),
        ("The parcel was sent yesterday.", ""),
        ("We cannot quote this item.", ""),
    ],
)  # fmt: skip
def test_a_text(said: str, expected: str) -> None:
    assert word(said=said) == expected


@pytest.mark.parametrize(
    ("subject", "said", "expected"),
    [
        pytest.param("Business inquiry", "We offer SEO services to firms.", "pitch", id="so called"),
        pytest.param("Inquiry", "Our main products are pumps. Please quote 20.", "inquiry", id="a buyer"),
        pytest.param("Inquiry", "Our main products are boilers.", "inquiry", id="asked in the subject"),
        pytest.param("Bearings", "Our main products are bearings.", "supplier", id="an offer"),
        pytest.param("Re: pumps", "Please quote 20 pumps.", "inquiry", id="asked under an old subject"),
        pytest.param("Inquiry", "Hello, see attached.", "inquiry", id="in the attachment"),
    ],
)  # fmt: skip
def test_subject_and_text_together(subject: str, said: str, expected: str) -> None:
    assert word(subject, said) == expected


def test_what_is_quoted_or_signed_asks_nothing() -> None:
    assert read_opening(Text("Noted.", "Please quote us", "Please quote 20 pumps"), "Pumps").word == ""


@given(st.text(max_size=500), st.text(max_size=100))
def test_any_text_is_read(said: str, subject: str) -> None:
    found = read_opening(Text(said), subject)
    assert (found.word == "") == (found.because == "")
    assert found.inquiry + found.supplier + found.pitch <= 1


@pytest.mark.parametrize("piece", ["please send us your ", "a ", "询", "\n", "guest "])
def test_a_long_text_is_quick(piece: str) -> None:
    text = Text((piece * MAX_SAID)[:MAX_SAID])
    began = time.process_time()
    read_opening(text, piece * 2_000)
    assert time.process_time() - began < 0.1


@pytest.mark.parametrize(
    "said",
    [
        "How much is one valve?", "We need 40 valves, what is your price?", "Quanto custa uma válvula?",
        "Quanto costa la valvola?", "Wat kost de klep?", "Ile kosztuje zawór?", "Vananın fiyatı ne kadar?",
        "Сколько стоит клапан?", "كم سعر الصمام؟", "这种阀门多少钱？",
        "밸브 가격이 얼마인가요?", "¿Qué precio tiene la válvula?",
        "Merci de nous envoyer votre tarif.",
    ],
)  # fmt: skip
def test_who_asks_a_price_wants_to_buy(said: str) -> None:
    assert word("Hello", said) == "inquiry"
