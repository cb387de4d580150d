"""The pyramid as SVG, PNG and HTML: it has the shape of its numbers, and names in it are harmless."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from base64 import b64encode
from decimal import Decimal
from hashlib import sha256
from html.parser import HTMLParser
from io import BytesIO
from xml.etree import ElementTree

import pytest
from PIL import Image

from tests.domain.deals import NOW, deal, many
from watcher.domain.amounts import money, monies
from watcher.domain.diagnosis import diagnose
from watcher.domain.history import DealHistory
from watcher.domain.labels import labels
from watcher.domain.pyramid import pyramid
from watcher.domain.rates import rates
from watcher.pictures import png as png_module
from watcher.pictures.drawing import Drawing, Polygon, Text
from watcher.pictures.page import finding, grid, heading, page
from watcher.pictures.png import NoFont, png
from watcher.pictures.pyramid import pyramid_drawing, side_lengths
from watcher.pictures.report import pyramid_page
from watcher.pictures.svg import svg

HOSTILE = "<script>alert(1)</script>\"' & \x1b[31m\u202e]]>"
SVG = "{http://www.w3.org/2000/svg}"


def healthy() -> list[DealHistory]:
    return [
        *many(90, "20 cold"),
        *many(40, "20 inquiry", worth="1500 EUR"),
        *many(12, "20 inquiry; 40 opportunity", worth="9000 USD"),
        *many(6, "20 opportunity; 40 pi"),
        *many(3, "20 pi; 40 won"),
    ]


def drawn(deals: list[DealHistory], called: dict[str, str] | None = None, title: str = "Wei") -> Drawing:
    return pyramid_drawing(pyramid(deals, NOW), called or labels(), title, rates(deals, NOW))


def elements(drawing: Drawing) -> ElementTree.Element:
    return ElementTree.fromstring(svg(drawing))  # noqa: S314 - our own


def widths(drawing: Drawing) -> list[float]:
    """Of the five bars, from the top down: the upright rectangles."""
    found = []
    for one in drawing.shapes:
        if isinstance(one, Polygon):
            (left, _), (right, _), (lower_right, _), (lower_left, _) = one.points
            if (left, right) == (lower_left, lower_right):
                found.append(right - left)
    return found


def test_a_healthy_pyramid_is_wide_below() -> None:
    found = widths(drawn(healthy()))
    assert len(found) == 5
    assert found == sorted(found)
    # The root: a step of 90 is less than six times as wide as one of three.
    assert found[4] / found[0] == pytest.approx((90 / 3) ** 0.5)


def test_a_pyramid_on_its_head_looks_like_one() -> None:
    deals = [*many(4, "20 cold"), *many(9, "20 opportunity"), *many(25, "20 pi")]
    won, pi, opportunity, inquiry, cold = widths(drawn(deals))
    assert pi > opportunity > cold > inquiry == won > 0


def test_between_the_steps_is_no_gap() -> None:
    """A slope begins where a bar ends: the outline is closed."""
    drawing = drawn(healthy())
    shapes = [one for one in drawing.shapes if isinstance(one, Polygon)]
    edges = {one.points[:2] for one in shapes} | {one.points[:1:-1] for one in shapes}
    tops = [one.points[:2] for one in shapes]
    assert len(edges) == len(shapes) + 1
    assert len(set(tops)) == 9


def test_nobody_anywhere_can_be_drawn() -> None:
    assert side_lengths(pyramid([], NOW)) == [0.0] * 5
    elements(drawn([]))


def test_the_numbers_stand_in_the_picture() -> None:
    texts = [one.text for one in drawn(healthy()).shapes if isinstance(one, Text)]
    assert "40  ·  26%" in texts
    assert "EUR 60,000" in texts
    assert "23% of 52" in texts  # inquiries that became opportunities
    assert "3 of 9" in texts  # too few to judge by


def test_the_svg_holds_nothing_but_shapes_and_words() -> None:
    root = elements(drawn(healthy(), {**labels(), "pi": HOSTILE}, HOSTILE))
    assert {one.tag.removeprefix(SVG) for one in root.iter()} == {
        *("svg", "title", "desc", "rect", "polygon", "text"),
    }
    attributes = {name for one in root.iter() for name in one.attrib}
    assert not [name for name in attributes if name.startswith("on") or "href" in name or name == "style"]
    assert "<script>alert(1)</script>\"' & ]]>" in [one.text for one in root.iter(f"{SVG}title")]


# ── PNG ──


def test_the_png_shows_the_bars() -> None:
    drawing = drawn(healthy())
    image = Image.open(BytesIO(png(drawing)))
    assert image.size == (2 * drawing.width, 2 * drawing.height)
    for one in drawing.shapes:
        if isinstance(one, Polygon) and one.fill != "#e9eef2":
            (left, top), _, (right, bottom), _ = one.points
            middle = (int(left + right), int(top + bottom))
            assert "#{:02x}{:02x}{:02x}".format(*image.getpixel(middle)) == one.fill
            assert image.getpixel((int(2 * left) - 6, middle[1])) != image.getpixel(middle)


def test_a_letter_that_no_font_has_is_refused() -> None:
    """No box is drawn in its place. The letter is cuneiform."""
    title = Text(10, 20, "PI \U00012000")
    with pytest.raises(NoFont, match=r"no font of this machine has \U00012000\."):
        png(Drawing(100, 40, "t", "d", (title,)))


def test_without_any_font_english_is_drawn_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(png_module, "_load", lambda name, size: None)
    texts = tuple(one for one in drawn(healthy()).shapes if isinstance(one, Text))
    assert png(Drawing(10, 10, "t", "d", texts)).startswith(b"\x89PNG")
    with pytest.raises(NoFont, match="成交客户"):
        png(drawn(healthy(), labels("zh")))


@pytest.mark.daemon
def test_chinese_steps_are_drawn_in_a_font_that_has_them() -> None:
    """`make test` installs one where it can."""
    if shutil.which("apt-get") is None:
        pytest.skip("no Debian: nobody knows of a Chinese font here")
    image = Image.open(BytesIO(png(drawn(healthy(), labels("zh")))))
    others = Image.open(BytesIO(png(drawn(healthy(), {**labels("zh"), "won": "成交户客"}))))
    assert image.tobytes() != others.tobytes()


def test_without_pillow_the_way_out_is_told() -> None:
    code = (
        "import sys; sys.modules['PIL'] = None\n"
        "from watcher.pictures.png import png\n"
        "from watcher.pictures.drawing import Drawing\n"
        "from watcher.errors import UsageError\n"
        "try: png(Drawing(1, 1, '', '', ()))\n"
        "except UsageError as error: print(error)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told == "a PNG needs Pillow. pipx install 'followup-watcher[pictures]', or use --svg or --html.\n"


# ── HTML ──


class Tags(HTMLParser):
    """The elements of a page, their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def hostile_page() -> str:
    deals = [
        *many(20, "60 opportunity; 75 lost", name=HOSTILE),
        *[deal("85 pi", worth=worth, name=HOSTILE) for worth in ("900 EUR", "1 EUR", "1 EUR", "1 <i>")],
        deal("85 pi", worth="1 EUR"),
    ]
    shape, measured = pyramid(deals, NOW), rates(deals, NOW)
    findings = diagnose(shape, measured, deals, NOW)
    assert len(findings) == 2
    called = {**labels(), "pi": HOSTILE}
    return pyramid_page(shape, measured, findings, called, HOSTILE, [HOSTILE])


