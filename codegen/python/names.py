"""The Python names of members of the schema and the queries."""

from __future__ import annotations

from keyword import iskeyword

from ariadne_codegen.utils import process_name, str_to_pascal_case, str_to_snake_case
from pydantic import BaseModel

from typed_artifacts._values.open_enum import OpenEnum

# Attributes of every string enum: a member of such a name would replace them.
_ENUM_NAMES = {*dir(OpenEnum), "mro", "name", "value"}

# Attributes of every model: pydantic warns about a field of such a name.
_CLASS_NAMES = frozenset(name for name in dir(type(BaseModel)) if not name.startswith("_"))


def model_attribute(name: str) -> str:
    """The attribute of a model, or of an input, for a field of GraphQL."""
    if name == "__typename":
        return "typename__"
    return without_class_conflict(
        process_name(
            name,
            convert_to_snake_case=True,
            trim_leading_underscore=True,
            handle_pydantic_resrved_field_names=True,  # as ariadne-codegen spells it
        )
    )


def without_class_conflict(name: str) -> str:
    """An attribute of a model; with ``_`` added if every class has one of that name."""
    return f"{name}_" if name in _CLASS_NAMES else name


def operation_module(name: str) -> str:
    """The module of an operation's model, and its method on ``Queries``."""
    return process_name(name, convert_to_snake_case=True)


def operation_constant(name: str) -> str:
    """The constant of an operation in the catalogue of operations."""
    return str_to_snake_case(name).upper()


def variable_name(name: str) -> str:
    """The parameter for a variable of GraphQL."""
    python = str_to_snake_case(name)
    return f"{python}_" if iskeyword(python) or python == "self" else python


def model_class(name: str) -> str:
    """The class that ariadne-codegen makes of an operation, or of a fragment."""
    return str_to_pascal_case(name)


def enum_member(name: str) -> str:
    """The member of an enum for a value of GraphQL."""
    member = process_name(name, convert_to_snake_case=False)
    # Python reserves names with underscores on both sides, and mangles those with two in front.
    if member in _ENUM_NAMES or member.startswith("__") or (member[:1] == member[-1:] == "_"):
        return f"{member.strip('_')}_"
    return member


def is_name(name: str) -> bool:
    """Whether a text is a valid Python name."""
    return name.isidentifier() and not iskeyword(name)


def module_name(class_name: str) -> str:
    """The module, and the template, of a class."""
    return str_to_snake_case(class_name)
