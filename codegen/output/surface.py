"""The public surface as text: one line per name, signature and attribute type.

``docs/surface.txt`` is reviewed like code: what a change of schema, queries or templates means for
users is its diff. griffe reads the package without importing it.
"""

from __future__ import annotations

import hashlib
import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import griffe
from typing_extensions import override

from ..project.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE_NAME = "typed_artifacts"
_HEADER = """\
# The public surface of typed-artifacts: every name, signature and attribute type.
# Written by `make generate`; its diff is what a change means for users.
"""
# The package itself and its public modules, each with the modules that its names come from.
_SOURCES = {
    "": re.compile(r"(?!(cli|filesystem|local|testing|_operations)\b|_graphql\.(?!enums\b))"),
    "filesystem": re.compile(r"(filesystem|errors|_environment|_values)\b"),
    "local": re.compile(r"(local|errors|_environment|_values)\b"),
    "testing": re.compile(r"(testing|local|errors|_environment|_values)\b"),
}
# The annotation of an attribute that only the constructor sets.
_FINAL = re.compile(r"Final\[(.*)\]")
_PROTOCOLS = {
    *("__init__", "__call__", "__bool__"),
    *("__enter__", "__aenter__"),
    *("__iter__", "__aiter__", "__next__", "__anext__", "__reversed__"),
    *("__len__", "__contains__", "__getitem__", "__setitem__", "__delitem__"),
    *("__and__", "__or__", "__invert__"),
    *("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"),
}
# Private bases, whose members are listed with the public class that extends them.
_HALVES = re.compile(
    rf"{PACKAGE_NAME}\.(_domain\.|_a?sync\."
    r"(\w+_attributes|api_\w+|artifact_(contents|relations)|client_requests)\.)"
)


def surface_text(root: Path) -> str:
    """The surface of the package below ``root/src``.

    Raises:
        Problem: a module cannot be read.
    """
    logging.getLogger("griffe").setLevel(logging.CRITICAL)
    try:
        lines = [line for module in _SOURCES for line in _Module(root / "src", module).lines()]
    except Problem:
        raise
    except Exception as error:
        raise Problem(f"src/{PACKAGE_NAME}", None, f"cannot be read: {error}") from error
    return _HEADER + "\n".join(lines) + "\n"


@dataclass(frozen=True)
class _Module:
    """A public module of the package below a folder."""

    source: Path
    name: str

    def lines(self) -> tuple[str, ...]:
        """The lines of its public names; files that were read before are not read again."""
        content = hashlib.sha256(self.home.read_bytes())
        for _, path in _Finder(self).submodules(griffe.Module(PACKAGE_NAME, filepath=self.home)):
            content.update(f"{path.relative_to(self.source)}\n".encode() + path.read_bytes())
        key = self.name, content.digest()
        if key not in _known:
            _known[key] = tuple(self._read())
        return _known[key]

    @property
    def home(self) -> Path:
        return self.source / PACKAGE_NAME / "__init__.py"

    def _read(self) -> Iterator[str]:
        loader = griffe.GriffeLoader(search_paths=[self.source], allow_inspection=False)
        loader.finder = _Finder(self)
        package = loader.load(PACKAGE_NAME)
        loader.resolve_aliases()
        assert isinstance(package, griffe.Module)
        module = package.modules.get(self.name) if self.name else package
        if module is None:
            return
        exported = _exported(module)
        yield from self._names(module, exported)
        if module is package:
            for name, inner in sorted(package.modules.items()):
                if not name.startswith("_"):
                    yield from self._names(inner, _exported(inner) - exported)

    def _names(self, module: griffe.Module, names: set[str]) -> Iterator[str]:
        prefix = "".join(f"{step}." for step in module.path.split(".")[1:])
        for name in sorted(names):
            if name not in module.members:
                raise _not_imported(self.source.parent, module, name)
            yield from _lines(f"{prefix}{name}", _target(module[name]))


def _exported(module: griffe.Module) -> set[str]:
    return {str(item) for item in module.exports or ()}


def _not_imported(root: Path, module: griffe.Module, name: str) -> Problem:
    """The problem for an exported name that a module lacks, at the line that exports it."""
    path = module.filepath
    assert isinstance(path, Path)
    lines = path.read_text(encoding="utf-8").splitlines()
    line = next((it for it, text in enumerate(lines, 1) if f'"{name}"' in text), None)
    text = f'exports "{name}", which it does not import'
    return Problem(path.relative_to(root).as_posix(), line, text)


