"""The tasks with the official client, ``python -m benchmarks.official TASK OPTIONS``."""
# pyright: basic
# (its own types are loose)

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from .control import forget
from .measure import check, measure, since_start, tell

Options: TypeAlias = dict[str, str]


def start(options: Options) -> dict[str, float]:
    """Import the client and read the first page."""
    import wandb

    api = wandb.Api()
    check(api.artifacts("dataset", options["path"])[0].name != "", "no version")
    return since_start()


def versions(options: Options) -> dict[str, float]:
    """Iterate over all versions of a collection."""
    import wandb

    api = wandb.Api()
    per_page, count = int(options["per_page"]), int(options["count"])
    next(api.artifacts("dataset", options["path"], per_page=1))

    def work() -> None:
        found = api.artifacts("dataset", options["path"], per_page=per_page)
        check(sum(1 for version in found if version.name) == count, "versions are missing")

    return measure(work)


def files(options: Options) -> dict[str, float]:
    """Iterate over all files of a version."""
    import wandb

    artifact = wandb.Api().artifact(options["path"])
    per_page, count = int(options["per_page"]), int(options["count"])
    next(artifact.files(per_page=1))

    def work() -> None:
        found = artifact.files(per_page=per_page)
        check(sum(1 for file in found if file.name) == count, "files are missing")

    return measure(work)


def save(options: Options) -> dict[str, float]:
    """Save a collection's name, description, type and tags at once."""
    import wandb

    collection = wandb.Api().artifact_collection("dataset", options["path"])
    if options["changed"] == "yes":
        collection.name = f"{collection.name}-renamed"
        collection.description = "new words"
        collection.type = "bytes"
        collection.tags = [*collection.tags, "new"]
    forget()
    return measure(collection.save)


def aliases(options: Options) -> dict[str, float]:
    """The aliases of every collection of a type; the collections are known."""
    import wandb

    api = wandb.Api()
    collections = list(api.artifact_collections(options["path"], "dataset", per_page=1000))
    forget(options.get("latency", "0"))

    def work() -> None:
        count = sum(len(collection.aliases) for collection in collections)
        check(count == 3 * len(collections), "no aliases")

    return measure(work)


def inventory(options: Options) -> dict[str, float]:
    """Types, collections, versions and bytes of a project."""
    import wandb

    api = wandb.Api()
    next(api.artifact_types(options["path"]))
    forget(options.get("latency", "0"))

    def work() -> None:
        sizes = [
            version.size
            for kind in api.artifact_types(options["path"])
            for collection in kind.collections()
            for version in collection.artifacts()
        ]
        check(len(sizes) == int(options["count"]), "versions are missing")

    return measure(work)


def download(options: Options) -> dict[str, float]:
    """Download a version with the defaults."""
    import tempfile

    import wandb

    artifact = wandb.Api().artifact(options["path"])
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.get("into", temporary)
        result = measure(lambda: artifact.download(folder, skip_cache=True))
        check(sum(1 for path in Path(folder).rglob("*.bin")) == int(options["count"]), "no files")
    return result


def verify(options: Options) -> dict[str, float]:
    """Check a folder that was downloaded before."""
    import wandb

    artifact = wandb.Api().artifact(options["path"])
    return measure(lambda: artifact.verify(options["into"]))


def log(options: Options) -> dict[str, float]:
    """Log a folder as a version, until its commit; the run exists already."""
    import wandb

    entity, project, name = options["path"].split("/")
    run = wandb.init(entity=entity, project=project)
    forget()

    def work() -> None:
        made = wandb.Artifact(name, "bytes")
        # Large files are not copied to its cache first: no other side does that.
        made.add_dir(options["folder"], policy="immutable" if "digest" in options else "mutable")
        run.log_artifact(made)
        made.wait()
        check(made.file_count == int(options["count"]), "files are missing")

    return measure(work)


def edit(options: Options) -> dict[str, float]:
    """Replace one file of a version with many; the run exists already."""
    import wandb

    entity, project, _ = options["path"].split("/")
    run = wandb.init(entity=entity, project=project)
    artifact = wandb.Api().artifact(f"{options['path']}:latest")
    forget()

    def work() -> None:
        draft = artifact.new_draft()
        draft.remove(options["name"])
        draft.add_file(options["file"], name=options["name"])
        run.log_artifact(draft)  # as save() does, which begins a run of its own without one
        draft.wait()
        found = (draft.version, draft.file_count)
        check(found == ("v1", int(options["count"])), "no new version")

    return measure(work)


def prune(options: Options) -> dict[str, float]:
    """Delete unused versions one at a time, except the newest."""
    import wandb

    api = wandb.Api()
    deleted = 0

    def work() -> None:
        nonlocal deleted
        found = list(api.artifacts("t", f"{options['path']}/c000"))
        for version in found[int(options["keep"]) :]:
            if version.aliases or version.used_by():
                continue
            version.delete()
            deleted += 1
            if deleted == int(options["count"]):
                break

    result = measure(work)
    check(deleted >= int(options["count"]) - 1, "versions are left")
    return result


def usage_loop(options: Options) -> dict[str, float]:
    """Sum the bytes of that number of versions."""
    import itertools

    import wandb

    api = wandb.Api()
    next(api.artifact_types(options["path"]))

    def work() -> None:
        every = (
            version.size
            for kind in api.artifact_types(options["path"])
            for collection in kind.collections()
            for version in collection.artifacts()
        )
        sizes = list(itertools.islice(every, int(options["count"])))
        check(len(sizes) == int(options["count"]), "versions are missing")

    return measure(work)


def plan_loop(options: Options) -> dict[str, float]:
    """Find the unused ones among that number of versions."""
    import wandb

    api = wandb.Api()
    next(api.artifact_types(options["path"]))

    def work() -> None:
        found = api.artifacts("t", f"{options['path']}/c000")
        count = int(options["count"])
        held = [bool(found[at].aliases or found[at].used_by()) for at in range(count)]
        check(len(held) == count and not held[-1], "versions are missing")

    return measure(work)


TASKS: dict[str, Callable[[Options], dict[str, float]]] = {
    task.__name__: task
    for task in (
        start,
        versions,
        files,
        save,
        aliases,
        inventory,
        download,
        verify,
        log,
        edit,
        prune,
        usage_loop,
        plan_loop,
    )
}

if __name__ == "__main__":
    tell(TASKS[sys.argv[1]](json.loads(sys.argv[2])))
    # Its exit waits for uploads of its own; what was to be measured has been.
    sys.stdout.flush()
    os._exit(0)
