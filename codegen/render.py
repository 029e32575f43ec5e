"""Specifications → files: Jinja lays them out, ruff formats them, nothing else decides."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError
from jinja2.exceptions import TemplateSyntaxError

from .calls import documented_calls
from .imports import Imports
from .problem import Problem
from .specs import EntitySpec, ListSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .cutting import Cutting
    from .schema_usage import SchemaUsage
    from .specs import ParameterSpec, Specifications

TEMPLATES = "codegen/templates"
RUFF_CONFIG = "codegen/tidy.toml"
WIDTH = 100
_PACKAGE, _CATALOG, _USAGE = "package", "catalog", "schema_usage"
_VARIABLES, _SUGGESTIONS = "variables", "suggestions"
_OPERATIONS, _OPERATIONS_PACKAGE = "_operations", "operations_package"
# Templates of what the mapping lists, and of what there is once.
_SHARED = {"list", "entity", _CATALOG, _USAGE, _VARIABLES, _OPERATIONS_PACKAGE}


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


def template_names(templates: Path) -> set[str]:
    """The templates in a folder, without those that others include."""
    return {path.stem for path in templates.glob("*.jinja") if not path.stem.startswith("_")}


def render(
    templates: Path,
    specifications: Specifications,
    cuttings: Mapping[str, Cutting],
    usages: Sequence[SchemaUsage],
    folder: Path,
) -> None:
    """Write the catalogue and both flavours below ``folder``, not yet formatted.

    Raises:
        Problem: a template is wrong.
    """
    own = template_names(templates)
    classes: list[ListSpec | EntitySpec] = [*specifications.lists, *specifications.entities]
    specs = {spec.module: spec for spec in classes}
    # What is neither shared nor a class of the mapping is a module of its own.
    sources = {
        "__init__" if name == _PACKAGE else name: name
        for name in sorted(own - _SHARED - specs.keys())
    }
    for name, spec in specs.items():
        shared = "list" if isinstance(spec, ListSpec) else "entity"
        sources[name] = name if name in own else shared
    pages = _Pages(templates, specifications, folder)
    pages.write(_OPERATIONS_PACKAGE, f"{_OPERATIONS}/__init__.py")
    pages.write(_CATALOG, f"{_OPERATIONS}/{_CATALOG}.py", cuttings=cuttings)
    pages.write(_VARIABLES, f"{_OPERATIONS}/{_VARIABLES}.py")
    imports = Imports(folder)
    files = {name: f"{TEMPLATES}/{source}.jinja" for name, source in sources.items()}
    for flavour in (SYNC, ASYNC):
        made = {
            name: pages.text(source, f"{flavour.folder}/{name}.py", f=flavour, spec=specs.get(name))
            for name, source in sources.items()
        }
        for name, text in imports.added(made, files).items():
            pages.put(f"{flavour.folder}/{name}.py", text)
    pages.write(
        _USAGE,
        f"{_OPERATIONS}/{_USAGE}.py",
        usages=usages,
        constants={item.name: item.constant for item in specifications.operations},
        calls=documented_calls(folder / SYNC.folder),
        field_types=_together(item.fields for item in usages),
        inputs={
            name: " ".join(given)
            for name, given in sorted({k: v for it in usages for k, v in it.inputs.items()}.items())
        },
    )


def _together(tables: Iterable[Mapping[str, Mapping[str, str]]]) -> dict[str, dict[str, str]]:
    """Tables of tables as one, sorted."""
    merged: dict[str, dict[str, str]] = {}
    for table in tables:
        for name, row in table.items():
            merged.setdefault(name, {}).update(row)
    return {name: dict(sorted(row.items())) for name, row in sorted(merged.items())}


class _Pages:
    """Renders templates into files; a template's mistake is a ``Problem`` at its line."""

    def __init__(self, templates: Path, specifications: Specifications, folder: Path) -> None:
        self._templates = templates
        self._folder = folder
        self._environment = Environment(
            loader=FileSystemLoader(templates),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            autoescape=False,
        )
        self._shared = {
            "specs": specifications,
            "argument": argument_line,
            # Whether what is missing is told with a name that is near it.
            "suggests": _SUGGESTIONS in template_names(templates),
        }

    def write(self, template: str, target: str, **values: object) -> None:
        self.put(target, self.text(template, target, **values))

    def text(self, template: str, target: str, **values: object) -> str:
        try:
            page = self._environment.get_template(f"{template}.jinja")
            text = page.render(self._shared | values)
        except TemplateSyntaxError as error:
            file = f"{TEMPLATES}/{error.name or template}"
            raise Problem(file, error.lineno, str(error.message)) from error
        except (TemplateError, LookupError, TypeError, AttributeError) as error:
            raise self._problem(error, f"{template}.jinja") from error
        try:
            ast.parse(text)
        except SyntaxError as error:
            where = f"{target}:{error.lineno}"
            raise Problem(
                TEMPLATES, None, f"they render no Python: {where}: {error.msg}"
            ) from error
        return text

    def put(self, target: str, text: str) -> None:
        path = self._folder / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def _problem(self, error: Exception, template: str) -> Problem:
        """Jinja rewrites tracebacks, so that the innermost frame of a template has its line."""
        file, line = template, None
        step = error.__traceback__
        while step is not None:
            found = Path(step.tb_frame.f_code.co_filename)
            if found.parent == self._templates:
                file, line = found.name, step.tb_lineno
            step = step.tb_next
        return Problem(f"{TEMPLATES}/{file}", line, str(error))


def argument_line(parameter: ParameterSpec) -> str:
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


def tidy(root: Path, folder: Path) -> None:
    """Drop unused imports, modernize annotations, sort and lay out as the project does.

    Raises:
        Problem: ruff does not know the settings.
    """
    config = ["--config", str(root / RUFF_CONFIG), "--no-cache", "--quiet"]
    for arguments in (["check", "--fix-only", "--unsafe-fixes"], ["format"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *arguments, *config, str(folder)],
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise Problem(RUFF_CONFIG, None, f"ruff stopped: {done.stderr or done.stdout}".strip())
