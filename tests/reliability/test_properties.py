"""Whatever the data, the pages and the bytes: what comes out is what a plain model says."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typing_extensions import override

from tests.client.taps import Script
from typed_artifacts import NO_RETRIES, Api, ArtifactsError, Client, InvalidInput
from typed_artifacts._operations import catalog
from typed_artifacts._requests.operation import NO_VARIABLES, Operation
from typed_artifacts.local import LocalServer, open_local

pytestmark = pytest.mark.long

TAGS = ("red", "green", "blue", "old", "new")
_names = itertools.count()

# `make soak` looks for longer.
SIZE = int(os.environ.get("SOAK", "1"))
slow = settings(
    deadline=None,
    max_examples=40 * SIZE,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with open_local() as opened:
        yield opened


@pytest.fixture(scope="module")
def api(server: LocalServer) -> Iterator[Api]:
    with Api(
        base_url=server.base_url,
        api_key=server.api_key,
        entity="local",
        transport=server.transport,
        retry=NO_RETRIES,
    ) as made:
        yield made


worlds = st.lists(
    st.tuples(st.sets(st.sampled_from(TAGS)), st.integers(-3, 3)), min_size=0, max_size=14
)
"""The tags and a number of each version."""


def _build(server: LocalServer, world: list[tuple[set[str], int]]) -> str:
    path = f"local/p{next(_names)}/c"
    with server.registry.batch():
        for index, (tags, number) in enumerate(world):
            server.registry.log_version(
                path,
                type="dataset",
                files={"f": f"{path} {index}"},
                tags=sorted(tags),
                metadata={"number": number},
            )
        if not world:
            server.registry.log_version(path, type="dataset", files={})
    return path


@slow
@given(
    world=worlds,
    per_page=st.integers(1, 16),
    wanted=st.sets(st.sampled_from(TAGS), max_size=2),
    oldest_first=st.booleans(),
)
def test_a_listing_is_what_the_model_says(
    server: LocalServer,
    api: Api,
    world: list[tuple[set[str], int]],
    per_page: int,
    wanted: set[str],
    oldest_first: bool,
) -> None:
    path = _build(server, world)
    given_world = world or [(set[str](), 0)]
    model = [f"v{index}" for index, (tags, _) in enumerate(given_world) if wanted <= tags]
    if not oldest_first:
        model.reverse()

    def listing() -> Any:  # noqa: ANN401 -- the generic class is long
        order = "+version_index" if oldest_first else None
        tags = sorted(wanted) or None
        return api.artifacts("dataset", path, order=order, per_page=per_page, tags=tags)

    assert [found.version for found in listing()] == model
    assert len(listing()) == len(model)
    pages = [found.version for page in listing().pages() for found in page]
    assert pages == model
    pager = listing()
    assert [found.version for found in pager[1:-1:2]] == model[1:-1:2]
    assert [found.version for found in pager] == model


@slow
@given(world=worlds, number=st.integers(-3, 3), per_page=st.integers(1, 5))
def test_a_filter_is_what_the_model_says(
    server: LocalServer, api: Api, world: list[tuple[set[str], int]], number: int, per_page: int
) -> None:
    path = _build(server, world)
    collection = api.artifact_collection("dataset", path)
    found = collection.artifacts(per_page, filters={"metadata.number": {"$gte": number}})
    model = [f"v{index}" for index, (_, each) in enumerate(world) if each >= number]
    assert sorted(each.version for each in found) == sorted(model)


@slow
@given(
    start=st.integers(1, 10),
    per_page=st.integers(1, 4),
    steps=st.lists(st.sampled_from(["log", "delete", "read"]), max_size=25),
    data=st.data(),
)
def test_writes_between_pages_lose_and_double_nothing(
    server: LocalServer, api: Api, start: int, per_page: int, steps: list[str], data: st.DataObject
) -> None:
    """What was there all the time comes exactly once, what was not at most once."""
    path = _build(server, [(set(), 0)] * start)
    there, always = [f"v{n}" for n in range(start)], {f"v{n}" for n in range(start)}
    walk = iter(api.artifacts("dataset", path, per_page=per_page))
    seen: list[str] = []
    for number, step in enumerate(steps):
        if step == "log":
            files = {"f": f"{path} later {number}"}  # the same content would be the same version
            made = server.registry.log_version(path, type="dataset", files=files)
            there.append(f"v{made.index}")
        elif step == "delete" and there:
            gone = data.draw(st.sampled_from(there))
            there.remove(gone)
            always.discard(gone)
            api.artifact(f"{path}:{gone}").delete(delete_aliases=True)
        else:
            seen += [found.version for found in itertools.islice(walk, 1)]
    seen += [found.version for found in walk]
    assert len(seen) == len(set(seen))
    assert always <= set(seen)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["data", "errors", "error", "message", "project", "edges", "node", "id"]
            )
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)
bodies = (
    st.binary(max_size=300)
    | json_values.map(lambda value: json.dumps(value).encode())
    | json_values.map(lambda value: json.dumps({"data": value}).encode())
    | json_values.map(lambda value: json.dumps({"data": None, "errors": value}).encode())
)
OPERATIONS: list[Operation[Any, Any]] = [
    value for value in vars(catalog).values() if isinstance(value, Operation)
]


@settings(slow, max_examples=300 * SIZE)
@given(
    body=bodies,
    status=st.sampled_from([200, 200, 200, 201, 204, 400, 401, 404, 422, 429, 500, 599]),
    operation=st.sampled_from(OPERATIONS),
)
def test_whatever_a_server_says_is_data_or_one_of_our_errors(
    body: bytes, status: int, operation: Operation[Any, Any]
) -> None:
    script = Script(httpx.Response(status, content=body))
    with Client("http://localhost", "k" * 40, transport=script, retry=NO_RETRIES) as client:
        try:
            client.execute(operation, NO_VARIABLES)
        except ArtifactsError as error:
            assert error.operation == operation.name  # noqa: PT017 -- an error is one of two right outcomes
            assert operation.name in str(error)  # noqa: PT017 -- as above


CALLS: list[Callable[[Api], object]] = [
    lambda api: list(api.artifact_types("p")),
    lambda api: list(api.artifact_collections("p", "dataset")),
    lambda api: len(api.artifacts("dataset", "p/c")),
    lambda api: [found.name for found in api.artifacts("dataset", "p/c", tags=["x"])],
    lambda api: api.artifact("p/c:v0").aliases,
    lambda api: api.run("p/r").state,
    lambda api: api.artifact_exists("p/c:v0"),
    lambda api: api.artifact_collection("dataset", "p/c").tags,
    lambda api: api.log_artifact("p/c", type="dataset", files={"a": b"a"}),
]


class _Always(httpx.BaseTransport):
    """A server that says the same to everything."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        del request
        return httpx.Response(200, content=self._body)


