"""Runs ariadne-codegen: writes models and documents into a given folder."""

from __future__ import annotations

import warnings
from copy import copy
from typing import TYPE_CHECKING

from ariadne_codegen.client_generators.package import get_package_generator
from ariadne_codegen.config import (
    get_models_only_settings,  # pyright: ignore[reportUnknownVariableType]  # takes any dict
)
from ariadne_codegen.plugins.explorer import get_plugins_types
from ariadne_codegen.plugins.manager import PluginManager
from ariadne_codegen.schema import (
    add_mixin_directive_to_schema,
    filter_fragments_definitions,
    filter_operations_definitions,
)
from graphql import GraphQLUnionType, InlineFragmentNode

from ..configuration.scalars import ariadne_columns
from ..project.layout import CONFIG, QUERIES, SCHEMA
from ..project.problem import Problem
from ..project.toml import table
from ..python.names import operation_constant
from ..queries.selection import fragment_selection
from .plugin import BANNER, ProjectPlugin
from .type_names import other_types

if TYPE_CHECKING:
    from pathlib import Path

    from ariadne_codegen.client_generators.package import BasePackageGenerator

    from ..configuration.ariadne import ModelSettings
    from ..queries.sources import Sources

_SUFFIX = "_GQL"


def write_models(sources: Sources, settings: ModelSettings, target: Path) -> dict[str, str]:
    """Write the package ``_graphql`` below ``target``. Returns constant → document.

    Raises:
        Problem: ariadne-codegen refuses the schema or the queries.
    """
    section = settings.section | {
        "scalars": ariadne_columns(table(settings.section, "scalars")),
        "schema_path": str(sources.root / SCHEMA),
        "queries_path": str(sources.root / QUERIES),
        "target_package_path": str(target),
    }
    documents = {
        operation_constant(name): f"\n{text}\n"
        for name, text in _run({"tool": {"ariadne-codegen": section}}, sources).items()
    }
    text = "".join(
        f"\n{constant}{_SUFFIX} = {_quoted(document)}\n" for constant, document in documents.items()
    )
    names = "".join(f'    "{constant}{_SUFFIX}",\n' for constant in sorted(documents))
    (target / "_graphql" / "operations.py").write_text(
        f"{BANNER}\n\n__all__ = [\n{names}]\n{text}", encoding="utf-8"
    )
    return documents


def _quoted(document: str) -> str:
    """A document as a Python literal; ariadne-codegen's plugin loses quotes and line ends."""
    escaped = document.replace("\\", r"\\").replace('"""', r"\"\"\"")
    return f'"""{escaped}"""'


def _run(given: dict[str, object], sources: Sources) -> dict[str, str]:
    """Do what ``ariadne-codegen models_only`` does, but with the parsed schema and queries.

    Returns:
        The documents by the names of their operations.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            settings = get_models_only_settings(given)
            plugins = PluginManager(sources.schema, given, get_plugins_types(settings.plugins))
            project_plugin = next(it for it in plugins.plugins if isinstance(it, ProjectPlugin))
            project_plugin.other_types = other_types(sources)
            project_plugin.inherited = {
                name: fragment_selection(sources, name).models() for name in sources.fragments
            }
            # A copy, because both steps replace the directives of the schema.
            schema = add_mixin_directive_to_schema(copy(sources.schema))
            definitions = tuple(node for it in sources.marked for node in it.definitions)
            package = get_package_generator(
                plugins.process_schema(schema),
                filter_fragments_definitions(definitions),
                settings,
                plugins,
            )
            for operation in filter_operations_definitions(definitions):
                package.add_operation(operation)
            _keep_fragment_models(package, sources)
            package.generate()
            return project_plugin.documents
    except Problem:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".rstrip(": ")
        raise Problem(CONFIG, None, f"ariadne-codegen stopped with {reason}") from error


def _keep_fragment_models(package: BasePackageGenerator, sources: Sources) -> None:
    """Generate a model for each fragment that can have one.

    If a fragment on an interface is spread in one of its types, ariadne-codegen copies its fields
    into the class and generates no model for it, although other classes may need that model.
    """
    narrowing = {
        name
        for name, node in sources.fragments.items()
        if isinstance(fragment_selection(sources, name).type, GraphQLUnionType)
        or any(isinstance(it, InlineFragmentNode) for it in node.selection_set.selections)
    }
    package._unpacked_fragments &= narrowing  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # it has no other name
