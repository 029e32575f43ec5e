"""Migrating a registry from a folder to PostgreSQL and an object store, and back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.remote.conftest import Bucket
from typed_artifacts import Api
from typed_artifacts.cli.commands.registry import registry_app
from typed_artifacts.local import (
    LocalServer,
    Registry,
    RegistryError,
    RegistryRefused,
)
from typed_artifacts.local.maintenance.migration import Moved, move

runner = CliRunner()


class _KilledError(Exception):
    pass


def _fill(root: Path, files: int) -> None:
    with Registry(root) as registry:
        made = None
        for number in range(3):
            content: dict[str, Path | bytes | str] = {
                f"d{n % 7}/{n}.txt": f"{number} {n}" for n in range(files // 3)
            }
            made = registry.log_version(
                "ann/p/c",
                type="dataset",
                files=content,
                metadata={"n": number, "größe": [1.0, None, "ü"]},
                aliases=[f"a{number}"],
                tags=["t", f"t{number}"],
                run="ann/p/run1",
            )
        assert made is not None
        registry.link(made, "ann/p/board", aliases=["prod"])
        registry.use("ann/p/run2", made, "input")
        registry.run("ann/p/run2", config={"x": 1}, summary={"y": 2.5})
        registry.team("crew", ["ann", "bob"])
        registry.log_version("crew/q/far", type="d", references={"far": "s3://bucket/key"})
        registry.register_key("ann", "k" * 40)


def _state(registry: Registry) -> Mapping[str, Any]:
    """What a client sees of it, and the bytes of every file."""
    server = LocalServer(registry)
    state: dict[str, Any] = {}
    with Api(base_url=server.base_url, api_key=server.api_key, transport=server.transport) as api:
        for path, kind in (("ann/p/c", "dataset"), ("ann/p/board", "dataset"), ("crew/q/far", "d")):
            for version in api.artifacts(kind, path):
                state[f"{path}:{version.version}"] = (
                    version.id,
                    version.digest,
                    version.metadata,
                    sorted(version.tags),
                    sorted(version.aliases),
                    str(version.created_at),
                    [(file.name, file.digest) for file in version.files()],
                )
    for md5, size, _ in _files(registry):
        data = b"".join(registry.store.blobs.content(md5))
        assert len(data) == size
        state[md5] = hashlib.md5(data, usedforsecurity=False).hexdigest()
    return state


def _files(registry: Registry) -> list[tuple[str, int, float]]:
    store = registry.store.blobs
    return [found for shard in store.shards() for found in store.listed(shard)]


@pytest.mark.parametrize("files", [30, pytest.param(10_800, marks=pytest.mark.soak)])
@pytest.mark.timeout(3600)
def test_there_and_back_it_is_the_same(
    database: str, bucket: Bucket, tmp_path: Path, files: int
) -> None:
    _fill(tmp_path / "folder.sqlite", files)
    there = ["--to", database, "--files", bucket.url()]
    done = runner.invoke(
        registry_app, ["migrate", "--root", str(tmp_path / "folder.sqlite"), *there]
    )
    assert done.exit_code == 0, done.output
    back = ["--from", database, "--from-files", bucket.url(), "--to", str(tmp_path / "back.sqlite")]
    done = runner.invoke(registry_app, ["migrate", *back])
    assert done.exit_code == 0, done.output
    with (
        Registry(tmp_path / "folder.sqlite") as before,
        Registry(database=database, files=bucket.url("sign=no")) as between,
        Registry(tmp_path / "back.sqlite") as after,
    ):
        expected = _state(before)
        assert len(expected) > files
        assert _state(between) == expected
        assert _state(after) == expected
        for registry in (between, after):
            assert registry.maintenance.verify().wrong == []
            assert [key.user for key in registry.list_keys()] == ["ann"]
            made = registry.log_version("ann/p/c", type="dataset", files={"new": "1"})
            assert made.version == "v3"


def test_a_move_that_was_interrupted_goes_on(database: str, bucket: Bucket, tmp_path: Path) -> None:
    _fill(tmp_path / "folder.sqlite", 30)

    def stop(moved: Moved) -> None:
        if moved.rows > 5:
            raise _KilledError

    with (
        Registry(tmp_path / "folder.sqlite") as source,
        Registry(database=database, files=bucket.url()) as target,
    ):
        with pytest.raises(_KilledError):
            move(source.store, target.store, stop)
        moved = move(source.store, target.store)
        assert moved.files == 0  # all were there
        assert moved.kept > 30
        assert target.maintenance.verify().wrong == []
        with pytest.raises(RegistryRefused, match="is not empty"):
            move(source.store, target.store)


def test_what_changes_meanwhile_is_told(database: str, bucket: Bucket, tmp_path: Path) -> None:
    _fill(tmp_path / "folder.sqlite", 30)
    with (
        Registry(tmp_path / "folder.sqlite") as source,
        Registry(database=database, files=bucket.url()) as target,
    ):
        changed = False

        def change(moved: Moved) -> None:
            nonlocal changed
            if moved.rows > 100 and not changed:
                changed = True
                source.describe_collection("ann/p/c", description="another")

        with pytest.raises(RegistryError, match="somebody wrote"):
            move(source.store, target.store, change)


def test_a_damaged_file_is_told(database: str, bucket: Bucket, tmp_path: Path) -> None:
    _fill(tmp_path / "folder.sqlite", 30)
    with (
        Registry(tmp_path / "folder.sqlite") as source,
        Registry(database=database, files=bucket.url()) as target,
    ):
        digest = hashlib.md5(b"0 0", usedforsecurity=False).hexdigest()
        source.store.blobs.path(digest).write_bytes(b"0 1")
        assert move(source.store, target.store).damaged == (digest,)
