"""Whoever renames what an operation takes is told: by the generator, or by mypy in our own source.

Every variable of ``queries/`` and every member of an input of the schema is renamed. What our own
source sends must then stop the generator or be an error of mypy; never is it green and wrong.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ariadne_codegen.utils import process_name
from graphql import (
    GraphQLInputObjectType,
    InputObjectTypeDefinitionNode,
    OperationDefinitionNode,
    Source,
    parse,
)

from codegen.__main__ import main
from codegen.classes.resolve import resolve
from codegen.configuration.ariadne import load_settings
from codegen.configuration.mapping import load_mapping
from codegen.project.layout import CONFIG, MAPPING, PACKAGE, TEMPLATES, TREES
from codegen.project.problem import Problem
from codegen.queries.sources import load_sources
from codegen.queries.used_members import used_members
from codegen.rendering.hand_written import read_written
from codegen.rendering.template_checks import check_unfed
from codegen.rendering.template_files import read_templates
from tests.codegen.projects import ROOT, copy_project

pytestmark = pytest.mark.long

Name = tuple[str, str]
"""An operation and a variable, or an input and a member."""

SOURCES = load_sources(ROOT)
MAPPED = load_mapping(ROOT / MAPPING, MAPPING)
SCALARS = load_settings(ROOT / CONFIG).scalars
OWN_TEMPLATES = read_templates(ROOT / TEMPLATES).by_name
OWN_MODULES = read_written(ROOT)
TEXTS = {path.stem: path.read_text("utf-8") for path in (ROOT / PACKAGE / "_sync").glob("*.py")}
# Both flavours are made from the same templates.
ROOMS = ("_domain", "_sync")

VARIABLES: list[Name] = [
    (name, variable.variable.name.value)
    for name, node in SOURCES.operations.items()
    for variable in node.variable_definitions
]
MEMBERS: list[Name] = [
    (name, member)
    for name, kind in SOURCES.schema.type_map.items()
    if isinstance(kind, GraphQLInputObjectType)
    for member in kind.fields
]


def new_name(name: str) -> str:
    return f"{name}Renamed"


def with_variables(text: str, wanted: Iterable[Name]) -> str:
    """A document with variables renamed, in their operations alone."""
    names: defaultdict[str, list[str]] = defaultdict(list)
    for operation, variable in wanted:
        names[operation].append(variable)
    for node in reversed(parse(text).definitions):
        if isinstance(node, OperationDefinitionNode) and node.name and node.loc:
            span = text[node.loc.start : node.loc.end]
            for variable in names[node.name.value]:
                span = re.sub(rf"\${variable}\b", f"${new_name(variable)}", span)
            text = text[: node.loc.start] + span + text[node.loc.end :]
    return text


def with_members(text: str, wanted: Iterable[Name]) -> str:
    """A schema with members of inputs renamed."""
    for node in reversed(parse(text).definitions):
        if isinstance(node, InputObjectTypeDefinitionNode):
            for field in reversed(node.fields):
                if (node.name.value, field.name.value) in wanted and field.name.loc:
                    end = field.name.loc.end
                    text = f"{text[:end]}Renamed{text[end:]}"
    return text


def rename(root: Path, variables: Iterable[Name], members: Iterable[Name]) -> None:
    """All of them at once, in a copy of the project."""
    variables = list(variables)
    for path in (root / "queries").glob("*.graphql"):
        text = with_variables(path.read_text("utf-8"), variables)
        if ("ProjectArtifacts", "sources") in variables:  # the one that a fragment uses
            text = text.replace("$sources)", f"${new_name('sources')})")
        path.write_text(text, "utf-8")
    schema = root / "schema.graphql"
    schema.write_text(with_members(schema.read_text("utf-8"), set(members)), "utf-8")


def stops_the_mapping(name: Name) -> bool:
    """Whether the classes of the mapping cannot do without a variable of that name."""
    node = SOURCES.operations[name[0]]
    assert node.loc is not None
    text = with_variables(node.loc.source.body[node.loc.start : node.loc.end], [name])
    (changed,) = parse(Source(text, "queries")).definitions
    assert isinstance(changed, OperationDefinitionNode)
    sources = replace(SOURCES, operations=SOURCES.operations | {name[0]: changed})
    try:
        for spec in resolve(MAPPED, sources, SCALARS, OWN_TEMPLATES, OWN_MODULES).classes:
            check_unfed(MAPPED, spec, TEXTS[spec.module], "")
    except Problem:
        return True
    return False


def stops_the_validation() -> set[Name]:
    """The members of inputs that a document writes out."""
    return used_members(SOURCES.schema, SOURCES.operations.values()).inputs


def mypy_output(root: Path, *options: str) -> str:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--explicit-package-bases"),
            *("--follow-imports=silent", "--hide-error-context", *options),
            *(f"{PACKAGE}/{room}" for room in ROOMS),
        ],
        cwd=root,
        env={**os.environ, "MYPYPATH": "src", "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def complained_of(output: str) -> Iterator[Name]:
    """What mypy's errors are about: a variable, or a member under its name in Python."""
    for line in output.splitlines():
        if found := re.search(r'Extra keys? (.*) for TypedDict "(\w+)Variables"', line):
            yield from ((found[2], key) for key in re.findall(r'"(\w+)"', found[1]))
        elif found := re.search(r'TypedDict "(\w+)Variables" has no key "(\w+)"', line):
            yield found[1], found[2]
        elif found := re.search(r'Unexpected keyword argument "(\w+)" for "(\w+)"', line):
            yield found[2], found[1]


