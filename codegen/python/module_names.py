"""The names that a module defines, and those that it uses."""

from __future__ import annotations

import ast
import builtins
import re
import symtable
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from .source import parsed

if TYPE_CHECKING:
    from collections.abc import Iterator


FUTURE_IMPORT = "from __future__ import annotations\n"
# A definition at the top level of a module, or an alias only for type checkers.
_DEFINED = re.compile(
    r"^(?:class |def |async def )?([A-Za-z]\w*)(?=[(:\[]| = )|^    (\w+): TypeAlias\b", re.MULTILINE
)
# Names that every module has, the second one from Python 3.14 on.
_IMPLICIT = {"__name__", "__conditional_annotations__"}


def is_defined(path: str, written: Path) -> bool:
    """Whether a builtin, or the name at the end of a dotted path, exists.

    Args:
        path: the name of a builtin, or a module and a name in it.
        written: the folder of the hand-written packages.

    Raises:
        SyntaxError: the module is not valid; the file is relative to that folder.
    """
    module, _, name = path.rpartition(".")
    if not module:
        return hasattr(builtins, name)
    if module.startswith("typed_artifacts."):
        file = written.joinpath(*module.split(".")[1:])
        file = file.with_suffix(".py") if not file.is_dir() else file / "__init__.py"
        if not file.is_file():
            return False
        shown = file.relative_to(written).as_posix()
        return name in _defined_in(_table_of(file.read_text(encoding="utf-8"), shown))
    try:
        return hasattr(import_module(module), name)
    except ImportError:
        return False


def names_in(text: str) -> list[str]:
    """The names that a module defines at its top level or only for type checkers."""
    return [name or alias for name, alias in _DEFINED.findall(text)]


@lru_cache(maxsize=1024)
def names_used(text: str) -> frozenset[str]:
    """The names that a module defines, and the global names that it uses."""
    module = _table_of(text)
    others = (*_quoted_bases(text), *_annotations_in_functions(text))
    return frozenset((*_globals_in(module), *others, *_defined_in(module))) - _IMPLICIT


def missing_names(text: str) -> frozenset[str]:
    """The names that a module uses but does not define."""
    return names_used(text) - {*_defined_in(_table_of(text)), *dir(builtins)}


def _table_of(text: str, file: str = "rendered") -> symtable.SymbolTable:
    # Without the future import, annotations are evaluated like any other expression.
    return symtable.symtable(text.replace(FUTURE_IMPORT, "\n", 1), file, "exec")


def _defined_in(module: symtable.SymbolTable) -> set[str]:
    return {name for name in module.get_identifiers() if _is_bound(module.lookup(name))}


def _is_bound(symbol: symtable.Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()


def _globals_in(table: symtable.SymbolTable) -> Iterator[str]:
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (symbol.is_global() or table.get_type() == "module"):
            yield symbol.get_name()
    for inner in table.get_children():
        yield from _globals_in(inner)


def _quoted_bases(text: str) -> Iterator[str]:
    """Names in quoted type arguments of base classes."""
    for node in parsed(text).body:
        for base in node.bases if isinstance(node, ast.ClassDef) else ():
            for inner in ast.walk(base):
                if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                    yield inner.value.partition(".")[0]


def _annotations_in_functions(text: str) -> Iterator[str]:
    """Names in annotations of local variables and attributes: symtable has none on Python 3.14."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    for function in (node for node in ast.walk(parsed(text)) if isinstance(node, functions)):
        for node in ast.walk(function):
            for inner in ast.walk(node.annotation) if isinstance(node, ast.AnnAssign) else ():
                if isinstance(inner, ast.Name):
                    yield inner.id
