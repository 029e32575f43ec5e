"""Small projects for the generator: a golden case, or a copy of this project, in a folder.

``python -m tests.codegen.projects`` writes the expected trees of the golden cases anew.
"""

import shutil
import tempfile
from pathlib import Path

from codegen.output.commands import generate
from codegen.project.layout import PACKAGE, TREES

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
# Templates that serve any mapping; the others add to this project's own classes.
GENERAL = (
    "_macros",
    "_properties",
    "catalog",
    "entity",
    "list",
    "list_items",
    "package",
    "queries",
    "schema_usage",
    "variables",
    "operations_package",
)
# Modules that are written by hand and serve any mapping.
WRITTEN = (
    "client",
    "client_requests",
    "organization_lookup",
    "pager",
    "sign_in",
    "transport",
    "transports",
)
# Generated the same whatever the case says.
FIXED = {*(f"{name}.py" for name in WRITTEN), "__init__.py", "base_model.py"}


def assemble(case: Path, root: Path) -> Path:
    """Lay out a golden case as a project that the generator can work on."""
    shutil.copytree(case / "queries", root / "queries")
    shutil.copy(case / "schema.graphql", root)
    (root / "codegen" / "templates").mkdir(parents=True)
    shutil.copy(case / "mapping.toml", root / "codegen")
    for name in ("ariadne.toml", "ruff_generated.toml"):
        shutil.copy(ROOT / "codegen" / name, root / "codegen")
    for name in GENERAL:
        shutil.copy(ROOT / "codegen" / "templates" / f"{name}.jinja", root / "codegen/templates")
    (root / PACKAGE / "_async").mkdir(parents=True)
    for name in WRITTEN:
        shutil.copy(ROOT / PACKAGE / "_async" / f"{name}.py", root / PACKAGE / "_async")
    return root


def copy_project(root: Path) -> Path:
    """Copy of this project what generation reads and writes."""
    for name in ("codegen", "queries", PACKAGE):
        skip = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, root / name, ignore=skip)
    for name in ("schema.graphql", "pyproject.toml"):
        shutil.copy(ROOT / name, root)
    if (ROOT / "docs").is_dir():
        shutil.copytree(ROOT / "docs", root / "docs")
    return root


def texts(folder: Path) -> dict[str, str]:
    """The generated files below a package that depend on the case, by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for name in TREES
        for path in sorted((folder / name).rglob("*.py"))
        if path.name not in FIXED
    }


def update() -> None:
    """Write what is generated now as what is expected."""
    for case in sorted(GOLDEN.iterdir()):
        with tempfile.TemporaryDirectory() as folder:
            generate(assemble(case, Path(folder)))
            shutil.rmtree(case / "expected", ignore_errors=True)
            for name, text in texts(Path(folder) / PACKAGE).items():
                path = case / "expected" / f"{name}.txt"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    update()
