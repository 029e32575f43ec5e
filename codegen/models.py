"""Runs ariadne-codegen: models of the replies and the documents, into a given folder."""

from __future__ import annotations

import ast
import contextlib
import io
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from ariadne_codegen.main import (
    models_only,  # pyright: ignore[reportUnknownVariableType]  # not annotated
)

from .plugin import BANNER
from .problem import Problem, table
from .scalars import CONFIG, without_our_columns
from .sources import SCHEMA

if TYPE_CHECKING:
    from .settings import ModelSettings
    from .sources import Sources


def write_models(sources: Sources, settings: ModelSettings, target: Path) -> dict[str, str]:
    """Make the package ``_graphql`` below ``target``; the documents by the names of constants.

    Raises:
        Problem: ariadne-codegen refuses the schema or the queries.
    """
    with tempfile.TemporaryDirectory() as folder:
        queries = Path(folder) / "queries"
        queries.mkdir()
        for name, text in sources.files.items():
            (queries / name).write_text(text + "\n", encoding="utf-8")
        section = settings.section | {
            "scalars": without_our_columns(table(settings.section, "scalars")),
            "schema_path": str(sources.root / SCHEMA),
            "queries_path": str(queries),
            "target_package_path": str(target),
        }
        _run({"tool": {"ariadne-codegen": section}})
    operations = target / "_graphql" / "operations.py"
    lines = operations.read_text(encoding="utf-8").splitlines(keepends=True)
    # The plugin's own banner names the temporary folder.
    body = "".join(lines[next(i for i, line in enumerate(lines) if not line.startswith("#")) :])
    operations.write_text(f"{BANNER}\n{body}", encoding="utf-8")
    return {
        node.targets[0].id.removesuffix("_GQL"): str(ast.literal_eval(node.value))
        for node in ast.parse(body).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


def _run(settings: dict[str, object]) -> None:
    try:
        # It reports what it does on standard output; only mistakes are of interest here.
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            models_only(settings)  # type: ignore[no-untyped-call]  # ariadne-codegen does not annotate it
    except Exception as error:
        said = f"{type(error).__name__}: {error}".rstrip(": ")
        raise Problem(CONFIG, None, f"ariadne-codegen stopped with {said}") from error
