"""The root types of operations, whose names may differ between servers."""

# pyright: reportUnknownMemberType=false
# (graphql-core leaves type arguments open)

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphql import GraphQLSchema


def name_roots_as(schema: GraphQLSchema, server: GraphQLSchema) -> None:
    """Rename the root types of a server's schema to those of our schema."""
    pairs = (
        (schema.query_type, server.query_type),
        (schema.mutation_type, server.mutation_type),
        (schema.subscription_type, server.subscription_type),
    )
    for known, root in pairs:
        if known is None or root is None or known.name in server.type_map:
            continue
        server.type_map[known.name] = server.type_map.pop(root.name)
        root.name = known.name
