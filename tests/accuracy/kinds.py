"""How right the kinds are on real mail: each goes the way it goes in a sync, header first, text if suspect.

What counts as what:
- *Relayed* is a report that somebody passed on: a list's field or a Resent- field stands in its header, or
  its Return-Path names an address that is no mail system's. A report is sent with an empty one (RFC 3464 2,
  RFC 5321 4.5.5), and whoever passes it on puts their own. Everything else is *raw*.
- A mail *carries an automatic header* where any field stands in it that RFC 3834 or a product knows for the
  purpose, an empty Return-Path included.
- Mail of people that nothing made suspect is judged by its text too, as where it is the last word of a
  thread. Whoever is called a machine *late* waits for nobody any more.
- Recall is over the sets that have the kind; precision is over all sets together, mail of people included. A
  mail that is no bounce and was called one counts in the half that its own header puts it.
- *Stripped* are the same mails with no trace of who passed them on and of what marks itself; *flat* is their
  text alone, under From, Subject and Date (stripping.py). People's mail is stripped as the automatic one is.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from flufl.bounce import all_failures

from tests.accuracy.figures import Figure
from tests.accuracy.stripping import bare, flat
from tests.corpora import mails
from watcher.domain.kinds import classify
from watcher.domain.messages import Envelope, Kind
from watcher.domain.reports import DeliveryReport
from watcher.mailbox.bodies import MAX_SOURCE, read_structure
from watcher.mailbox.headers import read_envelope, split_fields
from watcher.mailbox.suspects import read_suspect

# Truth of a mail: a kind, or one of these.
HUMAN = "human"  # a person's or a list's: must not be called automatic
OTHER = "other"  # automatic, of no kind that is measured here
NO_MAIL = "no mail"

# PHP-Bounce-Handler's files come without truth. Read by hand: the rest are failures.
_PHP_DELAYS = {"29.eml", "46.eml"}
_PHP_OTHER = re.compile(r"(?:arf|fbl-)|(?:hotmailbounce|unsubscribe)\.txt")
# The automatic mails among the parsers' fixtures, by the end of their path.
_PARSER: dict[str, str] = {
    "delayed.eml": "bounce",  # given up after five days
    "gmail-invalid-address.eml": "bounce",
    "gmail-no-dns.eml": "bounce",
    "mailbox-full.eml": "bounce",
    "no-mx.eml": "delay",
    "office365.eml": "bounce",
    "zed.eml": "bounce",
    "delivery-status.eml": "bounce",
    "broken-mime.eml": "bounce",
    "delayed-broken.eml": "bounce",  # failed, though with a 4.x status
    "badbound.msg": "bounce",
    "badbound.out": "bounce",
    "msg_16.txt": "bounce",
    "msg_25.txt": "bounce",
    "msg_43.txt": "bounce",
    "msg_05.txt": OTHER,  # a report in form that says nothing
    "disposition-notification.eml": "receipt",
    "m4006.txt": "receipt",  # Outlook's own form
}
_LABELS = {"dsn_failed": "bounce", "dsn_delayed": "delay", "auto_reply": "auto_reply", "mdn": "receipt"}
_AUTOMATIC = frozenset(Kind) - {Kind.PERSONAL, Kind.BULK}
_AUTO_FIELDS = re.compile(
    rb"x-auto|x-mail-autoreply|x-fc-machine|x-post-messageclass|x-ms-exchange-inbox-rules"
)
_LIST_FIELDS = (b"list-id", b"list-post", b"list-unsubscribe", b"x-beenthere", b"x-mailing-list")
_MAILER_PATH = re.compile(rb"<>|^$|mailer-daemon|postmaster", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Case:
    """One mail of a set: what it is, and what it was taken for."""

    set: str
    name: str
    truth: str
    found: Kind
    suspect: bool
    relayed: bool
    marked: bool
    late: Kind = Kind.PERSONAL  # what the text would make of what no header made suspect
    report: DeliveryReport | None = None
    failed: frozenset[str] = frozenset()  # the addresses that the set says failed
    detected: bool = False  # whether flufl.bounce alone finds a failure
    stripped: Kind = Kind.PERSONAL  # what it was taken for without its marks
    flat: Kind = Kind.PERSONAL  # and with nothing but its text

    @property
    def automatic(self) -> bool:
        """Whether it was called automatic."""
        return self.found in _AUTOMATIC


def measure(corpora_root: Path, *, late_of: int = 1) -> list[Figure]:
    """Every figure of issue 3's first two points, over the sets that are unpacked there. Of people's mail the
    text is judged too, of every one of so many: reading them all takes minutes.
    """
    return figures(list(cases(corpora_root, late_of)))


def figures(found: list[Case]) -> list[Figure]:
    """The figures of cases that were run already."""
    return [
        *_of_bounces(found, relayed=False, floors=(0.98, 0.99)),
        *_of_bounces(found, relayed=True, floors=(0.85, 0.97)),
        *_of_answers(found, marked=True, floors=(0.98, 0.995)),
        *_of_answers(found, marked=False, floors=(0.80, 0.97)),
        *_of_stripped(found),
        *_of_people(found),
        *_by_set(found),
        _recall("all", "delays found", found, "delay"),
        _recall("all", "read receipts found", found, "receipt"),
        *_of_addresses(found),
        *_of_cost(found),
    ]


def cases(root: Path, late_of: int = 1) -> Iterator[Case]:
    """Every mail of every set that is there, judged."""
    for number, (name, source, truth, failed) in enumerate(_everything(root)):
        case = _case(name, source, truth, failed, late=number % late_of == 0)
        if case is not None:
            yield case


def _case(
    name: tuple[str, str], source: bytes, truth: str, failed: frozenset[str], *, late: bool
) -> Case | None:
    source = source[:MAX_SOURCE]
    try:
        envelope = read_envelope(source)
    except ValueError:
        return None
    verdict, report = classify(envelope), None
    suspect = verdict.suspect
    if suspect:
        verdict, report = read_suspect(source, verdict)
    read_late = late and truth == HUMAN and not suspect
    fields = dict(split_fields(source))
    return Case(
        *name,
        truth=truth,
        found=verdict.kind,
        suspect=suspect,
        relayed=_relayed(fields),
        marked=_marked(fields, envelope),
        late=read_suspect(source, verdict)[0].kind if read_late else verdict.kind,
        report=report,
        failed=failed,
        detected=truth == Kind.BOUNCE and _detected(source),
        stripped=_kind(source, bare),
        flat=_kind(source, flat),
    )


def _kind(source: bytes, stripped_by: Callable[[bytes], bytes]) -> Kind:
    """The kind that a sync gives what is left of a mail: by its headers, and by its text where they make it
    suspect.
    """
    try:
        source = stripped_by(source)
        verdict = classify(read_envelope(source))
    except ValueError:  # no field of it is left, or it has parts beyond reason
        return Kind.PERSONAL
    return read_suspect(source, verdict)[0].kind if verdict.suspect else verdict.kind


def _relayed(fields: dict[bytes, bytes]) -> bool:
    passed_on = any(field in fields for field in _LIST_FIELDS) or any(
        one.startswith(b"resent-") for one in fields
    )
    return passed_on or not _MAILER_PATH.search(fields.get(b"return-path", b""))


def _marked(fields: dict[bytes, bytes], envelope: Envelope) -> bool:
    submitted = fields.get(b"auto-submitted", b"no").lower() != b"no"
    old = (envelope.mark("precedence") or "").lower() in ("bulk", "junk", "auto_reply")
    null = fields.get(b"return-path") == b"<>"
    return submitted or old or null or any(_AUTO_FIELDS.match(one) for one in fields)


def _detected(source: bytes) -> bool:
    try:
        return bool(all_failures(read_structure(source))[1])
    except Exception:  # noqa: BLE001 - the baseline fails as it likes
        return False


# ── the sets ──

_Mail = tuple[tuple[str, str], bytes, str, frozenset[str]]
_NONE: frozenset[str] = frozenset()


def _everything(root: Path) -> Iterator[_Mail]:
    """The mails of every set that is there: of those we know by name, and of whatever has a file of truth."""
    for name, read in _SETS.items():
        if (root / name).is_dir():
            yield from read(root / name, name)
    for file, read in _BY_TRUTH.items():
        for place in sorted(one.parent for one in root.rglob(file)):
            name = place.relative_to(root).as_posix()
            if name not in _SETS:
                yield from read(place, name)


def _auto(folder: Path, name: str) -> Iterator[_Mail]:
    for row in _rows(folder / "LABELS.tsv"):
        source = (folder / row["file"]).read_bytes()
        yield (name, row["file"]), source, _LABELS.get(row["label"], OTHER), _NONE


def _flufl(folder: Path, name: str) -> Iterator[_Mail]:
    truth = {row["file"]: row for row in _rows(folder / "truth.tsv") if row["failed_addresses"]}
    for file in sorted(folder.rglob("tests/data/*.txt")):
        row = truth.get(file.name, {"permanence": "permanent", "failed_addresses": ""})
        kind = "bounce" if row["permanence"] == "permanent" else "delay"
        failed = frozenset(filter(None, row["failed_addresses"].lower().split(",")))
        yield (name, file.name), file.read_bytes(), kind, failed


def _php(folder: Path, name: str) -> Iterator[_Mail]:
    for path, source in mails(folder):
        file = Path(path).name
        if not file.endswith((".eml", ".txt")) or file.isupper():
            continue
        kind = OTHER if _PHP_OTHER.match(file) else "delay" if file in _PHP_DELAYS else "bounce"
        yield (name, file), source, kind, _NONE


def _of_humans(folder: Path, name: str) -> Iterator[_Mail]:
    for path, source in mails(folder):
        if not path.endswith(".tsv"):
            yield (name, path), source, HUMAN, _NONE


def _mbox(folder: Path, name: str) -> Iterator[_Mail]:
    for file in sorted(folder.glob("*.mbox")):
        for number, source in enumerate(re.split(rb"(?m)^From .*\n", file.read_bytes())[1:]):
            yield (name, str(number)), source, HUMAN, _NONE


def _parsers(folder: Path, name: str) -> Iterator[_Mail]:
    for path, source in mails(folder):
        yield (name, path), source, _PARSER.get(Path(path).name, HUMAN), _NONE


_SETS: dict[str, Callable[[Path, str], Iterator[_Mail]]] = {
    "auto": _auto,
    "bounces/flufl-bounce": _flufl,
    "bounces/php-bounce-handler": _php,
    "ham": _of_humans,
    "list": _mbox,
    "mailbox-rsiggeo": _of_humans,
    "parser": _parsers,
}


_BY_TRUTH = {
    "LABELS.tsv": _auto,
    "truth.tsv": _flufl,
    "THREADS.tsv": _mbox,
    "TRUTH_threads.tsv": _of_humans,
}


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


# ── the figures ──


def _of_bounces(found: list[Case], *, relayed: bool, floors: tuple[float, float]) -> Iterator[Figure]:
    half = [case for case in found if case.relayed == relayed]
    there = [case for case in half if case.truth == Kind.BOUNCE]
    how = "relayed" if relayed else "raw"
    yield _recall("all", f"bounces found, {how}", half, "bounce", floors[0])
    yield _precision("all", f"called a bounce and is one, {how}", half, "bounce", floors[1])
    alone = sum(case.detected for case in there)
    yield Figure("all", f"bounces found, {how}: flufl.bounce alone", alone, len(there), note="baseline")


def _of_answers(found: list[Case], *, marked: bool, floors: tuple[float, float]) -> Iterator[Figure]:
    half = [case for case in found if case.marked == marked]
    how = "any automatic header" if marked else "no automatic header"
    yield _recall("all", f"automatic replies found, {how}", half, "auto_reply", floors[0])
    yield _precision("all", f"called an automatic reply and is one, {how}", half, "auto_reply", floors[1])


def _of_stripped(found: list[Case]) -> Iterator[Figure]:
    """The floors are those of the issue for relayed bounces, and for answers that carry no header."""
    bare_ones = [replace(case, found=case.stripped) for case in found]
    flat_ones = [replace(case, found=case.flat) for case in found]
    for how, cases in (("stripped of its marks", bare_ones), ("as its text alone", flat_ones)):
        for kind, what, floors in (
            ("bounce", "bounces found", (0.85, 0.97)),
            ("auto_reply", "automatic replies found", (0.80, 0.97)),
        ):
            yield _recall("all", f"{what}, each {how}", cases, kind, floors[0])
            yield _precision("all", f"{what}, each {how}: precision", cases, kind, floors[1])
        people = [case for case in cases if case.truth == HUMAN]
        right = sum(not case.automatic for case in people)
        yield Figure("all", f"people's mail not called automatic, each {how}", right, len(people), 0.999)


def _by_set(found: list[Case]) -> Iterator[Figure]:
    """What each set says of itself, without a floor: a small one has no room to miss any."""
    for name in dict.fromkeys(case.set for case in found):
        of = [case for case in found if case.set == name]
        for kind, what in (("bounce", "bounces found"), ("auto_reply", "automatic replies found")):
            if any(case.truth == kind for case in of):
                yield _recall(name, what, of, kind)
                yield _precision(name, f"{what}: precision", of, kind)


def _of_people(found: list[Case]) -> Iterator[Figure]:
    people = [case for case in found if case.truth == HUMAN]
    for name in (*dict.fromkeys(case.set for case in people), "all"):
        of = [case for case in people if name in ("all", case.set)]
        right = sum(not case.automatic for case in of)
        yield Figure(name, "people's mail not called automatic", right, len(of), 0.999)
    right = sum(case.late not in _AUTOMATIC for case in people)
    yield Figure("all", "people's mail not called automatic, every text judged", right, len(people), 0.999)


def _of_addresses(found: list[Case]) -> Iterator[Figure]:
    named = [case for case in found if case.failed and case.truth == Kind.BOUNCE]
    right = sum(case.report is not None and frozenset(case.report.failed) == case.failed for case in named)
    yield Figure("bounces/flufl-bounce", "failed addresses exactly right", right, len(named), 0.95)
    bounces = [case for case in found if case.truth == Kind.BOUNCE]
    returned = sum(case.report is not None and bool(case.report.returned_message_id) for case in bounces)
    yield Figure("all", "bounces that lead to a Message-ID", returned, len(bounces), note="some return none")


def _of_cost(found: list[Case]) -> Iterator[Figure]:
    people = [case for case in found if case.truth == HUMAN]
    suspects = sum(case.suspect for case in people)
    yield Figure(
        "all", "people's mail that costs a fetch", suspects, len(people), note="the fewer the better"
    )


def _recall(where: str, what: str, of: Iterable[Case], kind: str, floor: float | None = None) -> Figure:
    there = [case for case in of if case.truth == kind]
    return Figure(where, what, sum(case.found == kind for case in there), len(there), floor)


def _precision(where: str, what: str, of: Iterable[Case], kind: str, floor: float | None = None) -> Figure:
    """What is automatic of a sort that has no kind here may be called a reply."""
    called = [case for case in of if case.found == kind]
    accepted = {kind, OTHER} if kind == Kind.AUTO_REPLY else {kind}
    return Figure(where, what, sum(case.truth in accepted for case in called), len(called), floor)
