"""``ariadne.toml``, read strictly: a key that ariadne-codegen would ignore is an error here."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from ariadne_codegen.settings import GeneratorSettings

from .problem import TomlPlaces, read_text, read_toml, suggestion, table
from .scalars import CONFIG, Scalars, scalars_of

if TYPE_CHECKING:
    from pathlib import Path

_SECTION = ("tool", "ariadne-codegen")
# codegen/models.py says where things are, and other modules count on the names of files.
_GIVEN = {
    "schema_path",
    "schema_paths",
    "queries_path",
    "target_package_path",
    "enums_module_name",
    "input_types_module_name",
    "fragments_module_name",
    "files_to_include",
    "lazy_imports",
}
# What resolve.py derives is right for these values alone.
_FIXED: dict[str, object] = {
    "target_package_name": "_graphql",
    "convert_to_snake_case": True,
    "include_typename": False,
    "default_optional_fields_to_none": False,
    "include_all_enums": True,
}
_EXTRACT = "ariadne_codegen.contrib.extract_operations.ExtractOperationsPlugin"


@dataclass(frozen=True)
class ModelSettings:
    """How ariadne-codegen makes the models."""

    section: dict[str, object]
    scalars: Scalars


def load_settings(path: Path) -> ModelSettings:
    """Read the settings of ariadne-codegen and the table of scalars.

    Raises:
        Problem: a key is unknown, or has a value that the rest does not work with.
    """
    tables = read_toml(path, CONFIG)
    places = TomlPlaces(read_text(path, CONFIG), CONFIG)
    _only(tables, {"tool"}, (), places)
    _only(table(tables, "tool"), {"ariadne-codegen"}, ("tool",), places)
    section = table(table(tables, "tool"), "ariadne-codegen")
    if not section:
        raise places.problem(("tool",), "there is no table [tool.ariadne-codegen]")
    known = {field.name for field in fields(GeneratorSettings)} - _GIVEN
    for key in section:
        if key in _GIVEN:
            raise places.problem(
                (*_SECTION, key), "is filled in by codegen/models.py; leave it out"
            )
    _only(section, known, _SECTION, places)
    for key, value in _FIXED.items():
        if section.get(key, value) != value:
            text = f"must be {str(value).lower()}: codegen/ counts on it"
            raise places.problem((*_SECTION, key), text)
    plugins = section.get("plugins")
    if not isinstance(plugins, list) or _EXTRACT not in plugins:
        text = "the plugin ExtractOperationsPlugin is missing from plugins"
        raise places.problem((*_SECTION, "plugins"), text)
    found = table(section, "scalars")
    return ModelSettings(section, scalars_of(found, (*_SECTION, "scalars"), places))


def _only(
    found: dict[str, object], known: set[str], keys: tuple[str, ...], places: TomlPlaces
) -> None:
    for key in found:
        if key not in known:
            raise places.problem((*keys, key), f"unknown key{suggestion(key, known)}")
