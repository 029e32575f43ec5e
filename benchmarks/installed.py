"""The size of an installation in bytes: a distribution with its requirements."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

_EXTRA = re.compile(r"\bextra\s*==")
_NAME = re.compile(r"^[\w.-]+")


def installed_size(name: str) -> int:
    """Bytes of a distribution and its requirements without bytecode; 0 if it is not installed."""
    return sum(_files(each) for each in _closure(name, set()))


def own_size() -> int:
    """Bytes of this package, which may be an editable install."""
    package = Path(__file__).resolve().parent.parent / "src" / "typed_artifacts"
    own = sum(
        path.stat().st_size for path in package.rglob("*") if path.suffix in {".py", ".typed"}
    )
    needed = ("anyio", "httpx", "pydantic", "tenacity", "urllib3", "xxhash")
    found: set[str] = set()
    for name in needed:
        _closure(name, found)
    return own + sum(_files(each) for each in found)


def _closure(name: str, found: set[str]) -> set[str]:
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in found:
        return found
    try:
        requires = metadata.distribution(key).requires or []
    except metadata.PackageNotFoundError:
        return found
    found.add(key)
    for requirement in requires:
        named = _NAME.match(requirement)
        if named and not _EXTRA.search(requirement) and _applies(requirement):
            _closure(named[0], found)
    return found


def _applies(requirement: str) -> bool:
    """Whether a requirement applies here; those for old Pythons and Windows do not."""
    marker = requirement.partition(";")[2]
    return not re.search(r"python_version\s*<=?|win32|Windows|emscripten", marker)


def _files(name: str) -> int:
    files = metadata.distribution(name).files or []
    paths = [Path(str(file.locate())) for file in files if not str(file).endswith(".pyc")]
    return sum(path.stat().st_size for path in paths if path.is_file())
