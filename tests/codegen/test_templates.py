"""Mistakes in templates, and in what the mapping and a template say of one class."""

from pathlib import Path

import pytest

from codegen.__main__ import main
from codegen.project.layout import PACKAGE, TEMPLATES
from tests.codegen.projects import GOLDEN, assemble

SHELF = f"{TEMPLATES}/shelf.jinja"
EXTENDS = '{% extends "entity.jinja" %}\n'

#: A template that renders all that the mapping says of a shelf.
WHOLE = '''"""{{ spec.doc }}"""

from __future__ import annotations

class {{ flavour.prefix }}Shelf:
    """{{ spec.parameters[0].doc }}; {{ spec.parameters[1].doc }}"""

    def __init__(self, client: {{ flavour.prefix }}Client, library: str, name: str) -> None:
        self._client = client

    def _fetch(self) -> object:
        {{ spec.route.found }} = catalog.{{ spec.route.operation.constant }}, "library", "name"
        return {{ spec.route.found }}
'''


def said_of(root: Path, file: str, text: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What is said of a project with this template."""
    path = root / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    assert main(["generate", "--root", str(root)]) == 1
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("shelf.txt", "", ": is not read; a template is a file codegen/templates/NAME.jinja"),
        ("_lonely.jinja", "", ": no template takes it in"),
        (
            "shelf.jinja",
            '\n{% extends "entty.jinja" %}\n',
            ':2: there is no template "entty.jinja"; did you mean "entity.jinja"?',
        ),
        ("shelf.jinja", '\n{% extends "shelf.jinja" %}\n', ":2: extends itself"),
        (
            "shelf.jinja",
            '\n{% extends "list.jinja" %}\n',
            ':2: extends list.jinja, but Shelf is of kind "entity"',
        ),
        (
            "shelv.jinja",
            f"\n{EXTENDS}",
            ":2: is the template of a class, and the mapping has none of this name; "
            'did you mean "shelves"?',
        ),
        (
            "shelf.jinja",
            f"{EXTENDS}\n\nx = 1\n",
            ":4: stands outside every block, where nothing is rendered",
        ),
        (
            "shelf.jinja",
            EXTENDS + "{{ spec.name }}\n",
            ":2: stands outside every block, where nothing is rendered",
        ),
        (
            "shelf.jinja",
            EXTENDS + "{% for item in spec.properties %}\n{% if item.doc %}\n    x = 1\n"
            "{% endif %}\n{% endfor %}\n",
            ":4: stands outside every block, where nothing is rendered",
        ),
        (
            "shelf.jinja",
            EXTENDS + '\n{% include "_properties.jinja" %}\n',
            ":3: is included outside every block; put it into one",
        ),
        (
            "shelf.jinja",
            EXTENDS + "{% block methods %}\n    def own(self) -> Nowhere: ...\n{% endblock %}\n",
            ':3: the name "Nowhere" is defined nowhere; did you mean "NotRequired"?',
        ),
        (
            "shelf.jinja",
            WHOLE.replace("from __future__ import annotations", ""),
            ': needs the line "from __future__ import annotations", below which imports are put',
        ),
        (
            "shelf.jinja",
            EXTENDS + '{% block methods %}\n    def own(self):\n    """x"""\n{% endblock %}\n',
            ':4: makes no Python: expected an indented block after function definition: """x"""',
        ),
        (
            "shelf.jinja",
            EXTENDS + "{% block methods %}def broken(:{% endblock %}\n",
            ":2: makes no Python: invalid syntax: def broken(:",
        ),
        (
            "shelf.jinja",
            "# one\n{{ spec.nmae }}\n",
            ":2: 'codegen.classes.class_specs.EntitySpec object' has no attribute 'nmae'",
        ),
        (
            "shelf.jinja",
            EXTENDS + "{% block methods %}{{ nothing }}{% endblock %}\n",
            ":2: 'nothing' is undefined",
        ),
        (
            "shelf.jinja",
            "# one\n{% iff spec.name %}\n",
            ":2: Encountered unknown tag 'iff'.",
        ),
        (
            "shelf.jinja",
            "\n\n{{ spec.name + 3 }}\n",
            ':3: can only concatenate str (not "int") to str',
        ),
    ],
)
def test_a_mistake_in_a_template(
    file: str, text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = assemble(GOLDEN / "shelves", tmp_path)
    assert said_of(root, f"{TEMPLATES}/{file}", text, capsys) == f"{TEMPLATES}/{file}{said}\n"


@pytest.mark.parametrize(
    ("file", "before"),
    [
        ("entity.jinja", '{% include "_properties.jinja" %}'),
        ("_properties.jinja", "{% for item in spec.properties %}"),
    ],
)
def test_what_is_no_python_in_a_template_that_others_use(
    file: str, before: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = assemble(GOLDEN / "shelves", tmp_path)
    lines = (root / TEMPLATES / file).read_text("utf-8").split("\n")
    number = lines.index(before) + 1
    lines.insert(number - 1, "    def broken(:")
    text = "\n".join(lines)
    said = said_of(root, f"{TEMPLATES}/{file}", text, capsys)
    assert said == (f"{TEMPLATES}/{file}:{number}: makes no Python: invalid syntax: def broken(:\n")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Shelf:", "Shelve:", f"17: Shelf: {SHELF} makes no class of this name"),
        ("{{ spec.doc }}", "x", f"19: Shelf.doc: {SHELF} does not use it; leave it out"),
        (
            "{{ spec.parameters[1].doc }}",
            "x",
            f"27: Shelf.parameter.name.doc: {SHELF} does not use it; leave it out",
        ),
        (
            "{{ spec.route.operation.constant }}",
            "SHELF",
            f"21: Shelf.operation: {SHELF} does not use it; leave it out",
        ),
        (
            "{{ spec.route.found }}",
            "found",
            f"22: Shelf.object: {SHELF} does not use it; leave it out",
        ),
        (
            "library: str, ",
            "",
            f'23: Shelf.parameters: the constructor in {SHELF} does not take "library"',
        ),
        (
            "library: str, ",
            "library: int, ",
            f"26: Shelf.parameter.library.type: the constructor in {SHELF} takes int, not str",
        ),
        (
            "library: str, ",
            "library, ",
            f"26: Shelf.parameter.library.type: the constructor in {SHELF} takes one without a "
            "type, not str",
        ),
        (
            "name: str)",
            "name: str = '')",
            f"27: Shelf.parameter.name.default: in {SHELF} the default is '', not none",
        ),
        (
            "name: str)",
            "*, name: str)",
            f'23: Shelf.parameters: the constructor in {SHELF} takes "name" in another way',
        ),
        (
            "library: str, name: str",
            "name: str, library: str",
            f"23: Shelf.parameters: the constructor in {SHELF} takes them in another order: "
            "name, library",
        ),
        (
            "library: str, ",
            "library: str, shelf: str, ",
            f'23: Shelf.parameters: the constructor in {SHELF} takes "shelf" as well',
        ),
        (
            "self._client = client",
            "self._client, self.library = client, client.entity",
            f'23: Shelf.parameters: "library": {SHELF} sets self.library itself; '
            "give it another name",
        ),
        (
            "self._client = client",
            "self.library = library\n\n    def library(self): ...",
            f'23: Shelf.parameters: "library": {SHELF} has a member of this name; '
            "give it another name",
        ),
        (
            "self._client = client",
            "library = self._client = client",
            f'23: Shelf.parameters: "library": the constructor in {SHELF} uses this name itself; '
            "give it another name",
        ),
        (
            "    def _fetch",
            '{% include "_properties.jinja" %}\n    def room(self): ...\n    def _fetch',
            f"29: Shelf.properties.room: {SHELF} has a member of this name; give it another name",
        ),
    ],
)
def test_a_class_of_a_template_of_its_own_that_is_not_what_the_mapping_says(
    old: str, new: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert old in WHOLE
    root = assemble(GOLDEN / "shelves", tmp_path)
    text = WHOLE.replace(old, new)
    assert said_of(root, SHELF, text, capsys) == f"codegen/mapping.toml:{said}\n"


@pytest.mark.parametrize(
    "method",
    [
        "def own(self, day: room, /): ...",
        "def own(self, day: list[room]): ...",
        "async def own(self, *days: room): ...",
        "def own(self, *, day: room): ...",
        "def own(self, **days: room): ...",
        "def own(self) -> room: ...",
        "@room\n    def own(self): ...",
        "day: room",
    ],
)
def test_a_property_called_like_what_annotations_and_decorators_name(
    method: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = assemble(GOLDEN / "shelves", tmp_path)
    assert said_of(root, SHELF, f"{WHOLE}\n    {method}\n", capsys) == (
        f"codegen/mapping.toml:29: Shelf.properties.room: the annotations in {SHELF} mean "
        "something else by it; give it another name\n"
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {
                'parameters = ["library", "name"]': 'parameters = ["library", "called"]\n'
                'variables = { name = "called" }',
                "[Shelf.parameter]\n": "[Shelf.parameter]\ncalled = {}\n",
                'name = { doc = "the shelf\'s name." }\n': "",
                'item_arguments = { name = "name" }': 'item_arguments = { called = "name" }',
            },
            f"24: Shelf.variables.name: {SHELF} does not use it; leave it out",
        ),
        (
            {'name = { doc = "the': 'name = { default = \'"a"\', doc = "the'},
            f'27: Shelf.parameter.name.default: in {SHELF} the default is none, not "a"',
        ),
    ],
)
def test_what_the_mapping_says_and_a_template_of_a_class_ignores(
    changes: dict[str, str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = assemble(GOLDEN / "shelves", tmp_path)
    mapping = root / "codegen/mapping.toml"
    text = mapping.read_text("utf-8")
    template = WHOLE
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    if "variables" in said:
        template = WHOLE.replace("name: str", "called: str")
    mapping.write_text(text, "utf-8")
    assert said_of(root, SHELF, template, capsys) == f"codegen/mapping.toml:{said}\n"


def test_a_class_without_parameters_whose_template_takes_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = assemble(GOLDEN / "shelves", tmp_path)
    text = (
        '"""{{ spec.doc }}"""\n\nfrom __future__ import annotations\n\n'
        "class {{ flavour.prefix }}Book:\n"
        "    def __init__(self, client: {{ flavour.prefix }}Client, shelf: str) -> None: ...\n"
    )
    book = f"{TEMPLATES}/book.jinja"
    assert said_of(root, book, text, capsys) == (
        f"codegen/mapping.toml:46: Book.parameters: the constructor in {book} takes "
        '"shelf" as well\n'
    )


def test_a_class_of_a_template_of_its_own(tmp_path: Path) -> None:
    root = assemble(GOLDEN / "shelves", tmp_path)
    (root / SHELF).write_text(WHOLE, "utf-8")
    assert main(["generate", "--root", str(root)]) == 0


def test_what_blocks_use_may_stand_outside_of_them(tmp_path: Path) -> None:
    root = assemble(GOLDEN / "shelves", tmp_path)
    (root / SHELF).write_text(
        EXTENDS + '{% import "_names.jinja" as names %}\n{% set first = "one" %}\n'
        "{% set second %}\n    two = 2\n{% endset %}\n"
        "{% macro third() %}\n    three = 3\n{% endmacro %}\n"
        "{% block methods %}\n    {{ first }} = 1\n{{ second }}{{ third() }}"
        '{% include "_later.jinja" if flavour.prefix else "_now.jinja" %}\n{% endblock %}\n',
        "utf-8",
    )
    for name in ("names", "later", "now"):
        (root / TEMPLATES / f"_{name}.jinja").write_text(f"    {name} = 4\n", "utf-8")
    assert main(["generate", "--root", str(root)]) == 0
    for flavour, name in (("async", "later"), ("sync", "now")):
        made = (root / PACKAGE / f"_{flavour}" / "shelf.py").read_text("utf-8")
        assert f"    one = 1\n    two = 2\n    three = 3\n    {name} = 4\n" in made


@pytest.mark.parametrize(
    ("base", "said"),
    [
        (
            "entty.jinja",
            'thing.jinja:2: there is no template "entty.jinja"; did you mean "entity.jinja"?',
        ),
        ("shelf.jinja", "shelf.jinja:1: extends itself through thing.jinja"),
    ],
)
def test_a_mistake_in_the_base_of_a_base(
    base: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = assemble(GOLDEN / "shelves", tmp_path)
    (root / SHELF).write_text('{% extends "thing.jinja" %}\n', "utf-8")
    text = f'\n{{% extends "{base}" %}}\n'
    assert said_of(root, f"{TEMPLATES}/thing.jinja", text, capsys) == f"{TEMPLATES}/{said}\n"
