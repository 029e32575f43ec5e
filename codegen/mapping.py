"""``mapping.toml``, read strictly: an unknown key is an error with a line and a suggestion."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from .problem import Problem, TomlPlaces, suggestion

if TYPE_CHECKING:
    from pathlib import Path


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Parameter(_Strict):
    """What the operation cannot say of a constructor's parameter."""

    doc: str = ""
    type: str | None = None
    default: str | None = None


class Choice(_Strict):
    """One of several operations that a list can page through."""

    operation: str
    connection: str


class ListMapping(_Strict):
    """A list class: a connection of an operation, paged through."""

    kind: Literal["list"]
    doc: str
    operation: str | None = None
    connection: str | None = None
    item: str
    parameters: list[str]
    keywords: list[str] = []
    variables: dict[str, str] = {}
    item_arguments: dict[str, str] = {}
    choose: str | None = None
    choices: dict[str, Choice] = {}
    parameter: dict[str, Parameter] = {}


class Property(_Strict):
    """A property that is not simply a field under its own name."""

    path: str | None = None
    doc: str = ""
    editable: bool = False


class EntityMapping(_Strict):
    """A class of one object: the fields of a fragment as properties, loaded by an operation."""

    kind: Literal["entity"]
    doc: str
    fragment: str
    operation: str | None = None
    object: str | None = None
    parameters: list[str] = []
    variables: dict[str, str] = {}
    parameter: dict[str, Parameter] = {}
    properties: dict[str, Property] = {}
    hidden: list[str] = []


ClassMapping = Annotated[ListMapping | EntityMapping, Field(discriminator="kind")]


@dataclass(frozen=True)
class Mapping:
    """Every class of the mapping, and where each of its keys stands."""

    classes: dict[str, ListMapping | EntityMapping]
    words: dict[str, str]
    places: TomlPlaces


def load_mapping(path: Path, shown: str) -> Mapping:
    """Read a mapping file.

    Raises:
        Problem: it is not TOML, or a key is unknown, missing or of a wrong type.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise Problem(shown, None, f"not TOML: {error}") from error
    places = TomlPlaces(path, shown)
    words: dict[str, str] = tables.pop("words", {})
    classes = {name: _class(name, table, places) for name, table in tables.items()}
    return Mapping(classes, words, places)


def _class(name: str, table: object, places: TomlPlaces) -> ListMapping | EntityMapping:
    adapter: TypeAdapter[ListMapping | EntityMapping] = TypeAdapter(ClassMapping)
    try:
        return adapter.validate_python(table)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
    # The discriminator's own value ("list") is pydantic's addition to the place.
    kind, *steps = first["loc"] or ("",)
    loc = tuple(str(step) for step in steps)
    keys = (name, *loc)
    if first["type"] == "extra_forbidden":
        known = _known_keys(str(kind), loc)
        raise places.problem(keys, f"unknown key{suggestion(loc[-1], known)}")
    raise places.problem(keys, first["msg"][0].lower() + first["msg"][1:])


def _known_keys(kind: str, loc: tuple[str, ...]) -> set[str]:
    if len(loc) == 1:
        return _keys(ListMapping if kind == "list" else EntityMapping)
    nested: dict[str, type[_Strict]] = {
        "parameter": Parameter,
        "choices": Choice,
        "properties": Property,
    }
    return _keys(nested[loc[0]]) if loc[0] in nested else set()


def _keys(model: type[_Strict]) -> set[str]:
    return set(model.model_fields)
