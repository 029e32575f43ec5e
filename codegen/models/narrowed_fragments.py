"""Refuses fragments for which ariadne-codegen generates no model.

For an object with type conditions, it generates a class for each type that is named directly in the
object. Fields in a nested type condition are in none of these classes.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from graphql import (
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLUnionType,
    InlineFragmentNode,
)

from ..queries.selection import fragment_selection
from ..schema.locations import problem_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import GraphQLNamedType

    from ..queries.selection import ObjectSelection


def check_fragments(selection: ObjectSelection) -> None:
    """Raise a ``Problem`` for a fragment in an object whose fields would be in no model."""
    for node in selection.selections.selections if selection.selections else ():
        if isinstance(node, InlineFragmentNode):
            _check_inline(node, selection)
            _check_within(selection.narrowed(node))
        elif isinstance(node, FragmentSpreadNode):
            _check_spread(node, selection, is_narrowed=not selection.path)
    if isinstance(selection.type, GraphQLInterfaceType):
        for kind in _named_in(selection):
            _check_beside(kind, selection)


def _check_within(selection: ObjectSelection) -> None:
    """Check the selections of a fragment in an object."""
    for node in selection.selections.selections if selection.selections else ():
        if isinstance(node, InlineFragmentNode):
            _check_inline(node, selection)
            inner = selection.narrowed(node)
            if (
                isinstance(selection.type, GraphQLInterfaceType)
                and inner.type is not selection.type
            ):
                text = f"... on {selection.type.name} is around ... on {inner.type.name}"
                raise problem_here(node, f"{text}; write the two side by side")
            _check_within(inner)
        elif isinstance(node, FragmentSpreadNode):
            _check_spread(node, selection, is_narrowed=True)
            _check_within(
                replace(fragment_selection(selection.sources, node.name.value), type=selection.type)
            )


def _check_inline(node: InlineFragmentNode, selection: ObjectSelection) -> None:
    # graphql-core does not say so, but the type condition is None where there is none.
    if getattr(node, "type_condition", None) is None:
        raise problem_here(node, "a fragment here needs a type: ... on Type")
    if node.directives:
        raise problem_here(node, "a directive here is not seen; put it on the fields")
    kind = selection.narrowed(node).type
    if isinstance(kind, GraphQLUnionType):
        text = f"{kind.name} is a union; write ... on each of its types that is meant"
        raise problem_here(node, text)
    whole = isinstance(selection.type, GraphQLInterfaceType) and kind is not selection.type
    if whole and selection.is_always(kind):
        text = f"every {selection.type.name} is one; ask for the fields without ... on {kind.name}"
        raise problem_here(node, text)


def _check_spread(
    node: FragmentSpreadNode, selection: ObjectSelection, *, is_narrowed: bool
) -> None:
    """Of an interface, a fragment may be on one of its types, if it stands directly in the object.

    Args:
        node: where it stands.
        selection: the object.
        is_narrowed: whether it stands in a fragment.
    """
    kind = fragment_selection(selection.sources, node.name.value).type
    if not isinstance(selection.type, GraphQLInterfaceType) or selection.is_always(kind):
        return
    is_one = not isinstance(kind, GraphQLUnionType) and selection.sources.schema.is_sub_type(
        selection.type, kind
    )
    if is_narrowed or not is_one:
        text = f"...{node.name.value} is on {kind.name}, which not every {selection.type.name} is"
        raise problem_here(node, f"{text}; write ... on each of the types that is meant")


def _named_in(selection: ObjectSelection) -> Iterator[GraphQLNamedType]:
    """The types in the type conditions of an object's fragments, nested ones too."""
    for node in selection.selections.selections if selection.selections else ():
        if isinstance(node, InlineFragmentNode):
            yield selection.narrowed(node).type
        elif isinstance(node, FragmentSpreadNode):
            yield from _named_in(fragment_selection(selection.sources, node.name.value))


def _check_beside(kind: GraphQLNamedType, selection: ObjectSelection) -> None:
    """Raise a ``Problem`` for a field that is selected both in and outside a type condition."""
    known: dict[str, object] = getattr(kind, "fields", {})
    for field in selection.every_field():
        if field.parent.type is selection.type and field.node.name.value not in {
            "__typename",
            *known,
        }:
            text = f'{kind.name} has no "{field.name}", which is asked for beside it'
            raise problem_here(field.node, f"{text}; write ... on each of the types that is meant")
