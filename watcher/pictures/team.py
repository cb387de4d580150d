"""The team's page: what a manager prints for the Monday meeting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from watcher.domain.plain import plain
from watcher.domain.team import Member, Team
from watcher.domain.team_told import help_told, pyramids_told, rates_of_all_told, speeds_told
from watcher.pictures.page import finding, grid, heading, page, paragraph, side_by_side
from watcher.pictures.pyramid import pyramid_drawing
from watcher.pictures.svg import svg

_NAMES = 12  # behind one finding


def team_page(found: Team, labels: Mapping[str, str], notes: Sequence[str]) -> str:
    """The whole page, self-contained; `notes` are lines that stand on top."""
    tables = (pyramids_told(found, labels), rates_of_all_told(found, labels), speeds_told(found))
    return page(
        f"Team · {', '.join(plain(one.name, 40) for one in found.members)}",
        heading("Team", 1),
        *(paragraph(one) for one in notes),
        side_by_side(
            svg(pyramid_drawing(one.pyramid, labels, _title(one), one.rates)) for one in found.members
        ),
        heading("Who needs what"),
        *(part for place, one in enumerate(found.members) for part in _needs(place, one, found, labels)),
        heading("Side by side"),
        paragraph("▼ and ▲: below and above the team's median by more than chance.", quiet=True),
        *(grid(one.title, one.head, one.rows) for one in tables),
    )


def _title(one: Member) -> str:
    return f"{one.name} · {one.as_of:%d %b %Y}"


def _needs(place: int, one: Member, found: Team, labels: Mapping[str, str]) -> list[str]:
    told = [
        finding(help_told(need, labels), _behind(need.finding.customers) if need.finding else [])
        for need in found.help
        if need.member == place
    ]
    return [heading(one.name, 3), *(told or [paragraph("Nothing stands out.")])]


def _behind(customers: Sequence[object]) -> list[str]:
    names = list(dict.fromkeys(str(getattr(one, "called", "")) for one in customers))
    more = [f"and {len(names) - _NAMES} more"] if len(names) > _NAMES else []
    return [*names[:_NAMES], *more]
