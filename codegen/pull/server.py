"""Requests a server's schema."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import GraphQLSchema, get_introspection_query

from typed_artifacts import Client, InvalidInput
from typed_artifacts._domain.doctor.introspection import Anything, introspection
from typed_artifacts._requests.operation import NO_VARIABLES
from typed_artifacts.errors import ArtifactsError
from typed_artifacts.errors import GraphQLError as RefusedError

from ..project.problem import Problem
from ..schema.loading import schema_from_text

if TYPE_CHECKING:
    import httpx


def schema_from_server(
    url: str | None, transport: httpx.BaseTransport | None = None
) -> GraphQLSchema:
    """The schema of a server, by introspection, with the API key that the client would use.

    Raises:
        Problem: the server cannot be asked, or does not tell.
    """
    document = get_introspection_query(descriptions=True, input_value_deprecation=True)
    try:
        with Client(url, transport=transport) as client:
            address = client.settings.base_url
            operation = introspection("IntrospectionQuery", document, Anything)
            reply = client.send(operation, NO_VARIABLES, subject="its schema")
            reply.require("its schema")
    except RefusedError as error:  # many servers refuse introspection
        text = f"{error}. A file that holds its schema will do: --from FILE"
        raise Problem(url or "the server", None, text) from error
    except (ArtifactsError, InvalidInput) as error:
        raise Problem(url or "the server", None, str(error)) from error
    return schema_from_text(reply.raw.decode(), address)
