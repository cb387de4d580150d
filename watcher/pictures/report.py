"""The page of one pyramid: the picture, what it says and who is behind it, steps and rates as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from watcher.domain.amounts import monies
from watcher.domain.diagnosis import Finding
from watcher.domain.pyramid import Pyramid, Step
from watcher.domain.rates import Rates
from watcher.domain.rates_told import rates_told
from watcher.domain.sentences import sentence
from watcher.pictures.page import finding, grid, heading, page, paragraph
from watcher.pictures.pyramid import pyramid_drawing
from watcher.pictures.svg import svg

_NAMES = 40  # behind one finding; more is a list for the sheet


def pyramid_page(
    shape: Pyramid,
    measured: Rates,
    findings: Iterable[Finding],
    labels: Mapping[str, str],
    title: str,
    blind: Sequence[str] = (),
) -> str:
    """The whole page, self-contained; `blind` are lines that say what was not read."""
    drawing = pyramid_drawing(shape, labels, title, measured)
    return page(
        title,
        *(paragraph(one) for one in blind),
        svg(drawing),
        *findings_told(findings, labels),
        heading("The steps"),
        _steps(shape, labels),
        heading("The rates"),
        *(grid(one.title, one.head, one.rows) for one in rates_told(measured, labels)),
    )


def findings_told(findings: Iterable[Finding], labels: Mapping[str, str]) -> list[str]:
    """What the shape says, or that nothing stands out."""
    told = [finding(sentence(one, labels), _names(one)) for one in findings]
    return [heading("What it says"), *(told or [paragraph("Nothing stands out.")])]


def _names(one: Finding) -> list[str]:
    names = list(dict.fromkeys(behind.called for behind in one.customers))
    more = [f"and {len(names) - _NAMES} more"] if len(names) > _NAMES else []
    return [*names[:_NAMES], *more]


def _steps(shape: Pyramid, labels: Mapping[str, str]) -> str:
    head = ("step", "customers", "share", "of them old", "open deals", "worth", "deals without a value")
    rows = [_step(one, labels) for one in shape.steps]
    return grid(f"{shape.customers} customers; {shape.lost} lost beside them", head, rows)


def _step(one: Step, labels: Mapping[str, str]) -> tuple[str, ...]:
    return (
        labels[one.stage],
        str(one.customers),
        f"{one.share:.0%}",
        str(one.old),
        str(one.deals),
        monies(one.values, most=6),
        str(one.deals - one.valued),
    )
