"""Invalid arguments: an error before any request, and no change."""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable
from functools import partial
from types import MappingProxyType, SimpleNamespace

import httpx
import pytest

from tests.client.flavours import Flavour, listed
from tests.client.taps import Script
from tests.client.test_requests import COLLECTION, TYPE
from typed_artifacts import (
    AsyncApi,
    AsyncArtifact,
    AsyncArtifactCollection,
    AsyncArtifactCollections,
    AsyncArtifactFiles,
    AsyncArtifacts,
    AsyncArtifactType,
    AsyncArtifactTypes,
    AsyncClient,
    AsyncProjectArtifactCollections,
    AsyncRegistries,
    AsyncRegistryCollections,
    AsyncRegistryVersions,
    AsyncRunArtifacts,
    Client,
    InvalidInput,
    JsonValue,
)
from typed_artifacts._operations.catalog import VIEWER


class _Run:
    entity, project, id = "e", "p", "r"


class _Version:
    entity, project, name, file_count, digest_algorithm = "e", "p", "c:v0", 1, None


@pytest.fixture
def mute(flavour: Flavour, silent: Script) -> AsyncClient:
    return flavour.client(silent)


@pytest.fixture
def door(flavour: Flavour, silent: Script) -> AsyncApi:
    return flavour.api(silent)


def _refused(silent: Script, act: Callable[[], object]) -> str:
    with pytest.raises(InvalidInput) as caught:
        act()
    assert silent.sent == []
    assert isinstance(caught.value, ValueError)
    words = str(caught.value)
    assert words[-1] == "."
    assert " " in words
    return words


def _lists(flavour: Flavour, mute: AsyncClient, **named: object) -> list[Callable[[], object]]:
    """Every list class, made with some arguments."""
    places: list[tuple[Callable[..., object], tuple[object, ...]]] = [
        (AsyncArtifactTypes, ("e", "p")),
        (AsyncArtifactCollections, ("e", "p", "t")),
        (AsyncProjectArtifactCollections, ("e", "p")),
        (AsyncArtifacts, ("e", "p", "c", "t")),
        (AsyncRunArtifacts, (_Run(),)),
        (AsyncArtifactFiles, (_Version(),)),
    ]
    return [partial(flavour.attempt, kind, mute, *place, **named) for kind, place in places]


@pytest.mark.parametrize("per_page", [0, -1, True, "5", 1.0, None])
def test_a_bad_page_size(
    flavour: Flavour, mute: AsyncClient, silent: Script, per_page: object
) -> None:
    for make in _lists(flavour, mute, per_page=per_page):
        assert f"per_page is {per_page!r}" in _refused(silent, make)


def test_what_is_no_client_of_this_flavour(
    flavour: Flavour, door: AsyncApi, silent: Script
) -> None:
    other = AsyncClient if flavour.blocking else Client
    wanted = "Client" if flavour.blocking else "AsyncClient"
    for wrong in (other("http://localhost", transport=silent), door, "http://localhost", None):
        make = partial(flavour.attempt, AsyncArtifactTypes, wrong, "e", "p")
        assert f"; it must be of the type {wanted}, such as the client of" in _refused(silent, make)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("transport", "http://localhost"),
        ("transport", _Run()),
        ("ssl_context", "ca.pem"),
        ("ssl_context", False),
        ("retry", 3),
        ("retry", False),
        ("on_request", "print"),
    ],
)
def test_what_a_client_could_not_send_with(
    flavour: Flavour, silent: Script, option: str, value: object
) -> None:
    make = partial(flavour.attempt, AsyncClient, "http://localhost", **{option: value})
    assert _refused(silent, make).startswith(f"{option} is {value!r}; it must be a")


def test_a_transport_of_the_other_flavour(flavour: Flavour, silent: Script) -> None:
    other = httpx.AsyncHTTPTransport if flavour.blocking else httpx.HTTPTransport
    make = partial(flavour.attempt, AsyncClient, "http://localhost", transport=other(verify=False))
    method = "handle_request" if flavour.blocking else "handle_async_request"
    assert f"it must be an httpx transport with {method}()." in _refused(silent, make)


