"""The notebook output of a lineage: a drawing centred on its root version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from .drawing import Node, drawn
from .markup import Html, counted, output, paragraph

Named: TypeAlias = tuple[Literal["version", "run"], str, str]
"""What a node is; the path of a version or the name of a run; its type or its kind of job."""
_MOST_IN_COLUMN = 12


def lineage_html(root: str, named: Mapping[str, Named], edges: Sequence[tuple[str, str]]) -> str:
    """The drawing of a lineage.

    Args:
        root: the id of the version where it starts.
        named: the nodes by their ids.
        edges: which id leads to which.
    """
    columns = _columns(root, edges)
    kept: dict[str, Node] = {}
    filled: dict[int, int] = {}
    for key, (kind, name, detail) in named.items():
        column = columns.get(key, 0)
        filled[column] = filled.get(column, 0) + 1
        if filled[column] <= _MOST_IN_COLUMN:
            # The name of a run may contain slashes itself.
            title = name.rpartition("/")[2] if kind == "version" else name
            kept[key] = Node(column, kind, title, detail)
    cut = {column for column, count in filled.items() if count > _MOST_IN_COLUMN}
    lines = [(kept[one], kept[other]) for one, other in edges if one in kept and other in kept]
    kinds = [kind for kind, _, _ in named.values()]
    summary = counted((kinds.count("version"), "version"), (kinds.count("run"), "run"))
    picture = Html(f'<div class="ta-box">{drawn(list(kept.values()), lines, cut)}</div>')
    return output("Lineage", named[root][1], picture, paragraph(f"{summary}."))


def _columns(root: str, edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """How many steps each node is from the root: negative for what the root was made of."""
    found = {root: 0}
    for sign in (-1, 1):
        nearest = [root]
        while nearest:
            steps = [(two, one) if sign < 0 else (one, two) for one, two in edges]
            reached = [
                (source, target)
                for source, target in steps
                if source in nearest and target not in found
            ]
            for source, target in reached:
                found.setdefault(target, found[source] + sign)
            nearest = [target for _, target in reached]
    return found