def test_no_name_becomes_markup() -> None:
    text = hostile_page()
    found = Tags(text)
    assert {"script", "i", "a", "img", "link", "iframe"}.isdisjoint(found.tags)
    assert not [
        name for name, _ in found.attributes if name.startswith("on") or name in ("src", "href", "style")
    ]
    assert not [one for one in text if one in "\x1b\u202e"]
    assert found.text.count("<script>alert(1)</script>") > 5


def test_the_page_allows_its_own_style_and_nothing_else() -> None:
    text = hostile_page()
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    content = f"default-src 'none'; style-src 'sha256-{digest}'"
    policy = f'<meta http-equiv="Content-Security-Policy" content="{content}">'
    assert policy in text
    assert text.index(policy) < text.index("<style>")
    assert "url(" not in style and "@import" not in style


def test_a_page_with_nothing_wrong_says_so() -> None:
    shape, measured = pyramid([], NOW), rates([], NOW)
    assert "Nothing stands out." in Tags(pyramid_page(shape, measured, (), labels(), "t")).text


def test_many_names_are_cut_to_a_list_one_can_read() -> None:
    deals = many(60, "60 opportunity; 75 lost")
    shape, measured = pyramid(deals, NOW), rates(deals, NOW)
    text = pyramid_page(shape, measured, diagnose(shape, measured, deals, NOW), labels(), "t")
    assert "and 20 more" in text


def test_the_parts_of_a_page() -> None:
    text = page(
        "A & B", heading("<h>"), finding("It is <weak>.", ["A", "B"]), grid("c", ("x", "y"), [("1", "<2>")])
    )
    assert "<title>A &amp; B</title>" in text
    assert "<h2>&lt;h&gt;</h2>" in text
    assert '<div class="finding"><p>It is &lt;weak&gt;.</p><p class="quiet">A, B</p></div>' in text
    assert '<tr><th scope="row">1</th><td>&lt;2&gt;</td></tr>' in text


# ── money ──


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        *[("0", "EUR 0"), ("999.5", "EUR 1,000"), ("12400.49", "EUR 12,400"), ("-3", "EUR -3")],
        *[("1000000", "EUR 1M"), ("1254000", "EUR 1.25M"), ("10000000", "EUR 10M")],
        *[("1E+30", "EUR 1.00e+30"), ("NaN", "EUR NaN"), ("1E-40", "EUR 1.00e-40")],
    ],
)
def test_money(amount: str, told: str) -> None:
    assert money(Decimal(amount), "EUR") == told


def test_money_of_several_currencies() -> None:
    values = {"": Decimal(5), "EUR": Decimal(1), "JPY": Decimal(2), "USD": Decimal(3)}
    assert monies(values) == "5 · EUR 1 · JPY 2 · +1"
    assert monies(values, 4) == "5 · EUR 1 · JPY 2 · USD 3"
    assert monies({}) == ""
