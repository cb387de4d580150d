"""STUB."""

from __future__ import annotations

from watcher.domain.kinds import KindVerdict, with_report
from watcher.domain.reports import DeliveryReport
from watcher.mailbox.bounces import read_report


def read_suspect(
    source: bytes, verdict: KindVerdict, subject: str
) -> tuple[KindVerdict, DeliveryReport | None]:
    report = read_report(source)
    return with_report(verdict, report), report
