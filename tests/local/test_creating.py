"""A version made over the wire: announced, uploaded, committed; nothing visible before that."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import httpx
import pytest
import xxhash

from typed_artifacts import Api
from typed_artifacts.local import LocalServer

Ask = Callable[..., dict[str, Any]]

CREATE = """mutation C($input: CreateArtifactInput!) { createArtifact(input: $input) {
  artifact { id state versionIndex artifactSequence { id latestArtifact { id } } } } }"""
MANIFEST = """mutation M($input: CreateArtifactManifestInput!) {
  createArtifactManifest(input: $input) {
  artifactManifest { id file { id name uploadUrl uploadHeaders } } } }"""
FILES = """mutation F($input: CreateArtifactFilesInput!) { createArtifactFiles(input: $input) {
  files { edges { node { id displayName uploadUrl uploadHeaders } } } } }"""
COMMIT = """mutation K($input: CommitArtifactInput!) { commitArtifact(input: $input) {
  artifact { id state versionIndex size fileCount digest aliases { alias } } } }"""
LISTED = """{ project(entityName: "local", name: "p") { artifactCollection(name: "c") {
  artifacts { totalCount edges { version node { id state } } } } } }"""


@pytest.fixture
def plain(server: LocalServer) -> Iterator[httpx.Client]:
    """A client without credentials: file URLs are their own permission."""
    with httpx.Client(transport=server.transport) as client:
        yield client


def _md5(data: bytes) -> str:
    return b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


def _create(ask: Ask, digest: str, **more: object) -> dict[str, Any]:
    given = {"entityName": "local", "projectName": "p", "artifactTypeName": "dataset"}
    given |= {"artifactCollectionName": "c", "digest": digest, "digestAlgorithm": "MANIFEST_MD5"}
    made: dict[str, Any] = ask(CREATE, input={**given, **more})["createArtifact"]["artifact"]
    return made


def _manifest(ask: Ask, artifact: str, **more: object) -> dict[str, Any]:
    given = {"artifactID": artifact, "digest": "", "entityName": "local", "projectName": "p"}
    given |= {"name": "wandb_manifest.json", "runName": ""}
    made: dict[str, Any] = ask(MANIFEST, input={**given, **more})["createArtifactManifest"]
    file: dict[str, Any] = made["artifactManifest"]["file"]
    return file


def _files(ask: Ask, artifact: str, digests: Mapping[str, str]) -> list[dict[str, Any]]:
    specs = [{"artifactID": artifact, "name": name, "md5": d} for name, d in digests.items()]
    edges = ask(FILES, input={"artifactFiles": specs, "storageLayout": "V2"})
    return [edge["node"] for edge in edges["createArtifactFiles"]["files"]["edges"]]


def _text(digests: Mapping[str, str], sizes: Mapping[str, int]) -> bytes:
    contents = {name: {"digest": d, "size": sizes[name]} for name, d in digests.items()}
    return json.dumps({"version": 1, "contents": contents}).encode()


def _digest(digests: Mapping[str, str]) -> str:
    lines = "".join(f"{name}:{digest}\n" for name, digest in sorted(digests.items()))
    text = f"wandb-artifact-manifest-v1\n{lines}".encode()
    return hashlib.md5(text, usedforsecurity=False).hexdigest()


def _log(ask: Ask, plain: httpx.Client, files: Mapping[str, bytes], **more: object) -> str:
    digests = {name: _md5(data) for name, data in files.items()}
    made = _create(ask, _digest(digests), **more)
    key: str = made["id"]
    for node in _files(ask, key, digests):
        if node["uploadUrl"]:
            assert plain.put(node["uploadUrl"], content=files[node["displayName"]]).is_success
    text = _text(digests, {name: len(data) for name, data in files.items()})
    url = _manifest(ask, key, digest=_md5(text))["uploadUrl"]
    assert plain.put(url, content=text).is_success
    return key


def test_a_version_is_seen_only_when_it_is_committed(ask: Ask, plain: httpx.Client) -> None:
    key = _log(
        ask,
        plain,
        {"a.txt": b"one", "d/b.txt": b"three"},
        aliases=[{"artifactCollectionName": "c", "alias": "best"}],
    )
    before = ask(LISTED)["project"]["artifactCollection"]["artifacts"]
    assert before == {"totalCount": 0, "edges": []}
    made = ask(COMMIT, input={"artifactID": key})["commitArtifact"]["artifact"]
    assert made["state"] == "COMMITTED"
    assert (made["versionIndex"], made["size"], made["fileCount"]) == (0, 8, 2)
    assert [alias["alias"] for alias in made["aliases"]] == ["best", "latest"]
    after = ask(LISTED)["project"]["artifactCollection"]["artifacts"]
    assert after["totalCount"] == 1


def test_committing_twice_is_committing_once(ask: Ask, plain: httpx.Client) -> None:
    key = _log(ask, plain, {"a": b"x"})
    first = ask(COMMIT, input={"artifactID": key})
    assert ask(COMMIT, input={"artifactID": key}) == first
    assert ask(LISTED)["project"]["artifactCollection"]["artifacts"]["totalCount"] == 1


def test_a_commit_that_is_asked_for_again_waits_for_the_first(
    ask: Ask, plain: httpx.Client, server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, blobs = _log(ask, plain, {"a": b"x"}), server.registry.store.blobs
    settle, settled = blobs.settle, list[int]()
    began, may_end = Event(), Event()

    def wait_and_settle(md5s: Iterable[str]) -> None:
        settled.append(1)
        began.set()
        assert may_end.wait(30)
        settle(md5s)

    monkeypatch.setattr(blobs, "settle", wait_and_settle)
    with ThreadPoolExecutor() as threads:
        first = threads.submit(ask, COMMIT, input={"artifactID": key})
        assert began.wait(30)
        again = threads.submit(ask, COMMIT, input={"artifactID": key})
        with pytest.raises(TimeoutError):
            again.result(0.2)
        may_end.set()
        assert again.result(30) == first.result(30)
    assert len(settled) == 1


def test_the_same_content_makes_no_second_version(ask: Ask, plain: httpx.Client) -> None:
    key = _log(ask, plain, {"a": b"x"})
    ask(COMMIT, input={"artifactID": key})
    digests = {"a": _md5(b"x")}
    digest = _digest(digests)
    again = _create(ask, digest, enableDigestDeduplication=True)
    assert (again["id"], again["state"]) == (key, "COMMITTED")
    other = _create(ask, "0" * 32)
    assert _files(ask, other["id"], digests)[0]["uploadUrl"] is None


def test_one_client_id_is_one_version(ask: Ask) -> None:
    first = _create(ask, "0" * 32, clientID="abc", sequenceClientID="seq")
    assert _create(ask, "0" * 32, clientID="abc")["id"] == first["id"]
    mapped = ask(
        '{ a: clientIDMapping(clientID: "abc") { serverID } '
        'b: clientIDMapping(clientID: "seq") { serverID } '
        'c: clientIDMapping(clientID: "zz") { serverID } }'
    )
    assert mapped["a"]["serverID"] == first["id"]
    assert mapped["b"]["serverID"] == first["artifactSequence"]["id"]
    assert mapped["c"] is None


def test_a_wrong_upload_is_refused_and_not_kept(ask: Ask, plain: httpx.Client) -> None:
    made = _create(ask, "0" * 32)
    (node,) = _files(ask, made["id"], {"a": _md5(b"right")})
    reply = plain.put(node["uploadUrl"], content=b"wrong")
    assert reply.status_code == 400
    assert "announced" in reply.json()["error"]
    (again,) = _files(ask, made["id"], {"a": _md5(b"right")})
    assert again["uploadUrl"] is not None


def test_xxh128_digests_are_verified(ask: Ask, plain: httpx.Client) -> None:
    data = b"content" * 1000
    digest = b64encode(xxhash.xxh128_digest(data)).decode()
    whole = xxhash.xxh128_hexdigest(f"wandb-artifact-manifest-v1\na:{digest}\n".encode())
    made = _create(ask, whole, digestAlgorithm="MANIFEST_XXH128")
    (node,) = _files(ask, made["id"], {"a": digest})
    assert plain.put(node["uploadUrl"], content=b"wrong").status_code == 400
    assert plain.put(node["uploadUrl"], content=data).is_success
    text = _text({"a": digest}, {"a": len(data)})
    url = _manifest(ask, made["id"], digest="")["uploadUrl"]
    assert plain.put(url, content=text).is_success
    ask(COMMIT, input={"artifactID": made["id"]})
    found = ask(
        """query Q($id: ID!) { artifact(id: $id) { digestAlgorithm
        files { edges { node { digest md5 directUrl } } } } }""",
        id=made["id"],
    )["artifact"]
    (edge,) = found["files"]["edges"]
    assert found["digestAlgorithm"] == "MANIFEST_XXH128"
    assert (edge["node"]["digest"], edge["node"]["md5"]) == (digest, _md5(data))
    assert plain.get(edge["node"]["directUrl"]).content == data


@pytest.mark.parametrize("missing", ["manifest", "file"])
def test_a_version_with_something_missing_is_not_committed(
    ask: Ask, send: Ask, plain: httpx.Client, missing: str
) -> None:
    made = _create(ask, "0" * 32)
    if missing == "file":
        text = _text({"a": _md5(b"never sent")}, {"a": 10})
        url = _manifest(ask, made["id"], digest=_md5(text))["uploadUrl"]
        assert plain.put(url, content=text).is_success
    body = send(COMMIT, input={"artifactID": made["id"]})
    assert body["data"] == {"commitArtifact": None}
    assert body["errors"][0]["path"] == ["commitArtifact"]
    assert "was not uploaded" in body["errors"][0]["message"]
    assert ask(LISTED)["project"]["artifactCollection"]["artifacts"]["totalCount"] == 0


def test_an_increment_lies_on_its_base(ask: Ask, plain: httpx.Client) -> None:
    base = _log(ask, plain, {"a": b"1", "b": b"2"})
    ask(COMMIT, input={"artifactID": base})
    made = _create(ask, "1" * 32)
    digest = _md5(b"22")
    (node,) = _files(ask, made["id"], {"b": digest})
    assert plain.put(node["uploadUrl"], content=b"22").is_success
    text = _text({"b": digest}, {"b": 2})
    file = _manifest(
        ask,
        made["id"],
        digest=_md5(text),
        type="INCREMENTAL",
        baseArtifactID=base,
        name="wandb_manifest.incremental.json",
    )
    assert plain.put(file["uploadUrl"], content=text).is_success
    done = ask(COMMIT, input={"artifactID": made["id"]})["commitArtifact"]["artifact"]
    assert (done["versionIndex"], done["fileCount"], done["size"]) == (1, 2, 3)


def test_unknown_input_fields_are_ignored(send: Ask, ask: Ask) -> None:
    made = _create(ask, "0" * 32, fromTheFuture={"a": 1})
    assert made["state"] == "PENDING"
    body = send("""mutation { createArtifact(input: {entityName: "local", projectName: "p",
        artifactTypeName: "dataset", artifactCollectionName: "c2", digest: "d",
        digestAlgorithm: MANIFEST_MD5, fromTheFuture: [1]}) { artifact { state } } }""")
    assert body["data"]["createArtifact"]["artifact"]["state"] == "PENDING"


def test_urls_that_are_not_ours_are_refused(ask: Ask, plain: httpx.Client) -> None:
    made = _create(ask, "0" * 32)
    (node,) = _files(ask, made["id"], {"a": _md5(b"x")})
    url: str = node["uploadUrl"]
    assert plain.put(url.replace("signature=", "signature=0"), content=b"x").status_code == 403
    assert plain.put(url.partition("?")[0], content=b"x").status_code == 403
    assert plain.get(url).status_code in (403, 404)
    late = url.replace("expires=", "expires=1")
    assert plain.put(late, content=b"x").status_code == 403


def test_a_clock_that_a_test_has_stopped_at_the_epoch_stores_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The time of a written file was 0, which counted as not written: it was written twice."""
    monkeypatch.setattr("time.time_ns", lambda: 0)
    with Api.local() as api:
        version = api.log_artifact("demo/notes", type="dataset", files={"a.txt": b"1"})
        assert version.files()[0].read_bytes() == b"1"