async def test_what_is_no_operation_and_what_are_no_variables(
    mute: AsyncClient, silent: Script
) -> None:
    with pytest.raises(InvalidInput, match=r"^operation is '\{ viewer \}'; it must be one of"):
        await mute.execute("{ viewer }", {})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # on purpose
    with pytest.raises(InvalidInput, match=r"^variables is None; it must be a mapping\."):
        await mute.execute(VIEWER, None)  # type: ignore[misc]  # pyright: ignore[reportArgumentType]  # on purpose
    assert silent.sent == []


@pytest.mark.parametrize("part", ["entity", "project", "id"])
@pytest.mark.parametrize("value", [None, 5])
def test_a_run_that_says_no_path(
    flavour: Flavour, mute: AsyncClient, silent: Script, part: str, value: object
) -> None:
    run = SimpleNamespace(**{"entity": "e", "project": "p", "id": "r", part: value})
    words = _refused(silent, lambda: flavour.attempt(AsyncRunArtifacts, mute, run))
    assert words.startswith("run is ")


@pytest.mark.parametrize("part", ["entity", "project", "name"])
@pytest.mark.parametrize("value", [None, 5])
def test_a_version_that_says_no_path(
    flavour: Flavour, mute: AsyncClient, silent: Script, part: str, value: object
) -> None:
    version = SimpleNamespace(**{"entity": "e", "project": "p", "name": "c:v0", part: value})
    words = _refused(silent, lambda: flavour.attempt(AsyncArtifactFiles, mute, version))
    assert words.startswith("artifact is ")


@pytest.mark.parametrize("given", ["e/p/c", b"e/p/c", {"c": 1}, 5, None])
async def test_what_is_no_list_of_collections(
    door: AsyncApi, silent: Script, given: object
) -> None:
    with pytest.raises(InvalidInput, match=r"^collections is .*; it must be a list\.$"):
        await door.aliases_of(given)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # on purpose
    assert silent.sent == []


async def test_a_list_of_something_else_than_collections(
    flavour: Flavour, mute: AsyncClient, door: AsyncApi, silent: Script
) -> None:
    place = ("e", "p", "many", "dataset")
    found = flavour.make(AsyncArtifactCollection, mute, *place, attrs=COLLECTION)
    with pytest.raises(InvalidInput, match=r"^collections\[1\] is 'c', which has no 'id'; "):
        await door.aliases_of((found, "c"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # on purpose
    assert silent.sent == []


@pytest.mark.parametrize("start", ["", 5, b"cursor"])
def test_a_bad_start(flavour: Flavour, mute: AsyncClient, silent: Script, start: object) -> None:
    for make in _lists(flavour, mute, start=start):
        assert f"start is {start!r}" in _refused(silent, make)


@pytest.mark.parametrize(
    "order", ["", "-", "created at", "1st", "+-name", "name desc", "a.b", "ä", "nä", "name\n", 5]
)
def test_a_bad_order(flavour: Flavour, mute: AsyncClient, silent: Script, order: object) -> None:
    kinds: list[tuple[Callable[..., object], tuple[str, ...]]] = [
        (AsyncArtifactCollections, ("t",)),
        (AsyncProjectArtifactCollections, ()),
        (AsyncArtifacts, ("c", "t")),
    ]
    for kind, place in kinds:
        words = _refused(
            silent,
            partial(flavour.attempt, kind, mute, "e", "p", *place, order=order),
        )
        assert f"order is {order!r}" in words


@pytest.mark.parametrize("order", ["name", "+name", "-created_at", "_x", "A9"])
def test_a_good_order(flavour: Flavour, mute: AsyncClient, order: str) -> None:
    assert flavour.make(AsyncArtifacts, mute, "e", "p", "c", "t", order=order).order == order


def test_what_a_list_is_of_cannot_be_set(
    flavour: Flavour, mute: AsyncClient, silent: Script
) -> None:
    for make, name in [(each, "entity") for each in _lists(flavour, mute)[:4]] + [
        (partial(flavour.attempt, kind, mute, "o"), "organization")
        for kind in (AsyncRegistries, AsyncRegistryCollections, AsyncRegistryVersions)
    ]:
        made = make()
        before = getattr(made, name)
        words = _refused(silent, partial(setattr, made, name, "other"))
        assert f"make another list with {name}=" in words
        assert getattr(made, name) == before


@pytest.mark.parametrize("filters", [[], "state", 5, [("a", 1)]])
async def test_bad_filters(
    flavour: Flavour, mute: AsyncClient, door: AsyncApi, silent: Script, filters: object
) -> None:
    words = _refused(
        silent, lambda: flavour.attempt(AsyncArtifacts, mute, "e", "p", "c", "t", filters=filters)
    )
    assert "filters is" in words
    with pytest.raises(InvalidInput, match="filters is"):
        await door.plan_prune("e/p", filters=filters)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # on purpose
    assert silent.sent == []


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, object()])
def test_filters_that_json_cannot_say(
    flavour: Flavour, mute: AsyncClient, silent: Script, value: object
) -> None:
    words = _refused(
        silent,
        lambda: flavour.attempt(
            AsyncArtifacts, mute, "e", "p", "c", "t", filters={"metadata.x": value}
        ),
    )
    assert words.startswith('In filters, ["metadata.x"] is ')  # as it was given, and no further
    assert "JSON" in words


