"""Short replies in every language: which pass nothing, and, more, which only look like it.

Written on Wednesday 11 March 2026.
"""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.domain.data import table
from watcher.domain.reading.replies import PLAIN, read_reply
from watcher.domain.reading.text import MAX_SAID, Attachment, Text

WRITTEN = date(2026, 3, 11)

# What is said, and the day that is promised.
HOLDING = [
    ("Thanks, will check and revert next week", "03-20"),
    ("Received with thanks, we will study and come back.", ""),
    ("We will check with the factory and get back to you tomorrow.", "03-12"),
    ("Noted, checking with my boss", ""),
    ("Let me check.", ""),
    ("Will discuss internally.", ""),
    ("Will do.", ""),
    ("Thanks! I will certainly try it.", ""),
    (
        "Dear Wei,\n\nThank you for your quotation. We will review it and revert by Friday.\n\nBest,\nAnna",
        "03-13",
    ),
    ("Well received. We will discuss with our team and revert by the 15th.", "03-15"),
    ("Ok, will come back to you after Easter.", "04-10"),
    ("Will get back to you after the holidays.", ""),
    ("Please allow me some time, I will ask my boss on Monday.", "03-16"),
    ("I will call you at 10:30 tomorrow.", "03-12"),
    # the writer waits for people of their own
    ("Will get back to you as soon as I hear from my boss.", ""),
    ("We will revert once we receive the answer from our workshop.", ""),
    ("Wir melden uns, sobald wir Antwort vom Werk haben.", ""),
    ("Merci, je reviens vers vous dès que j'ai la réponse de l'usine.", ""),
    ("Grazie, vi faccio sapere appena ricevo la risposta dalla fabbrica.", ""),
    ("Спасибо, ответим, как только получим ответ от завода.", ""),
    ("收到工厂的回复后再答复您。", ""),
    ("上司から回答を受け取り次第、ご連絡いたします。", ""),
    ("We will come back to you as soon as possible.", ""),
    ("Thanks once again, I will revert once I have checked with my boss.", ""),
    ("谢谢，等老板看了再回复您。", ""),
    ("Ich melde mich, sobald ich mehr weiß.", ""),
    # a reply or a thing to send, and the day
    ("收到，谢谢。周五之前答复您。", "03-13"),
    ("禮拜一回覆您", "03-16"),
    ("好的，后天回复", "03-13"),
    ("谢谢，明天发您", "03-12"),
    ("Obrigado, retorno na terça-feira.", "03-17"),
    ("Merci, je vois ça avec mon chef et je reviens vers vous.", ""),
    ("Vielen Dank, wir melden uns.", ""),
    ("Vielen Dank, ich prüfe das und melde mich nächste Woche.", "03-20"),
    ("Danke, wir prüfen das intern und kommen bis Freitag auf Sie zurück.", "03-13"),
    ("Merci, on revient vers vous.", ""),
    ("Bien reçu, je vérifie et je reviens vers vous demain.", "03-12"),
    ("Merci pour votre offre, nous étudions et revenons vers vous la semaine prochaine.", "03-20"),
    ("Gracias, lo revisamos y te aviso la próxima semana.", "03-20"),
    ("Recibido, lo consulto con mi jefe y le confirmo mañana.", "03-12"),
    ("Obrigado, vamos verificar e retornamos amanhã.", "03-12"),
    ("Recebido, vou analisar e dou um retorno na próxima semana.", "03-20"),
    ("Grazie, verifichiamo e vi facciamo sapere.", ""),
    ("Ricevuto, ne parlo con i colleghi e le faccio sapere entro venerdì.", "03-13"),
    ("Bedankt, ik kom er volgende week op terug.", "03-20"),
    ("Goed ontvangen, we bekijken het en laten het u weten.", ""),
    ("Dziękuję, sprawdzimy i damy znać w piątek.", "03-13"),
    ("Otrzymałem, skonsultuję z szefem i wrócę z odpowiedzią jutro.", "03-12"),
    ("Teşekkürler, kontrol edip yarın dönüş yapacağız.", "03-12"),
    ("Aldık, değerlendirip size döneceğiz.", ""),
    ("Спасибо, проверим и вернемся к вам завтра.", "03-12"),
    ("Получили, обсудим с руководством и дадим ответ на следующей неделе.", "03-20"),
    ("شكرا، سنراجع ونعود إليكم غدا", "03-12"),
    ("تم الاستلام، سنتشاور مع الإدارة وسنرد عليكم الأسبوع القادم", "03-20"),
    ("收到，我们确认后回复。", ""),
    ("您好，收到，谢谢。我们内部讨论一下，下周一回复您。", "03-16"),
    ("好的，我跟工厂确认一下，明天回复您。", "03-12"),
    ("收到，我們研究一下，下週回覆您。", "03-20"),
    ("承知しました。社内で確認の上、来週ご連絡いたします。", "03-20"),
    (
        "お世話になっております。\nご連絡ありがとうございます。検討いたします。\nよろしくお願いいたします。",
        "",
    ),
    ("감사합니다. 확인 후 회신드리겠습니다.", ""),
    ("메일 잘 받았습니다. 내부 검토 후 다음 주에 회신드리겠습니다.", "03-20"),
]

