"""Runs ariadne-codegen: models of the replies and the documents, into a given folder."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

import contextlib
import io
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from ariadne_codegen.exceptions import CodeGenException
from ariadne_codegen.main import models_only

from .plugin import BANNER
from .problem import Problem

if TYPE_CHECKING:
    from .sources import Sources

CONFIG = "codegen/ariadne.toml"


def write_models(sources: Sources, config: Path, target: Path) -> None:
    """Make the package ``_graphql`` below ``target``.

    Raises:
        Problem: ariadne-codegen refuses the schema or the queries.
    """
    with tempfile.TemporaryDirectory() as folder:
        queries = Path(folder) / "queries"
        queries.mkdir()
        for name, text in sources.files.items():
            (queries / name).write_text(text + "\n", encoding="utf-8")
        settings = tomllib.loads(config.read_text(encoding="utf-8"))
        settings["tool"]["ariadne-codegen"] |= {
            "schema_path": str(sources.root / "schema.graphql"),
            "queries_path": str(queries),
            "target_package_path": str(target),
        }
        try:
            # It reports what it does on standard output; only mistakes are of interest here.
            with contextlib.redirect_stdout(io.StringIO()):
                models_only(settings)  # type: ignore[no-untyped-call]  # ariadne-codegen does not annotate it
        except CodeGenException as error:
            raise Problem(CONFIG, None, str(error)) from error
    operations = target / "_graphql" / "operations.py"
    lines = operations.read_text(encoding="utf-8").splitlines(keepends=True)
    # The plugin's own banner names the temporary folder.
    body = "".join(lines[next(i for i, line in enumerate(lines) if not line.startswith("#")) :])
    operations.write_text(f"{BANNER}\n{body}", encoding="utf-8")
