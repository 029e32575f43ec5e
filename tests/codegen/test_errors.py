"""Errors in the sources stop generation; their messages are compared exactly."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from codegen.__main__ import main
from codegen.output.trees import differences
from codegen.project.layout import PACKAGE, TREES
from tests.codegen.projects import GOLDEN, assemble

MAPPING, SCHEMA = "codegen/mapping.toml", "schema.graphql"
MISTAKES = tomllib.loads((Path(__file__).parent / "mistakes.toml").read_text())["mistake"]


@pytest.mark.each(3)
@pytest.mark.parametrize("mistake", MISTAKES, ids=[mistake["name"] for mistake in MISTAKES])
def test_a_mistake_is_said_word_for_word(
    mistake: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = assemble(GOLDEN / "shelves", tmp_path)
    path = root / mistake["file"]
    text = path.read_text(encoding="utf-8")
    assert mistake["old"] in text
    path.write_text(text.replace(mistake["old"], mistake["new"], 1), encoding="utf-8")
    assert main(["generate", "--root", str(root)]) == 1
    assert capsys.readouterr().err == f"{mistake['said']}\n"
    assert [path.name for path in (root / PACKAGE).iterdir()] == ["_async"]


def remove(file: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        path = root / file
        if path.is_dir():
            for inner in path.iterdir():
                inner.unlink()
        else:
            path.unlink()

    return change


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (SCHEMA, "schema.graphql: there is no such file"),
        (MAPPING, "codegen/mapping.toml: there is no such file"),
        ("codegen/ariadne.toml", "codegen/ariadne.toml: there is no such file"),
        ("queries", "queries: there is no .graphql file"),
        (
            "codegen/templates/_macros.jinja",
            "codegen/templates/list.jinja:2: '_macros.jinja' not found in search path",
        ),
    ],
)
def test_what_is_missing_is_named(
    file: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = assemble(GOLDEN / "shelves", tmp_path)
    remove(file)(root)
    assert main(["generate", "--root", str(root)]) == 1
    assert capsys.readouterr().err.startswith(said)


@pytest.mark.parametrize("file", [SCHEMA, "queries/library.graphql"])
@pytest.mark.parametrize("text", ["", "\ufeff", "\n# no more\n  # of it"])
def test_a_file_without_a_definition_is_named(
    file: str, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = assemble(GOLDEN / "shelves", tmp_path)
    (root / file).write_text(text, encoding="utf-8")
    assert main(["generate", "--root", str(root)]) == 1
    assert capsys.readouterr().err == f"{file}: there is no definition in it\n"


def test_files_that_are_neither_queries_nor_templates_nor_mistakes(tmp_path: Path) -> None:
    root = assemble(GOLDEN / "shelves", tmp_path)
    for name in ("queries/README.md", "queries/.swp", "codegen/templates/.shelf.jinja.swp"):
        (root / name).write_text("query {")
    (root / "codegen" / "templates" / "__pycache__").mkdir()
    (root / "queries" / "empty").mkdir()
    assert main(["generate", "--root", str(root)]) == 0


def test_bytes_that_are_no_text_have_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = assemble(GOLDEN / "shelves", tmp_path)
    (root / MAPPING).write_bytes(b"# one\n# \xff\n")
    assert main(["generate", "--root", str(root)]) == 1
    assert capsys.readouterr().err == "codegen/mapping.toml:2: not UTF-8: invalid start byte\n"


def test_the_designs_example(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = assemble(GOLDEN / "own_operations", tmp_path)
    with (root / SCHEMA).open("a") as schema:
        schema.write(
            "type Project { artifactType: Type }\n"
            "type Type { artifactCollections: Page }\n"
            "type Page { edges: [String] }\n"
            "extend type Query { project: Project }\n"
        )
    (root / "queries" / "artifact_collections.graphql").write_text(
        "query ArtifactCollections { project { artifactType { artifactCollections { edges } } } }"
    )
    (root / MAPPING).write_text(
        "# words\n" * 5
        + """[Item]
