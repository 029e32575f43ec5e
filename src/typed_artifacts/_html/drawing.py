"""Draws a lineage as SVG: columns of boxes, connected by curves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from .markup import Html, html

_WIDTH, _HEIGHT = 168, 50
_GAP_ACROSS, _GAP_DOWN = 42, 16
_MARGIN = 6
_MORE_HEIGHT = 22
_MOST_TITLE, _MOST_DETAIL = 21, 25


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A version or a run, compared by identity.

    Attributes:
        column: how many steps away, 0 for where the lineage starts, negative for what was before.
        kind: which of the two.
        title: what it is called.
        detail: its type, or its kind of job.
        address: of its page; none is drawn as a link without one.
    """

    column: int
    kind: Literal["version", "run"]
    title: str
    detail: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class _Box:
    """A node, and its upper left corner in pixels."""

    node: Node
    x: int
    y: int


def drawn(
    nodes: Sequence[Node], edges: Iterable[tuple[Node, Node]], cut: Collection[int] = ()
) -> Html:
    """The drawing as SVG.

    Args:
        nodes: what is drawn, in each column from top to bottom.
        edges: which node leads to which.
        cut: columns that have more than is drawn.
    """
    columns = sorted({node.column for node in nodes})
    inside = {number: [node for node in nodes if node.column == number] for number in columns}
    heights = {number: _height(len(inside[number]), cut=number in cut) for number in columns}
    height, width = max(heights.values()), len(columns) * (_WIDTH + _GAP_ACROSS) - _GAP_ACROSS
    boxes: dict[Node, _Box] = {}
    more: list[str] = []
    for place, number in enumerate(columns):
        x = _MARGIN + place * (_WIDTH + _GAP_ACROSS)
        y = _MARGIN + (height - heights[number]) // 2
        for node in inside[number]:
            boxes[node] = _Box(node, x, y)
            y += _HEIGHT + _GAP_DOWN
        if number in cut:
            more.append(_text("ta-detail", x, y + _MORE_HEIGHT // 2, "… and more"))
    curves = [_curve(boxes[source], boxes[target]) for source, target in edges]
    content = "".join([*curves, *map(_drawn_box, boxes.values()), *more])
    return _framed(width + 2 * _MARGIN, height + 2 * _MARGIN, content)


def _framed(width: int, height: int, content: str) -> Html:
    return Html(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="group" aria-label="Lineage, from left to right">'
        f"{content}</svg>"
    )


def _height(count: int, *, cut: bool) -> int:
    return count * (_HEIGHT + _GAP_DOWN) - _GAP_DOWN + (_GAP_DOWN + _MORE_HEIGHT if cut else 0)


def _curve(source: _Box, target: _Box) -> str:
    """From the right side of one box to the left side of another, with an arrow's head."""
    x1, y1 = source.x + _WIDTH, source.y + _HEIGHT // 2
    x2, y2 = target.x, target.y + _HEIGHT // 2
    bend = max(abs(x2 - x1) // 2, 24)
    line = f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2 - 2} {y2}"
    return f'<path class="ta-edge" d="{line}M{x2 - 9} {y2 - 4}L{x2 - 2} {y2}L{x2 - 9} {y2 + 4}"/>'


def _drawn_box(box: _Box) -> str:
    node, here = box.node, "" if box.node.column else " ta-here"
    radius = _HEIGHT // 2 if node.kind == "run" else 7
    shape = (
        f'<rect class="ta-{node.kind}{here}" x="{box.x}" y="{box.y}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" rx="{radius}"/>'
    )
    detail = f"run · {node.detail}" if node.kind == "run" else node.detail
    inside = (
        f"<title>{html(node.title)}</title>{shape}"
        f"{_text('ta-name', box.x, box.y + 22, _cut(node.title, _MOST_TITLE))}"
        f"{_text('ta-detail', box.x, box.y + 39, _cut(detail, _MOST_DETAIL))}"
    )
    if not node.address or not node.column:
        return f"<g>{inside}</g>"
    label = html(f"{node.kind} {node.title}, {node.detail}")
    return f'<a href="{html(node.address)}" aria-label="{label}">{inside}</a>'


def _text(style: str, x: int, y: int, text: str) -> str:
    return f'<text class="{style}" x="{x + _WIDTH // 2}" y="{y}">{html(text)}</text>'


def _cut(text: str, most: int) -> str:
    """The text, or its beginning and its end, which has the version's number."""
    if len(text) <= most:
        return text
    kept = most - 1
    return f"{text[: kept - kept // 2]}…{text[-(kept // 2) :]}"
