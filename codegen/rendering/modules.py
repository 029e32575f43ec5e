"""Renders specifications to the modules of both flavours, and writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..classes.class_specs import ListSpec, Specifications
from ..classes.operation_specs import OperationSpec
from ..project.layout import TEMPLATES
from ..project.problem import Origin, Problem
from ..python.names import enum_member
from ..queries.optional_parts import OptionalParts
from .documented_calls import documented_calls
from .enum_values import values_always_sent
from .flavours import ASYNC, SYNC, Flavour
from .hand_written import check_imports, sync_modules, written_file
from .imports import Imports

if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from pathlib import Path

    from ..queries.schema_usage import Tables
    from .renderer import Renderer
    from .template_files import Templates

PLACEHOLDER = "AnyOperation"
_PACKAGE, _CATALOG, _USAGE = "package", "catalog", "schema_usage"
_VARIABLES, _LIST_ITEMS = "variables", "list_items"
_OPERATIONS, _OPERATIONS_PACKAGE = "_operations", "operations_package"
# Templates that are not those of a single module in each flavour.
_SHARED = {"list", "entity", _CATALOG, _USAGE, _VARIABLES, _LIST_ITEMS, _OPERATIONS_PACKAGE}


@dataclass(frozen=True)
class Rendering:
    """The rendered modules of both flavours, without imports yet."""

    templates: dict[str, str]
    """Module → its template, except hand-written modules."""
    written: Mapping[str, str]
    """The hand-written modules."""
    texts: dict[Flavour, dict[str, str]]
    """Flavour → module → text, including hand-written modules."""
    shared: tuple[str, ...]
    """The texts of the modules of all operations, rendered for a placeholder operation."""

    @property
    def origins(self) -> dict[str, str]:
        """Module → its source: a template or a hand-written module."""
        rendered = {module: f"{TEMPLATES}/{it}.jinja" for module, it in self.templates.items()}
        return rendered | {module: written_file(module) for module in self.written}


def render_classes(
    renderer: Renderer,
    templates: Templates,
    specifications: Specifications,
    written: Mapping[str, str],
) -> Rendering:
    """Render the classes in both flavours.

    Raises:
        Problem: a template is wrong, or a hand-written module has no sync flavour.
    """
    specs = {spec.made_module: spec for spec in specifications.classes}
    sources = {
        "__init__" if name == _PACKAGE else name: name
        for name in sorted({*templates.modules()} - _SHARED)
    }
    for name, spec in specs.items():
        shared = "list" if isinstance(spec, ListSpec) else "entity"
        sources[name] = spec.module if spec.module in templates.by_name else shared
    texts = {
        flavour: {
            name: renderer.text(source, {"flavour": flavour, "spec": specs.get(name)})
            for name, source in sources.items()
        }
        for flavour in (SYNC, ASYNC)
    }
    texts[ASYNC] |= written
    texts[SYNC] |= sync_modules(written)
    return Rendering(sources, written, texts, _operation_modules(renderer))


def _operation_modules(renderer: Renderer) -> tuple[str, ...]:
    """The modules of all operations, rendered for a placeholder operation."""
    placeholder = OperationSpec(PLACEHOLDER, "query", (), Origin("", None, ""))
    values: dict[str, object] = {
        "specs": Specifications((placeholder,), (), ()),
        "optional_parts": {PLACEHOLDER: OptionalParts((), ())},
    }
    queries = [renderer.text("queries", values | {"flavour": flavour}) for flavour in (SYNC, ASYNC)]
    return (*queries, renderer.text(_CATALOG, values), renderer.text(_VARIABLES, values))


@dataclass(frozen=True)
class ModuleWriter:
    """Writes all modules except the models; they are formatted later.

    The order matters, because of imports: operations, classes, usage of the schema.
    """

    renderer: Renderer
    specifications: Specifications
    folder: Path
    """The folder of the generated trees."""
    written: Path
    """The folder of the hand-written packages."""

    def write_operations(self, optional_parts: Mapping[str, OptionalParts]) -> None:
        """Write the catalogue of operations and their variables.

        Raises:
            Problem: a template is wrong.
        """
        self._render(_OPERATIONS_PACKAGE, "__init__")
        self._render(_CATALOG, _CATALOG, optional_parts=optional_parts)
        self._render(_VARIABLES, _VARIABLES)

    def write_classes(self, rendering: Rendering) -> None:
        """Write the classes in both flavours, with their imports, and the table of lists.

        Raises:
            Problem: a name is used that is defined nowhere.
        """
        imports = Imports(self.folder, self.written)
        check_imports(rendering.written, imports.statements(rendering.texts[ASYNC]))

        def problem(module: str, line: str, text: str) -> Problem:
            return self.renderer.problem(rendering.templates[module], line, text)

        for flavour, made in rendering.texts.items():
            for name, text in imports.added(made, rendering.written, problem).items():
                self._write(f"{flavour.folder}/{name}.py", text)
        self._render(_LIST_ITEMS, _LIST_ITEMS)

    def write_schema_usage(self, tables: Tables, public: Container[str] | None) -> None:
        """Write the tables for the doctor.

        Args:
            tables: what all operations use of the schema.
            public: the public names; ``None``: all names are public.

        Raises:
            Problem: a template is wrong.
        """
        calls = documented_calls(self.folder / SYNC.folder, public)
        named = values_always_sent(self.written, self.folder / SYNC.folder)
        operations = self.specifications.operations
        self._render(
            _USAGE,
            _USAGE,
            roots=tables.roots,
            calls={item.name: calls.get(item.constant, ()) for item in operations},
            field_types=tables.fields,
            inputs=tables.inputs,
            enums={
                name: " ".join(
                    f"{it}!" if (name, enum_member(it)) in named else it for it in values
                )
                for name, values in tables.enums.items()
            },
            scalars=tables.scalars,
        )

    def _render(self, template: str, module: str, **values: object) -> None:
        self._write(f"{_OPERATIONS}/{module}.py", self.renderer.text(template, values))

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