def in_python(name: Name) -> Name:
    """A member of an input under its name in Python."""
    attribute = process_name(
        name[1], convert_to_snake_case=True, handle_pydantic_resrved_field_names=True
    )
    return name[0], attribute


def sent(root: Path) -> set[Name]:
    """What our own source sends, of variables and of inputs; ``Queries`` sends all that it gets."""
    found: set[Name] = set()
    for room in ROOMS:
        for path in (root / PACKAGE / room).rglob("*.py"):
            if path.name != "queries.py":
                for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                    found.update(_sent_by(node))
    return found


def _sent_by(node: ast.AST) -> Iterator[Name]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        yield from ((node.func.id, item.arg) for item in node.keywords if item.arg)
    kind = node.returns if isinstance(node, ast.FunctionDef) else None
    kind = node.annotation if isinstance(node, ast.AnnAssign) else kind
    found = re.search(r"(\w+)Variables\b", ast.unparse(kind)) if kind else None
    for inner in ast.walk(node) if found else ():
        for key in inner.keys if isinstance(inner, ast.Dict) else ():
            if isinstance(key, ast.Constant):
                yield found[1] if found else "", str(key.value)


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> set[Name]:
    """What is sent, and what nobody misses when it is renamed."""
    left = [name for name in VARIABLES if not stops_the_mapping(name)]
    written_out = stops_the_validation()
    members = [name for name in MEMBERS if name not in written_out]
    root = copy_project(tmp_path_factory.mktemp("renamed") / "project")
    rename(root, left, members)
    assert main(["generate", "--root", str(root)]) == 0
    output = mypy_output(root, "--no-incremental", "--cache-dir", os.devnull)
    ours = sent(ROOT)
    # It looks where it should: these are sent, and those are not.
    assert {("SaveArtifact", "ttl"), ("CreateArtifactInput", "client_id")} <= ours
    assert ("ProjectInventory", "versions") in {*left} - ours
    names = [*left, *map(in_python, members)]
    return {name for name in names if name in ours} - {*complained_of(output)}


def test_every_renamed_name_that_is_sent_is_told(silent: set[Name]) -> None:
    assert silent == set()


@pytest.mark.parametrize("variable", ["cursor", "filters", "order", "perPage"])
def test_a_variable_that_a_list_lost_is_named(
    variable: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = copy_project(tmp_path / "project")
    rename(root, [("ProjectArtifacts", variable)], [])
    assert main(["generate", "--root", str(root)]) == 1
    said = capsys.readouterr().err
    assert re.match(r"codegen/mapping\.toml:\d+: Artifacts\.\w+: ", said)
    assert variable in said


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_every_name_alone_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = copy_project(tmp_path / "project")
    options = ("--cache-dir", str(root / ".mypy_cache"))
    assert mypy_output(root, *options).startswith("Success: ")
    ours, written_out = sent(ROOT), stops_the_validation()
    silent: list[Name] = []
    for name in [*VARIABLES, *MEMBERS]:
        if not ({name, in_python(name)} & ours or name in written_out):
            continue
        rename(root, *(([name], []) if name in VARIABLES else ([], [name])))
        failed = main(["generate", "--root", str(root)])
        if not failed and mypy_output(root, *options).startswith("Success: "):
            silent.append(name)
        capsys.readouterr()
        _restore(root)
    assert silent == []


def _restore(root: Path) -> None:
    for tree in ("queries", *(f"{PACKAGE}/{tree}" for tree in TREES)):
        shutil.rmtree(root / tree)
        shutil.copytree(ROOT / tree, root / tree, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "schema.graphql", root)
