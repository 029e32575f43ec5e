"""The fixtures of the pytest plugin, used as anybody would."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from typed_artifacts import Api, AsyncApi, IntegrityError, ServerError
from typed_artifacts.local import Registry
from typed_artifacts.testing import ArtifactsServer, Requests, SentRequest

CONTENT = b"x" * 100_000


@pytest.mark.parametrize("_time", [1, 2])
def test_each_test_has_an_empty_registry(
    _time: int, artifacts_registry: Registry, artifacts_api: Api
) -> None:
    logged = artifacts_registry.log_version("local/demo/n", type="t", files={"a.txt": "1"})
    assert logged.version == "v0"
    assert [found.version for found in artifacts_api.artifacts("t", "demo/n")] == ["v0"]


def test_what_was_asked_is_counted(artifacts_api: Api, artifacts_requests: Requests) -> None:
    artifacts_api.log_artifact("demo/n", type="t", files={"a.txt": b"1"})
    assert artifacts_requests.counts["CommitArtifact"] == 1
    artifacts_requests.clear()
    found = artifacts_api.artifact("demo/n:v0")
    assert found.files()[0].read_bytes() == b"1"
    assert artifacts_requests.operations == [
        "ArtifactMembership",
        "ArtifactMembershipFiles",
        "download",
    ]
    assert artifacts_requests[0] == SentRequest("ArtifactMembership", "local/demo/n:v0", 200)
    assert [request.status for request in artifacts_requests[1:]] == [200, 200]
    assert "\n  200 ArtifactMembershipFiles" in repr(artifacts_requests)


async def test_in_coroutines(artifacts_async_api: AsyncApi, artifacts_requests: Requests) -> None:
    await artifacts_async_api.log_artifact("demo/n", type="t", files={"a.txt": b"1"})
    assert [found.name async for found in artifacts_async_api.artifacts("t", "demo/n")] == ["n:v0"]
    assert len(artifacts_requests) == sum(artifacts_requests.counts.values()) > 1


def test_the_server_is_found_by_the_environment(artifacts_server: ArtifactsServer) -> None:
    artifacts_server.registry.log_version("local/demo/n", type="t", files={"a.txt": "1"})
    assert os.environ["WANDB_BASE_URL"] == artifacts_server.url
    assert artifacts_server.port > 0
    with Api() as api:
        assert api.artifact("demo/n").files()[0].read_bytes() == b"1"


def test_clients_write_into_folders_of_the_test(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    unset = ("MODE", "PROJECT", "ORGANIZATION", "IDENTITY_TOKEN_FILE", "RUN_ID")
    for name in unset:
        monkeypatch.setenv(f"WANDB_{name}", "of the developer")
    server: ArtifactsServer = request.getfixturevalue("artifacts_server")
    assert [name for name in unset if f"WANDB_{name}" in os.environ] == []
    variables = ("DIR", "ARTIFACT_DIR", "CACHE_DIR", "CONFIG_DIR", "DATA_DIR")
    folders = [Path(os.environ[f"WANDB_{name}"]) for name in variables]
    assert len({folder.parent for folder in folders}) == 1
    assert all(folder.is_dir() for folder in folders)
    assert (os.environ["WANDB_API_KEY"], os.environ["WANDB_ENTITY"]) == (server.api_key, "local")


@pytest.mark.referee
def test_the_official_client_finds_it_too(
    artifacts_server: ArtifactsServer, artifacts_requests: Requests, tmp_path: Path
) -> None:
    pytest.importorskip("wandb")
    artifacts_server.registry.log_version("local/demo/n", type="t", files={"a.txt": "one"})
    code = (
        "import wandb\n"
        "artifact = wandb.Api().artifact('demo/n:latest')\n"
        "folder = artifact.download('there')\n"
        "artifact.aliases.append('seen')\n"
        "artifact.save()\n"
    )
    run = [sys.executable, "-c", code]
    ended = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "there" / "a.txt").read_text() == "one"
    with Api() as api:
        assert api.artifact("demo/n:seen").version == "v0"
    assert artifacts_requests.counts["GET"] >= 1


@pytest.mark.artifacts_faults("429", "reset", operation="ArtifactMembership")
def test_what_passes_is_tried_again(
    artifacts_registry: Registry, artifacts_api: Api, artifacts_requests: Requests
) -> None:
    artifacts_registry.log_version("local/demo/n", type="t", files={"a.txt": "1"})
    assert artifacts_api.artifact("demo/n").version == "v0"
    assert artifacts_requests.operations == ["ArtifactMembership"] * 3
    assert [request.status for request in artifacts_requests] == [None, None, 200]


@pytest.mark.artifacts_faults("cut", operation="GET", after=1)
@pytest.mark.artifacts_faults("404")
def test_markers_add_up(artifacts_registry: Registry, artifacts_api: Api, tmp_path: Path) -> None:
    files = {"a.bin": CONTENT, "b.bin": CONTENT + b"y"}
    artifacts_registry.log_version("local/demo/n", type="t", files=files)
    with pytest.raises(ServerError, match="404"):
        artifacts_api.artifact("demo/n")
    artifacts_api.artifact("demo/n").download(tmp_path)  # goes on where it was cut
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == files


@pytest.mark.artifacts_faults("flipped", "flipped", operation="GET")
def test_wrong_bytes_come_in_coroutines(
    artifacts_registry: Registry, artifacts_async_api: AsyncApi
) -> None:
    artifacts_registry.log_version("local/demo/n", type="t", files={"a.bin": CONTENT.decode()})

    async def read() -> bytes:
        artifact = await artifacts_async_api.artifact("demo/n")
        return await (await artifact.files()[0]).read_bytes()

    with pytest.raises(IntegrityError):
        asyncio.run(read())
    assert asyncio.run(read()) == CONTENT


@pytest.mark.artifacts_faults("lost", operation="CommitArtifact")
def test_a_response_that_is_lost(artifacts_api: Api, artifacts_requests: Requests) -> None:
    artifacts_api.log_artifact("demo/n", type="t", files={"a.txt": b"1"})
    assert artifacts_requests.counts["CommitArtifact"] == 2  # what was done is done once
    assert [found.version for found in artifacts_api.artifacts("t", "demo/n")] == ["v0"]


@pytest.mark.artifacts_faults("flipped", operation="PUT")
@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_empty_body_has_no_byte_to_flip(
    artifacts_api: Api, artifacts_requests: Requests
) -> None:
    artifacts_api.log_artifact("demo/n", type="t", files={"a.txt": b"1"})
    assert artifacts_requests.counts["PUT"] == 2  # the file, and the manifest
