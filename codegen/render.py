"""Specifications → files: Jinja lays them out, ruff formats them, nothing else decides."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .mapping import load_mapping
from .models import CONFIG, write_models
from .resolve import resolve
from .sources import Sources, load_sources

if TYPE_CHECKING:
    from .specs import ParameterSpec, Specifications

MAPPING = "codegen/mapping.toml"
PACKAGE = "src/typed_artifacts"
WIDTH = 100
TREES = ("_graphql", "_sync", "_async")


@dataclass(frozen=True)
class Flavour:
    """What differs between the blocking and the async rendering of a template."""

    folder: str
    aio: str
    """The prefix of class names."""
    a: str
    """In front of ``def``, ``for`` and ``with``."""
    w: str
    """In front of a call that sends a request."""

    @property
    def is_async(self) -> bool:
        return bool(self.aio)


SYNC = Flavour("_sync", "", "", "")
ASYNC = Flavour("_async", "Async", "async ", "await ")


def generate(root: Path) -> None:
    """Write all generated trees below ``root``, each in place of the old one.

    Raises:
        Problem: schema, queries or mapping are wrong; nothing has been touched then.
    """
    with tempfile.TemporaryDirectory() as folder:
        made = make(root, Path(folder))
        for name in TREES:
            target = root / PACKAGE / name
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(made / name, target)


def make(root: Path, folder: Path) -> Path:
    """Make the generated trees in ``folder`` from the sources below ``root``."""
    sources = load_sources(root)
    specifications = resolve(load_mapping(root / MAPPING, MAPPING), sources)
    write_models(sources, root / CONFIG, folder)
    _render(root / "codegen" / "templates", specifications, sources, folder)
    _format(root, folder)
    return folder


def _render(
    templates: Path, specifications: Specifications, sources: Sources, folder: Path
) -> None:
    environment = Environment(
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    shared = {"specs": specifications, "optional": sources.optional, "argument": _argument}

    def write(template: str, target: str, **values: object) -> None:
        text = environment.get_template(template).render(shared | values)
        path = folder / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    write("catalog.jinja", "_graphql/catalog.py")
    own = {path.stem for path in templates.glob("*.jinja")}
    for flavour in (SYNC, ASYNC):
        for name in ("package", "pager", "client", "queries", "project", "api"):
            if name in own:
                file = "__init__" if name == "package" else name
                write(f"{name}.jinja", f"{flavour.folder}/{file}.py", f=flavour)
        for kind, specs in (("list", specifications.lists), ("entity", specifications.entities)):
            for spec in specs:
                template = spec.module if spec.module in own else kind
                write(
                    f"{template}.jinja", f"{flavour.folder}/{spec.module}.py", f=flavour, spec=spec
                )


def _argument(parameter: ParameterSpec) -> str:
    """A parameter's line in an ``Args:`` section, wrapped."""
    return (
        fill(
            f"{parameter.name}: {parameter.doc}",
            WIDTH,
            initial_indent=" " * 8,
            subsequent_indent=" " * 12,
            break_long_words=False,
            break_on_hyphens=False,
        )
        + "\n"
    )


def _format(root: Path, folder: Path) -> None:
    """Drop unused imports, modernize annotations, sort and lay out as the project does."""
    ruff = [sys.executable, "-m", "ruff"]
    config = ["--config", str(root / "codegen" / "ruff.toml"), "--no-cache", "--quiet"]
    fix = [*ruff, "check", *config, "--fix-only", "--unsafe-fixes", str(folder)]
    subprocess.run(fix, check=True)
    subprocess.run([*ruff, "format", *config, str(folder)], check=True)
