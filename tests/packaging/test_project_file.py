"""What the packaging promises: few dependencies, and pins that say nothing of the machine."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import typed_artifacts

ROOT = Path(__file__).parents[2]


def _tables() -> tuple[list[str], dict[str, list[str]], dict[str, list[object]]]:
    tables = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = tables["project"]
    return project["dependencies"], project["optional-dependencies"], tables["dependency-groups"]


def _names(requirements: Iterable[object]) -> set[str]:
    """The distributions that requirements name; a group may also include another one."""
    lines = [line for line in requirements if isinstance(line, str)]
    return {re.split(r"[<>=!~\[; ]", line, maxsplit=1)[0] for line in lines}


PINS = sorted(set((ROOT / "requirements").glob("*.txt")) - {ROOT / "requirements" / "oldest.txt"})


def _pinned() -> dict[str, str]:
    lines = [line for path in PINS for line in path.read_text(encoding="utf-8").splitlines()]
    pins = [re.split(r"\s[#;]", line, maxsplit=1)[0].strip() for line in lines]
    return dict(pin.split("==") for pin in pins)


def test_the_client_depends_on_seven_packages() -> None:
    dependencies, _, _ = _tables()
    known = {"anyio", "httpx", "pathspec", "pydantic", "tenacity", "urllib3", "xxhash"}
    assert _names(dependencies) == known


def test_every_direct_requirement_is_pinned() -> None:
    dependencies, extras, groups = _tables()
    wanted = _names(dependencies)
    wanted |= {name for lines in extras.values() for name in _names(lines)}
    wanted |= {name for lines in groups.values() for name in _names(lines)}
    assert wanted <= _pinned().keys()
    assert all(re.fullmatch(r"[0-9][0-9a-z.]*", version) for version in _pinned().values())


def test_the_pins_name_no_index_and_no_machine() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in PINS)
    assert not re.search(r"://|--index|--find-links|--extra|(^|\s)/", text, re.MULTILINE)


@pytest.mark.parametrize("environment", ["browser", "integrations"])
def test_what_every_test_needs_is_in_each_environment(environment: str) -> None:
    """Tests that have an environment of their own share conftest.py with all others."""
    lines = (ROOT / "requirements" / f"{environment}.txt").read_text("utf-8").splitlines()
    shared = ast.parse((ROOT / "tests" / "conftest.py").read_text("utf-8"))
    imported = {name.partition(".")[0] for node in shared.body for name in _imports(node)}
    foreign = imported - sys.stdlib_module_names - {"tests"}
    assert foreign <= {line.partition("==")[0] for line in lines}


# httpx and pydantic need these themselves, and any version that they take will do.
BROUGHT = {"anyio", "certifi", "httpcore", "pydantic_core", "typing_extensions"}


def test_what_is_imported_is_required() -> None:
    dependencies, extras, _ = _tables()
    required = _names(dependencies) | {name for lines in extras.values() for name in _names(lines)}
    found = _foreign("src")
    assert found - BROUGHT <= required
    assert "graphql-core" in found


def test_the_client_takes_from_typing_extensions_what_typing_lacks() -> None:
    """Only what a name at run time has to be of there: pydantic brings it, and reads it."""
    package = ROOT / "src" / "typed_artifacts"
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        for node in _at_run_time(ast.parse(path.read_text(encoding="utf-8")))
        if "typing_extensions" in _imports(node)
    }
    assert {path for path in found if not path.startswith("local/")} == {
        "_domain/versions/metadata_models.py",  # TypedDict, before Python 3.12
        "_values/plain.py",  # TypeAliasType, before Python 3.12
        "_values/type_aliases.py",
    }


def _at_run_time(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes below one, without those that only type checkers read."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from _at_run_time(node)


def test_what_the_generator_imports_is_required_by_its_group() -> None:
    dependencies, _, groups = _tables()
    found = _foreign("codegen")
    # ariadne-codegen brings the releases of graphql-core that it works with, griffe its library.
    brought = {*BROUGHT, "graphql-core", "griffelib"}
    assert found - brought <= _names(dependencies) | _names(groups["codegen"])
    assert {"griffe", "ruff"} <= _names(groups["codegen"])
    assert "ariadne-codegen" in found


def _foreign(folder: str) -> set[str]:
    """The distributions from which the modules of a folder import."""
    homes = packages_distributions()
    imported = {
        name.partition(".")[0]
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in _imports(node)
    }
    # `_typeshed` is there for type checkers alone.
    foreign = imported - sys.stdlib_module_names - {"typed_artifacts", "_typeshed"}
    return {homes[name][0].lower() for name in foreign}


def _imports(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module]
    return []


def test_workflows_call_targets_of_the_makefile() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    called: list[str] = []
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        steps = re.findall(r"- run: (.*)", path.read_text("utf-8"))
        assert all(step.startswith("make ") for step in steps), path
        called += [step.split()[1] for step in steps]
    assert {"check", "test", "test-integrations", "dist"} <= set(called) <= set(targets)


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    newest = re.search(r"^## (\S+)", changes, re.MULTILINE)
    assert newest
    assert typed_artifacts.__version__ == project["version"] == newest[1]
