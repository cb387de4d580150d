"""Where no header gave a machine away: an announcement with an order beside it is a person's mail."""

from __future__ import annotations

from time import process_time

import pytest

from watcher.domain.kinds import PERSONAL, KindVerdict
from watcher.domain.messages import Address, Envelope, Kind
from watcher.domain.reading.automatic import judged_by_text
from watcher.domain.reading.personal import only_announces, wants_something
from watcher.domain.reading.text import Text

SUSPECT = KindVerdict(Kind.PERSONAL, suspect=True)


def read(said: str, subject: str = "Re: Offer 77", verdict: KindVerdict = PERSONAL) -> Kind:
    envelope = Envelope(author=Address("olga@kunde.example"), to=(Address("li@acme.test"),), subject=subject)
    return judged_by_text(verdict, envelope, Text(said=said)).kind


@pytest.mark.parametrize(
    "said",
    [
        "Thank you for your message. I am away from the office in Lyon, back on Monday. The gasket fits.",
        "Thanks for your e-mail. I'm on leave, in my absence please contact Olga, we buy both machines.",
        "Thank you for your mail. I am on holiday and will be back on 4 May. We pay today.",
        "Thank you for writing. I am out of the office. For urgent matters please call me; 40 pcs are fine.",
        "Danke für Ihre Nachricht. Ich bin im Urlaub, dringend: wir nehmen an, meine Vertretung Frau Olm.",
        "Merci de votre message. Je suis en déplacement, en mon absence Paul signe le contrat demain.",
        "Gracias por su correo. Estoy de vacaciones, en caso de urgencia Luis. El material llegó bien.",
        "Obrigado pelo seu e-mail. Estou de férias, na minha ausência fale com Rui. Gostamos da cor azul.",
        "Grazie per la sua mail. Sono in ferie, in caso di urgenza Ugo. Il colore deve essere rosso.",
        "Bedankt voor uw bericht. Ik ben op vakantie, tijdens mijn afwezigheid beslist Jan, kleur is goed.",
        "Dziękuję za wiadomość. Jestem na urlopie, w pilnych sprawach Ewa. Kolor jest dobry, bierzemy.",
        "Mesajınız için teşekkürler. Tatildeyim, yokluğumda Ali bakar. Renk iyi, üretime başlayın.",
        "Спасибо за ваше письмо. Я в отпуске, по срочным вопросам Олег. Цвет подходит, начинайте.",
        "شكرا لرسالتكم. أنا في إجازة، للحالات العاجلة علي. اللون جيد، ابدأوا الإنتاج.",
        "感谢您的来信。我在休假中，如有急事请联系小李。颜色没问题，开始做吧。",
        "ご連絡ありがとうございます。休暇中です。緊急の場合は田中まで。色は青で進めてください。",
        "메일 감사합니다. 휴가 중이니 급한 일은 김대리에게. 색상은 파란색으로 진행해 주십시오.",
    ],
)
def test_an_announcement_with_news_beside_it_is_a_persons(said: str) -> None:
    assert read(said) is Kind.PERSONAL


@pytest.mark.parametrize(
    "said",
    [
        "Thank you for your message. I am out of the office. In urgent cases please contact Olga Olm.",
        "Hi,\nthank you for your mail.\nI am on annual leave and will be back on 4 May.\n\nRegards\nOlga",
        "Vielen Dank für Ihre Nachricht. Ich bin bis zum 4. Mai im Urlaub. In dringenden Fällen Frau Olm.",
        "Merci de votre message. Je suis absent du bureau. En cas d'urgence, veuillez contacter Paul.",
        "Thank you for your email. I am on leave. Your email is important to me. In my absence call Olga.",
        "Thank you for your email. I am on leave. In my absence please contact Olga. Thank you!",
        "Vielen Dank für Ihre Mail. Ich bin vom 26. Juni bis 2. Juli im Urlaub. In meiner Abwesenheit: Olga.",
    ],
)
def test_a_machine_that_says_nothing_else_is_one(said: str) -> None:
    assert read(said) is Kind.AUTO_REPLY


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        (
            "On holiday from Monday",
            "Hi Li, I am on holiday until the 9th, please send the drawing before that.",
        ),
        ("Urlaub", "Hallo Li, ich bin im Urlaub bis 9.5., bitte liefern Sie danach."),
        ("Vacances", "Bonjour, je suis en congés jusqu'au 9. Pouvez-vous nous envoyer le plan avant ?"),
        (
            "Your request",
            "Thank you for your message, we have received your request. How many do you pack in a box?",
        ),
        ("收到您的图", "您好，已收到您的图，感谢您的来信。请报价500套。"),
        ("受付の件", "お問い合わせいただきありがとうございます。受け付けました。見積をお送りください。"),
        ("휴가", "휴가로 자리를 비웁니다. 급한 일은 연락 주세요. 샘플 보내 주세요."),
    ],
)
def test_a_suspects_order_is_a_persons(subject: str, said: str) -> None:
    assert read(said, subject, SUSPECT) is Kind.PERSONAL


@pytest.mark.parametrize("piece", ["a\n", "please ", "1.", "，", "thank you for your e", "и ", "\n\n"])
def test_it_takes_no_time_on_hostile_text(piece: str) -> None:
    began = process_time()
    text = Text(said=piece * (20_000 // len(piece)))
    wants_something(text)
    only_announces(text)
    assert process_time() - began < 0.5