@settings(slow, max_examples=150 * SIZE)
@given(body=bodies, call=st.sampled_from(CALLS))
def test_no_call_ends_with_anything_but_our_errors(
    body: bytes, call: Callable[[Api], object]
) -> None:
    with Api(
        base_url="http://localhost",
        api_key="k" * 40,
        entity="e",
        transport=_Always(body),
        retry=NO_RETRIES,
    ) as api:
        try:
            call(api)
        except ArtifactsError as error:
            assert str(error)  # noqa: PT017 -- an error is one of two right outcomes


texts = st.text(max_size=12) | st.from_regex(r"[\w ./:\\-]{1,20}", fullmatch=True)


@slow
@given(name=texts, alias=texts, tag=texts, description=texts)
def test_names_come_back_or_are_refused(
    api: Api, name: str, alias: str, tag: str, description: str
) -> None:
    path = f"local/p{next(_names)}"
    try:
        made = api.log_artifact(
            f"{path}/{name}",
            type="dataset",
            files={"a": name.encode("utf-8", "replace")},
            aliases=[alias],
            tags=[tag],
            description=description,
        )
    except ArtifactsError:
        return
    found = api.artifact(f"{path}/{name}:v0")
    assert made.qualified_name == found.qualified_name == f"{path}/{name}:v0"
    assert (found.tags, found.description or "") == ([tag], description)
    assert set(found.aliases) == {alias, "latest"}
    assert api.artifact(f"{path}/{name}:{alias}").version == "v0"


@slow
@given(files=st.dictionaries(texts, st.binary(max_size=20), min_size=1, max_size=4))
def test_file_names_come_back_or_are_refused(
    api: Api, files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = f"local/p{next(_names)}/c"
    try:
        made = api.log_artifact(path, type="dataset", files=files)
    except InvalidInput:
        return
    outside = tmp_path_factory.mktemp("outside")
    root = outside / "inside"
    made.download(root)
    found = {p.relative_to(root).as_posix(): p for p in root.rglob("*") if p.is_file()}
    assert {name: place.read_bytes() for name, place in found.items()} == files
    assert [place.name for place in outside.iterdir()] == ["inside"]
