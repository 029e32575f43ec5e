"""What a server says of its own schema: the standard's introspection, as far as the doctor reads.

ariadne-codegen has no models for ``__schema``, so these are written by hand. Imported by nothing
that sends ordinary requests.
"""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from .._requests.envelope import envelope
from .._requests.operation import NoVariables, Operation

ModelT = TypeVar("ModelT", bound=BaseModel)

_DOCUMENT = """
query ServerTypes {
  __schema {
    types {
      name
      fields(includeDeprecated: true) {
        name
        args {
          name
          defaultValue
          type {
            kind
          }
        }
        type {
          ...TypeReference
        }
      }
      inputFields {
        name
        defaultValue
        type {
          kind
        }
      }
    }
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
    def is_enum(self) -> bool:
        """Whether it is an enum, or a list of them."""
        return self.of_type.is_enum if self.of_type else self.kind == "ENUM"


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


class Type(_Model):
    """A type, with whatever members it has."""

    name: str
    fields: list[Member] | None = None
    input_fields: list[Input] | None = None


class Schema(_Model):
    """All types of a server."""

    types: list[Type]


class ServerTypes(_Model):
    """The reply."""

    schema_: Schema = Field(alias="__schema")


class Anything(BaseModel):
    """A reply that is read from its bytes, not from a model."""


def introspection(name: str, document: str, model: type[ModelT]) -> Operation[ModelT, NoVariables]:
    """An operation that no file of ``queries/`` holds: its model is given, not looked up."""
    operation: Operation[ModelT, NoVariables] = Operation(name, "query", document, "")
    # Where the operation would keep what it looks up in the generated models.
    operation.__dict__["_envelope"] = envelope(model)
    return operation


SERVER_TYPES = introspection("ServerTypes", _DOCUMENT, ServerTypes)
