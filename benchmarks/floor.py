"""The floor: httpx and ``json.loads`` for pages, plain sockets for bytes."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import httpx

from typed_artifacts._operations import catalog

from .measure import check, measure, tell

Options: TypeAlias = dict[str, str]
Json: TypeAlias = dict[str, Any]

_BASE = os.environ["WANDB_BASE_URL"]
_AUTH = ("api", os.environ["WANDB_API_KEY"])


def versions(options: Options) -> dict[str, float]:
    """All versions of a collection, as dictionaries."""
    entity, project, name = options["path"].split("/")
    where = {"entity": entity, "project": project, "type": "dataset", "collection": name}
    path = ("project", "artifactType", "artifactCollection", "artifacts")
    where["filters"] = '{"state":"COMMITTED"}'
    return _listing(catalog.PROJECT_ARTIFACTS.document, "ProjectArtifacts", where, path, options)


def files(options: Options) -> dict[str, float]:
    """All files of a version, as dictionaries."""
    entity, project, name = options["path"].split("/")
    where = {"entity": entity, "project": project, "name": name}
    path = ("project", "artifactCollectionMembership", "files")
    document = catalog.ARTIFACT_MEMBERSHIP_FILES.document
    return _listing(document, "ArtifactMembershipFiles", where, path, options)


def _listing(
    document: str, name: str, where: Json, path: tuple[str, ...], options: Options
) -> dict[str, float]:
    per_page, count = int(options["per_page"]), int(options["count"])
    with httpx.Client(auth=_AUTH) as client:

        def pages(size: int) -> Iterator[Json]:
            cursor: str | None = None
            while True:
                given = where | {"perPage": size} | ({"cursor": cursor} if cursor else {})
                if cursor and name == "ProjectArtifacts":
                    given["sources"] = False  # as ours asks: the first page has told
                body = {"query": document, "variables": given, "operationName": name}
                page = json.loads(client.post(f"{_BASE}/graphql", json=body).content)["data"]
                for step in path:
                    page = page[step]
                yield page
                if not page["pageInfo"]["hasNextPage"]:
                    return
                cursor = page["pageInfo"]["endCursor"]

        next(pages(1))

        def work() -> None:
            found = sum(1 for page in pages(per_page) for edge in page["edges"] if edge["node"])
            check(found == count, "items are missing")

        return measure(work)


def download(options: Options) -> dict[str, float]:
    """The files of a version over plain sockets, read into a buffer, and optionally hashed."""
    entity, project, name = options["path"].split("/")
    body = catalog.ARTIFACT_MEMBERSHIP_FILE_URLS.body(
        {"entity": entity, "project": project, "name": name, "perPage": 5000}
    )
    reply = httpx.post(f"{_BASE}/graphql", content=body, auth=_AUTH).json()
    edges = reply["data"]["project"]["artifactCollectionMembership"]["files"]["edges"]
    found = {edge["node"]["name"]: edge["node"]["directUrl"] for edge in edges}
    with tempfile.TemporaryDirectory() as folder:
        verified = options.get("verified") == "yes"
        result = measure(lambda: _fetch_all(found, Path(folder), verified=verified))
        check(sum(1 for _ in Path(folder).rglob("*.bin")) == int(options["count"]), "no files")
    return result


def _fetch_all(found: dict[str, str], folder: Path, *, verified: bool) -> None:
    for parent in {(folder / name).parent for name in found}:
        parent.mkdir(parents=True, exist_ok=True)
    items = list(found.items())
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(_fetch, items[i::4], folder, verified) for i in range(4)]:
            done.result()


def _fetch(items: list[tuple[str, str]], folder: Path, verified: bool) -> None:
    address = urlsplit(_BASE)
    connection = http.client.HTTPConnection(address.hostname or "", address.port)
    buffer = memoryview(bytearray(1 << 20))
    for name, url in items:
        connection.request("GET", url.removeprefix(_BASE))
        response = connection.getresponse()
        with (folder / name).open("wb", buffering=0) as file:
            found = hashlib.md5(usedforsecurity=False)
            while size := response.readinto(buffer):
                if verified:
                    found.update(buffer[:size])
                file.write(buffer[:size])
    connection.close()


TASKS: dict[str, Callable[[Options], dict[str, float]]] = {
    task.__name__: task for task in (versions, files, download)
}

if __name__ == "__main__":
    tell(TASKS[sys.argv[1]](json.loads(sys.argv[2])))
