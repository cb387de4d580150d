"""Which link opens a mail, and that no Message-ID gets out of it."""

from __future__ import annotations

import re
import string
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.domain.mail_links import NO_ID, Link, Machine, Mail, Wanted, Way, Webmail, link_to

ADDRESS = "wei@acme.test"
BARE, MAILER, BROWSER = Machine(), Machine(has_mail_program=True), Machine(has_browser=True)
BOTH = Machine(has_mail_program=True, has_browser=True)
APPLE = Machine("message", has_mail_program=True, has_browser=True)
MID = Link(Way.MAIL, "mid:m1@meyer.example")
GMAIL = Link(
    Way.WEB, "https://mail.google.com/mail/?authuser=wei@acme.test#search/rfc822msgid%3Am1%40meyer.example"
)
OUTLOOK = Link(Way.WEB, "https://outlook.live.com/mail/")
WORK = Link(Way.WEB, "https://outlook.office.com/mail/")
TERMINAL = Link(Way.TERMINAL)


def mail(webmail: Webmail = Webmail.NONE, message_id: str = "<m1@meyer.example>") -> Mail:
    return Mail(message_id, ADDRESS, webmail)


@pytest.mark.parametrize(
    ("webmail", "wanted", "machine", "expected"),
    [
        (Webmail.NONE, "auto", BOTH, MID),
        (Webmail.NONE, "auto", BROWSER, TERMINAL),
        (Webmail.NONE, "auto", BARE, TERMINAL),
        (Webmail.NONE, "mail", BARE, MID),  # who says so knows
        (Webmail.NONE, "web", BOTH, TERMINAL),
        (Webmail.NONE, "terminal", BOTH, TERMINAL),
        (Webmail.GMAIL, "auto", BOTH, MID),
        (Webmail.GMAIL, "auto", BROWSER, GMAIL),
        (Webmail.GMAIL, "auto", BARE, TERMINAL),
        (Webmail.GMAIL, "web", BARE, GMAIL),
        (Webmail.OUTLOOK, "auto", BROWSER, OUTLOOK),
        (Webmail.MICROSOFT_365, "auto", BROWSER, WORK),
        (Webmail.MICROSOFT_365, "auto", BOTH, MID),
        (Webmail.NONE, "auto", APPLE, Link(Way.MAIL, "message:%3Cm1@meyer.example%3E")),
    ],
)
def test_where_a_mail_is_opened(webmail: Webmail, wanted: Wanted, machine: Machine, expected: Link) -> None:
    assert link_to(mail(webmail), wanted, machine) == expected


@pytest.mark.parametrize("wanted", ["auto", "mail", "web", "terminal"])
def test_without_a_mail_there_is_the_terminal(wanted: Wanted) -> None:
    assert link_to(None, wanted, BOTH) == TERMINAL


@pytest.mark.parametrize(
    "name", [f"<0123456789abcdef01234567{NO_ID}>", "", "<>", f"<{'x' * 2000}@a.example>"]
)
def test_what_no_program_could_find_is_no_link(name: str) -> None:
    assert link_to(mail(message_id=name), "mail", BOTH) == TERMINAL
    assert link_to(mail(Webmail.GMAIL, name), "web", BOTH) == TERMINAL
    assert link_to(mail(Webmail.OUTLOOK, name), "web", BOTH) == OUTLOOK


@pytest.mark.parametrize(
    ("name", "link"),
    [
        ("<a b@x.example>", "mid:a%20b@x.example"),
        ("<--help@x.example>", "mid:--help@x.example"),
        ("<a;rm -rf ~@x.example>", "mid:a%3Brm%20-rf%20~@x.example"),
        ("<$(id)`id`@x.example>", "mid:%24%28id%29%60id%60@x.example"),
        ("<a%41/b?c#d@x.example>", "mid:a%2541%2Fb%3Fc%23d@x.example"),
        ("<a\r\nb\x00\x1b[31m@x.example>", "mid:a%0D%0Ab%00%1B%5B31m@x.example"),
        ("<报价@x.example>", "mid:%E6%8A%A5%E4%BB%B7@x.example"),
        ("<\udce9@x.example>", "mid:%3F@x.example"),  # a byte that was no text
        ('<"a<b>"@x.example>', "mid:%22a%3Cb%3E%22@x.example"),
    ],
)
def test_a_hostile_id_stays_in_its_link(name: str, link: str) -> None:
    assert link_to(mail(message_id=name), "mail", BOTH).url == link


@given(
    st.text(min_size=1, max_size=60), st.sampled_from(["mid", "message"]), st.sampled_from(["mail", "web"])
)
def test_whatever_the_id_the_link_is_one_word_of_plain_letters(
    name: str, scheme: str, wanted: Wanted
) -> None:
    url = link_to(mail(Webmail.GMAIL, f"<{name}>"), wanted, Machine(scheme)).url  # type: ignore[arg-type]
    plain = re.escape(string.ascii_letters + string.digits + "-._~@%")
    assert re.fullmatch(
        rf"(mid:|message:|https://mail\.google\.com/mail/\?authuser=wei@acme\.test#search/)[{plain}]+", url
    )
    if wanted == "mail" and scheme == "mid":
        assert unquote(url.removeprefix("mid:"), errors="strict") == name
