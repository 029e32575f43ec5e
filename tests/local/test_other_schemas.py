"""The embedded server with another schema.graphql than the one that its resolvers know."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.local.wire import Wire
from typed_artifacts import Api
from typed_artifacts.local import LocalServer, open_local
from typed_artifacts.local.graph import schema

SDL = schema.schema_text()
Serve = Callable[[str], LocalServer]


def client_of(server: LocalServer) -> Api:
    return Api(base_url=server.base_url, api_key=server.api_key, transport=server.transport)


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """A server of a schema, with one version."""
    opened: list[LocalServer] = []

    def serve(sdl: str) -> LocalServer:
        monkeypatch.setattr(schema, "schema_text", lambda: sdl)
        schema.executable_schema.cache_clear()
        opened.append(open_local())
        with client_of(opened[0]) as api:
            api.log_artifact("demo/notes", type="dataset", files={"a.txt": b"1"})
            assert [item.name for item in api.artifact_types("demo")] == ["dataset"]
        return opened[0]

    yield serve
    for server in opened:
        server.close()
    schema.executable_schema.cache_clear()


def changed(*replacements: tuple[str, str]) -> str:
    text = SDL
    for old, new in replacements:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def ask(server: LocalServer, selection: str) -> dict[str, Any]:
    """The reply to a query of the project."""
    query = f'{{ project(name: "demo", entityName: "local") {{ {selection} }} }}'
    with httpx.Client(base_url=server.base_url, transport=server.transport) as client:
        return Wire(client, server.api_key).send(query)


TYPES = "artifactTypes(after: String, before: String, first: Int, includeAll: Boolean"


def test_an_argument_that_no_resolver_knows_has_its_default_and_no_other_value(
    serve: Serve,
) -> None:
    server = serve(changed((TYPES, f"{TYPES}, depth: Int = 3, kind: String")))
    asked = "edges { node { name } }"
    found = {"edges": [{"node": {"name": "dataset"}}]}
    for given in ("", "(depth: 3)", "(kind: null)"):
        assert ask(server, f"artifactTypes{given} {{ {asked} }}")["data"]["project"] == {
            "artifactTypes": found
        }
    errors = ask(server, f"artifactTypes(depth: 4) {{ {asked} }}")["errors"]
    said = "This server has no use for Project.artifactTypes(depth) yet; leave it out."
    assert [error["message"] for error in errors] == [said]


DATASETS = SDL[SDL.index("type ArtifactType {") :].partition("{")[2].partition("}")[0]


@pytest.mark.each(2)
@pytest.mark.parametrize(
    "sdl",
    [
        changed(
            ("type Tag {", "interface Label {\n  name: String!\n}\n\ntype Tag implements Label {"),
            ("  node: Tag!", "  node: Label!"),
        ),
        changed(
            ("union Initiator = Run | User", "interface Initiator {\n  id: ID!\n}"),
            ("type Run implements Node {", "type Run implements Node & Initiator {"),
            ("type User implements Node {", "type User implements Node & Initiator {"),
        ),
        changed(
            ("union Initiator", "union Kind = ArtifactType | Tag\n\nunion Initiator"),
            ("  node: ArtifactType\n", "  node: Kind\n"),
        ),
        changed(("type ArtifactType {", "interface ArtifactType {"))
        + f"\ntype DatasetType implements ArtifactType {{{DATASETS}}}\n",
        SDL.replace("interface Node {\n  id: ID!\n}\n", "").replace(" implements Node {", " {"),
    ],
    ids=["new interface", "union to interface", "new union", "type to interface", "one less"],
)
def test_types_become_interfaces_and_unions(sdl: str, serve: Serve) -> None:
    server = serve(sdl)
    with client_of(server) as api:
        version = api.artifact("demo/notes:v0")
        assert (version.type, version.logged_by()) == ("dataset", None)
        (collection,) = api.artifact_type("dataset", "demo").collections()
        collection.tags.append("kept")
        collection.save()
        assert api.artifact_collection("dataset", "demo/notes").tags == ["kept"]
