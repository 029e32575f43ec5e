"""Finds names of hand-written modules that a class of the mapping must not have.

A rendered module imports the names that it uses. If a class had such a name, the module would
import the class instead, so the name must not be used in templates, in generated expressions or by
users.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..classes.class_specs import ListSpec
from ..python.module_names import missing_names

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ..classes.class_specs import EntitySpec
    from .template_files import Template


@dataclass(frozen=True)
class RoomNames:
    """The names of hand-written modules, and where they are used."""

    statements: Mapping[str, str]
    """Name → the statement with which a rendered module imports it."""
    templates: Collection[Template]
    exported: Collection[str]
    """The public names."""

    def taken(
        self,
        spec: ListSpec | EntitySpec,
        name: str,
        texts: Mapping[str, str],
        specs: Mapping[str, ListSpec | EntitySpec],
    ) -> str | None:
        """The import that a class of that name would replace; ``None`` if there is none.

        Args:
            spec: the class.
            name: its name, or that of its module.
            texts: the rendered modules, by name, without imports.
            specs: the classes by module.
        """
        statement = self.statements.get(name)
        if statement is None or not statement.startswith("from .."):
            return statement  # any template may use names of the standard library
        by_template = any(
            name in it.words for it in self.templates if it.is_used_by_others(spec.module)
        )
        by_module = any(
            name in missing_names(text) and name not in _given(specs.get(module))
            for module, text in texts.items()
        )
        is_used = name in self.exported or by_template or by_module
        return statement if is_used else None


def _given(spec: ListSpec | EntitySpec | None) -> tuple[str, ...]:
    """The names of classes that a rendered module gets from its specification."""
    if spec is None:
        return ()
    return (spec.name, *((spec.item, spec.item_module) if isinstance(spec, ListSpec) else ()))
