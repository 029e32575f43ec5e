"""``mapping.toml``, read strictly: an unknown key is an error with a line and a suggestion."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from ..project.files import read_text
from ..project.problem import suggestion
from ..project.toml import TomlLocations, read_toml
from ..python.names import is_name

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Parameter(_Strict):
    """Settings of a constructor's parameter that cannot be derived from the operation."""

    doc: str = ""
    type: str | None = None
    default: str | None = None


class Choice(_Strict):
    """One of several operations whose pages a list can fetch."""

    operation: str
    connection: str


class ListMapping(_Strict):
    """A list class, which fetches the pages of a connection."""

    kind: Literal["list"]
    doc: str = ""
    public: bool = True
    operation: str | None = None
    connection: str | None = None
    item: str
    fragment: str | None = None
    parameters: list[str]
    keywords: list[str] = []
    variables: dict[str, str] = {}
    item_arguments: dict[str, str] = {}
    choose: str | None = None
    choices: dict[str, Choice] = {}
    parameter: dict[str, Parameter] = {}


class Property(_Strict):
    """Settings of a property."""

    path: str | None = None
    doc: str = ""
    editable: bool = False


class EntityMapping(_Strict):
    """A class of one object: the fields of a fragment as properties, loaded by an operation."""

    kind: Literal["entity"]
    doc: str = ""
    public: bool = True
    fragment: str
    operation: str | None = None
    object: str | None = None
    parameters: list[str] = []
    variables: dict[str, str] = {}
    parameter: dict[str, Parameter] = {}
    properties: dict[str, Property] = {}
    hidden: list[str] = []


_KINDS: dict[str, type[ListMapping | EntityMapping]] = {
    "list": ListMapping,
    "entity": EntityMapping,
}
_NESTED: dict[str, type[_Strict]] = {
    "parameter": Parameter,
    "choices": Choice,
    "properties": Property,
}
# The type of a pydantic error → a message in terms of TOML.
_EXPECTED = {
    "string_type": "must be a string",
    "list_type": "must be a list",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "bool_type": "must be true or false",
}


@dataclass(frozen=True)
class Mapping:
    """The classes of the mapping, and the line of each key."""

    classes: dict[str, ListMapping | EntityMapping]
    display_names: dict[str, str]
    locations: TomlLocations

    def known(self, name: str, known: Collection[str], keys: tuple[str, ...], kind: str) -> None:
        """Raise a ``Problem`` at a key if a name is not a known one."""
        if name not in known:
            raise self.locations.problem(
                keys, f'there is no {kind} "{name}"{suggestion(name, known)}'
            )


def load_mapping(path: Path, shown: str) -> Mapping:
    """Read a mapping file.

    Raises:
        Problem: it is not TOML, or a key is unknown, missing or of a wrong type.
    """
    tables = read_toml(path, shown)
    locations = TomlLocations(read_text(path, shown), shown)
    display_names = _display_names(tables.pop("display_names", {}), locations)
    classes = {name: _class(name, table, locations) for name, table in tables.items()}
    for name, entry in classes.items():
        _check_entry(name, entry, locations)
    return Mapping(classes, display_names, locations)


def _display_names(table: object, locations: TomlLocations) -> dict[str, str]:
    if not isinstance(table, dict):
        raise locations.problem(("display_names",), "must be a table of strings")
    names: dict[str, str] = {}
    for name, display_name in table.items():  # pyright: ignore[reportUnknownVariableType]  # TOML
        if not isinstance(display_name, str):
            raise locations.problem(("display_names", str(name)), "must be a string")  # pyright: ignore[reportUnknownArgumentType]  # TOML
        names[str(name)] = display_name  # pyright: ignore[reportUnknownArgumentType]  # TOML
    return names


def _class(name: str, table: object, locations: TomlLocations) -> ListMapping | EntityMapping:
    if not isinstance(table, dict):
        known = suggestion(name, {"display_names"})
        raise locations.problem((name,), f"unknown entry; a class is a table with a kind{known}")
    given: dict[str, object] = table  # pyright: ignore[reportUnknownVariableType]  # TOML
    kind = given.get("kind")
    if kind is None:
        raise locations.problem((name,), '"kind" is missing; it is "list" or "entity"')
    if not isinstance(kind, str) or kind not in _KINDS:
        raise locations.problem(
            (name, "kind"), f'there is no kind "{kind}"{suggestion(str(kind), _KINDS)}'
        )
    if not is_name(name):
        raise locations.problem((name,), "a class needs a name that Python can say")
    try:
        return _KINDS[kind].model_validate(given)
    except ValidationError as error:
        found = error.errors(include_url=False)
    # A misspelt key is unknown and missing; only the first has its line, and what was meant.
    first = min(found, key=lambda each: each["type"] != "extra_forbidden")
    keys = (name, *(str(step) for step in first["loc"]))
    if first["type"] == "missing":
        raise locations.problem(keys[:-1], f'"{keys[-1]}" is missing')
    if first["type"] == "extra_forbidden":
        known_keys = _known_keys(kind, keys[1:])
        raise locations.problem(keys, f"unknown key{suggestion(keys[-1], known_keys)}")
    raise locations.problem(keys, _EXPECTED.get(first["type"], first["msg"]))


def _known_keys(kind: str, steps: tuple[str, ...]) -> set[str]:
    model = _KINDS[kind] if len(steps) == 1 else _NESTED.get(steps[0])
    return set(model.model_fields) if model else set()


def _check_entry(name: str, entry: ListMapping | EntityMapping, locations: TomlLocations) -> None:
    """Raise a ``Problem`` for a name or an expression that is not valid Python."""
    _check_parameters(name, entry, locations)
    for parameter, given in entry.parameter.items():
        for key, source in (("type", given.type), ("default", given.default)):
            text = None if source is None else _expression_problem(source)
            if text is not None:
                raise locations.problem((name, "parameter", parameter, key), f"{source!r} {text}")
    for key in entry.properties if isinstance(entry, EntityMapping) else ():
        if not is_name(key):
            text = "a property needs a name that Python can say"
            raise locations.problem((name, "properties", key), text)


def _check_parameters(
    name: str, entry: ListMapping | EntityMapping, locations: TomlLocations
) -> None:
    keywords = entry.keywords if isinstance(entry, ListMapping) else []
    names = [*entry.parameters, *keywords]
    reserved = {"self", "client", *(["attrs"] if entry.kind == "entity" else [])}
    for parameter in names:
        keys = (name, "keywords" if parameter in keywords else "parameters")
        if not is_name(parameter):
            raise locations.problem(keys, f'"{parameter}" is no name that Python can say')
        if names.count(parameter) > 1:
            raise locations.problem(keys, f'"{parameter}" is there twice')
        if parameter in reserved:
            text = f'"{parameter}" is a parameter of every constructor; give it another name'
            raise locations.problem(keys, text)


def _expression_problem(source: str) -> str | None:
    try:
        ast.parse(source, mode="eval")
    except (SyntaxError, ValueError):
        return "is not a Python expression"
    try:
        ast.parse(f"(lambda this={source}, *, next: 0)", mode="eval")
    except SyntaxError:
        return "does not fit among parameters; put a tuple in parentheses, and take out a comment"
    return None
