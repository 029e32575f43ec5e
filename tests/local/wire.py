"""Creating versions over GraphQL, step by step, with arbitrary values."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from xxhash import xxh128_digest, xxh128_hexdigest

from typed_artifacts.local import LocalServer

CREATE = """mutation($input: CreateArtifactInput!) { createArtifact(input: $input) {
  artifact { id state versionIndex } } }"""
MANIFEST = """mutation($input: CreateArtifactManifestInput!) {
  createArtifactManifest(input: $input) { artifactManifest { id file { uploadUrl } } } }"""
FILES = """mutation($input: CreateArtifactFilesInput!) { createArtifactFiles(input: $input) {
  files { edges { node { uploadUrl } } } } }"""
COMMIT = """mutation($input: CommitArtifactInput!) { commitArtifact(input: $input) {
  artifact { id state versionIndex size fileCount digest aliases { alias } } } }"""
DELETE = """mutation($id: ID!) { deleteArtifact(input: {artifactID: $id, deleteAliases: true}) {
  artifact { state } } }"""
FOUND = """query($id: ID!) { artifact(id: $id) { id state versionIndex fileCount
  tags { name } aliases { alias } currentManifest { file { directUrl } }
  files { totalCount edges { node { name sizeBytes directUrl } } } } }"""


def md5(data: bytes) -> str:
    """The digest of a file as a manifest has it."""
    return b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


def version_digest(digests: Mapping[str, str]) -> str:
    """The digest of a version of these files."""
    lines = "".join(f"{name}:{digests[name]}\n" for name in sorted(digests))
    text = f"wandb-artifact-manifest-v1\n{lines}".encode()
    return hashlib.md5(text, usedforsecurity=False).hexdigest()


def manifest(contents: Mapping[str, object]) -> bytes:
    """The JSON of a manifest."""
    return json.dumps({"version": 1, "contents": contents}).encode()


@dataclass
class Wire:
    """A client that sends arbitrary values."""

    http: httpx.Client
    key: str

    def send(self, query: str, **variables: object) -> dict[str, Any]:
        """The whole reply to a document."""
        sent = {"query": query, "variables": variables}
        reply: dict[str, Any] = self.http.post("/graphql", json=sent, auth=("api", self.key)).json()
        return reply

    def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """The data of a reply without errors."""
        reply = self.send(query, **variables)
        assert "errors" not in reply, reply["errors"]
        data: dict[str, Any] = reply["data"]
        return data

    def create(self, digest: str, name: str = "c", **more: object) -> dict[str, Any]:
        """A new version that is not committed."""
        given: dict[str, object] = {"entityName": "local", "projectName": "p", "digest": digest}
        given |= {"artifactTypeName": "dataset", "artifactCollectionName": name}
        given |= {"digestAlgorithm": "MANIFEST_MD5"}
        made: dict[str, Any] = self.ask(CREATE, input=given | more)["createArtifact"]["artifact"]
        return made

    def announce(self, key: str, digests: Mapping[str, str]) -> list[str | None]:
        """The upload URL of each file; None if the server has the content."""
        specs = [{"artifactID": key, "name": name, "md5": each} for name, each in digests.items()]
        made = self.ask(FILES, input={"artifactFiles": specs, "storageLayout": "V2"})
        edges = made["createArtifactFiles"]["files"]["edges"]
        return [edge["node"]["uploadUrl"] for edge in edges]

    def upload(self, key: str, files: Mapping[str, bytes]) -> list[str]:
        """Upload the files that have a URL, and return their names."""
        urls = self.announce(key, {name: md5(data) for name, data in files.items()})
        sent: list[str] = []
        for (name, data), url in zip(files.items(), urls, strict=True):
            if url is not None:
                assert self.http.put(url, content=data).is_success
                sent.append(name)
        return sent

    def put_manifest(self, key: str, text: bytes, **more: object) -> None:
        """Announces and uploads a manifest."""
        given = {"artifactID": key, "digest": md5(text), "entityName": "local", "runName": ""}
        given |= {"projectName": "p", "name": "wandb_manifest.json"}
        made = self.ask(MANIFEST, input=given | more)["createArtifactManifest"]
        url: str = made["artifactManifest"]["file"]["uploadUrl"]
        assert self.http.put(url, content=text).is_success

    def begin(self, files: Mapping[str, bytes], name: str = "c", **more: object) -> str:
        """The id of a new version with all files, not committed."""
        digests = {name: md5(data) for name, data in files.items()}
        key: str = self.create(version_digest(digests), name, **more)["id"]
        self.upload(key, files)
        contents = {
            path: {"digest": digests[path], "size": len(data)} for path, data in files.items()
        }
        self.put_manifest(key, manifest(contents))
        return key

    def commit(self, key: str) -> dict[str, Any]:
        """The version once it is committed."""
        made: dict[str, Any] = self.ask(COMMIT, input={"artifactID": key})["commitArtifact"]
        committed: dict[str, Any] = made["artifact"]
        return committed

    def found(self, key: str) -> dict[str, Any]:
        """A version by its id."""
        node: dict[str, Any] = self.ask(FOUND, id=key)["artifact"]
        return node

    def urls(self, key: str) -> dict[str, str]:
        """The URLs of a version's files."""
        edges = self.found(key)["files"]["edges"]
        return {edge["node"]["name"]: edge["node"]["directUrl"] for edge in edges}

    def contents(self, key: str) -> dict[str, bytes]:
        """The files of a version."""
        return {name: self.http.get(url).content for name, url in self.urls(key).items()}


def wire_to(server: LocalServer) -> Wire:
    """A client of a server in this process."""
    http = httpx.Client(transport=server.transport, base_url=server.base_url)
    return Wire(http, server.api_key)


def log_by_xxh128(server: LocalServer, files: dict[str, bytes]) -> str:
    """A version whose files a server has hashed by XXH128, as newer ones do."""
    wire = wire_to(server)
    digests = {name: b64encode(xxh128_digest(data)).decode() for name, data in files.items()}
    lines = "".join(f"{name}:{digests[name]}\n" for name in sorted(digests))
    digest = xxh128_hexdigest(f"wandb-artifact-manifest-v1\n{lines}".encode())
    key: str = wire.create(digest, "fast", digestAlgorithm="MANIFEST_XXH128")["id"]
    wire.upload(key, files)
    extra = {"alg": "XXH128"}
    contents = {
        name: {"digest": digests[name], "size": len(data), "extra": extra}
        for name, data in files.items()
    }
    wire.put_manifest(key, manifest(contents))
    wire.commit(key)
    wire.http.close()
    return digest
