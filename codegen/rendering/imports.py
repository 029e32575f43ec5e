"""Collects the imports of a rendered module from the names that it uses.

Templates contain no imports, so that they need no change when a function moves to another module.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from typed_artifacts import _transfer

from ..project.files import read_text
from ..project.layout import PACKAGE
from ..project.problem import suggestion
from ..python.module_names import FUTURE_IMPORT, missing_names, names_in

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping

    from ..project.problem import Problem

# Packages whose names a template may use; the first one with a name provides it.
_ROOMS = (
    *("_domain", "_requests", "_values", "_environment", "_transfer"),
    *("_retention", "_usage", "_comparing", "_copying"),
)
_MODULES = ("errors", "holdings", "lineage", "paths", "settings")
# Names whose import has another form.
_WHOLE = {
    "transfer": "from .. import _transfer as transfer",
    "catalog": "from .._operations import catalog",
    "documents": "from .._graphql import operations as documents",
    "override": "from .._values.guards import override",
    **{
        name: f"import {name}"
        for name in ("asyncio", "builtins", "httpx", "io", "math", "ssl", "threading", "time")
    },
}
_STANDARD = {
    "abc": "ABC abstractmethod",
    "collections.abc": "AsyncIterable AsyncIterator Awaitable Callable Collection Coroutine "
    "Iterable Iterator Mapping Sequence",
    "anyio": "Lock",
    "anyio.to_thread": "run_sync",
    "os": "PathLike",
    "datetime": "datetime timedelta",
    "functools": "cached_property",
    "pathlib": "Path",
    "types": "TracebackType",
    "typing": "BinaryIO Final Generic Literal Never NotRequired Self TYPE_CHECKING TypedDict "
    "TypeVar final overload",
    "warnings": "warn",
}


@dataclass
class Imports:
    """The imports of the names that rendered modules may use."""

    package: Path
    """The folder of the generated trees."""
    written: Path
    """The folder of the hand-written packages."""
    _known: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        self._known |= room_names(self.written)
        self._add_models(self.package / "_graphql")
        self._add(
            _read(self.package / "_operations/variables.py", self.package),
            "from .._operations.variables import {}",
        )

    def _add_models(self, folder: Path) -> None:
        """Add the names in the models."""
        for path in sorted((folder / "fragments").glob("*.py")):
            self._add(_read(path, self.package), "from .._graphql.fragments import {}")
        for path in sorted(folder.glob("*.py")):
            if path.stem not in {"__init__", "operations"}:
                self._add(_read(path, self.package), f"from .._graphql.{path.stem} import {{}}")

    def _add(self, names: Iterable[str], statement: str) -> None:
        _note(self._known, names, statement)

    def statements(self, modules: Mapping[str, str]) -> set[str]:
        """The imports of all names that one of these modules may use."""
        names = {
            f"from .{module} import {name}"
            for module in modules
            for name in names_in(modules[module])
        }
        return {*self._known.values(), *names, *(f"from . import {module}" for module in modules)}

    def added(
        self,
        modules: Mapping[str, str],
        complete: Container[str],
        problem: Callable[[str, str, str], Problem],
    ) -> dict[str, str]:
        """Module → its text with the missing imports.

        Args:
            modules: module → its rendered text.
            complete: the modules that have all their imports.
            problem: makes a problem from a module, a line of it, and a message.

        Raises:
            Problem: a module uses a name that is defined nowhere.
        """
        own_statements = {name: f"from . import {name}" for name in modules}
        for module, text in modules.items():
            own_statements |= {name: f"from .{module} import {name}" for name in names_in(text)}
        return {
            module: text
            if module in complete
            else self._with_imports(module, text, own_statements, problem)
            for module, text in modules.items()
        }

    def _with_imports(
        self,
        module: str,
        text: str,
        own_statements: Mapping[str, str],
        problem: Callable[[str, str, str], Problem],
    ) -> str:
        lines: list[str] = []
        for name in sorted(missing_names(text)):
            statement = own_statements.get(name) or self._known.get(name)
            if statement is None:
                near = suggestion(name, [*own_statements, *self._known])
                used = re.search(rf"^.*\b{re.escape(name)}\b.*$", text, re.MULTILINE)
                line = used[0].strip() if used else ""
                raise problem(module, line, f'the name "{name}" is defined nowhere{near}')
            lines.append(f"{statement}\n")
        if lines and FUTURE_IMPORT not in text:
            message = f'needs the line "{FUTURE_IMPORT.strip()}", below which imports are put'
            raise problem(module, "", message)
        return text.replace(FUTURE_IMPORT, f"{FUTURE_IMPORT}\n{''.join(lines)}", 1)


def room_names(written: Path) -> dict[str, str]:
    """Name → the statement that imports it, for names that are not generated.

    Args:
        written: the folder of the hand-written packages.
    """
    known: dict[str, str] = {}
    for module, names in _STANDARD.items():
        _note(known, names.split(), f"from {module} import {{}}")
    known |= _WHOLE
    _note(known, _transfer.__all__, "from .._transfer import {}")
    for room in _ROOMS:
        for path in sorted((written / room).rglob("*.py")):
            module = ".".join(path.relative_to(written).with_suffix("").parts)
            _note(known, _read(path, written), f"from ..{module} import {{}}")
    for module in _MODULES:
        _note(known, _read(written / f"{module}.py", written), f"from ..{module} import {{}}")
    return known


def _note(known: dict[str, str], names: Iterable[str], statement: str) -> None:
    for name in names:
        known.setdefault(name, statement.format(name))


def _read(path: Path, package: Path) -> list[str]:
    if not path.is_file():
        return []
    return names_in(read_text(path, f"{PACKAGE}/{path.relative_to(package).as_posix()}"))
