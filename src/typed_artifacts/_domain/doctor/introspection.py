"""Reads a server's schema from the introspection result, as far as the doctor needs.

ariadne-codegen has no models for ``__schema``, so these are written by hand. Imported by nothing
that sends ordinary requests.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from ..._requests.envelope import envelope
from ..._requests.operation import NoVariables, Operation
from ..._requests.optional_members import Cut
from ..._requests.optional_members import Member as OptionalMember

ModelT = TypeVar("ModelT", bound=BaseModel)
_LISTS_OF_INPUTS = ("__Field.args", "__Type.inputFields", "__Directive.args")
_OF_INPUTS = re.compile(r"\b(?:args|inputFields)(\(includeDeprecated: true\))")

_DOCUMENT = """
query ServerTypes {
  __schema {
    queryType {
      name
    }
    mutationType {
      name
    }
    types {
      kind
      name
      fields(includeDeprecated: true) {
        name
        args(includeDeprecated: true) {
          ...Input
        }
        type {
          ...TypeReference
        }
      }
      inputFields(includeDeprecated: true) {
        ...Input
      }
      enumValues(includeDeprecated: true) {
        name
      }
      possibleTypes {
        name
      }
    }
  }
}

fragment Input on __InputValue {
  name
  defaultValue
  type {
    ...TypeReference
  }
}

fragment TypeReference on __Type {
  kind
  name
  ofType {
    kind
    name
    ofType {
      kind
      name
      ofType {
        kind
        name
        ofType {
          kind
          name
          ofType {
            kind
            name
          }
        }
      }
    }
  }
}
"""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


class TypeReference(_Model):
    """A type as a member refers to it, wrapped in lists and non-nulls."""

    kind: str
    name: str | None = None
    of_type: TypeReference | None = None

    @property
    def shown(self) -> str:
        """As the schema language writes it: ``[File!]!``."""
        inner = self.of_type.shown if self.of_type else ""
        if self.kind == "NON_NULL":
            return f"{inner}!"
        return f"[{inner}]" if self.kind == "LIST" else self.name or "?"

    @property
    def leaf(self) -> TypeReference:
        """The type without lists and non-nulls."""
        return self.of_type.leaf if self.of_type else self


class Input(_Model):
    """An argument, or a member of an input."""

    name: str
    default_value: str | None = None
    type: TypeReference

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.type.kind == "NON_NULL" and self.default_value is None


class Member(_Model):
    """A field of a type."""

    name: str
    args: list[Input]
    type: TypeReference


class Named(_Model):
    """A name, of a type or of an enum's value."""

    name: str


COMPOSITE = {"INTERFACE", "OBJECT", "UNION"}
"""The kinds of types of which fields are asked for."""


class Type(_Model):
    """A type, with whatever members it has."""

    kind: str
    name: str
    fields: list[Member] | None = None
    input_fields: list[Input] | None = None
    enum_values: list[Named] | None = None
    possible_types: list[Named] | None = None

    @property
    def possible(self) -> set[str]:
        """The objects that a value of it may be."""
        if self.kind == "OBJECT":
            return {self.name}
        return {item.name for item in self.possible_types or ()}


class Schema(_Model):
    """All types of a server."""

    query_type: Named | None = None
    mutation_type: Named | None = None
    types: list[Type]

    @cached_property
    def by_name(self) -> dict[str, Type]:
        """The types by their names."""
        return {item.name: item for item in self.types}

    def root(self, kind: str) -> Type | None:
        """The type that a query, or a mutation, begins with."""
        named = self.query_type if kind == "query" else self.mutation_type
        return self.by_name.get(named.name) if named else None


class ServerTypes(_Model):
    """The reply."""

    schema_: Schema = Field(alias="__schema")


class Anything(BaseModel):
    """A reply that is read from its bytes, not from a model."""


def introspection(name: str, document: str, model: type[ModelT]) -> Operation[ModelT, NoVariables]:
    """An operation that no file of ``queries/`` holds: its model is given, not looked up.

    An older server knows nothing of deprecated inputs: it is then asked again without them.
    """
    spans = [match.span(1) for match in _OF_INPUTS.finditer(document)]
    operation: Operation[ModelT, NoVariables] = Operation(
        name,
        "query",
        document,
        "",
        tuple(OptionalMember(f"{member}(includeDeprecated)") for member in _LISTS_OF_INPUTS),
        tuple(Cut(start, stop, ((0, 1, 2),)) for start, stop in spans),
    )
    # The place where the operation caches its generated model.
    operation.__dict__["_envelope"] = envelope(model)
    return operation


SERVER_TYPES = introspection("ServerTypes", _DOCUMENT, ServerTypes)
