"""The command ``diff``: its text, its JSON and its exit code."""

import json
from pathlib import Path

import pytest
from graphql import build_schema

from codegen.__main__ import main
from codegen.diff.impact import Impacts
from codegen.schema.loading import load_schema
from tests.codegen.projects import GOLDEN, ROOT, assemble

pytestmark = pytest.mark.long


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = assemble(GOLDEN / "shelves", tmp_path / "project")
    assert main(["generate", "--root", str(root)]) == 0
    return root


def diff(project: Path, old: str, new: str, *options: str) -> int:
    other = project / "new.graphql"
    text = (project / "schema.graphql").read_text("utf-8")
    assert old in text
    other.write_text(text.replace(old, new, 1), "utf-8")
    where = ["--root", str(project)]
    return main(["diff", str(project / "schema.graphql"), str(other), *where, *options])


def test_nothing_changed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert diff(project, "type Room", "type Room") == 0
    assert capsys.readouterr().out == "nothing changed\n"


def test_the_project_has_the_new_schema_already_and_queries_that_do_not_fit_it(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    schema, old = project / "schema.graphql", project / "old.graphql"
    text = schema.read_text("utf-8")
    old.write_text(text, "utf-8")
    schema.write_text(text.replace("  builtAt: DateTime!\n", ""), "utf-8")
    assert main(["diff", str(old), "--root", str(project)]) == 2
    assert capsys.readouterr().out.splitlines() == [
        "breaking  Shelf.builtAt: Shelf.builtAt was removed.",
        "          in Shelf, Shelves",
        "          seen in Shelf.built_at",
    ]


def test_queries_that_fit_neither_schema(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    queries = project / "queries" / "library.graphql"
    queries.write_text(queries.read_text("utf-8").replace("  builtAt\n", "  buildAt\n"), "utf-8")
    assert diff(project, "type Room", "type Room") == 2
    assert capsys.readouterr().err == (
        "queries/library.graphql:40: Cannot query field 'buildAt' on type 'Shelf'. "
        "Did you mean 'builtAt'?\n"
    )


def test_text_names_operations_and_attributes(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert diff(project, "  builtAt: DateTime!\n", "") == 2
    assert capsys.readouterr().out.splitlines() == [
        "breaking  Shelf.builtAt: Shelf.builtAt was removed.",
        "          in Shelf, Shelves",
        "          seen in Shelf.built_at",
    ]


@pytest.mark.parametrize(
    ("now", "status", "words"),
    [
        ("String!", 1, "; it is read where it holds times."),
        ("ID!", 1, "; it is read where it holds times."),
        ("String", 2, "."),
        ("[String!]!", 2, "."),
        ("Int!", 1, "; it is read where it holds times."),
        ("JSONString!", 2, "."),
        ("Theme!", 2, "."),
        ("Room!", 2, "."),
    ],
)
def test_a_time_that_becomes_something_else(
    now: str, status: int, words: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert diff(project, "  builtAt: DateTime!\n", f"  builtAt: {now}\n") == status
    assert capsys.readouterr().out.splitlines() == [
        f"{'breaking' if status == 2 else 'degraded':<9} Shelf.builtAt: Shelf.builtAt changed type "
        f"from DateTime! to {now}{words}",
        "          in Shelf, Shelves",
        "          seen in Shelf.built_at",
    ]


def test_a_scalar_of_graphql_that_nothing_refers_to_any_more(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert diff(project, "  id: ID!\n", "") == 2
    assert capsys.readouterr().out.splitlines() == [
        "breaking  Shelf.id: Shelf.id was removed.",
        "          in Shelf, Shelves",
        "          seen in Shelf.id",
        "nothing   ID: Standard scalar ID was removed because it is not referenced anymore.",
        "          in Shelf, Shelves",
        "          seen in Shelf, Shelves",
    ]


def test_what_is_optional_is_only_degraded(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert diff(project, "filters: JSONString, order: String)", "filters: JSONString)") == 1
    assert capsys.readouterr().out.splitlines() == [
        "degraded  Library.shelves(order): Library.shelves arg order was removed.",
        "          in Shelves",
        "          seen in Shelves",
    ]
    assert diff(project, "  theme: Theme\n", "") == 1
    capsys.readouterr()
    assert diff(project, "  totalCount: Int\n", "") == 1
    assert "seen in Shelves" in capsys.readouterr().out


def test_json_says_the_same(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert diff(project, "  pages: Int!", "  pages: Int\n  isbn: String", "--json") == 2
    assert json.loads(capsys.readouterr().out) == [
        {
            "effect": "breaking",
            "kind": "FIELD_CHANGED_KIND",
            "member": "Book.pages",
            "words": "Book.pages changed type from Int! to Int.",
            "operations": ["KeptBooks", "LentBooks"],
            "surface": ["Book.pages"],
        },
        {
            "effect": "additive",
            "kind": "FIELD_ADDED",
            "member": "Book.isbn",
            "words": "Book.isbn was added.",
            "operations": [],
            "surface": [],
        },
    ]


def test_a_value_of_an_enum_that_is_deprecated(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert diff(project, "  SCIENCE\n", '  SCIENCE @deprecated(reason: "none came")\n') == 0
    assert capsys.readouterr().out.splitlines() == [
        "nothing   Theme.SCIENCE: Theme.SCIENCE is deprecated: none came",
        "          in Shelf, Shelves",
        "          seen in Shelf, Shelves",
    ]


def test_types_that_nobody_asks_for_are_counted(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert diff(project, "type Room {", "type One {\n  x: Int\n}\n\ntype Room {") == 0
    assert capsys.readouterr().out == "additive  1 new type that nothing here asks for.\n"


def test_a_scalar_of_graphql_that_comes_with_a_field_is_no_new_type(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "Float" not in (project / "schema.graphql").read_text("utf-8")
    assert diff(project, "  pages: Int!", "  pages: Int!\n  weight: Float") == 0
    assert capsys.readouterr().out == "additive  Book.weight: Book.weight was added.\n"


def test_the_project_s_own_schema_is_the_new_one_by_default(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = project / "old.graphql"
    text = (project / "schema.graphql").read_text("utf-8")
    old.write_text(text.replace("  SCIENCE\n", "", 1), "utf-8")
    assert main(["diff", str(old), "--root", str(project)]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first == "additive  Theme.SCIENCE: SCIENCE was added to enum type Theme."


def test_types_that_operations_begin_with_may_have_other_names(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = "schema {\n  query: RootQuery\n}\n\ntype RootQuery {"
    assert diff(project, "type Query {", new) == 0
    assert capsys.readouterr().out == "nothing changed\n"


def test_defaults_that_are_objects_of_a_scalar(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = "extra: JSON = {a: 1})"
    text = (project / "schema.graphql").read_text("utf-8")
    (project / "schema.graphql").write_text(
        f"scalar JSON\n{text.replace('order: String)', f'order: String, {old}', 1)}", "utf-8"
    )
    assert diff(project, old, 'extra: JSON = {a: [1.5, "x", true, null, {b: -2}]})') == 1
    said = capsys.readouterr().out.splitlines()[0]
    assert said.endswith('from {a: 1} to {a: [1.5, "x", true, null, {b: -2}]}.')


def test_a_file_that_is_no_schema_is_no_degradation(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", str(project / "nothing.graphql"), "--root", str(project)]) == 2
    assert capsys.readouterr().err == f"{project}/nothing.graphql: there is no such file\n"


def test_operations_and_effect_of_changes_that_are_easily_taken_for_others(tmp_path: Path) -> None:
    text = (ROOT / "schema.graphql").read_text("utf-8")
    for old, new in (
        ("union Initiator = Run | User\n", "union Initiator = Run | Tag\n"),
        ("includeAll: Boolean, last", 'includeAll: Boolean @deprecated(reason: "all"), last'),
        ("deleteAliases: Boolean = false", "deleteAliases: Boolean = true @deprecated"),
        ("  historyStep: Int64\n  id", "  historyStep: Int64! @deprecated\n  id"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    (tmp_path / "new.graphql").write_text(text, "utf-8")
    impacts = Impacts(ROOT, load_schema(ROOT / "schema.graphql", "old"))
    found = {it.member: it for it in impacts.of(load_schema(tmp_path / "new.graphql", "new"))}
    told = {name: (it.effect.name.lower(), it.words) for name, it in found.items()}
    assert told == {
        "Artifact.historyStep": (
            "nothing",
            "Artifact.historyStep changed type from Int64 to Int64!.",
        ),
        "DeleteArtifactInput.deleteAliases": (
            "degraded",
            "DeleteArtifactInput.deleteAliases changed its default from false to true.",
        ),
        "Initiator.Tag": ("additive", "Tag was added to union type Initiator."),
        "Initiator.User": ("nothing", "User was removed from union type Initiator."),
        "Project.artifactTypes(includeAll)": (
            "nothing",
            "Project.artifactTypes arg includeAll is deprecated: all",
        ),
    }
    for name in ("Initiator.Tag", "Initiator.User"):
        assert found[name].operations == ("ArtifactCreatedBy", "ArtifactLineage")
        assert found[name].surface == ("Artifact.lineage", "Artifact.logged_by")
    deprecated = found["Project.artifactTypes(includeAll)"]
    assert deprecated.operations == ("OrganizationRegistries", "OrganizationRegistry")


@pytest.fixture
def own_operations(tmp_path: Path) -> Path:
    root = assemble(GOLDEN / "own_operations", tmp_path / "project")
    (root / "queries" / "both.graphql").write_text(
        "query Both($in: [Place!]!) {\n"
        "  search(in: $in) {\n    __typename\n  }\n"
        "  here: search(in: [HERE]) {\n    __typename\n  }\n}\n",
        "utf-8",
    )
    assert main(["generate", "--root", str(root)]) == 0
    return root


@pytest.mark.parametrize(
    ("old", "new", "status", "said"),
    [
        (
            "  HERE\n",
            "",
            2,
            [
                "breaking  Labels: Value 'HERE' does not exist in 'Place' enum. "
                "Did you mean the enum value 'THERE'?",
                "          in Labels",
                "breaking  Place.HERE: HERE was removed from enum type Place.",
                "          in Both, Mark, Search",
                "degraded  MarkInput.place: MarkInput.place has no default any more; it was HERE.",
                "          in Mark",
            ],
        ),
        (
            "  THERE\n",
            "",
            1,
            [
                "degraded  Place.THERE: THERE was removed from enum type Place.",
                "          in Both, Mark, Search",
            ],
        ),
        (
            "type Mutation {\n  mark(input: MarkInput!): MarkPayload\n}\n",
            "",
            2,
            ["breaking  Mutation: Mutation was removed.", "          in Mark"],
        ),
        (
            "  label: String\n  name",
            "  label: String!\n  name",
            2,
            [
                "breaking  Labels: Fields 'label' conflict because they return conflicting types "
                "'String' and 'String!'. Use different aliases on the fields to fetch both if this "
                "was intentional.",
                "          in Labels",
                "nothing   Entity.label: Entity.label changed type from String to String!.",
                "          in Labels",
            ],
        ),
        (
            "union Match = User | Entity",
            "interface Match {\n  label: String\n}",
            2,
            [
                "breaking  Match: Match changed from a Union type to an Interface type.",
                "          in Both, Labels, Search",
            ],
        ),
    ],
)
def test_what_breaks_documents_that_name_a_value_a_root_or_a_field_of_two_types(
    own_operations: Path,
    capsys: pytest.CaptureFixture[str],
    old: str,
    new: str,
    status: int,
    said: list[str],
) -> None:
    capsys.readouterr()
    assert diff(own_operations, old, new) == status
    assert capsys.readouterr().out.splitlines() == said


_UNION = "union Initiator = Run | User"
_PAGE = "{\n  endCursor: String\n  hasNextPage: Boolean!\n}"


@pytest.mark.parametrize(
    ("changes", "effects"),
    [
        (
            [("FileEdge", "FileConnectionEdge")],
            {"FileConnection.edges": "NOTHING", "FileEdge": "NOTHING"},
        ),
        ([("UpdateArtifactInput", "ArtifactChanges")], {"UpdateArtifactInput": "NOTHING"}),
        (
            [(_UNION, "union Initiator = Tag | User")],
            {"Initiator.Run": "BREAKING", "Initiator.Tag": "ADDITIVE"},
        ),
        (
            [
                (
                    "type PageInfo {",
                    f"interface PageInfo {_PAGE}\n\ntype Page implements PageInfo {{",
                )
            ],
            {"Page": "DEGRADED", "PageInfo": "NOTHING"},
        ),
        (
            [
                ("  node: ArtifactType\n", "  node: Kind\n"),
                (_UNION, f"{_UNION}\n\nunion Kind = ArtifactType | Tag"),
            ],
            {"ArtifactTypeEdge.node": "BREAKING"},
        ),
        (
            [
                ("  pageInfo: PageInfo!\n  totalCount: Int\n", "  pageInfo: Page!\n"),
                (_UNION, f"{_UNION}\n\nunion Page = PageInfo | Tag"),
            ],
            {"FileConnection.pageInfo": "DEGRADED", "FileConnection.totalCount": "DEGRADED"},
        ),
        (
            [("  type: ArtifactManifestType! = FULL\n", "  type: String!\n")],
            {"CreateArtifactManifestInput.type": "BREAKING"},
        ),
    ],
)
def test_what_documents_say_of_types(
    changes: list[tuple[str, str]], effects: dict[str, str]
) -> None:
    old = text = (ROOT / "schema.graphql").read_text("utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    found = {
        it.member: it.effect.name for it in Impacts(ROOT, build_schema(old)).of(build_schema(text))
    }
    assert {name: found.get(name) for name in effects} == effects
    assert "REFUSED" not in found.values()


def test_a_type_that_goes_with_the_optional_field_that_leads_to_it_breaks_nothing(
    tmp_path: Path,
) -> None:
    text = (ROOT / "schema.graphql").read_text("utf-8")
    start = text.index("type ServerFeature {")
    text = text[:start] + text[text.index("type LocalVersionInfo", start) :]
    text = text.replace("  features: [ServerFeature]!\n", "")
    (tmp_path / "new.graphql").write_text(text, "utf-8")
    impacts = Impacts(ROOT, load_schema(ROOT / "schema.graphql", "old"))
    found = impacts.of(load_schema(tmp_path / "new.graphql", "new"))
    assert [(it.member, it.effect.name) for it in found] == [
        ("ServerFeature", "DEGRADED"),
        ("ServerInfo.features", "DEGRADED"),
    ]


def test_an_input_that_no_document_can_send_is_used_by_none(tmp_path: Path) -> None:
    text = (ROOT / "schema.graphql").read_text("utf-8")
    old = "input ArtifactAliasInput {\n"
    assert old in text
    (tmp_path / "new.graphql").write_text(text.replace(old, f"{old}  scope: String!\n"), "utf-8")
    impacts = Impacts(ROOT, load_schema(ROOT / "schema.graphql", "old"))
    (found,) = impacts.of(load_schema(tmp_path / "new.graphql", "new"))
    assert found.effect.name == "BREAKING"
    # UpdateArtifactInput has aliases as well, but the documents that write one leave them out.
    assert found.operations == ("CreateArtifact", "LinkArtifact")


def test_an_optional_field_that_a_document_also_asks_for_where_it_is_not_optional(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "queries" / "own.graphql").write_text(
        """
        query Totals($order: String @optional) {
          library(name: "a") {
            name
            shelves(order: $order) { totalCount @optional total: totalCount }
          }
        }
        query Sorted($order: String @optional) {
          library(name: "a") {
            shelves(order: $order) { pageInfo { endCursor } }
            sorted: shelves(order: "name") { pageInfo { endCursor } }
          }
        }
        """,
        "utf-8",
    )
    assert main(["generate", "--root", str(project)]) == 0
    capsys.readouterr()
    assert diff(project, "  totalCount: Int\n", "") == 2
    first = capsys.readouterr().out.splitlines()[0]
    assert first == "breaking  ShelfConnection.totalCount: ShelfConnection.totalCount was removed."
    assert diff(project, "filters: JSONString, order: String)", "filters: JSONString)") == 2
    first = capsys.readouterr().out.splitlines()[0]
    assert first == "breaking  Library.shelves(order): Library.shelves arg order was removed."
