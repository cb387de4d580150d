"""What a mail shows of a deal: a table a language of what it says, and of what it does not."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.domain.data import table
from watcher.domain.messages import Direction
from watcher.domain.reading.evidence import Evidence, EvidenceKind, from_fact, read_evidence, to_fact
from watcher.domain.reading.text import MAX_SAID, Attachment, Text

IN, OUT = Direction.INBOUND, Direction.OUTBOUND
OURS = {"quoted", "pi_sent", "shipped"}


def kinds(said: str, direction: Direction = IN, subject: str = "", *files: str) -> set[str]:
    text = Text(said=said, attachments=tuple(map(Attachment, files)))
    return {one.kind.value for one in read_evidence(text, subject, direction)}


SAYS = [
    # English
    ("Dear Wei,\nplease quote your best price for 24 pcs CP-50.", "price_asked"),
    ("Kindly send us your quotation for the attached list.", "price_asked"),
    ("Could you please send the PI so that we can start?", "pi_asked"),
    ("Price is fine. Please issue the proforma invoice today.", "pi_asked"),
    ("We are waiting for your revised P/I.", "pi_asked"),
    ("We accept your price of USD 396.", "price_agreed"),
    ("The price is accepted, thank you.", "price_agreed"),
    ("We would like to place a trial order next month.", "wants_to_order"),
    ("Please find attached our purchase order no. 4500123.", "order"),
    ("PO attached for 60 butterfly valves with pneumatic actuators, as quoted.", "order"),
    ("We hereby confirm the order.", "order"),
    ("Please proceed with the production and let us know when it is ready.", "order"),
    ("Attached the signed PI 2026-031. Please send us your bank details.", "pi_signed"),
    ("Please find the signed and stamped proforma invoice attached.", "pi_signed"),
    ("PI countersigned, see attached.", "pi_signed"),
    ("The deposit of 30 % was transferred this\nmorning, bank slip attached.", "deposit"),
    ("We have paid the deposit today.", "deposit"),
    ("Deposit went out today, SWIFT to follow.", "deposit"),
    ("Please find attached the bank slip.", "paid"),
    ("Here is the TT copy. Could you confirm receipt?", "paid"),
    ("Attached is the SWIFT copy, can you please check with your bank?", "paid"),
    ("The balance payment has been made.", "paid"),
    ("We want to place a repeat order, same spec.", "repeat_order"),
    ("Can we order again 20 sets?", "repeat_order"),
    ("Please find attached our quotation.", "quoted"),
    ("PI 2026-036 attached. ETD Ningbo about six weeks from deposit.", "pi_sent"),
    ("Please find enclosed the proforma invoice, kindly sign it.", "pi_sent"),
    ("The goods have been shipped yesterday.", "shipped"),
    ("Your third order is on board, B/L copy attached.", "shipped"),
    ("The container was loaded on Friday.", "shipped"),
    # German
    ("Bitte senden Sie uns ein Angebot für 20 Stück.", "price_asked"),
    ("Können Sie uns bitte die Proformarechnung schicken?", "pi_asked"),
    ("Mit dem Preis sind wir einverstanden, Preis ist ok.", "price_agreed"),
    ("Anbei unsere Bestellung.", "order"),
    ("Hiermit bestellen wir 24 Pumpen.", "order"),
    ("Im Anhang die unterschriebene PI.", "pi_signed"),
    ("Wir haben die Anzahlung heute überwiesen.", "deposit"),
    ("Anbei der Zahlungsbeleg.", "paid"),
    ("Die Restzahlung wurde gestern angewiesen.", "paid"),
    ("Wir brauchen eine Nachbestellung.", "repeat_order"),
    ("Anbei unsere Proformarechnung.", "pi_sent"),
    ("Die Ware wurde gestern versandt.", "shipped"),
    # French
    ("Pourriez-vous nous envoyer un devis ?", "price_asked"),
    ("Merci de nous envoyer la facture proforma.", "pi_asked"),
    ("Veuillez trouver ci-joint notre bon de commande.", "order"),
    ("Nous confirmons la commande.", "order"),
    ("Ci-joint la proforma signée.", "pi_signed"),
    ("Nous avons versé l'acompte ce matin.", "deposit"),
    ("Vous trouverez en pièce jointe la preuve de virement.", "paid"),
    ("Le virement a été effectué hier.", "paid"),
    ("Ci-joint la facture proforma.", "pi_sent"),
    ("La marchandise a été expédiée lundi.", "shipped"),
    # Spanish
    ("Por favor enviar cotización de 3 bombas.", "price_asked"),
    ("Necesitamos la factura proforma hoy.", "pi_asked"),
    ("Aceptamos el precio.", "price_agreed"),
    ("Adjunto orden de compra.", "order"),
    ("Confirmamos el pedido.", "order"),
    ("Adjunto la proforma firmada.", "pi_signed"),
    ("Hemos realizado el anticipo del 30%.", "deposit"),
    ("Adjunto comprobante de pago.", "paid"),
    ("Queremos repetir el pedido.", "repeat_order"),
    ("Adjunto la factura proforma.", "pi_sent"),
    ("La mercancía fue embarcada ayer.", "shipped"),
    # Portuguese
    ("Favor enviar cotação para 10 unidades.", "price_asked"),
    ("Pode nos enviar a fatura proforma?", "pi_asked"),
    ("Segue em anexo nossa ordem de compra.", "order"),
    ("Confirmamos o pedido.", "order"),
    ("Segue a proforma assinada.", "pi_signed"),
    ("Fizemos o adiantamento hoje.", "deposit"),
    ("Segue comprovante de transferência.", "paid"),
    ("O pagamento foi efetuado ontem.", "paid"),
    ("Segue em anexo a proforma.", "pi_sent"),
    ("A carga foi embarcada na sexta.", "shipped"),
    # Italian
    ("Vorremmo ricevere un'offerta per 10 pompe.", "price_asked"),
    ("Potete inviarci la fattura proforma?", "pi_asked"),
    ("In allegato il nostro ordine.", "order"),
    ("Confermiamo l'ordine.", "order"),
    ("In allegato la proforma firmata e timbrata.", "pi_signed"),
    ("Abbiamo versato l'acconto.", "deposit"),
    ("In allegato la contabile del bonifico.", "paid"),
    ("Il bonifico è stato eseguito ieri.", "paid"),
    ("In allegato la fattura proforma.", "pi_sent"),
    ("La merce è stata spedita ieri.", "shipped"),
    # Dutch
    ("Kunt u ons een offerte sturen?  Graag een offerte voor 5 pompen.", "price_asked"),
    ("Graag de proforma factuur.", "pi_asked"),
    ("Bijgevoegd onze bestelling.", "order"),
    ("In de bijlage de ondertekende proforma.", "pi_signed"),
    ("We hebben de aanbetaling vandaag overgemaakt.", "deposit"),
    ("Bijgevoegd het betaalbewijs.", "paid"),
    ("Bijgaand de proforma factuur.", "pi_sent"),
    ("De goederen zijn verzonden.", "shipped"),
    # Polish
    ("Proszę o ofertę na 10 pomp.", "price_asked"),
    ("Proszę o przesłanie faktury proforma.", "pi_asked"),
    ("W załączeniu nasze zamówienie.", "order"),
    ("Potwierdzamy zamówienie.", "order"),
    ("W załączeniu podpisana proforma.", "pi_signed"),
    ("Zaliczka została dziś wpłacona.", "deposit"),
    ("W załączeniu potwierdzenie przelewu.", "paid"),
    ("W załączniku faktura proforma.", "pi_sent"),
    ("Towar wysłany wczoraj, list przewozowy w załączniku.", "shipped"),
    # Turkish
    ("Fiyat teklifi rica ederiz.", "price_asked"),
    ("Proforma fatura gönderir misiniz?", "pi_asked"),
    ("Sipariş formumuz ektedir.", "order"),
    ("Siparişimizi onaylıyoruz.", "order"),
    ("İmzalı proforma ektedir.", "pi_signed"),
    ("Kaporayı bugün yatırdık.", "deposit"),
    ("Banka dekontu ektedir.", "paid"),
    ("Proforma fatura ektedir.", "pi_sent"),
    ("Mallar dün sevk edildi.", "shipped"),
    # Russian
    ("Просим сообщить, сколько стоит насос.", "price_asked"),
    ("Пришлите, пожалуйста, инвойс. Вышлите нам инвойс.", "pi_asked"),
    ("Во вложении наш заказ.", "order"),
    ("Подтверждаем заказ.", "order"),
    ("Во вложении подписанный инвойс.", "pi_signed"),
    ("Предоплату перевели сегодня.", "deposit"),
    ("Во вложении платежное поручение.", "paid"),
    ("Оплата произведена вчера.", "paid"),
    ("Направляем проформу во вложении.", "pi_sent"),
    ("Товар отгружен вчера.", "shipped"),
    # Arabic
    ("يرجى إرسال عرض سعر لعدد 10 مضخات.", "price_asked"),
    ("نرجو إرسال الفاتورة المبدئية.", "pi_asked"),
    ("مرفق أمر الشراء.", "order"),
    ("نؤكد الطلب.", "order"),
    ("مرفق الفاتورة المبدئية موقعة.", "pi_signed"),
    ("تم تحويل الدفعة المقدمة اليوم.", "deposit"),
    ("مرفق إيصال التحويل.", "paid"),
    ("مرفق الفاتورة المبدئية.", "pi_sent"),
    ("تم شحن البضاعة أمس.", "shipped"),
    # Chinese
    ("请报价：不锈钢自吸泵30台。", "price_asked"),
    ("請報價，謝謝。", "price_asked"),
    ("请把PI发给我。请尽快发一下PI。", "pi_asked"),
    ("請提供形式發票。", "pi_asked"),
    ("附件是我们的采购订单。", "order"),
    ("訂單確認，請安排生產。", "order"),
    ("PI已回签，请查收。", "pi_signed"),
    ("回簽的PI見附件。", "pi_signed"),
    ("定金已付。", "deposit"),
    ("訂金已經匯出，已匯訂金。", "deposit"),
    ("水单见附件。", "paid"),
    ("已付款，水單請查收附件。", "paid"),
    ("我们想返单。", "repeat_order"),
    ("附件是PI，请查收。", "pi_sent"),
    ("货已发，快递单号如下。", "shipped"),
    # Japanese
    ("お見積りをお願いします。お見積り書をお送りください。", "price_asked"),
    ("プロフォーマインボイスをお送りください。", "pi_asked"),
    ("注文書を添付いたします。", "order"),
    ("署名済みのPIを添付します。", "pi_signed"),
    ("手付金を送金しました。", "deposit"),
    ("送金控えを添付します。", "paid"),
    ("PIを添付いたします。", "pi_sent"),
    ("昨日出荷しました。", "shipped"),
    # Korean
    ("견적 부탁드립니다.", "price_asked"),
    ("PI를 보내주세요.", "pi_asked"),
    ("발주서를 첨부합니다.", "order"),
    ("서명한 PI를 첨부합니다.", "pi_signed"),
    ("계약금을 송금했습니다.", "deposit"),
    ("송금증을 첨부합니다.", "paid"),
    ("PI를 첨부합니다.", "pi_sent"),
    ("어제 선적했습니다.", "shipped"),
]


@pytest.mark.parametrize(("said", "kind"), SAYS)
def test_it_says_so(said: str, kind: str) -> None:
    assert kind in kinds(said, OUT if kind in OURS else IN)


SAYS_NOT = [
    # English: denied, put off, asked, hung on a condition, another matter, another word
    ("We have not paid yet.", "paid"),
    ("The payment has not been made yet.", "paid"),
    ("The payment will be made tomorrow.", "paid"),
    ("We will send you the bank slip.", "paid"),
    ("Please find attached our payment terms.", "paid"),
    ("Payment is made by T/T within 30 days.", "paid"),
    ("Has the payment been made?", "paid"),
    ("Once the payment has been made, please ship.", "paid"),
    ("I have paid attention to this.", "paid"),
    ("Thank you for the swift reply, details attached.", "paid"),
    ("When will you need the deposit?", "deposit"),
    ("The deposit will be paid next week.", "deposit"),
    ("Last question: when can you ship, if the deposit is paid this month?", "deposit"),
    ("No PI needed.", "pi_asked"),
    ("Please do not send the PI yet.", "pi_asked"),
    ("Please give me the API documentation.", "pi_asked"),
    ("please send pi with ten digits", "pi_asked"),
    ("Please send us the signed PI back.", "pi_signed"),
    ("We will sign the PI tomorrow.", "pi_signed"),
    ("The PI attached is not signed yet.", "pi_signed"),
    ("We have not signed the PI.", "pi_signed"),
    ("Please wait with the order.", "order"),
    ("We cannot confirm the order.", "order"),
    ("Please proceed with the order once the price is confirmed.", "order"),
    ("If the price is ok, please proceed with the order.", "order"),
    ("We are going to send the PO next week.", "order"),
    ("Our address is P.O. Box 1520.", "order"),
    ("In order to match the data, see attached.", "order"),
    ("Please cancel our order no. 12.", "order"),
    ("Is the PO attached?", "order"),
    ("Your price is too high.", "price_agreed"),
    ("We cannot accept your price.", "price_agreed"),
    ("If the price is accepted we will tell you.", "price_agreed"),
    ("No need to quote us.", "price_asked"),
    ("Please quote your exact code.", "price_asked"),
    ("Please reorder the rows of the table.", "repeat_order"),
    ("We do not plan to order again.", "repeat_order"),
    ("The goods will be shipped next week.", "shipped"),
    ("The goods have not been shipped yet.", "shipped"),
    ("When the goods have been shipped we tell you.", "shipped"),
    ("The samples have been shipped.", "shipped"),
    ("Draft B/L attached.", "shipped"),
    ("I will send the PI tomorrow.", "pi_sent"),
    ("Shall I prepare the proforma for the first 24?", "pi_sent"),
    # German
    ("Die Anzahlung wird morgen überwiesen.", "deposit"),
    ("Wir haben die Anzahlung noch nicht überwiesen.", "deposit"),
    ("Die Zahlung ist noch nicht erfolgt.", "paid"),
    ("Sobald die Zahlung erfolgt ist, melden wir uns.", "paid"),
    ("Bitte noch keine Proforma schicken.", "pi_asked"),
    ("Die Bestellung folgt, sobald das Muster geprüft ist.", "order"),
    ("Anbei keine Bestellung, nur Fragen.", "order"),
    ("Die Ware wird nächste Woche versandt.", "shipped"),
    ("Wir bestellen vielleicht im Herbst.", "order"),
    # French
    ("Nous n'avons pas encore versé l'acompte.", "deposit"),
    ("Le paiement sera effectué demain.", "paid"),
    ("Ne confirmez pas la commande. Nous ne confirmons pas la commande.", "order"),
    ("Si le prix est bon, nous confirmons la commande.", "order"),
    ("La marchandise sera expédiée lundi.", "shipped"),
    # Spanish
    ("Todavía no hemos hecho el pago.", "paid"),
    ("El pago será realizado mañana.", "paid"),
    ("No confirmamos el pedido.", "order"),
    ("Cuando esté firmada, adjunto la proforma firmada.", "pi_signed"),
    ("La mercancía no fue enviada.", "shipped"),
    # Portuguese
    ("Ainda não fizemos o pagamento.", "paid"),
    ("O pagamento será efetuado amanhã.", "paid"),
    ("Não confirmamos o pedido.", "order"),
    ("A carga ainda não foi embarcada.", "shipped"),
    # Italian
    ("Non abbiamo ancora versato l'acconto.", "deposit"),
    ("Il bonifico sarà effettuato domani.", "paid"),
    ("Non confermiamo l'ordine.", "order"),
    ("Se il prezzo va bene, confermiamo l'ordine.", "order"),
    # Dutch
    ("De aanbetaling is nog niet overgemaakt.", "deposit"),
    ("De betaling wordt morgen gedaan.", "paid"),
    ("Wij kunnen de order niet bevestigen, wij bevestigen geen order.", "order"),
    ("De goederen zijn nog niet verzonden.", "shipped"),
    # Polish
    ("Zaliczka nie została jeszcze wpłacona.", "deposit"),
    ("Przelew będzie zrobiony jutro.", "paid"),
    ("Nie potwierdzamy zamówienia. Jeszcze nie potwierdzamy zamówienie.", "order"),
    # Turkish
    ("Kapora henüz ödenmedi.", "deposit"),
    ("Ödeme yarın yapılacak.", "paid"),
    ("Sipariş vermek için bekliyoruz.", "order"),
    # Russian
    ("Мы еще не оплатили счет.", "paid"),
    ("Оплата будет произведена завтра.", "paid"),
    ("Если цена устраивает, подтверждаем заказ.", "order"),
    ("Товар еще не отгружен.", "shipped"),
    # Arabic
    ("لم يتم تحويل المبلغ بعد.", "paid"),
    ("سيتم دفع العربون غدا.", "deposit"),
    ("لا نؤكد الطلب.", "order"),
    # Chinese
    ("定金还没付。", "deposit"),
    ("我们明天已安排人付定金。", "deposit"),
    ("还没收到水单，水单不在附件里。", "paid"),
    ("货款未付。", "paid"),
    ("请确认PI。", "pi_signed"),
    ("PI還沒回簽。", "pi_signed"),
    ("先不下单。暂停，不要安排生产。", "order"),
    ("如果价格可以，我们下单。", "order"),
    ("货还没发，已发货了吗？", "shipped"),
    ("樣品已寄出。", "shipped"),
    # Japanese
    ("手付金はまだ送金していません。", "deposit"),
    ("来週送金しました分の予定です。", "paid"),
    ("注文書は添付していません。", "order"),
    ("まだ出荷しましたとは言えません。", "shipped"),
    # Korean
    ("계약금을 아직 송금하지 않았습니다.", "deposit"),
    ("내일 송금했습니다 예정.", "paid"),
    ("아직 선적하지 않았습니다.", "shipped"),
]


@pytest.mark.parametrize(("said", "kind"), SAYS_NOT)
def test_it_does_not_say_so(said: str, kind: str) -> None:
    assert kind not in kinds(said, OUT if kind in OURS else IN)


FILES = [
    ("PI-2026-031-signed.pdf", IN, {"pi_signed"}),
    ("PI_036_countersigned.pdf", IN, {"pi_signed"}),
    ("SignedPI.pdf", IN, {"pi_signed"}),
    ("回签PI.pdf", IN, {"pi_signed"}),
    ("PI-2026-031.pdf", IN, set()),
    ("PI-2026-031.pdf", OUT, {"pi_sent"}),
    ("Proforma invoice 12.xlsx", OUT, {"pi_sent"}),
    ("PO5581.pdf", IN, {"order"}),
    ("Purchase Order 4500.docx", IN, {"order"}),
    ("采购订单.pdf", IN, {"order"}),
    ("draft PO.pdf", IN, set()),
    ("po.R", IN, set()),
    ("polska.pdf", IN, set()),
    ("bank-slip.jpg", IN, {"paid"}),
    ("SWIFT MT103.pdf", IN, {"paid"}),
    ("水单.jpg", IN, {"paid"}),
    ("payment terms.pdf", IN, set()),
    ("image001.png", IN, set()),
    ("api.pdf", OUT, set()),
    ("pi.pdf", OUT, set()),
    ("Quotation-112.pdf", OUT, {"quoted"}),
    ("BL-copy.pdf", OUT, {"shipped"}),
    ("draft BL.pdf", OUT, set()),
    ("../../etc/PO.pdf/..", IN, set()),
    ("", IN, set()),
]


@pytest.mark.parametrize(("name", "direction", "found"), FILES)
def test_what_a_file_is_called(name: str, direction: Direction, found: set[str]) -> None:
    assert kinds("See below.", direction, "", name) == found


def test_a_file_proves_nothing_that_the_text_denies() -> None:
    assert kinds("We have not paid yet, the payment is on hold.", IN, "", "payment slip.pdf") == set()


SUBJECTS = [
    ("PO HL-20418 ballast pumps", IN, {"order"}),
    ("Purchase order 4500123", IN, {"order"}),
    ("Re: Purchase order 4500123", IN, set()),
    ("Fwd: Purchase order 4500123", IN, set()),
    ("P.O. Box changed", IN, set()),
    ("Order status", IN, set()),
    ("RFQ diaphragm pumps 1.5 inch", IN, {"price_asked"}),
    ("Your inquiry of Monday", IN, set()),
    ("询价：不锈钢自吸泵", IN, {"price_asked"}),
    ("詢價 船用離心泵", IN, {"price_asked"}),
    ("Solicitud de precios: bombas", IN, {"price_asked"}),
    ("Fiyat talebi - dalgıç pompa", IN, {"price_asked"}),
    ("Signed PI 2026-031", IN, {"pi_signed"}),
    ("Payment slip", IN, {"paid"}),
    ("Payment reminder: proof of payment missing", IN, set()),
    ("PI 2026-031, 24 x CP-50", OUT, {"pi_sent"}),
    ("PI 2026-031, 24 x CP-50", IN, set()),
    ("API 2026 release", OUT, set()),
    ("Shipping documents, order 3", OUT, {"shipped"}),
    ("Draft shipping documents", OUT, set()),
    ("", IN, set()),
    ("Re:", OUT, set()),
]


@pytest.mark.parametrize(("subject", "direction", "found"), SUBJECTS)
def test_a_subject_alone(subject: str, direction: Direction, found: set[str]) -> None:
    assert {one.kind.value for one in read_evidence(Text(), subject, direction)} == found


def test_only_their_words_are_theirs() -> None:
    assert kinds("Please find attached the bank slip.", OUT) == set()
    assert kinds("The goods have been shipped.", IN) == set()
    assert kinds("Please find attached the bank slip.", Direction.INTERNAL, "PO 5", "PO 5.pdf") == set()


def test_what_is_quoted_never_counts() -> None:
    assert read_evidence(Text(said="Thanks.", quoted="PO attached."), "Re: pumps", IN) == ()


@pytest.mark.parametrize("kind", EvidenceKind)
def test_every_language_has_phrases_for_every_kind(kind: EvidenceKind) -> None:
    languages = {name: rows for name, rows in table("evidence").items() if "words" in rows}
    assert len(languages) == 14  # Chinese holds both scripts
    assert [name for name, rows in languages.items() if not rows.get(kind)] == []


def test_evidence_comes_back_from_where_it_is_kept() -> None:
    found = (Evidence(EvidenceKind.ORDER, "PO … attached"), Evidence(EvidenceKind.PAID, "slip attached"))
    assert from_fact(to_fact(found)) == found
    assert from_fact({"found": [["unheard_of", "x"], ["order", "y"]]}) == (Evidence(EvidenceKind.ORDER, "y"),)
    assert from_fact({}) == ()


WORDS = st.sampled_from(
    [
        "PI",
        "send",
        "please",
        "发",
        "PO",
        "attached",
        "the",
        "not",
        "订单",
        ".",
        "?",
        "\n",
        "30 %",
        "slip",
        "paid",
    ]
)


@given(st.lists(WORDS, max_size=60).map(" ".join) | st.text(max_size=200), st.sampled_from(Direction))
def test_any_text_is_read(said: str, direction: Direction) -> None:
    found = read_evidence(Text(said=said, attachments=(Attachment(said),)), said, direction)
    assert len({one.kind for one in found}) == len(found)


@pytest.mark.parametrize("unit", ["send the PI ", "请发PI,", "a", "PI", "1,", "attached ", ". ", "\n", "，"])
def test_the_worst_text_is_read_at_once(unit: str) -> None:
    said = (unit * MAX_SAID)[:MAX_SAID]
    began = time.process_time()
    read_evidence(Text(said=said), said, IN)
    assert time.process_time() - began < 2
