"""`pull`: the updated schema differs only where the server's schema does."""

import difflib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from graphql import (
    build_schema,
    graphql_sync,  # pyright: ignore[reportUnknownVariableType]  # it leaves types open
    introspection_from_schema,
    parse,
    print_schema,
    validate,
)

from codegen.__main__ import main
from codegen.project.problem import Problem
from codegen.pull.server import schema_from_server
from codegen.pull.update import pull
from codegen.queries.sources import load_sources
from codegen.schema.loading import load_schema, schema_from_text
from tests.codegen.projects import ROOT
from typed_artifacts.local import open_local

pytestmark = pytest.mark.long

SDL = (ROOT / "schema.graphql").read_text("utf-8")
KEPT = "12 @constraints stay as the file has them: introspection does not tell applied directives."


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The schema and the queries of this project, which is all that pulling reads."""
    (tmp_path / "schema.graphql").write_text(SDL, "utf-8")
    (tmp_path / "queries").mkdir()
    for path in (ROOT / "queries").iterdir():
        (tmp_path / "queries" / path.name).write_text(path.read_text("utf-8"), "utf-8")
    return tmp_path


def pulled(project: Path, sdl: str) -> tuple[list[str], list[str]]:
    """What pulling reports, and the lines of the file that it took out and put in."""
    report = pull(project, schema_from_text(introspected(sdl), "the server"))
    after = (project / "schema.graphql").read_text("utf-8")
    lines = difflib.unified_diff(SDL.splitlines(), after.splitlines(), lineterm="", n=0)
    return report, [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def introspected(sdl: str) -> str:
    return json.dumps({"data": introspection_from_schema(build_schema(sdl))})


def changed(old: str, new: str) -> str:
    assert SDL.count(old) == 1, old
    return SDL.replace(old, new)


def test_the_embedded_server_reproduces_the_file(project: Path) -> None:
    with open_local() as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("WANDB_API_KEY", server.api_key)
        schema = schema_from_server(server.base_url, transport=server.transport)
    assert pull(project, schema) == [KEPT]
    assert (project / "schema.graphql").read_bytes() == (ROOT / "schema.graphql").read_bytes()


def test_the_command_reproduces_it_from_a_served_registry(project: Path, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if "WANDB" not in name}
    environment |= {"HOME": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-c", "from typed_artifacts.cli import main; main()", "serve"]
    options = ["--root", str(tmp_path / "registry"), "--port", "0"]
    with subprocess.Popen(
        [*command, *options], env=environment, stdout=subprocess.PIPE, text=True
    ) as serving:
        try:
            assert serving.stdout is not None
            said = serving.stdout.readline() + serving.stdout.readline()
            url = re.search(r"http://\S+", said)
            key = re.search(r"\b[0-9a-f]{40}\b", said)
            assert url
            assert key
            done = subprocess.run(
                [sys.executable, "-m", "codegen", "pull", url[0], "--root", str(project)],
                cwd=ROOT,
                env=environment | {"WANDB_API_KEY": key[0]},
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            serving.terminate()
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{KEPT}\n", "")
    assert (project / "schema.graphql").read_text("utf-8") == SDL


@pytest.mark.parametrize("form", [str, introspected], ids=["sdl", "introspection"])
def test_a_file_instead_of_a_server(
    form: Callable[[str], str], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project / "server"
    path.write_text(form(SDL), "utf-8")
    assert main(["pull", "--from", str(path), "--root", str(project)]) == 0
    assert (project / "schema.graphql").read_text("utf-8") == SDL
    assert capsys.readouterr().out.strip() in {"nothing changed", KEPT}


def test_what_nobody_asks_for_stays_out(project: Path) -> None:
    more = "\n  brandNew(by: Int): Brand\n  fileCount: Int64!\n"
    server = changed("\n  fileCount: Int64!\n", more)
    server += "\ntype Brand {\n  id: ID!\n}\n"
    assert pulled(project, server) == ([KEPT], [])


def test_what_a_query_asks_for_comes_in_with_its_type(project: Path) -> None:
    more = "\n  brand(by: Int, unused: Int): Brand\n  fileCount: Int64!\n"
    server = changed("\n  fileCount: Int64!\n", more)
    server += (
        "\ntype Brand {\n  id: ID!\n  name: String\n  kind: Kind\n}\n\nenum Kind {\n  A\n  B\n}\n"
    )
    (project / "queries" / "own.graphql").write_text(
        "query Own($id: ID!, $by: Int) { artifact(id: $id) { brand(by: $by) { kind } } }"
    )
    report, lines = pulled(project, server)
    assert report == ["added: Artifact.brand", "added: Brand", "added: Kind", KEPT]
    assert lines == [
        "+  brand(by: Int): Brand",
        *("+", "+type Brand {", "+  kind: Kind", "+}"),
        *("+", "+enum Kind {", "+  A", "+  B", "+}"),
    ]


def test_what_an_input_requires_comes_in(project: Path) -> None:
    server = changed(
        "input DeleteArtifactInput {", "input DeleteArtifactInput {\n  why: Why!\n  how: Int"
    )
    server += "\ninput Why {\n  words: String\n}\n"
    report, lines = pulled(project, server)
    assert report == ["added: DeleteArtifactInput.why", "added: Why", KEPT]
    assert lines == ["+  why: Why!", *("+", "+input Why {", "+  words: String", "+}")]


def test_what_is_gone_goes_and_a_query_that_asks_for_it_is_told(project: Path) -> None:
    server = changed("  commitHash(artifactCollectionName: String): String\n", "")
    report, lines = pulled(project, server)
    assert report == [
        "removed: Artifact.commitHash",
        "queries/ asks for Artifact.commitHash, which the server lacks",
        KEPT,
    ]
    assert lines == ["-  commitHash(artifactCollectionName: String): String"]


def test_an_older_server_takes_nothing_that_the_queries_mark_optional(project: Path) -> None:
    """A client does without it there, and `make generate` needs it."""
    with open_local(features="none") as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("WANDB_API_KEY", server.api_key)
        schema = schema_from_server(server.base_url, transport=server.transport)
    gone = "  advancedRegistryFeatures: AdvancedRegistryFeatures\n"
    optional = (
        "Artifact.digestAlgorithm",
        "Entity.artifactCollections",
        "Entity.artifactMemberships",
        "FileConnection.totalCount",
        "LinkArtifactPayload.artifactMembership",
        "Project.artifactCollections(filters)",
    )
    assert pull(project, schema) == [
        "removed: Organization.advancedRegistryFeatures",
        *(
            f"kept: {name}, which queries/ marks @optional and the server lacks"
            for name in optional
        ),
        KEPT,
    ]
    assert (project / "schema.graphql").read_text("utf-8") == changed(gone, "")
    load_sources(project)


def test_what_is_optional_keeps_its_types(project: Path) -> None:
    server = changed("  features: [ServerFeature]!\n", "")
    feature = server[server.index("type ServerFeature {") :].partition("}\n")[0] + "}\n"
    report, lines = pulled(project, server.replace(feature, ""))
    why = "which queries/ marks @optional and the server lacks"
    assert report == [f"kept: ServerInfo.features, {why}", KEPT]
    assert lines == []


def test_a_changed_member_is_one_line_and_keeps_its_constraints(project: Path) -> None:
    old = "  tagName: String! @constraints("
    server = changed(old, old.replace("String!", "String"))
    report, lines = pulled(project, server)
    assert report[0] == "changed: TagInput.tagName"
    rest = SDL.partition(old)[2].partition("\n")[0]
    assert lines == [f"-{old}{rest}", f"+{old.replace('String!', 'String')}{rest}"]


def test_new_values_defaults_deprecations_and_members_of_unions(project: Path) -> None:
    server = changed("  COMMITTED\n", "  COMMITTED\n  ARCHIVED\n")
    server = server.replace("deleteAliases: Boolean = false", "deleteAliases: Boolean = true")
    server = server.replace("  size: Int64!", '  size: Int64! @deprecated(reason: "bytes")', 1)
    server = server.replace("union Initiator = Run | User", "union Initiator = Run | User | ApiKey")
    report, lines = pulled(project, server)
    assert report == [
        "added: ArtifactState.ARCHIVED",
        "changed: Artifact.size",
        "changed: DeleteArtifactInput.deleteAliases",
        KEPT,
    ]
    assert lines == [
        "-  size: Int64!",
        '+  size: Int64! @deprecated(reason: "bytes")',
        "+  ARCHIVED",
        "-  deleteAliases: Boolean = false",
        "+  deleteAliases: Boolean = true",
    ]


_ALIASES = "aliases(after: String, before: String, first: Int, last: Int)"
_SHELF = (
    SDL[SDL.index("type ArtifactPortfolio ") : SDL.index("type ArtifactSequence ")]
    .replace("ArtifactPortfolio", "ArtifactShelf")
    .replace("  id: ID!", "  height: Int\n  id: ID!\n  room: String")
)


@pytest.mark.parametrize(
    ("server", "query", "report"),
    [
        (
            SDL + _SHELF,
            "artifactCollection(id: $id) { ... on ArtifactShelf { height } }",
            ["added: ArtifactShelf"],
        ),
        (
            SDL.replace(_ALIASES, f"{_ALIASES[:-1]}, named: String)"),
            'artifactCollection(id: $id) { aliases(named: "x") { edges { cursor } } }',
            [f"changed: Artifact{it}.aliases" for it in ("Collection", "Portfolio", "Sequence")],
        ),
        (
            changed("type Role {", "type Role implements Node {\n  id: ID!"),
            "artifact(id: $id) { id }",
            ["added: Role.id", "changed: Role (implements)"],
        ),
        (
            changed(
                "type Tag {", "interface Label {\n  name: String!\n}\n\ntype Tag implements Label {"
            ).replace("  node: Tag!", "  node: Label!"),
            "artifactCollection(id: $id) { tags { edges { node { ... on Tag { name } } } } }",
            ["added: Label", "changed: TagEdge.node", "changed: Tag (implements)"],
        ),
    ],
    ids=["a new type of it", "an argument of it", "a type comes to it", "it is new"],
)
def test_what_an_interface_has_its_types_have(
    server: str, query: str, report: list[str], project: Path
) -> None:
    (project / "queries" / "asked.graphql").write_text(
        f"query Asked($id: ID!) {{ {query} }}\n", "utf-8"
    )
    schema = schema_from_text(introspected(server), "the server")
    assert pull(project, schema) == [*report, KEPT]
    asked = parse((project / "queries" / "asked.graphql").read_text("utf-8"))
    assert validate(load_schema(project / "schema.graphql", "it"), asked) == []
    assert pull(project, schema) == [KEPT]
    text = (project / "schema.graphql").read_text("utf-8")
    assert "room" not in text


def test_a_type_that_loses_all_that_the_file_has_of_it_stays(project: Path) -> None:
    server = changed(
        "type CreateInvitePayload {\n  invite: Invite\n",
        "type CreateInvitePayload {\n  sent: Invite\n  at: DateTime\n",
    )
    report, lines = pulled(project, server)
    assert report == ["added: CreateInvitePayload.at", "removed: CreateInvitePayload.invite", KEPT]
    assert lines == ["-  invite: Invite", "+  at: DateTime"]
    server = changed(
        "type DeleteInvitePayload {\n  success: Boolean\n",
        "type DeleteInvitePayload {\n  invite: Invite\n",
    )
    (project / "schema.graphql").write_text(SDL, "utf-8")
    _, lines = pulled(project, server)
    assert lines == ["-  success: Boolean", "+  invite: Invite"]


def test_types_that_operations_begin_with_may_have_other_names(project: Path) -> None:
    roots = "schema {\n  query: RootQuery\n  mutation: RootMutation\n}\n\n"
    server = changed("type Query {", f"{roots}type RootQuery {{")
    server = server.replace("type Mutation {", "type RootMutation {")
    assert pulled(project, server) == ([KEPT], [])
    report, lines = pulled(project, server.replace("  serverInfo: ServerInfo\n", ""))
    assert report[:2] == [
        "removed: Query.serverInfo",
        "queries/ asks for Query.serverInfo, which the server lacks",
    ]
    assert lines == ["-  serverInfo: ServerInfo"]


def test_deprecated_arguments_stay() -> None:
    old = "artifactType(name: String!)"
    server = build_schema(changed(old, "artifactType(name: String @deprecated)"))
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        document: str = json.loads(request.read())["query"]
        asked.append(document)
        if "args(includeDeprecated" in document and len(asked) < 2:  # an older server
            said = 'Unknown argument "includeDeprecated" on field "__Field.args".'
            return httpx.Response(400, json={"errors": [{"message": said}]})
        return httpx.Response(200, json={"data": graphql_sync(server, document).data})

    transport = httpx.MockTransport(answer)
    older = schema_from_server("http://localhost", transport=transport)
    assert "includeDeprecated: true) {" in asked[1]  # of fields and of values
    assert "  artifactType: ArtifactType\n" in print_schema(older)
    newer = schema_from_server("http://localhost", transport=transport)
    assert "  artifactType(name: String @deprecated): ArtifactType\n" in print_schema(newer)


def test_a_type_that_becomes_an_interface_keeps_its_members(project: Path) -> None:
    fields = SDL[SDL.index("type ArtifactType {") :].partition("{")[2].partition("}")[0]
    server = changed("type ArtifactType {", "interface ArtifactType {")
    server += f"\ntype DatasetType implements ArtifactType {{{fields}}}\n"
    report, lines = pulled(project, server)
    assert report == ["changed: ArtifactType", KEPT]
    assert lines == ["-type ArtifactType {", "+interface ArtifactType {"]


def test_an_extension_is_refused_at_its_line(project: Path) -> None:
    path = project / "schema.graphql"
    path.write_text(f"extend type Tag {{\n  more: Int\n}}\n{SDL}", "utf-8")
    said = (
        "schema.graphql:1: what extends Tag is not compared with a server; put it into Tag itself"
    )
    with pytest.raises(Problem, match=re.escape(said)):
        pull(project, schema_from_text(introspected(SDL), "the server"))
    assert path.read_text("utf-8").startswith("extend type Tag")


def test_comments_and_order_stay(project: Path) -> None:
    text = SDL.replace("  size: Int64!\n", "  # in bytes\n  size: Int64!\n", 1)
    (project / "schema.graphql").write_text(text, "utf-8")
    server = changed("  fileCount: Int64!\n", "").replace("type Tag {", "type Tag {\n  x: Int", 1)
    pull(project, schema_from_text(introspected(server), "the server"))
    after = (project / "schema.graphql").read_text("utf-8")
    assert after == text.replace("  fileCount: Int64!\n", "")


def commented(project: Path, old: str, new: str, server: str) -> str:
    """The file after pulling, from a file with comments that the server does not have."""
    text = SDL.replace(old, new, 1)
    assert text != SDL
    (project / "schema.graphql").write_text(text, "utf-8")
    pull(project, schema_from_text(introspected(server), "the server"))
    return (project / "schema.graphql").read_text("utf-8")


def test_line_ends_stay(project: Path) -> None:
    crlf = SDL.replace("\n", "\r\n").encode()
    path = project / "schema.graphql"
    path.write_bytes(crlf)
    assert pull(project, schema_from_text(introspected(SDL), "the server")) == [KEPT]
    assert path.read_bytes() == crlf
    server = changed("  fileCount: Int64!\n", "  fileCount: String!\n")
    server = server.replace("  COMMITTED\n", "  ARCHIVED\n  COMMITTED\n", 1)
    pull(project, schema_from_text(introspected(server), "the server"))
    lines = path.read_bytes().splitlines(keepends=True)
    assert all(line.endswith(b"\r\n") for line in lines)
    assert b"  fileCount: String!\r\n" in lines
    assert b"  ARCHIVED\r\n" in lines


def test_a_file_that_ends_without_a_line_end_stays_so(project: Path) -> None:
    (project / "schema.graphql").write_text(SDL.rstrip("\n"), "utf-8")
    assert pull(project, schema_from_text(introspected(SDL), "the server")) == [KEPT]
    assert (project / "schema.graphql").read_text("utf-8") == SDL.rstrip("\n")


def test_what_goes_takes_its_own_comments_and_no_others(project: Path) -> None:
    old = "  createdAt: DateTime!\n  createdBy: Initiator\n"
    new = "  createdAt: DateTime!  # in UTC\n  # Who.\n  createdBy: Initiator  # if known\n"
    assert old in SDL
    server = SDL.replace(old, "  createdAt: DateTime!\n", 1)
    assert commented(project, old, new, server) == SDL.replace(
        old, "  createdAt: DateTime!  # in UTC\n", 1
    )


def test_what_changes_keeps_the_comments_inside_and_around(project: Path) -> None:
    old = "  artifactType(name: String!): ArtifactType\n"
    new = (
        "  # One.\n  artifactType(\n    # called so\n    name: String!  # no slash\n"
        "  ): ArtifactType  # or none\n"
    )
    server = SDL.replace(old, "  artifactType(name: String!): ArtifactType @deprecated\n", 1)
    wanted = new.replace("): ArtifactType  #", "): ArtifactType @deprecated  #")
    assert commented(project, old, new, server) == SDL.replace(old, wanted, 1)


def test_arguments_come_change_and_go_one_by_one(project: Path) -> None:
    old = "  commitHash(artifactCollectionName: String): String\n"
    new = "  commitHash(one: Int, artifactCollectionName: String, two: Int): String\n"
    (project / "schema.graphql").write_text(SDL.replace(old, new), "utf-8")
    server = SDL.replace(old, old.replace("Name: String)", "Name: ID!, three: Int!)"), 1)
    pull(project, schema_from_text(introspected(server), "the server"))
    after = (project / "schema.graphql").read_text("utf-8")
    wanted = "  commitHash(artifactCollectionName: ID!, three: Int!): String\n"
    assert after == SDL.replace(old, wanted)
    pull(project, schema_from_text(introspected(SDL.replace(old, "  commitHash: String\n")), "it"))
    assert "\n  commitHash: String\n" in (project / "schema.graphql").read_text("utf-8")


def test_descriptions_come_and_those_of_the_file_stay(project: Path) -> None:
    own = SDL.replace("type Tag {", '"""Ours."""\ntype Tag {', 1)
    (project / "schema.graphql").write_text(own, "utf-8")
    server = SDL.replace("type Artifact {", '"""What was logged."""\ntype Artifact {', 1)
    server = server.replace(
        "  size: Int64!", '  """\n  All files.\n\n  In bytes.\n  """\n  size: Int64!', 1
    )
    server = server.replace("artifactType(name:", 'artifactType("Its \\"name\\"." name:', 1)
    server = server.replace("  COMMITTED\n", '  "Whole."\n  COMMITTED\n', 1)
    report = pull(project, schema_from_text(introspected(server), "the server"))
    assert sorted(report) == [
        KEPT,
        *("changed: Artifact", "changed: Artifact.size", "changed: ArtifactState.COMMITTED"),
        "changed: Project.artifactType",
    ]
    after = (project / "schema.graphql").read_text("utf-8")
    assert '"""Ours."""\ntype Tag {' in after
    assert '"""What was logged."""\ntype Artifact {' in after
    assert '  """\n  All files.\n\n  In bytes.\n  """\n  size: Int64!' in after
    assert 'artifactType("Its \\"name\\"." name: String!)' in after
    assert '  """Whole."""\n  COMMITTED\n' in after
    assert pull(project, schema_from_text(introspected(server), "the server")) == [KEPT]


def test_pulling_twice_changes_nothing_more(project: Path) -> None:
    server = changed("input DeleteArtifactInput {", "input DeleteArtifactInput {\n  why: String!")
    pulled(project, server)
    once = (project / "schema.graphql").read_text("utf-8")
    pulled(project, server)
    assert (project / "schema.graphql").read_text("utf-8") == once


def test_a_failed_write_leaves_the_file_whole(project: Path) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    server = schema_from_text(
        changed("  commitHash(artifactCollectionName: String): String\n", ""), "x"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fdopen", fail)
        with pytest.raises(Problem, match=r"^schema.graphql: cannot be written: No space left"):
            pull(project, server)
    assert (project / "schema.graphql").read_text("utf-8") == SDL
    assert sorted(path.name for path in project.iterdir()) == ["queries", "schema.graphql"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("type Query {", "server:1: Syntax Error: Expected Name, found <EOF>."),
        ("{", "server: not the JSON of an introspection: Expecting property name"),
        ('{"data": {}}', "server: not the JSON of an introspection: Invalid or incomplete"),
        (
            '{"__schema": {"types": []}}',
            "server: not the JSON of an introspection: it has no query",
        ),
    ],
)
def test_a_file_that_is_no_schema_is_refused(text: str, said: str) -> None:
    with pytest.raises(Problem) as caught:
        schema_from_text(text, "server")
    assert str(caught.value).startswith(said)


def test_a_server_that_refuses_is_one_sentence() -> None:
    refusing = httpx.MockTransport(lambda _: httpx.Response(401, text="who?"))
    with pytest.raises(Problem, match=r"^http://localhost: .*401.*WANDB_API_KEY"):
        schema_from_server("http://localhost", transport=refusing)


def test_a_server_that_keeps_its_schema_to_itself_is_told_with_what_will_do_instead() -> None:
    words = "introspection is not allowed"
    reply = httpx.Response(400, json={"errors": [{"message": words}]})
    with pytest.raises(Problem, match=rf"{words}\. .* --from FILE$"):
        schema_from_server("http://localhost", transport=httpx.MockTransport(lambda _: reply))
