"""``pull``: updates schema.graphql from a server, or from a file with a server's schema."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from graphql import GraphQLError, GraphQLSchema, build_client_schema, get_introspection_query

from typed_artifacts import Client, InvalidInput
from typed_artifacts._domain.introspection import Anything, introspection
from typed_artifacts._requests.operation import NO_VARIABLES
from typed_artifacts.errors import ArtifactsError
from typed_artifacts.errors import GraphQLError as RefusedError

from .members import used_members
from .problem import Problem, read_exactly, read_text
from .roots import name_roots_as
from .slicing import slice_schema
from .sources import SCHEMA, read_documents, schema_of

if TYPE_CHECKING:
    import httpx

    from .slices import Slice


def pull(root: Path, server: GraphQLSchema) -> list[str]:
    """Write the slice of a server's schema; the lines say what changed.

    The file is replaced in one step, or not at all.

    Raises:
        Problem: what came out would be no schema, or cannot be written; the file is as it was.
    """
    path = root / SCHEMA
    present = read_exactly(path, SCHEMA)
    name_roots_as(schema_of(present, SCHEMA), server)
    documents = read_documents(root)
    used = used_members(server, documents)
    made = slice_schema(present, server, used)
    schema_of(made.text, f"the new {SCHEMA}")
    if made.text != present:
        try:
            _replace(path, made.text)
        except OSError as error:
            raise Problem(SCHEMA, None, f"cannot be written: {error.strerror}") from error
    return _report(made, sorted(used.unknown))


def schema_from_server(
    url: str | None, transport: httpx.BaseTransport | None = None
) -> GraphQLSchema:
    """Introspect a server with the key that the client would find.

    Raises:
        Problem: the server cannot be asked, or does not tell.
    """
    document = get_introspection_query(descriptions=True, input_value_deprecation=True)
    try:
        with Client(url, transport=transport) as client:
            where = client.settings.base_url
            operation = introspection("IntrospectionQuery", document, Anything)
            reply = client.send(operation, NO_VARIABLES, subject="its schema")
            reply.require("its schema")
    except RefusedError as error:  # many servers tell their schema to nobody
        text = f"{error}. A file that holds its schema will do: --from FILE"
        raise Problem(url or "the server", None, text) from error
    except (ArtifactsError, InvalidInput) as error:
        raise Problem(url or "the server", None, str(error)) from error
    return schema_from_text(reply.raw.decode(), where)


def schema_from_text(text: str, shown: str) -> GraphQLSchema:
    """A schema from its SDL or from the JSON of an introspection.

    Raises:
        Problem: it is neither.
    """
    if not text.lstrip().startswith("{"):
        return schema_of(text, shown)
    try:
        found = json.loads(text)
        return build_client_schema(found.get("data", found))
    except (ValueError, TypeError, KeyError, AttributeError, GraphQLError) as error:
        raise Problem(shown, None, f"not the JSON of an introspection: {error}") from error


def schema_from_file(path: Path) -> GraphQLSchema:
    """A schema from a file of either kind; raises as ``schema_from_text`` does."""
    return schema_from_text(read_text(path, str(path)), str(path))


def _replace(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        Path(name).chmod(path.stat().st_mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _report(made: Slice, unknown: list[str]) -> list[str]:
    lines = [f"added: {name}" for name in made.added]
    lines += [f"changed: {name}" for name in made.changed]
    lines += [f"removed: {name}" for name in made.removed]
    lines += [f"queries/ asks for {name}, which the server lacks" for name in unknown]
    if made.kept_constraints:
        lines.append(
            f"{made.kept_constraints} @constraints stay as the file has them: "
            "introspection does not tell applied directives."
        )
    return lines or ["nothing changed"]
