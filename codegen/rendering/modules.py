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
from .hand_written import blocking_modules, check_imports, written_file
from .imports import Imports

if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from pathlib import Path

    from ..queries.schema_usage import Tables
    from .renderer import Renderer
    from .template_files import Templates

PLACEHOLDER = "AnyOperation"
_PACKAGE, _CATALOG, _USAGE = "package", "catalog", "schema_usage"
_VARIABLES = "variables"
_OPERATIONS, _OPERATIONS_PACKAGE = "_operations", "operations_package"
# Templates of what the mapping lists, and of what there is once.
_SHARED = {"list", "entity", _CATALOG, _USAGE, _VARIABLES, _OPERATIONS_PACKAGE}


@dataclass(frozen=True)
class Rendering:
    """The modules of both flavours as they were rendered, still without imports."""

    templates: dict[str, str]
    """Module → its template; those that are written by hand have none."""
    written: Mapping[str, str]
    """The modules that are written by hand."""
    texts: dict[Flavour, dict[str, str]]
    """Flavour → module → text, written ones included."""
    shared: tuple[str, ...]
    """The modules of the operations, as they are around any of them."""

    @property
    def origins(self) -> dict[str, str]:
        """Module → the file that a person edits."""
        rendered = {module: f"{TEMPLATES}/{it}.jinja" for module, it in self.templates.items()}
        return rendered | {module: written_file(module) for module in self.written}


def render_classes(
    renderer: Renderer,
    templates: Templates,
    specifications: Specifications,
    written: Mapping[str, str],
) -> Rendering:
    """Render what both flavours have.

    Raises:
        Problem: a template is wrong, or a hand-written module has no blocking flavour.
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
            name: renderer.text(source, {"f": flavour, "spec": specs.get(name)})
            for name, source in sources.items()
        }
        for flavour in (SYNC, ASYNC)
    }
    texts[ASYNC] |= written
    texts[SYNC] |= blocking_modules(written)
    return Rendering(sources, written, texts, _around_operations(renderer))


def _around_operations(renderer: Renderer) -> tuple[str, ...]:
    """The modules of the operations, as they are around any of them."""
    any_one = OperationSpec(PLACEHOLDER, "query", (), Origin("", None, ""))
    values: dict[str, object] = {
        "specs": Specifications((any_one,), (), ()),
        "optional_parts": {PLACEHOLDER: OptionalParts((), ())},
    }
    queries = [renderer.text("queries", values | {"f": flavour}) for flavour in (SYNC, ASYNC)]
    return (*queries, renderer.text(_CATALOG, values), renderer.text(_VARIABLES, values))


@dataclass(frozen=True)
class ModuleWriter:
    """Writes the modules of all trees but the models', not yet formatted.

    What comes later imports what came before: operations, then classes, then the schema's usage.
    """

    renderer: Renderer
    specifications: Specifications
    folder: Path
    """The folder of the generated trees."""
    written: Path
    """The folder of the hand-written rooms."""

    def write_operations(self, optional_parts: Mapping[str, OptionalParts]) -> None:
        """Write the catalogue of operations and their variables.

        Raises:
            Problem: a template is wrong.
        """
        self._render(_OPERATIONS_PACKAGE, "__init__")
        self._render(_CATALOG, _CATALOG, optional_parts=optional_parts)
        self._render(_VARIABLES, _VARIABLES)

    def write_classes(self, rendering: Rendering) -> None:
        """Write both flavours, with the imports that they lack.

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

    def write_schema_usage(self, tables: Tables, public: Container[str] | None) -> None:
        """Write what the doctor reads.

        Args:
            tables: what all operations use of the schema.
            public: what users import; everything, where nothing says so.

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
