"""Files are read through versions: knowing a digest gives no access."""

import hashlib
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.local.shared_mutations import base64_md5
from tests.local.shared_world import World, build
from typed_artifacts.local import Registry
from typed_artifacts.local.storage.manifests import Entry, manifest_digest, write_manifest


@pytest.fixture
def world() -> Iterator[World]:
    with Registry() as registry:
        yield build(registry)


def test_a_digest_opens_no_file_of_others(world: World) -> None:
    """Neither by asking for it, nor by putting it into a version of one's own."""
    hidden = "what is in ann/private"
    digest = hashlib.md5(hidden.encode(), usedforsecurity=False).hexdigest()
    for user, status in (("eve", 404), ("ann", 200), ("cat", 200)):
        for path in (f"/artifacts/ann/{digest}", f"/artifactsV2/r/ann/private/c/x/{digest}/d"):
            assert world.clients[user].get(path).status_code == status, (user, path)
    entries = [{"name": "data.txt", "digest": base64_md5(hidden)}]
    query = """query($id: ID!, $e: [ArtifactManifestEntryInput!]) { artifact(id: $id) {
      filesByManifestEntries(entries: $e, manifestVersion: "1", storageLayout: "V2") {
        edges { node { directUrl } } } } }"""
    shown = world.versions["ann/shown"].id
    found = world.send("eve", query, id=shown, e=entries)["data"]["artifact"]
    assert found["filesByManifestEntries"]["edges"] == []


def test_only_who_uploads_a_file_can_put_it_into_a_version(world: World) -> None:
    hidden = "what is in ann/private"
    assert "was not uploaded" in _logged(world, hidden, upload=False)
    assert _logged(world, hidden, upload=True) == "COMMITTED"
    # Now it is eve's too.
    assert _logged(world, hidden, upload=False) == "COMMITTED"


def test_a_file_that_another_has_yet_to_commit_is_no_one_else_s(world: World) -> None:
    assert _logged(world, "of ann", upload=True, commits=0, user="ann") == "PENDING"
    assert "was not uploaded" in _logged(world, "of ann", upload=False)
    # Whoever has sent it goes on with it.
    assert _logged(world, "of ann", upload=False, user="ann") == "COMMITTED"


@pytest.mark.parametrize("of", ["ann/private", "ann/shown"])
def test_files_are_announced_for_no_version_of_others_beside_ones_own(
    world: World, of: str
) -> None:
    created = world.send(
        "eve",
        "mutation($i: CreateArtifactInput!) { createArtifact(input: $i) { artifact { id } } }",
        i={
            "entityName": "eve",
            "projectName": "p",
            "artifactTypeName": "dataset",
            "artifactCollectionName": "c",
            "digest": secrets.token_hex(8),
            "digestAlgorithm": "MANIFEST_MD5",
        },
    )
    own = created["data"]["createArtifact"]["artifact"]["id"]
    query = """mutation($i: CreateArtifactFilesInput!) { createArtifactFiles(input: $i) {
      files { edges { node { name uploadUrl } } } } }"""
    files = [
        {"artifactID": version, "name": name, "md5": base64_md5(name)}
        for version, name in ((own, "a"), (world.versions[of].id, "b"))
    ]
    assert "errors" not in world.send("eve", query, i={"artifactFiles": files[:1]})
    assert "errors" in world.send("eve", query, i={"artifactFiles": files})


def test_many_that_commit_a_version_at_once(world: World) -> None:
    """A request that was sent again while the first was on its way is no other's upload."""
    for number in range(5):
        assert _logged(world, f"new {number}", upload=True, commits=4) == "COMMITTED"


def _logged(world: World, text: str, *, upload: bool, commits: int = 1, user: str = "eve") -> str:
    """What comes of a user's version with a file of this text: its state, or the error."""
    send, client = world.send, world.clients[user]
    own = secrets.token_hex(4)  # makes it another version each time
    entries = [Entry("f", base64_md5(text), len(text)), Entry(own, "s3://x", ref="s3://x")]
    manifest = write_manifest(entries).decode()
    names = {"entityName": user, "projectName": "p"}
    created = send(
        user,
        "mutation($i: CreateArtifactInput!) { createArtifact(input: $i) { artifact { id } } }",
        i={
            **names,
            "artifactTypeName": "dataset",
            "artifactCollectionName": "c",
            "digest": manifest_digest(entries),
            "digestAlgorithm": "MANIFEST_MD5",
        },
    )
    version = created["data"]["createArtifact"]["artifact"]["id"]
    files = send(
        user,
        "mutation($i: CreateArtifactFilesInput!) { createArtifactFiles(input: $i) {"
        " files { edges { node { uploadUrl } } } } }",
        i={"artifactFiles": [{"artifactID": version, "name": "f", "md5": base64_md5(text)}]},
    )
    (edge,) = files["data"]["createArtifactFiles"]["files"]["edges"]
    url = edge["node"]["uploadUrl"]
    if upload:
        assert client.put(url, content=text).status_code == 200
    made = send(
        user,
        "mutation($i: CreateArtifactManifestInput!) { createArtifactManifest(input: $i) {"
        " artifactManifest { file { uploadUrl } } } }",
        i={
            "artifactID": version,
            **names,
            "runName": "",
            "name": "m",
            "digest": base64_md5(manifest),
        },
    )
    url = made["data"]["createArtifactManifest"]["artifactManifest"]["file"]["uploadUrl"]
    assert client.put(url, content=manifest).status_code == 200

    def commit(_: int) -> dict[str, Any]:
        query = "mutation($i: CommitArtifactInput!) { commitArtifact(input: $i) {"
        return send(user, f"{query} artifact {{ state }} }} }}", i={"artifactID": version})

    if not commits:
        return "PENDING"
    with ThreadPoolExecutor(commits) as pool:
        done = list(pool.map(commit, range(commits)))
    for reply in done:
        if "errors" in reply:
            return str(reply["errors"][0]["message"])
    states = {reply["data"]["commitArtifact"]["artifact"]["state"] for reply in done}
    (state,) = states
    return str(state)
