"""``pull``: updates schema.graphql from a server, or from a file with a server's schema."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from graphql import GraphQLSchema

from ..project.files import read_exactly
from ..project.layout import SCHEMA
from ..project.problem import Problem
from ..queries.marked_members import marked_members
from ..queries.sources import read_documents, read_marked_documents
from ..queries.used_members import used_members
from ..schema.loading import schema_of
from ..schema.root_types import name_roots_as
from .optional_members import with_optional_members
from .reduction import reduce_schema

if TYPE_CHECKING:
    from .result import PullResult


def pull(root: Path, server: GraphQLSchema) -> list[str]:
    """Write the used part of a server's schema. Returns lines on the changes.

    What the queries mark ``@optional`` stays in the file if the server lacks it.

    The file is replaced in one step, or not at all.

    Raises:
        Problem: what came out would be no schema, or cannot be written; the file is as it was.
    """
    path = root / SCHEMA
    present = read_exactly(path, SCHEMA)
    schema = schema_of(present, SCHEMA)
    name_roots_as(schema, server)
    marked = marked_members(schema, read_marked_documents(root))
    complete, lacking = with_optional_members(server, schema, marked)
    used = used_members(complete, read_documents(root))
    made = reduce_schema(present, complete, used)
    schema_of(made.text, f"the new {SCHEMA}")
    if made.text != present:
        try:
            _replace(path, made.text)
        except OSError as error:
            raise Problem(SCHEMA, None, f"cannot be written: {error.strerror}") from error
    return _report(made, lacking, sorted(used.unknown))


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


def _report(made: PullResult, lacking: list[str], unknown: list[str]) -> list[str]:
    lines = [f"added: {name}" for name in made.added]
    lines += [f"changed: {name}" for name in made.changed]
    lines += [f"removed: {name}" for name in made.removed]
    lines += [
        f"kept: {name}, which queries/ marks @optional and the server lacks" for name in lacking
    ]
    lines += [f"queries/ asks for {name}, which the server lacks" for name in unknown]
    if made.kept_constraints:
        lines.append(
            f"{made.kept_constraints} @constraints stay as the file has them: "
            "introspection does not tell applied directives."
        )
    return lines or ["nothing changed"]
