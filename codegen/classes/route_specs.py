"""Specifications of the way from an operation's reply to an object, or to a page."""

from __future__ import annotations

from dataclasses import dataclass

from .operation_specs import OperationSpec


@dataclass(frozen=True)
class Hop:
    """One step of the way to what an operation is asked for, and how to say that it is missing."""

    parent: str
    attribute: str
    variable: str
    nullable: bool
    display_name: str
    shown: str
    feature: str | None
    """The feature without which a server does not have it."""


@dataclass(frozen=True)
class Located:
    """An owner that may have to be found out before a page is asked for."""

    local: str
    """The name of the local variable that has it then."""
    method: str
    """The client's method that finds it out."""
    parameters: tuple[str, ...]
    """What the method takes, the owner first: parameters of the list."""


@dataclass(frozen=True)
class Route:
    """From an operation's reply to one object in it."""

    operation: OperationSpec
    arguments: tuple[tuple[str, str], ...]
    hops: tuple[Hop, ...]

    @property
    def found(self) -> str:
        """The expression for the object at the end."""
        if not self.hops:
            raise LookupError("the mapping does not say which object of the reply it is")
        return self.hops[-1].variable


@dataclass(frozen=True)
class PageSpec:
    """How a page of a list is asked for and read."""

    method: str
    route: Route
    located: Located | None
    edges: str
    """The edges that are there."""
    connection: str
    """What the pager reads besides."""
    prepared: tuple[tuple[str, str], ...]
    """Local names and what they are, where a part of the connection may be null."""
    node_nullable: bool
    item_arguments: tuple[tuple[str, str], ...]
    total: str | None
    node_id: str | None
    """The attribute of a node that tells it from all others, if there is one."""
