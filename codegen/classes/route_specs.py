"""Specifications of the path from an operation's response to an object or a page."""

from __future__ import annotations

from dataclasses import dataclass

from .operation_specs import OperationSpec


@dataclass(frozen=True)
class PathStep:
    """A field on a path, with what an error says if it is null."""

    parent: str
    attribute: str
    variable: str
    nullable: bool
    display_name: str
    shown: str
    feature: str | None
    """The server feature that the field needs, if any."""


@dataclass(frozen=True)
class OwnerLookup:
    """The look-up of an owner that may be needed before a page is requested."""

    local: str
    """The name of the local variable with the owner."""
    method: str
    """The client's method that looks it up."""
    parameters: tuple[str, ...]
    """The parameters of the list that the method takes; the owner is the first."""


@dataclass(frozen=True)
class Route:
    """The path from an operation's response to an object in it, and the operation's variables."""

    operation: OperationSpec
    arguments: tuple[tuple[str, str], ...]
    steps: tuple[PathStep, ...]

    @property
    def found(self) -> str:
        """The expression for the object at the end of the path."""
        if not self.steps:
            raise LookupError("the mapping does not say which object of the reply it is")
        return self.steps[-1].variable


@dataclass(frozen=True)
class PageSpec:
    """How a page of a list is requested and read."""

    method: str
    route: Route
    owner_lookup: OwnerLookup | None
    edges: str
    """The expression for the edges that are not null."""
    connection: str
    """The expression for the connection."""
    prepared: tuple[tuple[str, str], ...]
    """Local variables and their expressions, if parts of the connection may be null."""
    node_nullable: bool
    item_arguments: tuple[tuple[str, str], ...]
    total: str | None
    node_id: str | None
    """The attribute with the node's id, if there is one."""