@pytest.mark.parametrize("value", [float("nan"), {1, 2}])
def test_filters_of_collections_that_json_cannot_say(
    flavour: Flavour, mute: AsyncClient, silent: Script, value: object
) -> None:
    for kind, place in ((AsyncProjectArtifactCollections, ("e", "p")), (AsyncRegistries, ("o",))):
        make = partial(flavour.attempt, kind, mute, *place, filters={"name": value})
        assert _refused(silent, make).startswith("In filters, name is ")


@pytest.mark.parametrize("filters", [{"name": {"$in": ["\udcff"]}}, {"\udcff": 1}])
def test_filters_that_are_no_text(
    flavour: Flavour, mute: AsyncClient, silent: Script, filters: object
) -> None:
    words = _refused(
        silent, lambda: flavour.attempt(AsyncArtifacts, mute, "e", "p", "c", "t", filters=filters)
    )
    assert words in {
        'In filters, name["$in"][0] holds half a surrogate pair, which is no text.',
        'In filters, ["\\udcff"] holds half a surrogate pair, which is no text.',
    }


async def test_what_is_no_text_is_refused_by_its_place(door: AsyncApi, silent: Script) -> None:
    with pytest.raises(InvalidInput, match="ArtifactMembership cannot be sent: name holds half a"):
        await door.artifact("e/p/c:\udcff")
    assert silent.sent == []


def _endless() -> dict[str, object]:
    itself: dict[str, object] = {}
    itself["$and"] = [itself]
    return itself


def _deep() -> dict[str, object]:
    nested: dict[str, object] = {"digest": "d"}
    for _ in range(3000):
        nested = {"$not": nested}
    return nested


@pytest.mark.parametrize("made", [_endless, _deep])
async def test_filters_without_end_are_refused(
    flavour: Flavour,
    mute: AsyncClient,
    door: AsyncApi,
    silent: Script,
    made: Callable[[], dict[str, object]],
) -> None:
    gc.collect()  # so that no client of a test before ends where the stack is full
    filters = MappingProxyType(made())  # the flavours of these tests look into a dict themselves
    _refused(
        silent, lambda: flavour.attempt(AsyncArtifacts, mute, "e", "p", "c", "t", filters=filters)
    )
    with pytest.raises(InvalidInput):
        await door.plan_prune("e/p", filters=filters)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # objects, not JSON
    assert silent.sent == []


@pytest.mark.parametrize("tags", ["", "a/b", ["ok", "a,b"], [""], [None], 5, {"a": 1}, "t" * 129])
def test_bad_tags(flavour: Flavour, mute: AsyncClient, silent: Script, tags: object) -> None:
    _refused(silent, lambda: flavour.attempt(AsyncArtifacts, mute, "e", "p", "c", "t", tags=tags))


@pytest.mark.parametrize("mode", ["", "Logged", "both", None, 1])
def test_a_bad_mode(flavour: Flavour, mute: AsyncClient, silent: Script, mode: object) -> None:
    words = _refused(silent, lambda: flavour.attempt(AsyncRunArtifacts, mute, _Run(), mode))
    assert words.startswith("mode must be logged or used")


@pytest.mark.parametrize("names", ["file.txt", [1], ["a", None]])
def test_bad_file_names(flavour: Flavour, mute: AsyncClient, silent: Script, names: object) -> None:
    words = _refused(silent, lambda: flavour.attempt(AsyncArtifactFiles, mute, _Version(), names))
    assert "names is" in words