CLOSING = [
    "Thanks!",
    "Noted, thanks",
    "OK, well received",
    "Hi Wei, thanks! Best, Anna",
    "Thank you very much, Mr. Yu.",
    "Dear Wei,\n\nMany thanks for your quick reply.\n\nBest regards\nAnna Meyer",
    "Got it, thank you. Have a nice weekend!",
    "Thanks :-)\nAnna",
    "Thank you, that helps a lot!",
    "Danke, alles klar",
    "Vielen Dank für die schnelle Antwort.\n\nMit freundlichen Grüßen\nAnna Meyer",
    "Merci beaucoup, bonne journée",
    "Bien reçu, merci.\nCordialement,\nAnne",
    "Muchas gracias, recibido.",
    "Muito obrigado!",
    "Grazie mille, buona giornata",
    "Bedankt voor de snelle reactie!",
    "Dziękuję bardzo, miłego dnia",
    "Teşekkürler, iyi çalışmalar",
    "Thanks Anna, have a nice weekend!",
    "謝謝您的快速回覆！",
    "Thank you, Mrs. Lin.",
    "Thanks, and merry Christmas!",
    "Aldım, teşekkür ederim.",
    "Принято, спасибо!",
    "شكرا جزيلا",
    "收到，谢谢！",
    "好的，謝謝您",
    "承知しました。ありがとうございます。",
    "네 알겠습니다. 감사합니다.",
]

