"""Resolves mapping, schema and queries to the specifications that templates print.

A template asks its specification for names, annotations and expressions; it decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..configuration.mapping import EntityMapping, ListMapping, Mapping
from ..project.problem import suggestion
from .class_specs import Specifications
from .entities import entity_class
from .lists import list_class
from .operations import operation_specs
from .routes import Router

if TYPE_CHECKING:
    from collections.abc import Collection

    from ..configuration.scalars import Scalars
    from ..queries.sources import Sources


def resolve(
    mapping: Mapping,
    sources: Sources,
    scalars: Scalars,
    templates: Collection[str] = (),
    written: Collection[str] = (),
) -> Specifications:
    """Check the mapping against schema and queries and derive everything that it leaves out.

    Args:
        mapping: what ``mapping.toml`` says.
        sources: schema and queries.
        scalars: what each scalar is in Python.
        templates: the templates there are; a class that has one of its own makes its items there.
        written: the modules that are written by hand.

    Raises:
        Problem: the mapping names something that is not there.
    """
    operations = operation_specs(sources, scalars)
    router = Router(mapping, sources, operations, scalars)
    # Entities first, because errors of a list may follow from errors of its items.
    entities = [
        entity_class(router, name, entry, templates, written)
        for name, entry in mapping.classes.items()
        if isinstance(entry, EntityMapping)
    ]
    lists = [
        list_class(router, name, entry, templates)
        for name, entry in mapping.classes.items()
        if isinstance(entry, ListMapping)
    ]
    _check_display_names(mapping, router)
    return Specifications(tuple(operations.values()), tuple(lists), tuple(entities))


def _check_display_names(mapping: Mapping, router: Router) -> None:
    for name in mapping.display_names:
        if name not in router.used_fields:
            near = suggestion(name, router.used_fields)
            text = f'no operation or connection of the mapping goes through "{name}"{near}'
            raise mapping.locations.problem(("display_names", name), text)
