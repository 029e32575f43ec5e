"""The paths of the files that the generator reads and writes."""

from __future__ import annotations

from pathlib import Path

import typed_artifacts

SCHEMA, QUERIES = "schema.graphql", "queries"
MAPPING, CONFIG, RUFF_CONFIG = (
    "codegen/mapping.toml",
    "codegen/ariadne.toml",
    "codegen/ruff_generated.toml",
)
TEMPLATES = "codegen/templates"
PACKAGE = "src/typed_artifacts"
FRONT = f"{PACKAGE}/__init__.py"
# The folders of the package that are generated, whole or in part.
TREES = ("_graphql", "_operations", "_sync", "_async")
SURFACE = "docs/surface.txt"


def has_package(root: Path) -> bool:
    """Whether the folder has the package, and not only what the generator needs."""
    return (root / FRONT).is_file()


def written_package(root: Path) -> Path:
    """The folder of the hand-written modules: the project's, or that of this package."""
    return root / PACKAGE if has_package(root) else Path(typed_artifacts.__file__).parent
