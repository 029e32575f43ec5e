"""The tasks with our client, each in a new process, ``python -m benchmarks.ours TASK OPTIONS``."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from .measure import check, measure, since_start, tell

if TYPE_CHECKING:
    import httpx

Options: TypeAlias = dict[str, str]


def start(options: Options) -> dict[str, float]:
    """Import the client and read the first page."""
    from typed_artifacts import Api

    api = Api()
    check(api.artifacts("dataset", options["path"])[0].name != "", "no version")
    return since_start()


def versions(options: Options) -> dict[str, float]:
    """Iterate over all versions of a collection."""
    from typed_artifacts import Api

    api = Api()
    per_page, count = int(options["per_page"]), int(options["count"])
    next(api.artifacts("dataset", options["path"], per_page=1))

    def work() -> None:
        found = api.artifacts("dataset", options["path"], per_page=per_page)
        check(sum(1 for version in found if version.name) == count, "versions are missing")

    return measure(work)


def files(options: Options) -> dict[str, float]:
    """Iterate over all files of a version."""
    from typed_artifacts import Api

    artifact = Api().artifact(options["path"])
    per_page, count = int(options["per_page"]), int(options["count"])
    next(artifact.files(per_page=1))

    def work() -> None:
        found = artifact.files(per_page=per_page)
        check(sum(1 for file in found if file.name) == count, "files are missing")

    return measure(work)


def used(options: Options) -> dict[str, float]:
    """Iterate over all versions, and do a millisecond of work for each."""
    from typed_artifacts import Api

    api = Api()
    next(api.artifacts("dataset", options["path"], per_page=1))
    spent = 0.0

    def work() -> None:
        nonlocal spent
        for _ in api.artifacts("dataset", options["path"], prefetch=True):
            began = time.perf_counter()
            time.sleep(0.001)
            spent += time.perf_counter() - began

    return {**measure(work), "work": spent}


def million(options: Options) -> dict[str, float]:
    """``pages()`` over a million versions: one page, replayed with other cursors."""
    import httpx
    from typing_extensions import override

    from typed_artifacts import Api

    with httpx.Client() as http:
        page = _first_page(http, options)
    pages = int(options["pages"])
    asked = 0

    class Replay(httpx.BaseTransport):
        @override
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            nonlocal asked
            asked += 1
            cursor = f"cursor-{asked}".encode()
            more = b"true" if asked < pages else b"false"
            content = page.replace(b"@cursor@", cursor).replace(b'"@more@"', more)
            return httpx.Response(200, content=content)

    api = Api(transport=Replay())
    listing = api.artifacts("dataset", options["path"], per_page=1000).pages()
    for _ in range(pages // 20):
        next(listing)
    return measure(lambda: check(sum(1 for _ in listing) == pages - pages // 20, "pages missing"))


def _first_page(http: httpx.Client, options: Options) -> bytes:
    """One page of 1,000 from the server, with placeholders for its cursor and its end."""
    import os

    from typed_artifacts._operations import catalog
    from typed_artifacts._operations.variables import ProjectArtifactsVariables

    entity, project, name = options["path"].split("/")
    given = ProjectArtifactsVariables(
        entity=entity, project=project, type="dataset", collection=name, perPage=1000
    )
    body = catalog.PROJECT_ARTIFACTS.body(given)
    auth = ("api", os.environ["WANDB_API_KEY"])
    reply = http.post(f"{os.environ['WANDB_BASE_URL']}/graphql", content=body, auth=auth).json()
    collection = reply["data"]["project"]["artifactType"]["artifactCollection"]
    collection["artifacts"]["pageInfo"] = {"endCursor": "@cursor@", "hasNextPage": "@more@"}
    return json.dumps(reply, separators=(",", ":")).encode()


def save(options: Options) -> dict[str, float]:
    """Save a collection's name, description, type and tags at once."""
    from typed_artifacts import Api

    collection = Api().artifact_collection("dataset", options["path"])
    if options["changed"] == "yes":
        collection.name = f"{collection.name}-renamed"
        collection.description = "new words"
        collection.type = "bytes"
        collection.tags = [*collection.tags, "new"]
    _forget_requests()
    return measure(collection.save)


def aliases(options: Options) -> dict[str, float]:
    """The aliases of every collection of a type; the collections are known."""
    from typed_artifacts import Api

    api = Api()
    collections = list(api.artifact_collections(options["path"], "dataset", per_page=1000))
    _forget_requests(options.get("latency", "0"))

    def work() -> None:
        found = api.aliases_of(collections)
        check(sum(len(names) for names in found.values()) == 3 * len(collections), "no aliases")

    return measure(work)