kind = "entity"
doc = "x"
fragment = "ItemFields"
[ArtifactCollections]
operation = "ArtifactCollections"
connection = "project.artifactTypes.artifactCollections"
kind = "list"
doc = "x"
item = "Item"
parameters = []
"""
    )
    with (root / "queries" / "own.graphql").open("a") as queries:
        queries.write("fragment ItemFields on Entity { name }")
    assert main(["generate", "--root", str(root)]) == 1
    assert capsys.readouterr().err == (
        "codegen/mapping.toml:12: ArtifactCollections.connection: operation ArtifactCollections "
        'has no field "artifactTypes" under project; did you mean "artifactType"?\n'
    )


TAKEN = "the models import something else of this name"


@pytest.mark.parametrize("name", ["Field", "Union", "Optional", "Annotated", "BaseModel", "str"])
def test_an_enum_that_is_called_like_what_models_import_and_is_asked_for(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = assemble(GOLDEN / "shelves", tmp_path)
    text = (root / SCHEMA).read_text().replace("Theme", name)
    (root / SCHEMA).write_text(text)
    assert main(["generate", "--root", str(root)]) == 1
    assert capsys.readouterr().err == (
        f"schema.graphql:67: enum {name}: {TAKEN}; queries/library.graphql:39 needs it: take that "
        "out, and the enum from schema.graphql with every member of its type\n"
    )


@pytest.mark.parametrize(
    ("file", "more", "said"),
    [
        (
            SCHEMA,
            "\nenum Field { A }\n",
            f"schema.graphql:92: enum Field: {TAKEN}; no query needs it: take it from "
            "schema.graphql with every member of its type",
        ),
        (
            SCHEMA,
            "\nextend type Library { bound(by: Binding): Int }\ninput Binding { of: Literal }\n"
            "enum Literal { A }\n",
            f"schema.graphql:94: enum Literal: {TAKEN}; queries/more.graphql:1 needs it: take that "
            "out, and the enum from schema.graphql with every member of its type",
        ),
        (
            SCHEMA,
            "\nextend type Library { bound(by: Any): Int }\ninput Any { of: Int }\n",
            f"schema.graphql:93: input Any: {TAKEN}; queries/more.graphql:1 needs it: take that "
            "out, and the input from schema.graphql with every member of its type",
        ),
        (
            "queries/library.graphql",
            "\nfragment Field on Room { name }\n",
            f"queries/library.graphql:80: fragment Field: {TAKEN}; give it another name",
        ),
        (
            "queries/library.graphql",
            "\nquery Field { viewer { username } }\n",
            f"queries/library.graphql:80: operation Field: {TAKEN}; give it another name",
        ),
    ],
)
def test_a_name_that_models_import(
    file: str, more: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = assemble(GOLDEN / "shelves", tmp_path)
    path = root / file
    path.write_text(path.read_text() + more)
    for kind in ("Binding", "Any"):
        if f"by: {kind}" in more:
            query = f'query More($by: {kind}) {{ library(name: "a") {{ bound(by: $by) }} }}\n'
            (root / "queries" / "more.graphql").write_text(query)
    assert main(["generate", "--root", str(root)]) == 1
    assert capsys.readouterr().err == f"{said}\n"


def test_a_default_that_contains_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = assemble(GOLDEN / "shelves", tmp_path)
    with (root / SCHEMA).open("a") as schema:
        schema.write("\n\ninput Loop {\n  inner: Loop = { size: 1 }\n  size: Int\n}\n")
    assert main(["generate", "--root", str(root)]) == 1
    assert capsys.readouterr().err == (
        "schema.graphql:93: input Loop: the default of a member of it contains itself\n"
    )


def test_a_class_of_a_union(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = assemble(GOLDEN / "own_operations", tmp_path)
    with (root / "queries" / "own.graphql").open("a") as queries:
        queries.write("fragment MatchFields on Match { __typename }\n")
    (root / MAPPING).write_text(
        '[Match]\nkind = "entity"\ndoc = "x"\nfragment = "MatchFields"\n', "utf-8"
    )
    assert main(["generate", "--root", str(root)]) == 1
    assert capsys.readouterr().err == (
        "codegen/mapping.toml:4: Match.fragment: fragment MatchFields is on the union Match, of "
        "which there is no model; a class is made of a fragment on an object or an interface\n"
    )


ITEMS = """
type Item { name: String! }
type ItemEdge { cursor: String!, node: Item! }
type ItemPage { edges: [ItemEdge!]!, pageInfo: PageInfo! }
type PageInfo { endCursor: String, hasNextPage: Boolean! }
extend type Query { items(after: String, first: Int, mark: String): ItemPage! }
"""
ITEM_QUERY = """
query Items($cursor: String, $perPage: Int!, $mark: String) {
  items(after: $cursor, first: $perPage, mark: $mark) {
    edges { cursor node { ...ItemFields } }
    pageInfo { endCursor hasNextPage }
  }
}
fragment ItemFields on Item { name }
"""
ITEM_MAPPING = """
[Items]
kind = "list"
doc = "Items."
operation = "Items"
connection = "items"
item = "Item"
parameters = ["of", "per_page"]
keywords = ["start"]
[Items.variables]
mark = "of.id"
[Items.parameter]
of = { type = "MarkInput | None" }
[Item]
kind = "entity"
doc = "An item."
fragment = "ItemFields"
"""


def test_a_parameter_of_which_an_attribute_is_sent_and_that_may_be_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = assemble(GOLDEN / "own_operations", tmp_path)
    with (root / SCHEMA).open("a") as schema:
        schema.write(ITEMS)
    query = root / "queries" / "items.graphql"
    query.write_text(ITEM_QUERY)
    (root / MAPPING).write_text(ITEM_MAPPING, "utf-8")
    assert main(["generate", "--root", str(root)]) == 0, capsys.readouterr().err
    made = (root / PACKAGE / "_sync" / "items.py").read_text("utf-8")
    assert '"mark": None if self.of is None else self.of.id' in made
    query.write_text(ITEM_QUERY.replace("$mark: String)", "$mark: String!)"))
    assert main(["generate", "--root", str(root)]) == 1
    assert capsys.readouterr().err == (
        'codegen/mapping.toml:11: Items.variables.mark: "of" may be None, and $mark takes a value\n'
    )


def test_an_object_on_whose_way_two_fields_have_one_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = assemble(GOLDEN / "own_operations", tmp_path)
    with (root / SCHEMA).open("a") as schema:
        schema.write("extend type Organization { parent: Organization }\n")
    (root / "queries" / "above.graphql").write_text(
        "query Above($name: String!) { entity(name: $name) { organization { parent { parent {"
        " ...AboveFields } } } } } fragment AboveFields on Organization { name }"
    )
    (root / MAPPING).write_text(
        '[Above]\nkind = "entity"\ndoc = "x"\nfragment = "AboveFields"\noperation = "Above"\n'
        'object = "entity.organization.parent.parent"\nparameters = ["name"]\n',
        "utf-8",
    )
    assert main(["generate", "--root", str(root)]) == 0, capsys.readouterr().err
    made = (root / PACKAGE / "_sync" / "above.py").read_text("utf-8")
    assert "in_parent := in_organization.parent" in made
    assert "in_parent_2 := in_parent.parent" in made


MERGED = "<<<<<<< HEAD\n=======\n>>>>>>> theirs\n"


@pytest.mark.long
@pytest.mark.parametrize(
    "name", ["_values/times.py", "_domain/lists/cursors.py", "_async/lineage.py", "errors.py"]
)
def test_a_hand_written_module_that_is_no_python(
    name: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project / PACKAGE / name
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines, MERGED]), "utf-8")
    said = f"{PACKAGE}/{name}:{len(lines) + 1}: is no Python: invalid syntax\n"
    assert main(["generate", "--root", str(project)]) == 1
    assert capsys.readouterr().err == said
    assert main(["diff", str(project / SCHEMA), "--root", str(project)]) == 2
    assert capsys.readouterr().err == said


@pytest.mark.long
def test_an_operation_that_a_hand_written_class_does_not_send(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project / PACKAGE / "_async" / "artifact.py"
    text = path.read_text("utf-8")
    sent = "catalog.ARTIFACT_MEMBERSHIP, variables"
    assert sent in text
    path.write_text(text.replace(sent, "catalog.ARTIFACT_LINEAGE, variables"), "utf-8")
    lines = (project / MAPPING).read_text("utf-8").splitlines()
    line = lines.index('operation = "ArtifactMembership"') + 1
    assert main(["generate", "--root", str(project)]) == 1
    assert capsys.readouterr().err == (
        f"codegen/mapping.toml:{line}: Artifact.operation: {PACKAGE}/_async/artifact.py does not "
        "use it; leave it out\n"
    )


@pytest.mark.long
def test_a_hand_written_module_that_is_no_text(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project / PACKAGE / "_domain/lists/cursors.py"
    path.write_bytes(b"# caf\xe9\n" + path.read_bytes())
    assert main(["generate", "--root", str(project)]) == 1
    assert capsys.readouterr().err == (
        f"{PACKAGE}/_domain/lists/cursors.py:1: not UTF-8: invalid continuation byte\n"
    )


@pytest.mark.long
@pytest.mark.parametrize("tree", TREES)
def test_generated_modules_with_the_marks_of_a_merge_are_written_anew(
    tree: str, project: Path, pristine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module = {"_graphql": "operations", "_operations": "catalog"}.get(tree, "artifact_type")
    with (project / PACKAGE / tree / f"{module}.py").open("a", encoding="utf-8") as file:
        file.write(MERGED)
    assert main(["generate", "--root", str(project)]) == 0, capsys.readouterr().err
    assert differences(project / PACKAGE / tree, pristine / PACKAGE / tree) == []
