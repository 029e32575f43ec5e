"""Every public name has one place in the reference, and every command its row."""

from __future__ import annotations

import ast
import inspect
import re
from collections import Counter
from contextlib import suppress
from importlib import import_module

import pytest
import typer.main

import typed_artifacts
from tests.docs.examples import DOCS
from typed_artifacts import Api, Paginator
from typed_artifacts.cli.app import app

REFERENCE = DOCS / "reference"


def test_every_public_name_has_one_place() -> None:
    shown = Counter(
        name
        for page in REFERENCE.glob("*.md")
        if page.suffixes == [".md"]
        for name in re.findall(
            r"^::: typed_artifacts\.(\w+)", page.read_text("utf-8"), re.MULTILINE
        )
    )
    assert set(typed_artifacts.__all__) <= shown.keys()
    assert [name for name, count in shown.items() if count > 1] == []


def test_examples_and_drawings_of_modules_are_indented() -> None:
    """A page shows as it stands only what is indented, and joins other lines to a paragraph."""
    modules = re.findall(r"(?m)^::: ([\w.]+)$", (REFERENCE / "modules.md").read_text("utf-8"))
    assert "typed_artifacts.events" in modules
    wrong = {
        f"{name}: {line}"
        for name in modules
        for line in (inspect.getdoc(import_module(name)) or "").splitlines()
        if not line.startswith(" ") and ("─" in line or _is_code(line))
    }
    assert wrong == set()


def _is_code(line: str) -> bool:
    with suppress(SyntaxError):
        return not all(
            isinstance(node, ast.Module | ast.Expr | ast.Name | ast.Load)
            for node in ast.walk(ast.parse(line))
        )
    return False


def test_every_command_is_on_its_page() -> None:
    page = (DOCS / "command-line.md").read_text("utf-8")
    named = set(re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE))
    commands: dict[str, object] = vars(typer.main.get_command(app))["commands"]
    hidden = {name for name, command in commands.items() if vars(command)["hidden"]}
    assert named == commands.keys() - hidden


#: The classes of the reference that this package implements, in its order.
MODULE = (
    "ArtifactTypes",
    "ArtifactType",
    "ArtifactCollections",
    "ArtifactCollection",
    "Artifacts",
    "RunArtifacts",
    "ArtifactFiles",
)
_each_class = pytest.mark.parametrize("name", MODULE)


def _section(name: str) -> str:
    """What the module's page in Korean says of a class, or of all lists."""
    page = (REFERENCE / "artifacts.ko.md").read_text("utf-8")
    sections = re.split(r"^## .*\{#(?:typed_artifacts\.)?(\w+)\}$", page, flags=re.MULTILINE)[1:]
    assert sections[::2] == [*MODULE, "lists"]
    return sections[sections.index(name) + 1]


def _named(heading: str, section: str) -> list[str]:
    """The names in the list below a heading."""
    lines = re.findall(rf"^{re.escape(heading)}\n\n((?:- .*\n)+)", section, re.MULTILINE)
    heads = re.findall(r"^- (.*?)(?: \(|: )", "".join(lines), re.MULTILINE)
    return [name for head in heads for name in re.findall(r"`(\w+)`", head)]


def _parameters(signature: inspect.Signature) -> list[tuple[str, object, object]]:
    """Names, kinds and defaults, without `self`."""
    found = [(each.name, each.kind, each.default) for each in signature.parameters.values()]
    return [each for each in found if each[0] != "self"]


def _written(parameters: str) -> list[tuple[str, object, object]]:
    """The same of parameters as a page has them."""
    function = eval(f"lambda {' '.join(parameters.split())}: 0")  # noqa: S307  # it is our own page
    return _parameters(inspect.signature(function))


@_each_class
def test_the_module_in_korean_has_the_arguments_that_there_are(name: str) -> None:
    signature = inspect.signature(getattr(typed_artifacts, name))
    section = _section(name)
    shown = re.search(rf"^```py\n{name}\((.*?)\)\n```$", section, re.MULTILINE | re.DOTALL)
    assert shown is not None
    assert _written(shown[1]) == _parameters(signature)
    assert sorted(_named("**인수**", section)) == sorted(signature.parameters)


@_each_class
def test_the_module_in_korean_has_the_members_that_there_are(name: str) -> None:
    kind: type = getattr(typed_artifacts, name)
    public = {each: inspect.getattr_static(kind, each) for each in dir(kind) if each[0] != "_"}
    methods = {each: it for each, it in public.items() if inspect.isfunction(it)}
    text = _section(name) + (_section("lists") if issubclass(kind, Paginator) else "")
    shown = dict(re.findall(r"^#### `(\w+)\((.*?)\)(?: →.*)?`$", text, re.MULTILINE))
    assert shown.keys() == methods.keys()
    for method, parameters in shown.items():
        assert _written(parameters) == _parameters(inspect.signature(methods[method])), method
    assert sorted(_named("### 속성", text)) == [
        each for each, it in public.items() if isinstance(it, property)
    ]


def test_api_in_korean_has_what_there_is() -> None:
    page = (REFERENCE / "api.ko.md").read_text("utf-8")
    public = {each: inspect.getattr_static(Api, each) for each in dir(Api) if each[0] != "_"}
    properties = [each for each, it in public.items() if isinstance(it, property)]
    assert sorted(_named("### 속성", page)) == properties
    form = r"^##(?:##)? `(\w+)`.*\n\n```py\n\1\((.*?)\)\n```$(.*?)(?=^#|\Z)"
    shown = re.findall(form, page, re.MULTILINE | re.DOTALL)
    assert {name for name, _, _ in shown} == (public.keys() - set(properties)) | {"Api"}
    for name, parameters, text in shown:
        signature = inspect.signature(Api if name == "Api" else getattr(Api, name))
        expected = _parameters(signature)
        assert _written(parameters) == expected, name
        heads = re.findall(r"^- (.*?): ", text, re.MULTILINE)
        named = [each for head in heads for each in re.findall(r"`(\w+)`", head)]
        assert sorted(named) == sorted(each for each, _, _ in expected), name