class _Finder(griffe.ModuleFinder):
    """Finds the modules that the names of a public module come from."""

    def __init__(self, module: _Module) -> None:
        super().__init__([module.source])
        self._wanted = _SOURCES[module.name]

    @override
    def submodules(self, module: griffe.Module) -> list[tuple[tuple[str, ...], Path]]:
        return [it for it in super().submodules(module) if self._wanted.match(".".join(it[0]))]


# For processes that generate more than once, such as the tests.
_known: dict[tuple[str, bytes], tuple[str, ...]] = {}


def _target(found: griffe.Object | griffe.Alias) -> griffe.Object:
    return found.final_target if isinstance(found, griffe.Alias) else found


def _lines(name: str, found: griffe.Object) -> list[str]:
    if isinstance(found, griffe.Class):
        return _class_lines(name, found)
    if isinstance(found, griffe.Function):
        return [f"{name}{_signature(found, drop_first=False)}"]
    if isinstance(found, griffe.Module):
        return [f"module {name}"]
    assert isinstance(found, griffe.Attribute)
    return [_attribute(name, found)]


def _class_lines(name: str, found: griffe.Class) -> list[str]:
    bases = ", ".join(str(base) for base in found.bases if not _is_shared_half(base))
    lines = [f"class {name}({bases})" if bases else f"class {name}"]
    members = {key: _target(item) for key, item in found.all_members.items() if _is_public(key)}
    for key, member in sorted(members.items()):
        if isinstance(member, griffe.Function):
            if key in {"__eq__", "__ne__"} and str(member.returns) == "bool":
                continue  # as any object has it
            lines += _method(f"{name}.{key}", member)
        elif isinstance(member, griffe.Attribute):
            lines.append(_attribute(f"{name}.{key}", member))
    return lines


def _is_shared_half(base: griffe.Expr | str) -> bool:
    """Whether a base class is only a part of a class, and its members count as the class's."""
    return isinstance(base, griffe.Expr) and bool(_HALVES.match(base.canonical_path))


def _is_public(name: str) -> bool:
    return name in _PROTOCOLS or not name.startswith("_")


def _method(name: str, found: griffe.Function) -> list[str]:
    if found.name == "__init__":
        owner = name.removesuffix(".__init__")
        return [f"{owner}{_signature(found, drop_first=True, returns=False)}"]
    static = "staticmethod" in found.labels
    versions = found.overloads or [found]
    kind = "async " if "async" in found.labels else ""
    return [f"{kind}{name}{_signature(item, drop_first=not static)}" for item in versions]


def _signature(found: griffe.Function, *, drop_first: bool, returns: bool = True) -> str:
    parameters = list(found.parameters)[drop_first:]
    parts: list[str] = []
    star = False
    for item in parameters:
        if item.kind is griffe.ParameterKind.keyword_only and not star:
            star = True
            parts.append("*")
        mark = {
            griffe.ParameterKind.var_positional: "*",
            griffe.ParameterKind.var_keyword: "**",
        }.get(item.kind or griffe.ParameterKind.positional_or_keyword, "")
        star = star or mark == "*"
        annotation = f": {item.annotation}" if item.annotation is not None else ""
        default = f" = {item.default}" if item.default is not None and not mark else ""
        parts.append(f"{mark}{item.name}{annotation}{default}")
    ending = f" -> {found.returns}" if returns and found.returns is not None else ""
    return f"({', '.join(parts)}){ending}"


def _attribute(name: str, found: griffe.Attribute) -> str:
    owner = found.parent
    if isinstance(owner, griffe.Class) and any("Enum" in str(base) for base in owner.bases):
        return f"{name} = {found.value}"
    fixed = _FINAL.fullmatch(str(found.annotation))
    annotation = f": {fixed[1]}" if fixed else _annotation(found)
    settable = "property" not in found.labels or "writable" in found.labels
    comment = "" if settable and not fixed else "  # read-only"
    return f"{name}{annotation}{comment}"


def _annotation(found: griffe.Attribute) -> str:
    if found.annotation is not None:
        alias = f" = {found.value}" if str(found.annotation) == "TypeAlias" else ""
        return f": {found.annotation}{alias}"
    init = found.parent.members.get("__init__") if found.parent else None
    if isinstance(init, griffe.Function) and found.name in init.parameters:
        # An attribute that is named like a parameter of the constructor has its type.
        return f": {init.parameters[found.name].annotation}"
    return ""
