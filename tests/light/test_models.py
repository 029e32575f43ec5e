"""What models of replies keep in memory, and what they can still tell."""

from __future__ import annotations

import copy
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated

import pytest
from pydantic_core import CoreSchema, core_schema

from typed_artifacts._graphql import fragments
from typed_artifacts._graphql.base_model import BaseModel
from typed_artifacts._graphql.fragments import ArtifactCollectionFields, FileFields
from typed_artifacts._requests.envelope import envelope, validate

FILE = {
    "id": "x",
    "name": "a.txt",
    "url": None,
    "directUrl": "u",
    "sizeBytes": 3,
    "storagePath": None,
    "mimetype": "text/plain",
    "updatedAt": "2024-05-01T00:00:00Z",
    "digest": "d",
    "md5": None,
}


def test_a_model_tells_what_was_given_without_keeping_it() -> None:
    file = FileFields.model_validate(FILE)
    assert file.model_fields_set == {
        *("id", "name", "direct_url", "size_bytes", "mimetype", "updated_at", "digest")
    }
    # It is made anew each time: nothing lies beside the values.
    assert file.model_fields_set is not file.model_fields_set


def test_models_are_compared_copied_and_dumped_as_ever() -> None:
    file = FileFields.model_validate(FILE)
    assert file == FileFields.model_validate(dict(FILE))
    assert file != FileFields.model_validate(FILE | {"name": "b.txt"})
    for twin in (copy.copy(file), copy.deepcopy(file), file.model_copy(), _pickled(file)):
        assert twin == file
        assert twin.updated_at == datetime(2024, 5, 1, tzinfo=UTC)
    assert file.model_copy(update={"name": "b.txt"}).name == "b.txt"
    dumped = file.model_dump(by_alias=True, mode="json")
    assert dumped["updatedAt"] == "2024-05-01T00:00:00Z"
    assert FileFields.model_validate(dumped) == file
    assert file.model_dump(exclude_unset=True)["name"] == "a.txt"
    assert FileFields.model_validate_json(file.model_dump_json(by_alias=True)) == file
    assert FileFields.model_construct(name="c.txt").name == "c.txt"


def test_a_fragment_is_found_by_its_name_and_loaded_then() -> None:
    assert fragments.ArtifactCollectionFields is ArtifactCollectionFields
    assert ArtifactCollectionFields.__module__.endswith("fragments.artifact_collection_fields")
    assert not hasattr(fragments, "NoSuchFields")
    assert {*fragments.__all__} >= {"FileFields", "VersionedArtifactPage"}


class _Slow:
    """A type that takes a while to be built, if no second thread builds it at the same time."""

    def __init__(self) -> None:
        self.meeting = threading.Barrier(2, timeout=0.3)
        self.met = False

    def __get_pydantic_core_schema__(self, _source: object, _handler: object) -> CoreSchema:
        with suppress(threading.BrokenBarrierError):
            self.meeting.wait()
            self.met = True
        return core_schema.any_schema()


@pytest.mark.parametrize("whole", [False, True])
def test_one_thread_at_a_time_builds_models(*, whole: bool) -> None:
    """A model's first use changed a class that another thread went over: a `RuntimeError`."""
    slow = _Slow()

    class Model(BaseModel):
        value: Annotated[int, slow]

    def use(_: int) -> object:
        if whole:
            return validate(envelope(Model), b'{"data": {"value": 1}}')
        return Model.model_validate({"value": 1})

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(use, range(2)))
    assert slow.meeting.broken
    assert not slow.met
    assert not any(isinstance(each, str) for each in found)


def _pickled(file: FileFields) -> FileFields:
    twin: FileFields = pickle.loads(pickle.dumps(file))  # noqa: S301 -- what was just pickled
    return twin
