"""Which properties of documented classes show a given field of the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..queries.selection import fragment_selection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..classes.class_specs import Specifications
    from ..queries.selection import ObjectSelection
    from ..queries.sources import Sources


def shown_members(
    specifications: Specifications, sources: Sources
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Member of the schema → the properties that show it."""
    shown: dict[str, list[str]] = {}
    for entity in specifications.entities:
        for item in entity.properties:
            selection: ObjectSelection = fragment_selection(sources, entity.fragment)
            for step in item.path.split("."):
                selected = selection.field(step)
                assert selected is not None
                member = f"{selection.type.name}.{selected.node.name.value}"
                shown.setdefault(member, []).append(f"{entity.name}.{item.name}")
                selection = selected.selection
    for member, names in shown.items():
        yield member, tuple(sorted(set(names)))