PLAIN_ONES = [
    # questions and requests
    "Thanks. Can you send the PI?",
    "Thanks, what about the delivery time",
    "Noted. Please send the revised quotation.",
    "Thanks, looking forward to your reply.",
    "We will check. Let us know your best price.",
    "Received, thanks. Kindly confirm the colour.",
    "Thanks, will check.\n\nBest regards\nAnna\n\nPS could you send the catalogue",
    "Danke, bitte schicken Sie uns das Angebot.",
    "Danke, wann können Sie liefern",
    "Merci, pouvez-vous confirmer le prix",
    "Merci de nous envoyer la facture.",
    "Gracias, ¿cuándo envían?",
    "Gracias, quedo a la espera de su respuesta.",
    "Obrigado, fico no aguardo.",
    "Grazie, attendo conferma.",
    "Bedankt, kunt u de prijs bevestigen",
    "Dziękuję, proszę o wycenę.",
    "Teşekkürler, fiyat bekliyoruz.",
    "Teşekkürler, lütfen numune gönderin.",
    "Спасибо, жду счет.",
    "Спасибо, подскажите сроки.",
    "شكرا، يرجى إرسال عرض السعر",
    "شكرا، متى الشحن؟",
    "收到，谢谢。请发一下报价",
    "好的，交期多久呢，能不能快一点",
    "收到，請確認價格",
    "ありがとうございます。お見積りをお送りください。",
    "お世話になっております。ご確認よろしくお願いいたします。",
    "감사합니다. 견적 부탁드립니다.",
    # numbers and orders
    "Thanks, we take 500.",
    "Will check, we need two containers",
    "OK, 3 USD is fine",
    "We accept, thanks.",
    "Thanks, please proceed",
    "Ok, go ahead with the order",
    "Noted, we will pay tomorrow",
    "Einverstanden, danke.",
    "D'accord pour la commande, merci",
    "De acuerdo, adelante con el pedido",
    "Va bene, confermiamo l'ordine",
    "Zgoda, zamawiamy.",
    "Kabul ediyoruz, teşekkürler",
    "Согласны, спасибо",
    "موافقون، شكرا",
    "可以，下单吧，谢谢",
    "好的，我们明天付款",
    "承認いたします。ありがとうございます。",
    "네, 주문하겠습니다. 감사합니다.",
    # complaints
    "Thanks, but it is too expensive.",
    "Received, two boxes are damaged.",
    "Noted. However the colour is wrong.",
    "We will not check this again.",
    "Thanks, we have not received it.",
    "Danke, leider zu teuer.",
    "Merci, mais c'est trop cher.",
    "Gracias, pero es muy caro.",
    "Obrigado, mas está com defeito.",
    "Grazie, purtroppo è rotto.",
    "Bedankt, maar helaas te duur.",
    "Dziękuję, niestety za drogo.",
    "Teşekkürler ama pahalı.",
    "Спасибо, но дорого.",
    "شكرا لكن السعر مرتفع",
    "收到，但是价格太高",
    "ありがとうございます。ただ、少し高いです。",
    "감사합니다. 하지만 비쌉니다.",
    # news
    "Thanks, we are interested in your new model.",
    "Our address is 5 Hafen Street.",
    "Thanks, see https://meyer.example/list",
    "Thanks, write to anna@meyer.example",
    "Thanks! Passes now.",
    "True. Thanks.",
    "I will check. The sample was fine.",
    "The customs will check it.",
    "Thanks for the samples, the quality convinced our whole purchasing team.",
    "Yes, thanks",
    "Anna",
    # the writer waits for us
    "Thanks, we will revert once we receive your packing list.",
    "Will check upon receipt of the samples.",
    "We will let you know as soon as your label file is here.",
    "I will check when the printer sends it.",
    "Danke, wir prüfen das, sobald uns Ihre Muster vorliegen.",
    "Wir melden uns nach Eingang der Unterlagen.",
    "Merci, je vérifie dès que vos documents arrivent.",
    "Nous revenons vers vous après réception du plan.",
    "Nous attendons encore le catalogue et revenons vers vous.",
    "Gracias, lo revisamos al recibir las muestras.",
    "Quedo pendiente de la muestra y le aviso.",
    "Obrigado, retornaremos após o recebimento das amostras.",
    "Grazie, verifichiamo appena arriva la scheda.",
    "Bedankt, we bekijken het zodra de stalen binnen zijn.",
    "Dziękuję, sprawdzimy po otrzymaniu próbek.",
    "Teşekkürler, numune gelince kontrol edeceğiz.",
    "Спасибо, ответим, как только получим образцы.",
    "شكرا، سنراجع عند استلام العينات",
    "收到样品后我们确认一下。",
    "收到，谢谢。收到目录后再联系。",
    "等收到您的圖檔，再跟您聯絡。",
    "サンプルが届きましたら確認いたします。",
    "샘플이 도착하면 검토하겠습니다.",
    "We will look into it once the colour card is here.",
    "We will revert following receipt of the plans.",
    "Danke, wir prüfen das nach Ankunft der Proben.",
    "Gracias, lo reviso apenas llegue la muestra.",
    "Dziękuję, odezwę się, gdy dotrze paczka.",
    "Спасибо, ответим по получению каталога.",
    "谢谢，样品到了我们再看一下。",
    "谢谢，等颜色卡来了再回复您。",
    "カタログを拝見してから検討いたします。",
    # complaints, orders, agreement
    "Thanks, I will check the scratches with my boss.",
    "Thanks, the drawing is corrupted, will try later.",
    "Resend please.",
    "Resend it, we will check.",
    "價格偏高，我們討論一下。",
    "收到，开始生产，谢谢。",
    "收到，安排一下发运，谢谢。",
    "Thanks, that is fine by us",
    "Danke, gern.",
    "Gracias, vale.",
    "Danke, wir sehen uns am Montag.",
    # a day, a port, a carrier or a colour that is chosen
    "Thanks, Tuesday.",
    "Noted, Friday then.",
    "Merci, jeudi.",
    "谢谢，周四。",
    "Thanks, I'll be in Shanghai tomorrow.",
    "Thanks, Rotterdam.",
    "Thanks Rotterdam then.",
    "Noted, Evergreen.",
    "Thanks. 已回复您。",
    "谢谢您今天的回复",
    "We met at the fair.",
    "",
]