@pytest.mark.parametrize("name", ["", "  ", "a/b", 5])
def test_bad_parts_of_a_place(
    flavour: Flavour, mute: AsyncClient, silent: Script, name: object
) -> None:
    make: dict[Callable[..., object], int] = {
        AsyncArtifactTypes: 2,
        AsyncArtifactCollections: 3,
        AsyncArtifacts: 4,
        AsyncArtifactType: 3,
        AsyncArtifactCollection: 4,
    }
    for kind, count in make.items():
        for position in range(count):
            place: list[object] = ["x"] * count
            place[position] = name
            _refused(silent, partial(flavour.attempt, kind, mute, *place))


@pytest.mark.parametrize(
    ("attrs", "lacking"), [({"id": "x"}, "aliases"), ({"aliases": []}, "artifact")]
)
def test_attrs_that_make_no_version(
    flavour: Flavour, mute: AsyncClient, silent: Script, attrs: object, lacking: str
) -> None:
    """They failed as if the server had said that there is no such version, or in a TypeError."""
    words = _refused(
        silent, lambda: flavour.attempt(AsyncArtifact, mute, "e", "p", "c:v0", attrs=attrs)
    )
    assert words == f"attrs do not fit ArtifactMembershipFields: {lacking}: Field required."


@pytest.mark.parametrize("attrs", [{"id": 5}, {"id": "x", "name": None}])
def test_bad_attrs(flavour: Flavour, mute: AsyncClient, silent: Script, attrs: object) -> None:
    words = _refused(
        silent, lambda: flavour.attempt(AsyncArtifactType, mute, "e", "p", "t", attrs=attrs)
    )
    assert words.startswith("attrs do not fit ArtifactTypeFields")


@pytest.mark.parametrize("attrs", [5, "id", ["id"], _Run()])
def test_attrs_of_another_type(
    flavour: Flavour, mute: AsyncClient, silent: Script, attrs: object
) -> None:
    words = _refused(
        silent, lambda: flavour.attempt(AsyncArtifactType, mute, "e", "p", "t", attrs=attrs)
    )
    assert words.startswith(f"attrs is of type {type(attrs).__name__}; it must be a mapping, or ")


PATHS = [
    "",
    "/",
    "a//b",
    "a/b/c/d",
    "e/p/",
    "/p/c",
    "e/p/c:",
    " / / ",
    "e/p#/c",
    5,
    None,
]


@pytest.mark.parametrize("path", PATHS)
async def test_a_bad_artifact_path(door: AsyncApi, silent: Script, path: object) -> None:
    for ask in (door.artifact, door.artifact_exists):
        with pytest.raises(InvalidInput) as caught:
            await ask(path)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # on purpose
        assert str(caught.value).endswith(".")
    assert silent.sent == []


@pytest.mark.parametrize("path", [*PATHS, "e/p/c:v1"])
async def test_a_bad_collection_path(door: AsyncApi, silent: Script, path: object) -> None:
    with pytest.raises(InvalidInput):
        await door.artifact_collection("dataset", path)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # on purpose
    with pytest.raises(InvalidInput):
        door.artifacts("dataset", path)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # on purpose
    with pytest.raises(InvalidInput):
        await door.artifact_collection_exists(path, "dataset")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # on purpose
    assert silent.sent == []


@pytest.mark.parametrize("path", ["a/b/c", "/", "e/", "/p", "a b#", "p?", "p:x", "p" * 129, 5])
async def test_a_bad_project_path(door: AsyncApi, silent: Script, path: object) -> None:
    with pytest.raises(InvalidInput):
        door.artifact_types(path)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # on purpose
    with pytest.raises(InvalidInput):
        await door.artifact_type("t", path)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # on purpose
    with pytest.raises(InvalidInput):
        door.artifact_collections(path, "t")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # on purpose
    with pytest.raises(InvalidInput):
        door.project(path)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # on purpose
    assert silent.sent == []


@pytest.mark.parametrize("path", ["", "/", "a/b/c/d", "e/p/", "a/b/c/d/e", 5])
async def test_a_bad_run_path(door: AsyncApi, silent: Script, path: object) -> None:
    with pytest.raises(InvalidInput):
        await door.run(path)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # on purpose
    assert silent.sent == []


