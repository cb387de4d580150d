"""Roles and what is watched, from a LIST answer and two settings."""

from __future__ import annotations

import pytest

from watcher.domain.messages import Role
from watcher.mailbox.folders import Listed, classify
from watcher.mailbox.protocol import Folder


def listed(name: str, *flags: str, delimiter: str = "/") -> Listed:
    return Listed(frozenset(flags), delimiter, name)


def only(name: str, *flags: str, delimiter: str = "/") -> Folder:
    return classify([listed(name, *flags, delimiter=delimiter)])[0]


@pytest.mark.parametrize(
    ("flag", "role", "left_out"),
    [
        ("\\Sent", Role.SENT, ""),
        ("\\sent", Role.SENT, ""),
        ("\\Junk", Role.JUNK, ""),
        ("\\Spam", Role.JUNK, ""),
        ("\\Trash", Role.OTHER, "trash"),
        ("\\Drafts", Role.OTHER, "drafts"),
        ("\\All", Role.OTHER, "all mail"),
        ("\\AllMail", Role.OTHER, "all mail"),
        ("\\Archive", Role.OTHER, ""),
        ("\\Flagged", Role.OTHER, ""),
        ("\\Important", Role.OTHER, ""),
        ("\\Noselect", Role.OTHER, "not selectable"),
        ("\\NonExistent", Role.OTHER, "not selectable"),
        ("\\HasNoChildren", Role.OTHER, ""),
    ],
)
def test_by_flag(flag: str, role: Role, left_out: str) -> None:
    assert only("Some name", flag) == Folder("Some name", role, watched=not left_out, left_out=left_out)


@pytest.mark.parametrize(
    "name",
    [
        "Sent", "SENT ITEMS", "Sent Messages", "Gesendet", "Gesendete Elemente", "Gesendete Objekte",
        "Envoyés", "Éléments envoyés", "Enviados", "Elementos enviados", "Itens Enviados",
        "Posta inviata", "Inviati",
        "Verzonden items", "Elementy wysłane", "Gönderilmiş Öğeler", "Отправленные", "العناصر المرسلة",
        "已发送", "已发送邮件", "寄件備份", "送信済みアイテム", "보낸편지함",
    ],
)  # fmt: skip
@pytest.mark.parametrize("before", ["", "INBOX/", "inbox/", "[Gmail]/", "[Google Mail]/"])
def test_sent_by_name(before: str, name: str) -> None:
    assert only(before + name).role is Role.SENT


def test_sent_by_name_under_a_dot() -> None:
    assert only("INBOX.Gesendet", delimiter=".").role is Role.SENT


@pytest.mark.parametrize(
    ("name", "role", "left_out"),
    [
        ("INBOX", Role.INBOX, ""),
        ("Inbox", Role.INBOX, ""),
        ("Papierkorb", Role.OTHER, "trash"),
        ("已删除邮件", Role.OTHER, "trash"),
        ("Gelöschte Elemente", Role.OTHER, "trash"),
        ("Entwürfe", Role.OTHER, "drafts"),
        ("草稿箱", Role.OTHER, "drafts"),
        ("Spam", Role.JUNK, ""),
        ("垃圾邮件", Role.JUNK, ""),
        ("[Gmail]/Alle Nachrichten", Role.OTHER, "all mail"),
        ("[Gmail]/Todos", Role.OTHER, "all mail"),
        ("Todos", Role.OTHER, ""),
        ("Notes", Role.OTHER, "not mail"),
        ("Kalender", Role.OTHER, "not mail"),
        ("Calendar/Birthdays", Role.OTHER, "not mail"),
        ("RSS Feeds", Role.OTHER, "not mail"),
        ("Archive", Role.OTHER, ""),
        ("Outbox", Role.OTHER, ""),
        ("Customers/Sent", Role.OTHER, ""),
        ("Customers/Trash", Role.OTHER, ""),
    ],
)
def test_by_name(name: str, role: Role, left_out: str) -> None:
    parent = [listed("Calendar")] if name.startswith("Calendar") else []
    assert classify([*parent, listed(name)])[-1] == Folder(name, role, not left_out, left_out)


@pytest.mark.parametrize(
    ("inner", "role", "left_out"),
    [
        ("Bin/Meyer", Role.OTHER, "trash"),
        ("Bin/Meyer/2025", Role.OTHER, "trash"),
        ("Junk/Kept", Role.JUNK, ""),
        ("Sent/2025", Role.OTHER, ""),
        ("Binder", Role.OTHER, ""),
    ],
)
def test_what_lies_in_a_special_folder(inner: str, role: Role, left_out: str) -> None:
    parents = [listed("Bin", "\\Trash"), listed("Junk", "\\Junk"), listed("Sent", "\\Sent")]
    assert classify([*parents, listed(inner)])[-1] == Folder(inner, role, not left_out, left_out)


def sent_folders(*listing: Listed, sent: str | None = None) -> list[str]:
    return [folder.name for folder in classify(listing, sent) if folder.role is Role.SENT]


def test_a_flag_beats_a_name() -> None:
    assert sent_folders(listed("Sent"), listed("Outgoing 1", "\\Sent")) == ["Outgoing 1"]


def test_several_names_are_all_sent_where_no_flag_says() -> None:
    assert sent_folders(listed("Sent"), listed("Gesendet")) == ["Sent", "Gesendet"]


@pytest.mark.parametrize("setting", ["Mine", "mine"])
def test_the_setting_beats_the_flag(setting: str) -> None:
    assert sent_folders(listed("Sent", "\\Sent"), listed("Mine"), sent=setting) == ["Mine"]


def test_a_setting_that_names_nothing_is_not_found() -> None:
    folders = classify([listed("INBOX"), listed("Sent", "\\Sent")], "No such")
    assert "No such" not in {folder.name for folder in folders}
    assert [folder.name for folder in folders if folder.role is Role.SENT] == ["Sent"]


def test_the_folders_setting_restricts_and_can_ask_for_trash() -> None:
    listing = [
        listed("INBOX"),
        listed("Sent", "\\Sent"),
        listed("Trash", "\\Trash"),
        listed("Box", "\\Noselect"),
    ]
    assert [
        (folder.name, folder.left_out) for folder in classify(listing, None, ["inbox", "Trash", "Box"])
    ] == [
        ("INBOX", ""),
        ("Sent", "config"),
        ("Trash", ""),
        ("Box", "not selectable"),
    ]


def test_the_order_is_the_servers() -> None:
    assert [folder.name for folder in classify([listed("b"), listed("INBOX"), listed("a")])] == [
        "b",
        "INBOX",
        "a",
    ]