@pytest.mark.parametrize(("said", "promised"), HOLDING)
def test_a_holding_reply(said: str, promised: str) -> None:
    found = read_reply(Text(said=said), WRITTEN)
    named = found.promised.isoformat().removeprefix("2026-") if found.promised else ""
    assert (found.holding, found.closing, named) == (True, False, promised)


@pytest.mark.parametrize("said", CLOSING)
def test_a_closing_reply(said: str) -> None:
    found = read_reply(Text(said=said), WRITTEN)
    assert (found.holding, found.closing) == (False, True)


@pytest.mark.parametrize("said", PLAIN_ONES)
def test_a_plain_reply(said: str) -> None:
    assert read_reply(Text(said=said), WRITTEN) == PLAIN


SHORT = [*(said for said, _ in HOLDING), *CLOSING]


@pytest.mark.parametrize("said", SHORT)
@pytest.mark.parametrize(
    "asked", ["\nAnd the price?", "\n价格呢？", "\nكم السعر؟", "\nPlease send samples.", "\nBitte um Angebot"]
)
def test_what_is_added_makes_it_plain(said: str, asked: str) -> None:
    assert read_reply(Text(said=said + asked), WRITTEN) == PLAIN


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("image001.png", False),
        ("logo.jpg", False),
        ("Anna Meyer.vcf", False),
        ("smime.p7s", False),
        ("", False),
        ("PO 4711.pdf", True),
        ("IMG_2031.jpg", True),  # a photo of a payment slip
        ("scan.png", True),
    ],
)
def test_an_attachment_says_something_unless_mail_programs_add_it(name: str, plain: bool) -> None:
    found = read_reply(Text(said="Thanks!", attachments=(Attachment(name),)), WRITTEN)
    assert (found == PLAIN) is plain


def test_what_was_not_fetched_whole_is_plain() -> None:
    assert read_reply(Text(said="Thanks!", whole=False), WRITTEN) == PLAIN


def test_a_long_mail_is_plain() -> None:
    assert read_reply(Text(said="Thanks for your help and support. " * 9), WRITTEN) == PLAIN
    assert read_reply(Text(said="谢谢您的支持。" * 25), WRITTEN) == PLAIN


@given(st.text(max_size=200), st.dates(date(1980, 1, 1), date(2099, 1, 1)))
def test_any_text_is_read(said: str, written: date) -> None:
    found = read_reply(Text(said=said), written)
    assert not (found.holding and found.closing)
    assert found.promised is None or found.holding


PHRASES = sorted({said for said, _ in HOLDING})


@settings(max_examples=60)
@given(st.sampled_from(PHRASES), st.sampled_from(["?", "？", "؟"]), st.data())
def test_a_question_mark_anywhere_makes_it_plain(said: str, mark: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(said)))
    assert read_reply(Text(said=said[:place] + mark + said[place:]), WRITTEN) == PLAIN


def test_because_is_a_phrase_of_ours() -> None:
    assert read_reply(Text(said="WE'LL CHECK IT"), WRITTEN).because == "i will check it"
    assert read_reply(Text(said="Thank You!"), WRITTEN).because == "thank you"


def test_every_language_has_every_group() -> None:
    groups = {name: frozenset(language) for name, language in table("replies").items()}
    assert len(groups) == 14  # Chinese is one table of both scripts
    assert len(set(groups.values())) == 1


@pytest.mark.parametrize(
    "piece",
    [
        "will ",
        "a@a@a",
        "thanks ",
        "确",
        "1.",
        "Dear ",
        "- ",
        "thanks.",
        "will x\n",
        "Best, ",
        "…",
        "(",
        "in 3 ",
    ],
)
def test_hostile_text_takes_no_time(piece: str) -> None:
    text = Text(said=(piece * MAX_SAID)[:3_999])
    read_reply(text, WRITTEN)  # the tables are read once
    begun = time.process_time()
    read_reply(text, WRITTEN)
    read_reply(Text(said=(piece * MAX_SAID)[:MAX_SAID]), WRITTEN)
    assert time.process_time() - begun < 0.5
