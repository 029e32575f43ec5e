"""What goes to another process by pickle, and what says why it cannot."""

from __future__ import annotations

import copy
import dataclasses
import gc
import json
import multiprocessing
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from tests.artifacts.served import Served, serving
from typed_artifacts import (
    Api,
    Artifact,
    AsyncApi,
    Client,
    InvalidInput,
    RetryPolicy,
)

T = TypeVar("T")

# Whatever is unpickled opens connections of its own, which nobody closes.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.usefixtures("environment", "collected"),
]


@pytest.fixture
def collected() -> Iterator[None]:
    """What is left open is reported in this test, where it is expected."""
    gc.freeze()  # what other tests hold need not be looked through
    yield
    gc.collect()
    gc.unfreeze()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("registry")) as served:
        yield served


@pytest.fixture
def environment(served: Served, monkeypatch: pytest.MonkeyPatch) -> Served:
    monkeypatch.setenv("WANDB_BASE_URL", served.url)
    monkeypatch.setenv("WANDB_API_KEY", served.key)
    monkeypatch.setenv("WANDB_ENTITY", "local")
    return served


def copied(thing: T) -> T:
    """A thing as it arrives in another process."""
    found: T = pickle.loads(pickle.dumps(thing))  # noqa: S301 - our own
    return found


def read_first(artifact: Artifact) -> tuple[str, bytes]:
    return artifact.name, artifact.files()[0].read_bytes()


def test_an_artifact_goes_to_a_worker_of_another_process() -> None:
    with Api(timeout=77, retry=RetryPolicy(tries=2)) as api:
        artifacts = [
            api.log_artifact(f"demo/p{n}", type="dataset", files={"a": b"%d" % n}, tags=["t"])
            for n in range(3)
        ]
        with multiprocessing.get_context("spawn").Pool(2) as pool:
            assert pool.map(read_first, artifacts) == [(f"p{n}:v0", b"%d" % n) for n in range(3)]
        again = copied(artifacts[0])
        assert (again.name, again.tags, again.metadata) == ("p0:v0", ["t"], {})
        again.description = "from a copy"
        again.save()
        assert api.artifact("demo/p0:v0").description == "from a copy"


def test_apis_files_and_lists_go_too() -> None:
    with Api(timeout=77) as api:
        api.log_artifact("demo/listed", type="dataset", files={f"f{n}": b"x" for n in range(5)})
        other = copied(api)
        assert other.client.settings == api.client.settings
        listed = api.artifacts("dataset", "demo/listed", per_page=1)
        assert [each.name for each in listed] == ["listed:v0"]
        assert [each.name for each in copied(listed)] == ["listed:v0"]
        files = api.artifact("demo/listed:v0").files(per_page=2)
        next(files)
        again = copied(files)
        assert [file.name for file in again] == [f"f{n}" for n in range(5)]
        assert copied(files[3]).read_bytes() == b"x"
        collection = copied(api.artifact_collection("dataset", "demo/listed"))
        assert collection.name == "listed"


def test_what_an_artifact_knows_of_its_collection_goes_too() -> None:
    with Api(timeout=77) as api:
        artifact = api.log_artifact("demo/known", type="dataset", files={"a": b"x"})
        for collection in (artifact.collection, artifact.source_collection):
            again = copied(collection)
            assert (again.name, again.type, again.is_sequence()) == ("known", "dataset", True)
            words = f"{again.description} more"  # fetched, as before
            again.description = words
            again.save()
            assert api.artifact_collection("dataset", "demo/known").description == words


def test_an_identity_goes_too() -> None:
    with Api() as api:
        found = api.whoami()
    assert copied(found) == copy.deepcopy(found) == found
    told = json.loads(json.dumps(dataclasses.asdict(found)))
    assert told["features"] == found.features
    assert told["features"]
    for again in (copied(found), copy.deepcopy(found)):
        with pytest.raises(TypeError):
            again.features["X"] = True  # type: ignore[index]  # pyright: ignore[reportIndexIssue, reportOptionalSubscript]  # it is read-only


async def test_the_async_flavour_goes_too() -> None:
    async with AsyncApi() as api:
        await api.log_artifact("demo/async", type="dataset", files={"a": b"x"})
        artifact = copied(await api.artifact("demo/async:latest"))
        assert artifact.name == "async:v0"
        listed = copied(api.artifacts("dataset", "demo/async"))
        assert [each.name async for each in listed] == ["async:v0"]


def test_no_key_is_in_a_pickle(environment: Served) -> None:
    with Api() as api:
        artifact = api.log_artifact("demo/nokey", type="dataset", files={"a": b"x"})
        assert environment.key.encode() not in pickle.dumps(artifact)


@pytest.mark.parametrize("made", ["key", "transport", "local", "on_request"])
def test_what_cannot_go_says_what_to_do(environment: Served, made: str) -> None:
    if made == "local":
        api = Api.local()
    elif made == "key":
        api = Api(api_key=environment.key)
    elif made == "transport":
        api = Api(transport=httpx.HTTPTransport())
    else:
        api = Api(on_request=print)
    with api:
        artifact = api.log_artifact("local/demo/stays", type="dataset", files={"a": b"x"})
        for thing in (api, api.client, artifact, artifact.files()):
            with pytest.raises(InvalidInput, match="one Api for each worker"):
                pickle.dumps(thing)


def test_deep_copies_share_the_client(tmp_path: Path) -> None:
    with Api.local(tmp_path / "registry") as api:
        artifact = api.log_artifact(
            "demo/c", type="dataset", files={"a": b"x"}, metadata={"n": [1]}
        )
        other = copy.deepcopy(artifact)
        other.metadata["n"] = [2]
        assert artifact.metadata == {"n": [1]}
        other.save()
        assert api.artifact("demo/c:v0").metadata == {"n": [2]}
        assert copy.deepcopy(api) is api
        assert isinstance(copy.copy(api.client), Client)
        listed = copy.deepcopy(api.artifacts("dataset", "demo/c"))
        assert [each.name for each in listed] == ["c:v0"]


def test_what_came_from_an_embedded_registry_says_so(tmp_path: Path) -> None:
    """It named an argument, api_key=, that nobody had given."""
    with Api.local(tmp_path / "registry") as api:
        version = api.log_artifact("me/demo/notes", type="dataset", files={"a": b"1"})
        for item in (api, version, api.artifacts("dataset", "me/demo/notes")):
            with pytest.raises(InvalidInput, match="it has an embedded registry"):
                pickle.dumps(item)
