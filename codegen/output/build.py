"""Builds all generated trees in a temporary folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..classes.resolve import resolve
from ..configuration.ariadne import load_settings
from ..configuration.mapping import load_mapping
from ..models.fragment_modules import split_fragments
from ..models.generation import write_models
from ..models.names import check_names
from ..models.scalar_types import check_scalars
from ..project.layout import (
    CONFIG,
    MAPPING,
    TEMPLATES,
    has_package,
    written_package,
)
from ..queries.optional_parts import find_optional_parts
from ..queries.schema_usage import usage_tables
from ..queries.sources import load_sources
from ..rendering.class_names import RenderedModules, check_class_names
from ..rendering.flavours import SYNC
from ..rendering.formatting import format_files
from ..rendering.free_names import RoomNames
from ..rendering.hand_written import check_written, read_written, written_file
from ..rendering.imports import room_names
from ..rendering.init_module import exported, exported_by_hand, init_module
from ..rendering.modules import ModuleWriter, render_classes
from ..rendering.renderer import Renderer
from ..rendering.template_checks import check_ignored, check_modules, check_stated_by_hand
from ..rendering.template_files import check_classes, read_templates
from .import_check import ImportCheck

if TYPE_CHECKING:
    from ..classes.class_specs import Specifications
    from ..configuration.ariadne import ModelSettings
    from ..configuration.mapping import Mapping
    from ..queries.sources import Sources
    from ..rendering.modules import Rendering
    from ..rendering.template_files import Templates


@dataclass(frozen=True)
class BuiltTrees:
    """The generated trees, in a temporary folder."""

    folder: Path
    import_check: ImportCheck
    front: str | None
    """The text of the package's ``__init__.py``; ``None`` without a package."""


@dataclass(frozen=True)
class _Inputs:
    """The sources, read and resolved."""

    sources: Sources
    settings: ModelSettings
    models: dict[str, str]
    """Class of a model → its definition."""
    mapping: Mapping
    templates: Templates
    by_hand: dict[str, str]
    """The hand-written modules."""
    specifications: Specifications


def build_trees(root: Path, folder: Path) -> BuiltTrees:
    """Build the generated trees in ``folder`` from the sources below ``root``.

    Raises:
        Problem: schema, queries, mapping or templates are wrong.
    """
    inputs = _read_inputs(root)
    sources, specifications = inputs.sources, inputs.specifications
    renderer = Renderer(
        root / TEMPLATES, inputs.templates, specifications, suggests="suggestions" in inputs.by_hand
    )
    rendering = render_classes(renderer, inputs.templates, specifications, inputs.by_hand)
    _check_rendering(root, inputs, renderer, rendering)
    documents = write_models(sources, inputs.settings, folder)
    split_fragments(folder / "_graphql", sources.fragments)
    optional_parts = {
        operation.name: find_optional_parts(sources, operation.name, documents[operation.constant])
        for operation in specifications.operations
    }
    front = init_module(root, specifications, inputs.mapping)
    writer = ModuleWriter(renderer, specifications, folder, written_package(root))
    writer.write_operations(optional_parts)
    writer.write_classes(rendering)
    tables = usage_tables(sources, optional_parts, inputs.settings.scalars)
    writer.write_schema_usage(tables, exported(front))
    format_files(root, folder, inputs.by_hand)
    return BuiltTrees(folder, ImportCheck(root, sources, rendering.origins, front), front)


def _read_inputs(root: Path) -> _Inputs:
    """Read all sources, and make the checks that need no rendering."""
    sources = load_sources(root)
    settings = load_settings(root / CONFIG)
    check_scalars(sources, settings.scalars)
    models = check_names(sources, settings.scalars)
    mapping = load_mapping(root / MAPPING, MAPPING)
    templates = read_templates(root / TEMPLATES)
    by_hand = read_written(root)
    specifications = resolve(mapping, sources, settings.scalars, templates.by_name, by_hand)
    check_written(by_hand, templates, mapping.classes, mapping.locations)
    check_classes(templates, mapping.classes, mapping.locations, by_hand)
    return _Inputs(sources, settings, models, mapping, templates, by_hand, specifications)


def _check_rendering(root: Path, inputs: _Inputs, renderer: Renderer, rendering: Rendering) -> None:
    """Raise a ``Problem`` if rendered modules, templates and the mapping do not agree."""
    written, mapping = written_package(root), inputs.mapping
    exported_here = exported_by_hand(root, inputs.specifications)
    rooms = RoomNames(room_names(written), inputs.templates.by_name.values(), exported_here)
    modules = RenderedModules(
        *(rendering.texts[SYNC], rendering.origins, inputs.models, rooms, written),
        rendering.shared,
    )
    check_class_names(inputs.specifications, mapping, modules)
    if has_package(root):
        once = {*inputs.templates.modules(), *inputs.by_hand}
        check_modules(modules.texts, rendering.origins, once, written)
    for spec in inputs.specifications.classes:
        if spec.module in inputs.by_hand:
            text = inputs.by_hand[spec.module]
            check_stated_by_hand(mapping, spec, text, written_file(spec.module))
        elif spec.module in inputs.templates.by_name:
            check_ignored(mapping, spec, renderer, spec.module, SYNC)