def inventory(options: Options) -> dict[str, float]:
    """Types, collections, versions and bytes of a project."""
    from typed_artifacts import Api

    api = Api()
    next(api.artifact_types(options["path"]))
    _forget_requests(options.get("latency", "0"))

    def work() -> None:
        found = api.inventory(options["path"])
        count = sum(len(each.versions) for kind in found.types for each in kind.collections)
        check(count == int(options["count"]), "versions are missing")

    return measure(work)


def download(options: Options) -> dict[str, float]:
    """Download a version, verified."""
    import tempfile  # not before: a start would pay for it

    from typed_artifacts import Api

    api = Api()
    artifact = api.artifact(options["path"])
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.get("into", temporary)
        result = measure(
            lambda: artifact.download(folder, skip_cache=True, max_workers=_threads(options))
        )
        check(sum(1 for _ in Path(folder).rglob("*.bin")) == int(options["count"]), "no files")
    return result


def verify(options: Options) -> dict[str, float]:
    """Check a folder that was downloaded before."""
    from typed_artifacts import Api

    artifact = Api().artifact(options["path"])
    return measure(lambda: check(artifact.verify(options["into"]).ok, "it is not right"))


def diff(options: Options) -> dict[str, float]:
    """Compare a version with a folder in which one file differs."""
    from typed_artifacts import Api

    artifact = Api().artifact(options["path"])
    folder = Path(options["into"])
    next(folder.rglob("*.bin")).write_bytes(b"edited")
    return measure(lambda: check(len(artifact.diff(folder).changed) == 1, "no difference"))


def manifest(options: Options) -> dict[str, float]:
    """Read a manifest with many entries, and measure parsing its JSON alone too."""
    from typed_artifacts._transfer import parse_manifest

    count = int(options["count"])
    contents = {
        f"folder-{number // 1000:04}/file-{number:07}.bin": {
            "digest": "1B2M2Y8AsgTpgAmY7PhCfg==",
            "size": number,
            "birthArtifactID": "QXJ0aWZhY3Q6MTIz",
        }
        for number in range(count)
    }
    head = {"version": 1, "storagePolicy": "wandb-storage-policy-v1", "contents": contents}
    data = json.dumps(head).encode()
    contents.clear()
    floor = measure(lambda: check(len(json.loads(data)["contents"]) == count, "entries"))
    kept: list[object] = []
    found = measure(lambda: kept.append(parse_manifest(data)))
    return {**found, "floor": floor["cpu"]}


def log(options: Options) -> dict[str, float]:
    """Log a folder as a version, until its commit."""
    from typed_artifacts import Api

    api = Api()
    next(api.artifact_types(options["path"].rpartition("/")[0]), None)
    folder = Path(options["folder"])

    def work() -> None:
        made = api.log_artifact(
            options["path"],
            type="bytes",
            files=folder,
            digest="xxh128" if options.get("digest") == "xxh128" else "md5",
            max_workers=_threads(options),
        )
        check(made.file_count == int(options["count"]), "files are missing")

    return measure(work)


def edit(options: Options) -> dict[str, float]:
    """Replace one file of a version with many."""
    from typed_artifacts import Api

    artifact = Api().artifact(f"{options['path']}:latest")
    _forget_requests()

    def work() -> None:
        with artifact.edit() as draft:
            draft[options["name"]] = Path(options["file"])
        made = draft.artifact
        check((made.version, made.file_count) == ("v1", int(options["count"])), "no new version")

    return measure(work)


def _threads(options: Options) -> int:
    """The largest number of threads for files: the default, or a fixed one for stable counts."""
    from typed_artifacts._environment.network import DEFAULT_WORKERS

    return int(options.get("max_workers", DEFAULT_WORKERS))


def _forget_requests(latency: str = "0") -> None:
    """Reset the count of requests."""
    from .control import forget

    forget(latency)


TASKS: dict[str, Callable[[Options], dict[str, float]]] = {
    task.__name__: task
    for task in (
        start,
        versions,
        files,
        used,
        million,
        save,
        aliases,
        inventory,
        download,
        verify,
        diff,
        manifest,
        log,
        edit,
    )
}

if __name__ == "__main__":
    tell(TASKS[sys.argv[1]](json.loads(sys.argv[2])))
