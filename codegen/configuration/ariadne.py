"""Reads ``ariadne.toml`` strictly: a key that ariadne-codegen would ignore is an error."""

from __future__ import annotations

from dataclasses import dataclass, fields
from importlib import import_module
from typing import TYPE_CHECKING

from ariadne_codegen.settings import GeneratorSettings

from ..project.files import read_text
from ..project.layout import CONFIG, PACKAGE, written_package
from ..project.problem import no_python, suggestion
from ..project.toml import TomlLocations, read_toml, table
from ..python.module_names import is_defined
from .scalars import Scalars, scalars_of

if TYPE_CHECKING:
    from pathlib import Path

_SECTION = ("tool", "ariadne-codegen")
# Set in codegen/models/generation.py; other modules depend on the names of the files.
_SET_BY_GENERATOR = {
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
# What resolve.py derives is right only for these values.
_FIXED: dict[str, object] = {
    "target_package_name": "_graphql",
    "convert_to_snake_case": True,
    "include_typename": False,
    "default_optional_fields_to_none": False,
    "include_all_enums": True,
}
_PROJECT_PLUGIN = "codegen.models.plugin.ProjectPlugin"


@dataclass(frozen=True)
class ModelSettings:
    """The settings of ariadne-codegen, and the table of scalars."""

    section: dict[str, object]
    scalars: Scalars


def load_settings(path: Path) -> ModelSettings:
    """Read the settings of ariadne-codegen and the table of scalars.

    Raises:
        Problem: a key is unknown, or has a value that the rest does not work with.
    """
    tables = read_toml(path, CONFIG)
    locations = TomlLocations(read_text(path, CONFIG), CONFIG)
    _check_keys(tables, {"tool"}, (), locations)
    _check_keys(table(tables, "tool"), {"ariadne-codegen"}, ("tool",), locations)
    section = table(table(tables, "tool"), "ariadne-codegen")
    if not section:
        raise locations.problem(("tool",), "there is no table [tool.ariadne-codegen]")
    known = {field.name for field in fields(GeneratorSettings)} - _SET_BY_GENERATOR
    for key in section:
        if key in _SET_BY_GENERATOR:
            raise locations.problem(
                (*_SECTION, key), "is filled in by codegen/models/generation.py; leave it out"
            )
    _check_keys(section, known, _SECTION, locations)
    for key, value in _FIXED.items():
        if section.get(key, value) != value:
            text = f"must be {str(value).lower()}: codegen/ counts on it"
            raise locations.problem((*_SECTION, key), text)
    _check_types(section, locations)
    _check_plugins(section.get("plugins", []), locations)
    found = table(section, "scalars")
    scalars = scalars_of(found, (*_SECTION, "scalars"), locations)
    _check_defined(found, written_package(path.parent.parent), locations)
    return ModelSettings(section, scalars)


def _check_defined(rows: dict[str, object], written: Path, locations: TomlLocations) -> None:
    """Raise a ``Problem`` for a type or function in the table of scalars that does not exist."""
    for name in rows:
        for key, value in table(rows, name).items():
            if isinstance(value, str) and not _is_defined(value, written):
                text = f'there is no "{value}"'
                raise locations.problem((*_SECTION, "scalars", name, key), text)


def _is_defined(value: str, written: Path) -> bool:
    try:
        return is_defined(value, written)
    except SyntaxError as error:
        raise no_python(f"{PACKAGE}/{error.filename}", error) from error


def _check_types(section: dict[str, object], locations: TomlLocations) -> None:
    for setting in fields(GeneratorSettings):
        expected = {bool: "true or false", str: "a string"}
        kind: object = setting.type
        for wanted, description in expected.items():
            if kind is wanted and not isinstance(section.get(setting.name, wanted()), wanted):
                raise locations.problem((*_SECTION, setting.name), f"must be {description}")


def _check_plugins(plugins: object, locations: TomlLocations) -> None:
    keys = (*_SECTION, "plugins")
    if not isinstance(plugins, list):
        raise locations.problem(keys, "must be a list")
    listed: list[object] = plugins  # pyright: ignore[reportUnknownVariableType]  # TOML
    for name in listed:
        module, _, plugin = str(name).rpartition(".")
        try:
            known = vars(import_module(module))
        except (ImportError, ValueError):
            raise locations.problem(keys, f'there is no module "{module}"') from None
        if plugin not in known:
            text = f'there is no plugin "{plugin}" in {module}{suggestion(plugin, known)}'
            raise locations.problem(keys, text)
    if _PROJECT_PLUGIN not in listed:
        raise locations.problem(keys, "the plugin ProjectPlugin is missing from plugins")


def _check_keys(
    found: dict[str, object], known: set[str], keys: tuple[str, ...], locations: TomlLocations
) -> None:
    for key in found:
        if key not in known:
            raise locations.problem((*keys, key), f"unknown key{suggestion(key, known)}")
