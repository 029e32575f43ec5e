"""The imports of a rendered module, found from the names that it uses.

A template names what it needs; which room holds that is looked up here, so that moving a function
from one module to another moves nothing in the templates.
"""

from __future__ import annotations

import ast
import builtins
import re
import symtable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from typed_artifacts import _transfer

from .problem import Problem, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# Hand-written rooms whose names a template may use; of two that share a name, the first has it.
_ROOMS = (
    *("_domain", "_requests", "_values", "_environment", "_transfer"),
    *("_retention", "_usage", "_comparing", "_copying"),
)
_MODULES = ("errors", "paths", "settings")
# Imported whole, under a name of their own.
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
    "os": "PathLike",
    "datetime": "datetime timedelta",
    "functools": "cached_property",
    "pathlib": "Path",
    "types": "TracebackType",
    "typing": "BinaryIO Generic Literal Never NotRequired Self TYPE_CHECKING TypedDict TypeVar "
    "final overload",
    "warnings": "warn",
}
# At the top of a module, or an alias for type checkers alone.
_DEFINED = re.compile(
    r"^(?:class |def |async def )?([A-Za-z]\w*)(?=[(:\[]| = )|^    (\w+): TypeAlias\b", re.MULTILINE
)
_FUTURE = "from __future__ import annotations\n"


@dataclass
class Imports:
    """Where the names are that rendered modules may use."""

    package: Path
    """The folder of the generated trees."""
    _known: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        for module, names in _STANDARD.items():
            self._add(names.split(), f"from {module} import {{}}")
        self._known |= _WHOLE
        own = Path(_transfer.__file__).parent.parent
        self._add(_transfer.__all__, "from .._transfer import {}")
        for room in _ROOMS:
            for path in sorted((own / room).glob("*.py")):
                self._add(_read(path), f"from ..{room}.{path.stem} import {{}}")
        for module in _MODULES:
            self._add(_read(own / f"{module}.py"), f"from ..{module} import {{}}")
        self._add_models(self.package / "_graphql")
        self._add(
            _read(self.package / "_operations/variables.py"),
            "from .._operations.variables import {}",
        )

    def _add_models(self, folder: Path) -> None:
        """What ariadne-codegen has made."""
        for path in sorted((folder / "fragments").glob("*.py")):
            self._add(_read(path), "from .._graphql.fragments import {}")
        for path in sorted(folder.glob("*.py")):
            if path.stem not in {"__init__", "operations"}:
                self._add(_read(path), f"from .._graphql.{path.stem} import {{}}")

    def _add(self, names: Iterable[str], statement: str) -> None:
        for name in names:
            self._known.setdefault(name, statement.format(name))

    def added(self, modules: Mapping[str, str], templates: Mapping[str, str]) -> dict[str, str]:
        """The modules of one package with the imports that they lack, by name.

        Args:
            modules: the text of each, as it was rendered.
            templates: the template that each was rendered from, for errors.

        Raises:
            Problem: a module uses a name that is defined nowhere.
        """
        homes = {name: f"from . import {name}" for name in modules}
        for module, text in modules.items():
            homes |= {name: f"from .{module} import {name}" for name in _names_in(text)}
        return {
            module: self._with_imports(text, homes, templates[module])
            for module, text in modules.items()
        }

    def _with_imports(self, text: str, homes: Mapping[str, str], shown: str) -> str:
        lines: list[str] = []
        for name in sorted(_missing(text)):
            statement = homes.get(name) or self._known.get(name)
            if statement is None:
                near = suggestion(name, [*homes, *self._known])
                raise Problem(shown, None, f'the name "{name}" is defined nowhere{near}')
            lines.append(f"{statement}\n")
        return text.replace(_FUTURE, f"{_FUTURE}\n{''.join(lines)}", 1)


def _read(path: Path) -> list[str]:
    return _names_in(path.read_text(encoding="utf-8")) if path.is_file() else []


def _names_in(text: str) -> list[str]:
    return [name or alias for name, alias in _DEFINED.findall(text)]


def _missing(text: str) -> set[str]:
    """The names that a module uses and nothing in it defines."""
    # Without the future import annotations are looked at like any other expression.
    module = symtable.symtable(text.replace(_FUTURE, "", 1), "rendered", "exec")
    defined = {name for name in module.get_identifiers() if _is_bound(module.lookup(name))}
    return {*_globals_in(module), *_quoted_bases(text)} - {*defined, *dir(builtins), "__name__"}


def _is_bound(symbol: symtable.Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()


def _globals_in(table: symtable.SymbolTable) -> Iterator[str]:
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (symbol.is_global() or table.get_type() == "module"):
            yield symbol.get_name()
    for inner in table.get_children():
        yield from _globals_in(inner)


def _quoted_bases(text: str) -> Iterator[str]:
    """Names in the type arguments of base classes, which stand there as text."""
    for node in ast.walk(ast.parse(text)):
        for base in node.bases if isinstance(node, ast.ClassDef) else ():
            for inner in ast.walk(base):
                if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                    yield inner.value
