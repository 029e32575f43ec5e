"""Which properties of documented classes show a given field of the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .selection import fragment_place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .selection import Place
    from .sources import Sources
    from .specs import Specifications


def shown_members(
    specifications: Specifications, sources: Sources
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every member of the schema that a property shows, and which."""
    shown: dict[str, list[str]] = {}
    for entity in specifications.entities:
        for item in entity.properties:
            place: Place = fragment_place(sources, entity.fragment)
            for step in item.path.split("."):
                selected = place.field(step)
                assert selected is not None
                member = f"{place.type.name}.{selected.node.name.value}"
                shown.setdefault(member, []).append(f"{entity.name}.{item.name}")
                place = selected.place
    for member, names in shown.items():
        yield member, tuple(sorted(set(names)))