@pytest.mark.parametrize("name", ["", 0, [], False])
async def test_a_project_without_a_name_is_not_the_default_one(
    door: AsyncApi, silent: Script, name: str
) -> None:
    acts: list[Callable[[], Awaitable[object]]] = [
        lambda: listed(door.artifact_types(name)),
        lambda: door.artifact_type("dataset", name),
        lambda: door.inventory(name),
        lambda: door.usage(name),
        lambda: listed(door.holdings(name)),
    ]
    for act in acts:
        with pytest.raises(InvalidInput, match="name of a project is a string that is not empty"):
            await act()
    with pytest.raises(InvalidInput, match="name of a user or team is a string"):
        door.project("p", name)
    assert silent.sent == []


@pytest.mark.parametrize("kind", ["", 5])
async def test_a_type_without_a_name_is_no_sign_of_absence(
    door: AsyncApi, silent: Script, kind: str
) -> None:
    for path, ask in (("p/c:v0", door.artifact_exists), ("p/c", door.artifact_collection_exists)):
        with pytest.raises(InvalidInput, match="type"):
            await ask(path, kind)
    assert silent.sent == []


@pytest.mark.parametrize("name", ["", "a/b", "a:b"])
async def test_a_name_that_no_collection_can_have(
    flavour: Flavour, mute: AsyncClient, silent: Script, name: str
) -> None:
    kind = flavour.make(AsyncArtifactType, mute, "e", "p", "dataset", attrs=TYPE)
    with pytest.raises(InvalidInput):
        await kind.collection(name)
    assert silent.sent == []


@pytest.mark.parametrize("name", ["", "a/b", "a:b", "c" * 129, "a\nb"])
async def test_a_name_that_no_collection_is_to_get(
    flavour: Flavour, mute: AsyncClient, silent: Script, name: str
) -> None:
    found = flavour.make(
        AsyncArtifactCollection, mute, "e", "p", "many", "dataset", attrs=COLLECTION
    )
    with pytest.raises(InvalidInput):
        found.name = name
    assert found.name == "many"
    await found.save()
    assert silent.sent == []


@pytest.mark.timeout(20)
def test_a_long_bad_name_is_refused_at_once(
    flavour: Flavour, mute: AsyncClient, silent: Script
) -> None:
    found = flavour.make(
        AsyncArtifactCollection, mute, "e", "p", "many", "dataset", attrs=COLLECTION
    )
    with pytest.raises(InvalidInput):
        found.type = "a" * 100 + "!"
    with pytest.raises(InvalidInput):
        found.tags = ["a" * 100 + "!", "a " * 60 + "!"]
    assert silent.sent == []


def test_an_empty_type(flavour: Flavour, mute: AsyncClient) -> None:
    found = flavour.make(
        AsyncArtifactCollection, mute, "e", "p", "many", "dataset", attrs=COLLECTION
    )
    with pytest.raises(InvalidInput, match="The artifact type is empty; give its name"):
        found.type = ""


@pytest.mark.parametrize("good", ["a", "-", "a.b", "a.", "model v1.2", "a  b", "_x-", "t" * 128])
def test_good_types(flavour: Flavour, mute: AsyncClient, good: str) -> None:
    found = flavour.make(
        AsyncArtifactCollection, mute, "e", "p", "many", "dataset", attrs=COLLECTION
    )
    found.type = good
    assert found.type == good


@pytest.mark.parametrize("good", ["a", "-", "a  b", "Größe_1", "t" * 128])
def test_good_tags(flavour: Flavour, mute: AsyncClient, good: str) -> None:
    found = flavour.make(
        AsyncArtifactCollection, mute, "e", "p", "many", "dataset", attrs=COLLECTION
    )
    found.tags = [good]
    assert found.tags == [good]


def test_tags_are_there_once_and_those_of_other_clients_stay(
    flavour: Flavour, mute: AsyncClient
) -> None:
    attrs: dict[str, JsonValue] = {**COLLECTION, "tags": {"edges": [{"node": {"name": "a/b"}}]}}
    place = ("e", "p", "many", "dataset")
    found = flavour.make(AsyncArtifactCollection, mute, *place, attrs=attrs)
    found.tags = ["new", *found.tags, "new"]
    assert found.tags == ["new", "a/b"]


@pytest.mark.parametrize("bad", [".a", "a ", " a", "a!b", "a\n"])
def test_bad_types(flavour: Flavour, mute: AsyncClient, bad: str) -> None:
    found = flavour.make(
        AsyncArtifactCollection, mute, "e", "p", "many", "dataset", attrs=COLLECTION
    )
    with pytest.raises(InvalidInput):
        found.type = bad
    assert found.type == "dataset"
