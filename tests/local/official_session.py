"""Run by test_official_client.py as a process of its own: one session of the official client.

It writes down what it saw as JSON; nothing of it knows which server answers.
"""
# pyright: basic
# pyright: reportOptionalMemberAccess=false
# (the official client's own types are loose: most of its attributes may be None or unknown)

import datetime
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import wandb

import typed_artifacts

seen: dict[str, Any] = {}
here = Path(tempfile.mkdtemp())
(here / "sub").mkdir()
(here / "a.txt").write_text("alpha")
(here / "sub" / "b.txt").write_text("beta" * 1000)

with wandb.init(project="proj", job_type="train") as run:
    first = wandb.Artifact("data", "dataset", description="first", metadata={"x": 1})
    first.add_dir(str(here))
    run.log_artifact(first, aliases=["best"], tags=["one", "two words"])
    first.wait()
    again = wandb.Artifact("data", "dataset")
    again.add_dir(str(here))
    run.log_artifact(again)
    again.wait()
    seen["logged"] = [first.version, again.version, sorted(first.tags)]
    more = wandb.Artifact("data", "dataset", incremental=True)
    (here / "new.txt").write_text("new")
    more.add_file(str(here / "new.txt"))
    run.log_artifact(more)
    more.wait()
    seen["increment"] = [more.version, sorted(more.manifest.entries)]
    away = wandb.Artifact("away", "dataset")
    away.add_reference("https://example.com/x", name="x", checksum=False)
    run.log_artifact(away)
    away.wait()
    seen["reference"] = [entry.ref for entry in away.manifest.entries.values()]
    made = run.id

with wandb.init(project="proj") as run:
    used = run.use_artifact("data:best", use_as="input")
    folder = used.download(str(here / "down"))
    used.verify(folder)
    seen["downloaded"] = sorted(p.name for p in Path(folder).rglob("*") if p.is_file())

    hashed = wandb.Artifact("hashed", "hashes", digest_algorithm="XXH128")
    hashed.add_file(str(here / "a.txt"))
    run.log_artifact(hashed)
    hashed.wait()
    hashed.verify(hashed.download(str(here / "hashed")))
    seen["hashed"] = [entry.extra["alg"] for entry in hashed.manifest.entries.values()]

api = wandb.Api()
entity = api.default_entity
base = f"{entity}/proj"
seen["viewer"] = [entity, api.viewer.username]
seen["types"] = [kind.name for kind in api.artifact_types(base)]
collections = api.artifact_collections(base, "dataset")
seen["collections"] = [len(collections), [c.name for c in collections]]
versions = api.artifacts("dataset", f"{base}/data", per_page=1)
seen["versions"] = [len(versions), [v.version for v in versions]]
best = api.artifact(f"{base}/data:best")
seen["names"] = [
    api.artifact(f"{base}/data:{name}").version for name in ("latest", best.digest, "v0")
] + [api.artifact(f"{base}/data").version]
seen["files"] = [str(first.files()).replace(str(entity), "E"), [f.name for f in best.files()]]
seen["lineage"] = [
    [a.name for a in api.run(f"{base}/{made}").logged_artifacts()],
    best.logged_by().id == made,
    [a.name for a in api.run(f"{base}/{run.id}").used_artifacts()],
]

with typed_artifacts.Api() as ours:
    before = ours.log_artifact(
        f"{base}/moved", type="moves", files={"a": b"ours a", "b": b"ours b"}
    )
    with before.edit() as draft:
        draft["copy/of a"] = draft["a"]
        draft["renamed"] = draft["b"]
        del draft["b"]
moved = api.artifact(f"{base}/moved:latest")
down = Path(moved.download(str(here / "moved"), skip_cache=True))
moved.verify(str(down))
# An entry by itself is asked for by the id of the version that its bytes were stored with.
one = Path(moved.get_entry("renamed").download(str(here / "one"), skip_cache=True))
seen["moved"] = [
    {p.relative_to(down).as_posix(): p.read_text() for p in down.rglob("*") if p.is_file()},
    one.read_text(),
    {entry.birth_artifact_id for entry in moved.manifest.entries.values()} == {before.id},
]

collection = api.artifact_collection("dataset", f"{base}/data")
collection.description, collection.tags, collection.name = "about", ["x", "y z"], "renamed"
collection.save()
collection = api.artifact_collection("dataset", f"{base}/renamed")
collection.type = "model"
collection.save()
collection = api.artifact_collection("model", f"{base}/renamed")
seen["collection"] = [collection.description, sorted(collection.tags), collection.type]

best = api.artifact(f"{base}/renamed:best")
best.description, best.metadata, best.tags = "changed", {"y": 2}, ["three"]
best.aliases = ["prod"]
best.ttl = datetime.timedelta(days=3)
best.save()
best = api.artifact(f"{base}/renamed:prod")
seen["edited"] = [best.description, best.metadata, best.tags, best.aliases, best.ttl.days]

best.link(f"{base}/port", aliases=["staging"])
link = api.artifact(f"{base}/port:staging")
seen["link"] = [link.name, link.is_link, link.source_name, link.version]
link.unlink()
seen["unlinked"] = [len(api.artifacts("model", f"{base}/port")), best.state]
registry = api.create_registry("m", visibility="organization", organization=f"{entity}-org")
best.link("wandb-registry-m/chosen", aliases=["live"])
live = api.artifact("wandb-registry-m/chosen:live")
seen["registry"] = [
    live.project,
    live.source_name,
    [r.name for r in api.registries(f"{entity}-org")],
]

best.delete(delete_aliases=True)
seen["deleted"] = [v.version for v in api.artifacts("model", f"{base}/renamed")]
api.artifact_collection("dataset", f"{base}/away").delete()
seen["exist"] = [
    api.artifact_collection_exists(f"{base}/away", "dataset"),
    api.artifact_exists(f"{base}/renamed:v0"),
    api.artifact_exists(f"{base}/renamed:v1"),
]
Path(sys.argv[1]).write_text(json.dumps(seen))
os._exit(0)
