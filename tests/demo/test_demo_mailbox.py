"""The demo's mailbox holds what the demo promises, on whatever day it is run.

The mail is read with the standard library, not with watcher's own parser.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from functools import cache

import pytest

from watcher.demo.mailbox import USER, DemoMail, DemoMailbox, demo_mailbox, weekday_before

pytestmark = pytest.mark.daemon

NOW = datetime(2026, 3, 19, 1, 2, tzinfo=UTC)
# Every weekday, every hour of the day sooner or later, leap day, both clock changes, New Year.
MOMENTS = [
    *(datetime(2026, 3, 19, tzinfo=UTC) + timedelta(days=9 * step, hours=5 * step) for step in range(24)),
    datetime(2027, 1, 1, 0, 0, tzinfo=UTC),
    datetime(2028, 2, 29, 23, 59, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
    datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
]


@dataclass(frozen=True)
class Read:
    """A mail of the demo as the standard library reads it."""

    mail: DemoMail
    message: Message

    def __getitem__(self, field: str) -> str:
        return str(self.message.get(field, ""))  # raw octets come as a Header

    @property
    def sent(self) -> datetime:
        return parsedate_to_datetime(self["date"])

    @property
    def references(self) -> list[str]:
        return re.findall(r"<[^>]+>", self["references"])

    @property
    def subject(self) -> str:
        return str(make_header(decode_header(self["subject"])))

    def addresses(self, *fields: str) -> list[str]:
        return [address for _, address in getaddresses([self[field] for field in fields]) if address]

    @property
    def author(self) -> str:
        return self.addresses("from")[0]


def read(mails: Iterable[DemoMail]) -> list[Read]:
    return [Read(mail, message_from_bytes(mail.raw)) for mail in mails]


@cache
def told(now: datetime) -> DemoMailbox:
    return demo_mailbox(now)


@cache
def told_mails(now: datetime) -> list[Read]:
    return read(told(now).mails)


@pytest.fixture(scope="module")
def box() -> DemoMailbox:
    return told(NOW)


@pytest.fixture(scope="module")
def mails() -> list[Read]:
    return told_mails(NOW)


def one(found: Sequence[Read]) -> Read:
    assert len(found) == 1, [mail.subject for mail in found]
    return found[0]


def roots(mails: Iterable[Read]) -> Counter[str]:
    return Counter((mail.references or [mail["message-id"]])[0] for mail in mails)


def test_same_moment_same_bytes(box: DemoMailbox) -> None:
    assert demo_mailbox(NOW) == box
    assert demo_mailbox(NOW + timedelta(days=1)) != box


def test_thirty_threads_over_ten_weeks(mails: list[Read]) -> None:
    assert len(roots(mails)) >= 30
    assert sum(1 for count in roots(mails).values() if count > 1) >= 20
    first = min(mail.sent for mail in mails)
    assert timedelta(weeks=8) < NOW - first < timedelta(weeks=11)


def test_folders(box: DemoMailbox) -> None:
    used = Counter(mail.folder for mail in box.mails)
    assert used.keys() == {"INBOX", "Sent", "Customers/Europe", "Junk", "Trash"}
    assert used.keys() - {"INBOX"} < set(box.folders)
    assert all(used[folder] >= 15 for folder in ("INBOX", "Sent", "Customers/Europe"))


def test_sent_holds_what_we_wrote_and_nothing_else(mails: list[Read]) -> None:
    assert all((mail.author == USER) == (mail.mail.folder == "Sent") for mail in mails)


def test_message_ids_are_unique(box: DemoMailbox) -> None:
    every = read([*box.mails, *(delivery.mail for delivery in box.deliveries)])
    assert max(Counter(mail["message-id"] for mail in every).values()) == 1
    assert all(re.fullmatch(r"<[^<>@\s]+@[^<>@\s]+>", mail["message-id"]) for mail in every)


def test_no_address_or_host_of_the_real_world(box: DemoMailbox) -> None:
    every = [*box.mails, *(delivery.mail for delivery in box.deliveries)]
    text = "\n".join(_readable(mail.message) for mail in read(every))
    hosts = set(re.findall(r"@([\w.-]+\.\w+)|https?://([\w.-]+)", text))
    assert len(hosts) > 40
    assert [
        host for pair in hosts for host in pair if host and not host.endswith((".test", ".example"))
    ] == []


def test_automatic_mail_is_there(mails: list[Read]) -> None:
    bounce = one([mail for mail in mails if "delivery-status" in mail["content-type"]])
    returned = bounce.message.get_payload()[2].get_payload()[0]
    assert bounce["return-path"] == "<>"
    assert returned["message-id"] in {mail["message-id"] for mail in mails if mail.author == USER}
    assert "Status: 5.1.1" in bounce.message.get_payload()[1].as_string()

    receipt = one([mail for mail in mails if "disposition-notification" in mail["content-type"]])
    assert receipt["in-reply-to"] in receipt.message.get_payload()[1].as_string()

    replied = [mail for mail in mails if mail["auto-submitted"] == "auto-replied" and mail is not bounce]
    assert one([mail for mail in replied if mail["x-autoreply"]])
    exchange = one([mail for mail in mails if mail["x-ms-exchange-inbox-rules-loop"]])
    assert (exchange["x-auto-response-suppress"], exchange["auto-submitted"]) == ("All", "")
    assert "calendarmessage" in one([mail for mail in mails if mail["content-class"]])["content-class"]
    assert [mail for mail in mails if mail["list-id"] and mail["list-unsubscribe"]]


def test_out_of_office_answers_come_within_seconds_and_nobody_answers_them(mails: list[Read]) -> None:
    by_id = {mail["message-id"]: mail for mail in mails}
    away = [mail for mail in mails if mail["x-autoreply"] or mail["x-ms-exchange-inbox-rules-loop"]]
    assert len(away) == 2
    for mail in away:
        assert mail.sent - by_id[mail["in-reply-to"]].sent < timedelta(seconds=20)
        assert not [answer for answer in mails if mail["message-id"] in answer.references]


@pytest.mark.parametrize(
    ("charset", "least"),
    [("gbk", 5), ("gb2312", 2), ("utf-8", 5), ("iso-8859-1", 2), ("iso-8859-15", 2), ("us-ascii", 30)],
)
def test_charsets(mails: list[Read], charset: str, least: int) -> None:
    claimed = [part.get_content_charset() for mail in mails for part in mail.message.walk()]
    assert claimed.count(charset) >= least


def test_gbk_that_claims_to_be_gb2312(mails: list[Read]) -> None:
    wrong = [mail for mail in mails if "=?gb2312?" in mail["from"]]
    octets = decode_header(wrong[0]["from"])[0][0]
    assert octets.decode("gbk") == "张喆"
    with pytest.raises(UnicodeDecodeError):
        octets.decode("gb2312")


def test_a_header_in_raw_octets(mails: list[Read]) -> None:
    raw = one([mail for mail in mails if "询价 船用".encode("gbk") in mail.mail.raw])
    assert not raw.mail.raw.partition(b"\r\n\r\n")[0].isascii()


@pytest.mark.parametrize(
    "words", ["freigegeben", "Muchas gracias|Gracias", "报价单见附件", "報價單", "Proforma"], ids=str
)
def test_languages(mails: list[Read], words: str) -> None:
    assert [mail for mail in mails if re.search(words, _readable(mail.message))]


@pytest.mark.parametrize(
    "mark", ["________________\nVon: ", r"\nEl [\d/]+ a las", r"\nOn \w{3}, ", "发件人： ", r"\nAm [\d.]+ um"]
)
def test_quotes_in_the_styles_of_the_clients(mails: list[Read], mark: str) -> None:
    assert [mail for mail in mails if re.search(mark, _readable(mail.message))]


def test_who_takes_part(mails: list[Read]) -> None:
    colleague = [mail for mail in mails if mail.author == "lin@acme-pumps.test"]
    assert [mail for mail in colleague if USER in mail.addresses("cc")]
    assert [mail for mail in colleague if USER in mail.addresses("to")]
    factory = one([mail for mail in mails if mail.author.endswith("@hejiang-foundry.test")])
    assert factory.addresses("to", "cc") == [USER]
    shared = [mail for mail in mails if mail.addresses("to", "cc") == ["sales@acme-pumps.test"]]
    assert shared
    many = one([mail for mail in mails if len(mail.addresses("bcc")) >= 5])
    assert (many.author, many.addresses("to")) == (USER, [USER])


def test_forms_and_platforms_name_the_buyer_in_reply_to(mails: list[Read]) -> None:
    forms = [mail for mail in mails if mail.author == "form@acme-pumps.test"]
    assert len(forms) == 2
    assert not any(
        address.endswith("acme-pumps.test") for mail in forms for address in mail.addresses("reply-to")
    )
    assert [mail for mail in mails if mail.author.endswith("@tradebridge.example") and mail["reply-to"]]


def test_a_customer_answers_in_a_new_mail(mails: list[Read]) -> None:
    kelvin = [mail for mail in mails if mail.author == "deirdre@kelvin-hvac.example"]
    assert [bool(mail["references"] or mail["in-reply-to"]) for mail in kelvin] == [False, False]


def test_an_answer_to_a_mail_no_folder_holds(mails: list[Read]) -> None:
    known = {mail["message-id"] for mail in mails}
    orphan = one([mail for mail in mails if mail["in-reply-to"] and mail["in-reply-to"] not in known])
    assert orphan["in-reply-to"].endswith("@acme-pumps.test>")


def test_inquiries_that_nobody_answered(mails: list[Read]) -> None:
    asked = {"anadolu-su.example", "lagos-borehole.example", "donghai-ship.test", "pampa-agro.example"}
    written_to = {
        address for mail in mails if mail.author == USER for address in mail.addresses("to", "cc", "bcc")
    }
    authors = {a for mail in mails for a in mail.addresses("from", "reply-to")}
    assert asked <= {address.partition("@")[2] for address in authors}
    assert not asked & {address.partition("@")[2] for address in written_to}


def test_an_answer_of_a_known_customer_lies_in_junk(mails: list[Read]) -> None:
    known = {address for mail in mails if mail.author == USER for address in mail.addresses("to")}
    assert one([mail for mail in mails if mail.mail.folder == "Junk" and mail.author in known])


def test_the_reps_word_covers_the_pyramid(box: DemoMailbox, mails: list[Read]) -> None:
    said = Counter(word.stage for word in box.stages)
    assert said.keys() == {"won", "pi", "opportunity", "inquiry", "cold", "lost"}
    assert (said["won"], said["pi"]) == (2, 2)
    for word in box.stages:
        theirs = [mail.sent for mail in mails if _takes_part(mail, word.customer)]
        assert min(theirs) < word.at < NOW, word.customer


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_every_day_tells_the_same_story(now: datetime) -> None:
    box, mails = told(now), told_mails(now)
    by_id = {mail["message-id"]: mail for mail in mails}
    assert [mail.internal_date for mail in box.mails] == sorted(mail.internal_date for mail in box.mails)
    for mail in mails:
        assert mail.sent.utcoffset() is not None
        assert mail.sent < mail.mail.internal_date < mail.sent + timedelta(minutes=1)
        assert mail.mail.internal_date < now
        assert mail.sent.weekday() < 5, "nobody here writes on a weekend of their own"
        parents = [by_id[reference] for reference in mail.references if reference in by_id]
        assert all(parent.sent < mail.sent for parent in parents), mail.subject


@pytest.mark.parametrize("now", MOMENTS[::3], ids=str)
def test_people_write_in_their_working_hours(now: datetime) -> None:
    machines = {"form@acme-pumps.test", "news@fluid-expo.example", "noreply@skylark-air.example"}
    for mail in told_mails(now):
        automatic = mail.author in machines or mail["x-autoreply"] or mail["x-auto-response-suppress"]
        assert automatic or 8 <= mail.sent.hour < 20, (mail.subject, mail.sent)


# Weekdays that have passed since the ball was last kicked: more than the stage's wait (DESIGN 2.5), and for
# those who wait for us more than the longest run of Chinese holidays besides.
@pytest.mark.parametrize(
    ("customer", "by_us", "least"),
    [
        ("meyer-armaturen.example", True, 7),
        ("importadora-sol.example", True, 10),
        ("pacific-marine.example", False, 5),
        ("gulf-flow.example", False, 12),
    ],
)
@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_who_is_due_on_every_day(now: datetime, customer: str, by_us: bool, least: int) -> None:
    personal = [mail for mail in told_mails(now) if "multipart/report" not in mail["content-type"]]
    last = [mail for mail in personal if _takes_part(mail, customer)][-1]
    assert (last.author == USER) == by_us
    assert last.sent.date() <= weekday_before(now.date(), least)


def test_deliveries(box: DemoMailbox, mails: list[Read]) -> None:
    paid, asked = (Read(one_of.mail, message_from_bytes(one_of.mail.raw)) for one_of in box.deliveries)
    assert [delivery.after_seconds for delivery in box.deliveries] == [8, 16]
    for delivery, mail in zip(box.deliveries, (paid, asked), strict=True):
        assert mail.sent == NOW + timedelta(seconds=delivery.after_seconds) == delivery.mail.internal_date
        assert (delivery.mail.folder, delivery.mail.seen) == (_home(mail), False)
    ours = [mail for mail in mails if mail.author == USER and _takes_part(mail, "meyer-armaturen.example")]
    assert paid["in-reply-to"] == ours[-1]["message-id"]
    assert "bank slip attached" in _readable(paid.message)
    assert not asked["in-reply-to"]


@pytest.mark.parametrize(
    ("day", "before"),
    [(16, date(2026, 3, 13)), (17, date(2026, 3, 16)), (21, date(2026, 3, 20)), (22, date(2026, 3, 20))],
)
def test_the_weekday_before(day: int, before: date) -> None:
    assert weekday_before(date(2026, 3, day), 1) == before


def _home(mail: Read) -> str:
    return "Customers/Europe" if "meyer" in mail.author else "INBOX"


def _takes_part(mail: Read, customer: str) -> bool:
    return any(address.endswith(f"@{customer}") for address in mail.addresses("from", "to", "cc", "reply-to"))


def _readable(message: Message) -> str:
    """The header block and every text part, decoded as the part claims."""
    head = "".join(f"{name}: {value}\n" for name, value in message.items())
    return head + "".join(_decoded(part) for part in message.walk() if part.get_content_maintype() == "text")


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode(part.get_content_charset() or "ascii", "replace").replace("\r\n", "\n")
