"""What the pictures are made of: boxes, texts and arrows of one look, as SVG with a page of its own for dark backgrounds."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

import svg

STYLE = """
.page { fill: #ffffff }
.vpc { fill: #f6f8fb; stroke: #34495e; stroke-width: 2 }
.zone { fill: none; stroke: #8496a9; stroke-dasharray: 6 4 }
.tier { fill: #e9eef5; stroke: #c3cedb }
.part { fill: #ffffff; stroke: #34495e; stroke-width: 1.5 }
.inner { fill: #f6f8fb; stroke: #8496a9 }
.out { fill: #fff7e8; stroke: #b9770e; stroke-width: 1.5 }
.bar { fill: #dbe4ee; stroke: #34495e }
.critical { fill: #1a5276; stroke: #1a5276 }
.grid { stroke: #e3e8ee }
.tls { stroke: #1a5276; stroke-width: 2.5; fill: none; marker-end: url(#tls) }
.plain { stroke: #b9560e; stroke-width: 2.5; fill: none; stroke-dasharray: 7 4; marker-end: url(#plain) }
.thin { stroke: #5d6d7e; stroke-width: 1.5; fill: none; marker-end: url(#thin) }
.copy { stroke-dasharray: 4 3 }
text { font: 14px Helvetica, Arial, sans-serif; fill: #17202a; text-anchor: middle }
.small { font-size: 12px; fill: #45525f }
.title { font-size: 20px }
.title, .bold { font-weight: bold }
.left { text-anchor: start }
.end { text-anchor: end }
.light { fill: #ffffff }
.dark { fill: #17202a }
.amber { fill: #9a4708 }
.halo { paint-order: stroke; stroke: #ffffff; stroke-width: 4px; stroke-linejoin: round }
"""
TIPS = {"tls": "#1a5276", "plain": "#b9560e", "thin": "#5d6d7e"}
LINE = 18
# The sizes of texts, as in the style.
SMALL, USUAL, TITLE = 12, 14, 20


def width_of(text: str, size: float) -> float:
    """About how wide a text is, at the most: an average letter of these fonts takes three fifths of its height."""
    return len(text) * size * 0.6


class Box(NamedTuple):
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of its right side."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y of its lower side."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """The x of its middle."""
        return self.x + self.width / 2

    @property
    def center(self) -> float:
        """The y of its middle."""
        return self.y + self.height / 2


class Canvas:
    """A picture that is being drawn: what is drawn later lies on top, and frames lie under all else."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.frames: list[svg.Element] = []
        self.elements: list[svg.Element] = []

    def frame(self, kind: str, box: Box) -> None:
        """A box that lies under everything else, and above the frames before it."""
        self.frames.append(_rectangle(kind, box))

    def box(self, kind: str, box: Box, lines: Sequence[str] = ()) -> Box:
        """A box with its lines in the middle, the first of them bold."""
        self.elements.append(_rectangle(kind, box))
        top = box.center - (len(lines) - 1) * LINE / 2 + 5
        for index, line in enumerate(lines):
            self.text(box.middle, top + index * LINE, line, "small" if index else "bold")
        return box

    def text(self, x: float, y: float, text: str, *kinds: str) -> None:
        """A line of text."""
        self.elements.append(svg.Text(x=x, y=y, text=escape(text, quote=False), class_=list(kinds)))

    def arrow(self, kind: str, *points: tuple[float, float]) -> None:
        """An arrow along points."""
        (x, y), *rest = points
        self.elements.append(svg.Path(d=[svg.M(x, y), *(svg.L(*point) for point in rest)], class_=kind.split()))

    def text_of(self, width: float, height: float) -> str:
        """The picture's file, an element a line."""
        tips: list[svg.Element] = [
            svg.Marker(
                id=name,
                viewBox=svg.ViewBoxSpec(0, 0, 10, 10),
                refX=9,
                refY=5,
                markerWidth=4.5 if name != "thin" else 7,
                markerHeight=4.5 if name != "thin" else 7,
                orient="auto",
                elements=[svg.Path(d=[svg.M(0, 0), svg.L(10, 5), svg.L(0, 10), svg.Z()], fill=colour)],
            )
            for name, colour in TIPS.items()
        ]
        picture = svg.SVG(
            viewBox=svg.ViewBoxSpec(0, 0, width, height),
            elements=[
                svg.Title(text=escape(self.title, quote=False)),
                svg.Style(text=STYLE),
                svg.Defs(elements=tips),
                svg.Rect(width=width, height=height, rx=12, class_=["page"]),
                *self.frames,
                *self.elements,
            ],
        )
        return picture.as_str().replace("><", ">\n<") + "\n"


def _rectangle(kind: str, box: Box) -> svg.Rect:
    return svg.Rect(x=box.x, y=box.y, width=box.width, height=box.height, rx=7, class_=[kind])
