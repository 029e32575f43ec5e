"""Where each node of a lineage is drawn: columns from left to right. Pure."""

from dataclasses import dataclass

from .lineage import Graph, Node

WIDTH, HEIGHT = 188, 50
_GAP_ACROSS, _GAP_DOWN = 52, 16
_MARGIN = 6
_MORE_HEIGHT = 22
_MOST_TITLE, _MOST_DETAIL = 24, 28


@dataclass(frozen=True, slots=True)
class Box:
    """A node and its upper left corner, in pixels."""

    node: Node
    x: int
    y: int

    @property
    def title(self) -> str:
        return _cut(self.node.title, _MOST_TITLE)

    @property
    def detail(self) -> str:
        return _cut(self.node.detail, _MOST_DETAIL)


@dataclass(frozen=True, slots=True)
class Drawing:
    """Boxes, the curves between them, and where columns have more than is shown."""

    width: int
    height: int
    boxes: list[Box]
    curves: list[str]
    more: list[tuple[int, int]]


def drawn(graph: Graph) -> Drawing:
    """The drawing of a lineage; its start is in a column of its own."""
    columns = graph.columns
    tallest = max(_height(len(graph.column(column)), cut=column in graph.cut) for column in columns)
    boxes: list[Box] = []
    more: list[tuple[int, int]] = []
    for place, column in enumerate(columns):
        nodes = graph.column(column)
        x = _MARGIN + place * (WIDTH + _GAP_ACROSS)
        y = _MARGIN + (tallest - _height(len(nodes), cut=column in graph.cut)) // 2
        for node in nodes:
            boxes.append(Box(node, x, y))
            y += HEIGHT + _GAP_DOWN
        if column in graph.cut:
            more.append((x + WIDTH // 2, y + _MORE_HEIGHT // 2))
    at = {id(box.node): box for box in boxes}
    curves = [_curve(at[id(source)], at[id(target)]) for source, target in graph.edges]
    width = 2 * _MARGIN + len(columns) * (WIDTH + _GAP_ACROSS) - _GAP_ACROSS
    return Drawing(width, tallest + 2 * _MARGIN, boxes, curves, more)


def _height(count: int, *, cut: bool) -> int:
    return count * (HEIGHT + _GAP_DOWN) - _GAP_DOWN + (_GAP_DOWN + _MORE_HEIGHT if cut else 0)


def _curve(source: Box, target: Box) -> str:
    """From the right side of one box to the left side of another, with room for the arrow."""
    x1, y1 = source.x + WIDTH, source.y + HEIGHT // 2
    x2, y2 = target.x - 5, target.y + HEIGHT // 2
    bend = max(abs(x2 - x1) // 2, 24)
    return f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"


def _cut(text: str, most: int) -> str:
    """The text, or its beginning and end, which has the version's number."""
    if len(text) <= most:
        return text
    kept = most - 1
    return f"{text[: kept - kept // 2]}…{text[-(kept // 2) :]}"
