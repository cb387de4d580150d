"""A drawing as PNG, by Pillow (the extra `pictures`), which is imported only here.

A PNG carries its letters as dots, so the fonts are this machine's. A font draws a box for a letter that it
does not have; that is found out before anything is drawn, and refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

from watcher.errors import UsageError
from watcher.pictures.drawing import Drawing, Polygon, Text

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

SCALE = 2  # dots a pixel of the drawing: sharp on today's screens and on paper
_FINER = 2  # shapes are drawn so much finer once more, and scaled down: smooth edges

# File names that Pillow looks for where a system keeps its fonts; the first one that has all letters of a
# text draws it. Latin ones first, then those that have Chinese.
_REGULAR = ("segoeui.ttf", "Arial.ttf", "arial.ttf", "NotoSans-Regular.ttf", "DejaVuSans.ttf")
_BOLD = ("segoeuib.ttf", "Arial Bold.ttf", "arialbd.ttf", "NotoSans-Bold.ttf", "DejaVuSans-Bold.ttf")
_CHINESE_BOLD = ("msyhbd.ttc", "NotoSansCJK-Bold.ttc", "NotoSansSC-Bold.otf")
_CHINESE = (
    "msyh.ttc",
    "PingFang.ttc",
    "STHeiti Light.ttc",
    "NotoSansCJK-Regular.ttc",
    "NotoSansSC-Regular.otf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "DroidSansFallback.ttf",
    "simsun.ttc",
)
# No font has a glyph for a noncharacter (Unicode 23.7): it is drawn as the box.
_NOT_A_LETTER = "\U0010fffe"


class NoFont(UsageError):
    """No font of this machine has these letters."""

    def __init__(self, letters: str) -> None:
        super().__init__(
            f"no font of this machine has {letters}.",
            "Install one (Debian: apt install fonts-noto-cjk), or use --svg, which every browser draws.",
        )


def png(drawing: Drawing) -> bytes:
    """The drawing as a PNG file, at twice its size. Raises NoFont, and UsageError where Pillow is missing."""
    try:
        from PIL import Image, ImageDraw
    except ImportError as error:
        raise UsageError(
            "a PNG needs Pillow.", "pipx install 'followup-watcher[pictures]', or use --svg or --html."
        ) from error
    texts = [(one, _font(one)) for one in drawing.shapes if isinstance(one, Text)]
    fine = SCALE * _FINER
    image = Image.new("RGB", (drawing.width * fine, drawing.height * fine), "#ffffff")
    draw = ImageDraw.Draw(image)
    for shape in drawing.shapes:
        if isinstance(shape, Polygon):
            draw.polygon([(x * fine, y * fine) for x, y in shape.points], fill=shape.fill)
    image = image.resize((drawing.width * SCALE, drawing.height * SCALE), Image.Resampling.BOX)
    draw = ImageDraw.Draw(image)
    for text, font in texts:
        at = (text.x * SCALE, text.y * SCALE)
        draw.text(at, text.text, fill=text.fill, font=font, anchor=_ANCHORS[text.anchor])
    written = BytesIO()
    image.save(written, "PNG", optimize=True)
    return written.getvalue()


# https://pillow.readthedocs.io/en/stable/handbook/text-anchors.html; "s" is the baseline
_ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}


def _font(text: Text) -> FreeTypeFont:
    """The first font that has every letter of a text. Raises NoFont."""
    names = (*_BOLD, *_CHINESE_BOLD, *_CHINESE) if text.bold else (*_REGULAR, *_CHINESE)
    missing = text.text
    for font in (*_installed(names, text.size * SCALE), *_own(text.size * SCALE)):
        lacking = _lacking(font, text.text)
        if not lacking:
            return font
        missing = min(missing, lacking, key=len)
    raise NoFont(missing)


def _installed(names: Iterable[str], size: int) -> Iterator[FreeTypeFont]:
    for name in names:
        font = _load(name, size)
        if font is not None:
            yield font


@cache
def _load(name: str, size: int) -> FreeTypeFont | None:
    from PIL import ImageFont

    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return None  # not on this machine


def _own(size: int) -> Iterator[FreeTypeFont]:
    """The font that Pillow brings along: English letters, where it was built with FreeType."""
    from PIL import ImageFont

    font = ImageFont.load_default(size)
    if isinstance(font, ImageFont.FreeTypeFont):
        yield font


def _lacking(font: FreeTypeFont, text: str) -> str:
    """The letters of a text that a font would draw as its box."""
    box = bytes(font.getmask(_NOT_A_LETTER))
    letters = dict.fromkeys(text.replace(" ", ""))
    return "".join(one for one in letters if bytes(font.getmask(one)) == box)
