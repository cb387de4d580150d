"""Where a mail ends and its signature begins; and what looks like a signature and says something."""

from __future__ import annotations

import pytest

from watcher.mailbox.quotes import cut

SIGN_OFFS = [
    *("Best regards", "Kind regards,", "Regards", "Sincerely yours,", "Thanks & regards,", "BR", "B.RGDS"),
    *("Mit freundlichen Grüßen", "Viele Grüße", "MfG", "Freundliche Grüße / Best regards"),
    *("Cordialement,", "Bien à vous,", "Saludos cordiales,", "Atentamente", "Atenciosamente,"),
    *("Cordiali saluti", "Met vriendelijke groet,", "Z poważaniem", "Pozdrawiam", "Saygılarımla,"),
    *("İyi çalışmalar,", "С уважением,", "مع أطيب التحيات", "此致 敬礼", "此致\n敬礼", "此致\n\n敬礼！"),
    *(
        "顺祝商祺！",
        "順頌 商祺",
        "祝好",
        "敬具",
        "以上",
        "Cheers,",
        "감사합니다.",
        "*Best regards*",
        "-- ",
        "--",
    ),
]


@pytest.mark.parametrize("sign_off", SIGN_OFFS)
def test_a_sign_off_begins_the_signature(sign_off: str) -> None:
    name = "김민수 드림" if sign_off.startswith("감사") else "Wei Chen"
    signature = f"{sign_off}\n{name}\nACME Ltd.\nTel: +86 574 5555 0100"
    said, found, _ = cut(f"We can do it.\nWhen do you need it?\n\n{signature}\n")
    assert (said, found) == ("We can do it.\nWhen do you need it?", signature.replace("-- ", "--"))


@pytest.mark.parametrize(
    ("text", "said", "signature"),
    [
        # one line
        ("Done.\nBest regards, Anna Bauer", "Done.", "Best regards, Anna Bauer"),
        ("Done.\nKind regards Anna", "Done.", "Kind regards Anna"),
        # thanks are said, the name is not
        ("Thanks,\nAnna", "Thanks,", "Anna"),
        ("Many thanks,\n\nAnna Bauer\nPurchasing\nCUST", "Many thanks,", "Anna Bauer\nPurchasing\nCUST"),
        ("Vielen Dank,\nAnna", "Vielen Dank,", "Anna"),
        ("谢谢，\n王伟", "谢谢，", "王伟"),
        # a program's line at the top
        ("Sent from my iPhone\n\nOk, 500 pcs.", "Ok, 500 pcs.", "Sent from my iPhone"),
        # a postscript is said
        (
            "Ok.\n\nRegards\nAnna\n\nPS: and when?\nPlease.\n\nCUST",
            "Ok.\n\nPS: and when?\nPlease.",
            "Regards\nAnna\n\nCUST",
        ),
        ("好的\n\n祝好\n王伟\n又及：请报价", "好的\n\n又及：请报价", "祝好\n王伟"),
        ("Ok.\nRegards\nAnna\n\nP. S. And when?", "Ok.\nP. S. And when?", "Regards\nAnna"),
        # nothing else
        ("Best regards,\nAnna", "", "Best regards,\nAnna"),
        ("-- \nAnna", "", "--\nAnna"),
    ],
)
def test_signatures(text: str, said: str, signature: str) -> None:
    assert cut(text)[:2] == (said, signature)


@pytest.mark.parametrize(
    "signature",
    [
        "Sent from my iPhone",
        "Von meinem iPhone gesendet",
        "发自我的iPhone",
        "iPhone'umdan gönderildi",
        "Отправлено с iPhone",
        "Get Outlook for iOS<https://aka.example>",
        "iPhoneから送信",
        "나의 iPhone에서 보냄",
        "Envoyé de mon iPhone",
        "Enviado desde mi iPhone",
        "Inviato da iPhone",
        "Wysłane z iPhone'a",
        # ways to reach somebody, without any phrase
        "Anna Bauer\nanna@cust.example\n(555) 555-0100",
        "-------------------\n王伟\n电话：0574-5550100",
        "━━━━━━━━━━━━\n株式会社アクメ\nTEL: 03-5555-0100",
    ],
)
def test_what_programs_and_habits_add(signature: str) -> None:
    assert cut(f"500 pcs.\n\n{signature}\n") == ("500 pcs.", signature, "")


@pytest.mark.parametrize(
    "text",
    [
        "Thanks!",
        "Thanks",
        "Thank you.\nNoted.",
        "Thanks, will check.",
        "Thanks,\nwill check and revert next week",
        "감사합니다.",
        "감사합니다.\n다음 주에 답변 드리겠습니다.",
        "谢谢",
        "谢谢，\n我下周回复。",
        "Cheers",
        "Best price please.",
        "Saludos,\n\nfavor enviar precio",
        "İyi günler,\n\nfiyat nedir?",
        "Regards your offer: the price is too high.",
        "Please send the samples to:\nRoad 5, Hall 2",
        "BR 500 pcs",
        "We need:\n- 100 pcs\n- 200 pcs",
        "Sent from our warehouse yesterday.",
        "P.S. is a port code.",
        "Anna Bauer asked for the price.\n\nCan you quote?",
        "500 pcs\n-----\n10 USD",
        "att: Wei\nPlease quote.",
        "以上3点请确认。",
        "Ok.\n\nAnna,\nplease call +49 30 5550 100\nor write to anna@cust.example",
        "See below.\n-----\nTel: +49 30 5550 100\nis that right?",
    ],
)
def test_what_says_something_stays(text: str) -> None:
    assert cut(text) == (text, "", "")
