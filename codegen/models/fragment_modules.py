"""Splits models into one module per fragment, so that a program builds only those it uses.

ariadne-codegen writes all of them into one module, and making the classes of a model takes a
quarter of a millisecond: of a program that wants its first page that was a tenth of the time.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING

from ..python.names import operation_module
from .plugin import BANNER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

_MODULE = "fragments"
_INIT = '''\
"""Models of the fragments, each loaded when it is first met."""

from typing import TYPE_CHECKING

from typed_artifacts._values.lazy_names import imported

if TYPE_CHECKING:
{imports}

_HOMES = {{
{homes}
}}


def __getattr__(name: str) -> object:
    return imported(__name__, _HOMES, name)


__all__ = [{names}]
'''


def split_fragments(package: Path, fragments: Iterable[str]) -> None:
    """Replace the module of all fragments, if there is one, by a package of modules.

    Args:
        package: the folder ``_graphql``.
        fragments: the names of the fragments.
    """
    whole = package / f"{_MODULE}.py"
    if not whole.is_file():
        return
    source = whole.read_text(encoding="utf-8")
    written = source.splitlines()
    imports, groups = _grouped(source, _modules(fragments))
    module_of = {
        name: module for module, statements in groups.items() for name in _defined(statements)
    }
    whole.unlink()
    folder = package / _MODULE
    folder.mkdir()
    for module, statements in groups.items():
        own = {name for name, owner in module_of.items() if owner == module}
        foreign = sorted(
            (module_of[name], name) for name in _mentioned(statements) & module_of.keys() - own
        )
        lines = [BANNER, "", *imports, *(f"from .{owner} import {name}" for owner, name in foreign)]
        bodies = (
            "\n".join(written[statement.lineno - 1 : statement.end_lineno])
            for statement in _dependencies_first(statements)
        )
        text = "\n".join(lines) + "\n\n\n" + "\n\n\n".join(bodies) + "\n"
        (folder / f"{module}.py").write_text(text, encoding="utf-8")
    (folder / "__init__.py").write_text(f"{BANNER}\n{_init(module_of)}", encoding="utf-8")


def _modules(fragments: Iterable[str]) -> dict[str, str]:
    return {name: operation_module(name) for name in fragments}


def _grouped(
    source: str, modules: Mapping[str, str]
) -> tuple[list[str], dict[str, list[ast.stmt]]]:
    """The module's imports, one package deeper, and its classes by their new module."""
    imports: list[str] = []
    groups: defaultdict[str, list[ast.stmt]] = defaultdict(list)
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.ImportFrom):
            statement.level += bool(statement.level)
            imports.append(ast.unparse(statement))
        elif isinstance(statement, ast.Import):
            imports.append(ast.unparse(statement))
        elif names := _defined([statement]):
            # The name of a nested class begins with the name of its fragment.
            owner = max(filter(names[0].startswith, modules), key=len)
            groups[modules[owner]].append(statement)
    return imports, dict(groups)


def _dependencies_first(statements: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The statements, each after those whose names it uses.

    pydantic then knows a class whole when it is made: what another module inherits from it need not
    be looked up there, where its names mean nothing.
    """
    definitions = {name: statement for statement in statements for name in _defined([statement])}
    ordered: list[ast.stmt] = []

    def emit(statement: ast.stmt) -> None:
        if statement in ordered:
            return
        for name in sorted(_mentioned([statement]) & definitions.keys() - {*_defined([statement])}):
            emit(definitions[name])
        ordered.append(statement)

    for statement in statements:
        emit(statement)
    return ordered


def _defined(statements: Iterable[ast.stmt]) -> list[str]:
    """The names that statements define, in their order."""
    found: list[str] = []
    for statement in statements:
        if isinstance(statement, ast.ClassDef):
            found.append(statement.name)
        elif isinstance(statement, ast.Assign):
            found += [target.id for target in statement.targets if isinstance(target, ast.Name)]
    return found


def _mentioned(statements: Iterable[ast.stmt]) -> set[str]:
    """The names in statements, those in quoted annotations included."""
    nodes = [node for statement in statements for node in ast.walk(statement)]
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    # A string in a call is no annotation: it is the alias of a field, or a GraphQL type name.
    arguments = {item for node in nodes if isinstance(node, ast.Call) for item in ast.walk(node)}
    quoted = {
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in arguments
    }
    return names | quoted


def _init(homes: Mapping[str, str]) -> str:
    ordered = sorted(homes.items())
    return _INIT.format(
        imports="\n".join(f"    from .{module} import {name}" for name, module in ordered),
        homes="\n".join(f'    "{name}": ".{module}",' for name, module in ordered),
        names=", ".join(f'"{name}"' for name, _ in ordered),
    )
