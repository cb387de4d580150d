"""A drawing as SVG 1.1 (https://www.w3.org/TR/SVG11/).

Presentation attributes only, no script, no style, no link: it may stand in a page whose
Content-Security-Policy allows nothing.
"""

from __future__ import annotations

from html import escape

from watcher.pictures.drawing import Drawing, Polygon, Text

# Whoever looks has one of these; the last ones draw Chinese where the first cannot.
_FONTS = (
    "'Segoe UI', 'Helvetica Neue', Arial, 'Noto Sans', 'DejaVu Sans', 'PingFang SC', 'Microsoft YaHei',"
    " 'Noto Sans CJK SC', 'WenQuanYi Micro Hei', sans-serif"
)


def svg(drawing: Drawing) -> str:
    """The drawing as one `svg` element; every text in it is escaped."""
    shapes = "\n".join(map(_shape, drawing.shapes))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawing.width} {drawing.height}"'
        f' width="{drawing.width}" height="{drawing.height}" role="img" font-family="{escape(_FONTS)}">\n'
        f"<title>{escape(drawing.title)}</title>\n<desc>{escape(drawing.described)}</desc>\n"
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n{shapes}\n</svg>\n'
    )


def _shape(shape: Polygon | Text) -> str:
    if isinstance(shape, Polygon):
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in shape.points)
        return f'<polygon points="{points}" fill="{shape.fill}"/>'
    weight = ' font-weight="bold"' if shape.bold else ""
    return (
        f'<text x="{shape.x:g}" y="{shape.y:g}" font-size="{shape.size}" text-anchor="{shape.anchor}"'
        f'{weight} fill="{shape.fill}">{escape(shape.text)}</text>'
    )
