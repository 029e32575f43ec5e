"""Renders specifications to files: Jinja templates, formatted by ruff."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ruff.__main__ import find_ruff_bin  # type: ignore[import-untyped] # it brings no types

from .calls import documented_calls, values_always_sent
from .cutting import Cutting
from .imports import Imports
from .problem import Origin, Problem, read_text
from .python_names import enum_member
from .specs import ListSpec, OperationSpec, Specifications
from .template_files import TEMPLATES
from .written import blocking_modules, check_imports, written_file

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping
    from pathlib import Path

    from .renderer import Renderer
    from .schema_usage import Tables
    from .template_files import Templates

PLACEHOLDER = "AnyOperation"
RUFF_CONFIG = "codegen/tidy.toml"
_PACKAGE, _CATALOG, _USAGE = "package", "catalog", "schema_usage"
_VARIABLES = "variables"
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


@dataclass(frozen=True)
class Rendering:
    """The modules of both flavours as they were rendered, still without imports."""

    templates: dict[str, str]
    """Module → its template; those that are written by hand have none."""
    written: Mapping[str, str]
    """The modules that are written by hand."""
    texts: dict[Flavour, dict[str, str]]
    """Flavour → module → text, written ones included."""
    shared: tuple[str, ...]
    """The modules of the operations, as they are around any of them."""

    @property
    def origins(self) -> dict[str, str]:
        """Module → the file that a person edits."""
        rendered = {module: f"{TEMPLATES}/{it}.jinja" for module, it in self.templates.items()}
        return rendered | {module: written_file(module) for module in self.written}


def render_classes(
    renderer: Renderer,
    templates: Templates,
    specifications: Specifications,
    written: Mapping[str, str],
) -> Rendering:
    """Render what both flavours have.

    Raises:
        Problem: a template is wrong, or a hand-written module has no blocking flavour.
    """
    specs = {spec.made_module: spec for spec in specifications.classes}
    sources = {
        "__init__" if name == _PACKAGE else name: name
        for name in sorted({*templates.modules()} - _SHARED)
    }
    for name, spec in specs.items():
        shared = "list" if isinstance(spec, ListSpec) else "entity"
        sources[name] = spec.module if spec.module in templates.by_name else shared
    texts = {
        flavour: {
            name: renderer.text(source, {"f": flavour, "spec": specs.get(name)})
            for name, source in sources.items()
        }
        for flavour in (SYNC, ASYNC)
    }
    texts[ASYNC] |= written
    texts[SYNC] |= blocking_modules(written)
    return Rendering(sources, written, texts, _around_operations(renderer))


def _around_operations(renderer: Renderer) -> tuple[str, ...]:
    """The modules of the operations, as they are around any of them."""
    any_one = OperationSpec(PLACEHOLDER, "query", (), Origin("", None, ""))
    values: dict[str, object] = {
        "specs": Specifications((any_one,), (), ()),
        "cuttings": {PLACEHOLDER: Cutting((), ())},
    }
    queries = [renderer.text("queries", values | {"f": flavour}) for flavour in (SYNC, ASYNC)]
    return (*queries, renderer.text(_CATALOG, values), renderer.text(_VARIABLES, values))


def write_classes(
    rendering: Rendering,
    renderer: Renderer,
    specifications: Specifications,
    cuttings: Mapping[str, Cutting],
    tables: Tables,
    folder: Path,
    written: Path,
    public: Container[str] | None,
) -> None:
    """Write both flavours and the catalogue below ``folder``, not yet formatted.

    Raises:
        Problem: a template is wrong, or a name is used that is defined nowhere.
    """
    pages = _Pages(renderer, folder)
    pages.write(_OPERATIONS_PACKAGE, f"{_OPERATIONS}/__init__.py")
    pages.write(_CATALOG, f"{_OPERATIONS}/{_CATALOG}.py", cuttings=cuttings)
    pages.write(_VARIABLES, f"{_OPERATIONS}/{_VARIABLES}.py")
    imports = Imports(folder, written)
    check_imports(rendering.written, imports.statements(rendering.texts[ASYNC]))

    def problem(module: str, line: str, text: str) -> Problem:
        return renderer.problem(rendering.templates[module], line, text)

    for flavour, made in rendering.texts.items():
        for name, text in imports.added(made, rendering.written, problem).items():
            pages.put(f"{flavour.folder}/{name}.py", text)
    calls, named = (
        documented_calls(folder / SYNC.folder, public),
        values_always_sent(written, folder / SYNC.folder),
    )
    pages.write(
        _USAGE,
        f"{_OPERATIONS}/{_USAGE}.py",
        roots=tables.roots,
        calls={item.name: calls.get(item.constant, ()) for item in specifications.operations},
        field_types=tables.fields,
        inputs=tables.inputs,
        enums={
            name: " ".join(f"{it}!" if (name, enum_member(it)) in named else it for it in values)
            for name, values in tables.enums.items()
        },
        scalars=tables.scalars,
    )


class _Pages:
    """Renders templates into files."""

    def __init__(self, renderer: Renderer, folder: Path) -> None:
        self._renderer = renderer
        self._folder = folder

    def write(self, template: str, target: str, **values: object) -> None:
        self.put(target, self._renderer.text(template, values))

    def put(self, target: str, text: str) -> None:
        path = self._folder / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class _Untidy:
    """A file as it is before ruff, with all that decides what ruff makes of it."""

    settings: str
    name: str
    text: str


# Who generates more than once in a process has most files from the last time.
_tidied: dict[_Untidy, str] = {}


def format_files(root: Path, folder: Path, written: Mapping[str, str]) -> None:
    """Drop unused imports, modernize annotations, sort and lay out as the project does.

    What is written by hand stays as it is.

    Raises:
        Problem: ruff does not know the settings.
    """
    settings = read_text(root / RUFF_CONFIG, RUFF_CONFIG)
    new: dict[Path, _Untidy] = {}
    as_it_is = {folder / ASYNC.folder / f"{module}.py" for module in written}
    for path in sorted({*folder.rglob("*.py")} - as_it_is):
        name = path.relative_to(folder).as_posix()
        found = _Untidy(settings, name, path.read_text(encoding="utf-8"))
        if found in _tidied:
            path.write_text(_tidied[found], encoding="utf-8")
        else:
            new[path] = found
    if new:
        _run_ruff(root, new)
        _tidied.update({it: path.read_text(encoding="utf-8") for path, it in new.items()})


def _run_ruff(root: Path, files: Iterable[Path]) -> None:
    config = ["--config", str(root / RUFF_CONFIG), "--no-cache", "--quiet"]
    for arguments in (["check", "--fix-only", "--unsafe-fixes"], ["format"]):
        done = subprocess.run(
            [find_ruff_bin(), *arguments, *config, *map(str, files)],
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise _stopped(root, done.stderr or done.stdout)


def _stopped(root: Path, said: str) -> Problem:
    """What ruff says last, at the line of its settings that it quotes."""
    last = said.strip().rpartition("\n")[2].strip().removeprefix("Cause: ")
    lines = read_text(root / RUFF_CONFIG, RUFF_CONFIG).splitlines()
    for word in re.findall(r"`([^`]+)`", last):
        for number, line in enumerate(lines, 1):
            if word in line:
                return Problem(RUFF_CONFIG, number, f"ruff stopped: {last.replace(f'{root}/', '')}")
    return Problem(RUFF_CONFIG, None, f"ruff stopped: {last}")
