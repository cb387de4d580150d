"""docs/reliability.md: each part of `make soak` writes the chapter that bears its title, and no other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reliability.md"


def write(chapter: str) -> None:
    """Put a chapter in the place of the one whose title ("# …") it bears, or at the end."""
    old = PAGE.read_text("utf-8") if PAGE.exists() else ""
    chapters = [one for one in re.split(r"^(?=# )", old, flags=re.MULTILINE) if one.strip()]
    title = chapter.partition("\n")[0]
    places = [place for place, one in enumerate(chapters) if one.partition("\n")[0] == title]
    if places:
        chapters[places[0]] = chapter
    else:
        chapters.append(chapter)
    PAGE.write_text("\n".join(one.rstrip("\n") + "\n" for one in chapters), "utf-8")


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """The lines of a table in Markdown, the last column to the right."""
    rule = ["---"] * (len(head) - 1) + ["---:"]
    return [f"| {' | '.join(map(str, row))} |" for row in (head, rule, *rows)]
