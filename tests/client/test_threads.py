"""Two threads that use one client, or one of its objects, at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import anyio
import httpx
import pytest
from typing_extensions import override

from tests.interleaving import interleaved
from typed_artifacts import Api, Artifact, ArtifactCollection, ArtifactCollections, AsyncApi, Client
from typed_artifacts._domain.lists.page_buffer import Buffer
from typed_artifacts._domain.mutations.partial_changes import follow_list
from typed_artifacts._domain.versions.artifact_edits import ArtifactEdits
from typed_artifacts._environment.access_tokens import AccessToken
from typed_artifacts._requests.access_tokens import KeptToken
from typed_artifacts._requests.deadline import Collected
from typed_artifacts._requests.redaction import Redactor
from typed_artifacts._requests.response import RequestContext
from typed_artifacts._requests.sending import Sender
from typed_artifacts._sync.sign_in import SignIn
from typed_artifacts._sync.transports import Transports
from typed_artifacts._values.process import ProcessLocal
from typed_artifacts.local import LocalServer, open_local

KEY = "5ecre7" * 7
DATA = "local/demo/data"
PAGE = 3


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with open_local() as opened:
        log = opened.registry.log_version
        for number in range(2 * PAGE):
            log(f"{DATA}-{number}", type="dataset", files={"a.txt": b"%d" % number})
        log(DATA, type="dataset", files={"a.txt": b"1"}, aliases=["best"])
        opened.registry.link(f"{DATA}:v0", "local/other/links")
        yield opened


@pytest.fixture(scope="module")
def api(server: LocalServer) -> Iterator[Api]:
    address, key = server.base_url, server.api_key
    with Api(base_url=address, api_key=key, transport=server.transport) as opened:
        yield opened


def test_an_access_token_that_is_refused_twice_at_once() -> None:
    """The second refusal found no token to compare with, and raised an `AttributeError`."""

    def kept() -> KeptToken:
        made = KeptToken()
        made.take(AccessToken(KEY))
        return made

    def refuse(token: KeptToken) -> str | None:
        token.refuse(KEY)
        return None

    def wait(token: KeptToken) -> str | None:
        return token.since(0)

    for token, _, _ in interleaved(kept, refuse, refuse, within=KeptToken.refuse):
        assert token.since(0) is None
    for _, found, _ in interleaved(kept, wait, refuse, within=KeptToken.since):
        assert found in {KEY, None}


def test_an_access_token_is_fetched_once() -> None:
    """Whoever looked before it was there, and waited after that, fetched another."""
    fetched: list[str] = []
    lock = threading.Lock()

    def token() -> str:
        with lock:
            fetched.append(KEY)
        return KEY

    def new() -> Client:
        fetched.clear()
        return Client("http://127.0.0.1:1", token=token)

    def sign_in(client: Client) -> str | None:
        return client._sign_in.token()

    for _, first, second in interleaved(new, sign_in, sign_in, within=SignIn.token):
        assert (first, second, fetched) == (KEY, KEY, [KEY])


def test_all_tokens_are_hidden_whichever_threads_send_them() -> None:
    """Of two that were added at the same moment, one was forgotten, and was shown in errors."""

    def new() -> Redactor:
        return Redactor(None, {}, list)

    def add_one(redactor: Redactor) -> None:
        redactor.add_token("one" + KEY)

    def add_two(redactor: Redactor) -> None:
        redactor.add_token("two" + KEY)

    for redactor, _, _ in interleaved(new, add_one, add_two, within=Redactor.add_token):
        assert redactor.text(f"one{KEY} two{KEY}") == "[the token] [the token]"


@pytest.mark.parametrize("source", [Client.byte_source, Client.reference_source])
def test_connections_for_files_while_the_client_is_closed(
    source: Callable[[Client], object],
) -> None:
    """A call that began while another thread closed the client found nothing to send with."""

    def used() -> Client:
        client = Client("http://127.0.0.1:1", KEY)
        source(client)
        return client

    def close(client: Client) -> object:
        client.close()
        return None

    for function in (source, ProcessLocal[object].get):
        for _, found, _ in interleaved(used, source, close, within=function):
            assert hasattr(found, "send")


@pytest.mark.parametrize("source", [Client.byte_source, Client.reference_source])
def test_connections_for_files_are_shared(source: Callable[[Client], object]) -> None:
    """Those of the thread that came second stayed open when the client was closed."""

    def new() -> Client:
        return Client("http://127.0.0.1:1", KEY)

    for function in (source, ProcessLocal[object].get):
        for client, first, second in interleaved(new, source, source, within=function):
            assert first is second is source(client)


@pytest.mark.parametrize("within", [Artifact._edit, ArtifactEdits.metadata])
def test_the_first_edits_of_a_version(
    api: Api, within: Callable[[Artifact], object] | property
) -> None:
    """Each thread made a draft of its own, and the edits in one of them were lost."""

    def found() -> Artifact:
        return api.artifact(f"{DATA}:v0")

    def edit(version: Artifact) -> None:
        version.metadata["one"] = 1
        version.tags.append("red")

    def edit_also(version: Artifact) -> None:
        version.metadata["two"] = 2
        version.tags.append("blue")

    for version, _, _ in interleaved(found, edit, edit_also, within=within):
        assert set(version.tags) == {"red", "blue"}
        assert version.metadata == {"one": 1, "two": 2}


def _append(tags: list[str]) -> None:
    tags.append("blue")


def _remove(tags: list[str]) -> None:
    if "old" in tags:  # otherwise it was in no save yet
        tags.remove("old")


@pytest.mark.parametrize("change", [_append, _remove])
@pytest.mark.parametrize("within", [follow_list, ArtifactEdits.rebase])
def test_edits_while_a_version_takes_over_what_was_saved(
    api: Api, change: Callable[[list[str]], None], within: Callable[..., object]
) -> None:
    """They were lost, if they came between the look at the edits and their replacement."""

    def edited() -> Artifact:
        version = api.artifact(f"{DATA}:v0")
        version.tags = ["old"]
        version.description = "Before."
        version.save()
        version.tags = ["red", "old", "red"]
        return version

    def save(version: Artifact) -> None:
        version.save()

    def edit(version: Artifact) -> None:
        change(version.tags)
        version.description = "After."

    for version, _, _ in interleaved(edited, save, edit, within=within):
        expected = ["old", "red", "blue"] if change is _append else ["red"]
        assert sorted(version.tags) == sorted(expected)
        version.save()
        found = api.artifact(f"{DATA}:v0")
        assert (sorted(found.tags), found.description) == (sorted(expected), "After.")


def test_the_first_edits_of_a_collection(api: Api) -> None:
    """As those of a version."""

    def found() -> ArtifactCollection:
        return api.artifact_collection("dataset", DATA)

    def tag(collection: ArtifactCollection) -> None:
        collection.tags.append("red")

    def tag_also(collection: ArtifactCollection) -> None:
        collection.tags.append("blue")

    for collection, _, _ in interleaved(found, tag, tag_also, within=ArtifactCollection._edit):
        assert set(collection.tags) == {"red", "blue"}


@pytest.mark.parametrize(
    "attribute", [Artifact.collection, Artifact.source_collection, Artifact.source_artifact]
)
def test_what_belongs_to_a_version_is_the_same_object_for_all_threads(
    api: Api, attribute: property
) -> None:
    """Two threads got two, and only the edits of one could be saved by another thread."""

    def found() -> Artifact:
        return api.artifact("local/other/links:v0")

    def read(version: Artifact) -> object:
        return attribute.__get__(version)

    def load(version: Artifact) -> object:
        return version.load()

    for version, first, second in interleaved(found, read, read, within=attribute):
        assert first is second is read(version)
    for _, first, _ in interleaved(found, read, load, within=attribute):
        assert first is not None


@pytest.mark.parametrize(
    "within",
    [
        Artifact.name,
        Artifact.entity,
        Artifact.project,
        Artifact._known_membership,
    ],
)
def test_a_version_of_a_list_that_is_read_while_it_is_loaded(
    api: Api, within: Callable[[Artifact], object] | property
) -> None:
    """What its list had said of it was gone between the look at it and its use."""

    def listed() -> Artifact:
        return api.artifacts("dataset", DATA)[0]

    def read(version: Artifact) -> list[str]:
        return [version.qualified_name, *version.aliases]

    def load(version: Artifact) -> list[str]:
        return [version.load().version]

    for _, words, number in interleaved(listed, read, load, within=within):
        assert {*words, *number} == {f"{DATA}:v0", "latest", "best", "v0"}


def test_aliases_of_a_collection_while_it_is_loaded(api: Api) -> None:
    """They were gone between the look at them and their use: a `TypeError`."""

    def found() -> ArtifactCollection:
        collection = api.artifact_collection("dataset", DATA)
        assert collection.aliases
        return collection

    def read(collection: ArtifactCollection) -> list[str]:
        return collection.aliases

    def load(collection: ArtifactCollection) -> list[str]:
        return collection.load().tags

    aliases = ArtifactCollection.aliases
    assert isinstance(aliases, property)
    for _, names, _ in interleaved(found, read, load, within=aliases):
        assert set(names) == {"latest", "best"}


def test_the_cursor_of_a_list_to_which_another_thread_adds_a_page(api: Api) -> None:
    """Its items were there before their cursors were: an `IndexError`."""
    whole = [each.name for each in api.artifact_collections("demo", "dataset")]
    assert len(whole) > 2 * PAGE

    def begun() -> ArtifactCollections:
        found = api.artifact_collections("demo", "dataset", per_page=PAGE)
        assert found[0].name
        return found

    def fill(found: ArtifactCollections) -> tuple[list[str], str | None]:
        return [found[PAGE].name], None

    def read(found: ArtifactCollections) -> tuple[list[str], str | None]:
        return [item.name for _, item in zip(found.objects, found, strict=False)], found.cursor

    for _, _, (names, cursor) in interleaved(begun, fill, read, within=Buffer[object].add):
        rest = api.artifact_collections("demo", "dataset", start=cursor)
        assert [*names, *(each.name for each in rest)] == whole


def test_a_version_that_is_forgotten_while_it_is_looked_up(server: LocalServer) -> None:
    """`invalidate_cache()` of another thread came between the look-up and its use: a `KeyError`."""
    pytest.importorskip("fsspec")
    from typed_artifacts.filesystem.versions import Versions  # noqa: PLC0415 -- of an extra

    address, key = server.base_url, server.api_key
    api = AsyncApi(base_url=address, api_key=key, transport=server.async_transport)

    def new() -> Versions:
        return Versions(api)

    def find(versions: Versions) -> str | None:
        return anyio.run(versions.find, DATA).artifact.version

    def forget(versions: Versions) -> str | None:
        versions.forget()
        return None

    for _, found, _ in interleaved(new, find, forget, within=Versions.find):
        assert found == "v0"


class _Connections(httpx.BaseTransport):
    """Connections that are used while they are closed, if that is what happens."""

    def __init__(self, send: Callable[[], None]) -> None:
        self._send = send
        self._is_closing = False
        self.was_cut = False

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.was_cut = self._is_closing
        return httpx.Response(200, stream=httpx.ByteStream(b""))

    @override
    def close(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            self._send()


def test_a_request_that_begins_while_connections_are_closed() -> None:
    """It went out on one of them, and was cut off."""
    made: list[_Connections] = []
    request = httpx.Request("POST", "http://127.0.0.1:1")
    context = RequestContext("Viewer", None, "http://127.0.0.1:1", "")

    def send() -> None:
        transports.send(Sender(), request, 10, Collected(context))

    def make() -> httpx.BaseTransport:
        made.append(_Connections(send if not made else lambda: None))
        return made[-1]

    transports = Transports(make, is_given=False)
    transports.close()
    assert [each.was_cut for each in made] == [False, False]
