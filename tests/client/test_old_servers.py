"""Servers older than this release: missing members are omitted once, with clear errors."""

import asyncio
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from typing_extensions import override

from tests.client.flavours import Flavour, listed
from tests.client.taps import JsonObject, Rewrite, Sent, Tap
from tests.client.world import build_bench
from typed_artifacts import Api, AsyncApi, LengthUnknown, UnsupportedByServer
from typed_artifacts.local import open_local

DIGEST = "ARTIFACT_DIGEST_ALGORITHM"
FILTERING = "ARTIFACT_COLLECTIONS_FILTERING_SORTING"
LINK = "ARTIFACT_MEMBERSHIP_IN_LINK_ARTIFACT_RESPONSE"
TOTAL = "TOTAL_COUNT_IN_FILE_CONNECTION"
EACH = [DIGEST, FILTERING, LINK, TOTAL]


@contextmanager
def server(features: str) -> Generator[Tap]:
    with open_local(features=features) as opened:
        build_bench(opened.registry)
        yield Tap(opened)


def refusing(words: str, *, once: Tap | None = None) -> Rewrite:
    """Answers that refuse the document; ``once``: only the first on that transport."""

    def rewrite(_sent: Sent, reply: JsonObject) -> JsonObject:
        answered = once is not None and len(once.sent) > 1
        return reply if answered else {"errors": [{"message": words}]}

    return rewrite


def api_on(flavour: Flavour, tap: Tap) -> AsyncApi:
    return flavour.api(tap, api_key=tap.server.api_key)


async def test_what_is_lacking_is_asked_for_once(flavour: Flavour) -> None:
    with server("none") as tap:
        api = api_on(flavour, tap)
        versions = await listed(api.artifacts("dataset", "bench/data"))
        assert [version.digest_algorithm for version in versions] == [None, None]
        assert tap.operations == ["ProjectArtifacts", "ProjectArtifacts"]
        tap.sent.clear()
        # Another operation with the same member is not refused any more, nor is the same one.
        artifact = await api.artifact("bench/data:v0")
        assert artifact.digest_algorithm is None
        assert len(await listed(api.artifacts("dataset", "bench/data"))) == 2
        assert tap.operations == ["ArtifactMembership", "ProjectArtifacts"]


async def test_each_client_remembers_for_itself(flavour: Flavour) -> None:
    with server("none") as tap:
        for _ in range(2):
            tap.sent.clear()
            await listed(api_on(flavour, tap).artifacts("dataset", "bench/data"))
            assert tap.operations == ["ProjectArtifacts", "ProjectArtifacts"]


class Together(httpx.BaseTransport):
    """Sends the first requests on when so many are there."""

    def __init__(self, tap: Tap, count: int) -> None:
        self._tap = tap
        self._left = count
        self._lock = threading.Lock()
        self._all_there = threading.Barrier(count)

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            is_early, self._left = self._left > 0, self._left - 1
        if is_early:
            self._all_there.wait(30)
        return self._tap.handle_request(request)


def test_threads_that_find_it_out_at_the_same_time() -> None:
    with server("none") as tap, ThreadPoolExecutor(4) as pool:
        api = Api(
            base_url=tap.server.base_url,
            api_key=tap.server.api_key,
            transport=Together(tap, 4),
        )
        paths = ["local/bench/data:v0"] * 4
        assert [each.digest_algorithm for each in pool.map(api.artifact, paths)] == [None] * 4
        assert tap.operations == ["ArtifactMembership"] * 8


async def test_tasks_that_find_it_out_at_the_same_time() -> None:
    with server("none") as tap:
        api = AsyncApi(base_url=tap.server.base_url, api_key=tap.server.api_key, transport=tap)
        found = await asyncio.gather(*(api.artifact("local/bench/data:v0") for _ in range(4)))
        assert [each.digest_algorithm for each in found] == [None] * 4


async def test_an_upgrade_is_noticed_after_a_while(
    flavour: Flavour, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A service outlives its server; during a deployment, one request may meet the older one."""
    with open_local(tmp_path, features="none") as old, open_local(tmp_path) as new:
        build_bench(old.registry)
        tap = Tap(old)
        api = flavour.api(tap, api_key=old.registry.add_key("local"))
        assert (await api.artifact("bench/data:v0")).digest_algorithm is None
        project = api.project("bench")
        with pytest.raises(UnsupportedByServer):
            await listed(project.collections(filters={"name": "data"}))
        tap.server = new
        tap.sent.clear()
        assert (await api.artifact("bench/data:v0")).digest_algorithm is None
        with pytest.raises(UnsupportedByServer):
            await listed(project.collections(filters={"name": "data"}))
        clock = time.monotonic
        monkeypatch.setattr(time, "monotonic", lambda: clock() + 600)
        assert str((await api.artifact("bench/data:v0")).digest_algorithm) == "MANIFEST_MD5"
        named = await listed(project.collections(filters={"name": "data"}))
        assert [collection.name for collection in named] == ["data"]
        assert tap.operations == [
            "ArtifactMembership",
            "ArtifactMembership",
            "ProjectArtifactCollections",
        ]


async def test_a_server_that_stays_old_is_asked_again_now_and_then(
    flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server("none") as tap:
        api = api_on(flavour, tap)
        clock, later = time.monotonic, 0.0
        monkeypatch.setattr(time, "monotonic", lambda: clock() + later)
        for _ in range(3):
            tap.sent.clear()
            for _ in range(2):
                assert (await api.artifact("bench/data:v0")).digest_algorithm is None
            assert tap.operations == ["ArtifactMembership"] * 3
            later += 600


async def test_a_present_server_is_never_asked_twice(flavour: Flavour, bench: Tap) -> None:
    api = api_on(flavour, bench)
    versions = await listed(api.artifacts("dataset", "bench/data"))
    assert [str(version.digest_algorithm) for version in versions] == ["MANIFEST_MD5"] * 2
    assert bench.operations == ["ProjectArtifacts"]


async def test_files_without_a_total_can_be_listed(flavour: Flavour) -> None:
    with server("none") as tap:
        artifact = await api_on(flavour, tap).artifact("bench/data:v0")
        files = artifact.files()
        assert [file.name for file in await listed(files)] == ["a"]
        with pytest.raises(LengthUnknown, match=f"gives no total .* has no {TOTAL}") as caught:
            await files.length()
        assert caught.value.feature == TOTAL
        assert isinstance(caught.value, TypeError)


async def test_filters_that_the_server_does_not_take_are_refused_by_name(flavour: Flavour) -> None:
    with server("none") as tap:
        project = api_on(flavour, tap).project("bench")
        assert len(await listed(project.collections())) == 4
        tap.sent.clear()
        with pytest.raises(UnsupportedByServer) as caught:
            await listed(project.collections(filters={"name": "data"}))
        assert caught.value.feature == FILTERING
        assert "filters" in str(caught.value)
        assert tap.sent == []  # known by now: nothing is sent


async def test_filters_are_never_dropped_silently(flavour: Flavour) -> None:
    with server("none") as tap:
        project = api_on(flavour, tap).project("bench")
        with pytest.raises(UnsupportedByServer, match=FILTERING):
            await listed(project.collections(filters={"name": "data"}))
        assert tap.operations == ["ProjectArtifactCollections"]  # the refusal, and no second try


async def test_a_link_is_made_though_the_answer_says_less(flavour: Flavour) -> None:
    with server("none") as tap:
        api = api_on(flavour, tap)
        artifact = await api.artifact("bench/data:v0")
        tap.sent.clear()
        linked = await artifact.link("bench/chosen", ["best"])
        assert (linked.name, linked.is_link, linked.aliases) == (
            "chosen:v0",
            True,
            ["best", "latest"],
        )
        # Refused before it was executed, then linked once, then asked for.
        assert tap.operations == ["LinkArtifact", "LinkArtifact", "ArtifactMembership"]
        assert tap.sent[-1].variables["name"] == "chosen:v0"
        assert len(await listed(api.artifacts("dataset", "bench/chosen"))) == 1


@pytest.mark.each(2)
@pytest.mark.parametrize("missing", EACH)
async def test_one_feature_less_costs_only_what_it_brings(flavour: Flavour, missing: str) -> None:
    with server(",".join(name for name in EACH if name != missing)) as tap:
        api = api_on(flavour, tap)
        versions = await listed(api.artifacts("dataset", "bench/data"))
        assert {version.digest_algorithm is None for version in versions} == {missing == DIGEST}
        files = versions[0].files()
        assert len(await listed(files)) == 1
        if missing == TOTAL:
            with pytest.raises(LengthUnknown):
                await files.length()
        else:
            assert await files.length() == 1
        project = api.project("bench")
        named = project.collections(filters={"name": "data"})
        if missing == FILTERING:
            with pytest.raises(UnsupportedByServer):
                await listed(named)
        else:
            assert [collection.name for collection in await listed(named)] == ["data"]


_REFUSALS = [
    'Cannot query field "totalCount" on type "ArtifactCollectionConnection".',
    "Cannot query field 'totalCount' on type 'ArtifactCollectionConnection'. Did you mean 'x'?",
]


@pytest.mark.parametrize("words", _REFUSALS)
async def test_the_words_of_other_servers(flavour: Flavour, bench: Tap, words: str) -> None:
    api = api_on(flavour, bench)

    # The second document does not ask for it, so the embedded server does not answer it.
    bench.rewrite = refusing(words, once=bench)
    collections = api.artifact_collections("bench", "dataset")
    assert sorted([item.name for item in await listed(collections)]) == ["data", "other"]
    with pytest.raises(LengthUnknown, match=FILTERING):
        await collections.length()


@pytest.mark.parametrize(
    "words",
    [
        "Unknown argument 'order' on field 'ArtifactType.artifactCollections'.",
        'Unknown argument "order" on field "ArtifactType.artifactCollections".',
        'Unknown argument "order" on field "artifactCollections" of type "ArtifactType".',
        'Unknown argument "order" on field "artifactCollections"',
    ],
)
async def test_an_argument_by_any_server_s_words(flavour: Flavour, bench: Tap, words: str) -> None:
    api = api_on(flavour, bench)
    bench.rewrite = refusing(words, once=bench)
    assert len(await listed(api.artifact_collections("bench", "dataset"))) == 2
    with pytest.raises(UnsupportedByServer, match=r'"order", but this server is too old'):
        await listed(api.artifact_collections("bench", "dataset", order="-name"))


async def test_what_is_not_optional_is_an_error_at_once(flavour: Flavour, bench: Tap) -> None:
    api = api_on(flavour, bench)
    words = 'Cannot query field "digest" on type "Artifact".'
    bench.rewrite = refusing(words)
    with pytest.raises(Exception, match="Cannot query field") as caught:
        await listed(api.artifacts("dataset", "bench/data"))
    assert type(caught.value).__name__ == "GraphQLError"
    assert bench.operations == ["ProjectArtifacts"]


async def test_a_server_that_refuses_for_ever_is_believed_in_the_end(
    flavour: Flavour, bench: Tap
) -> None:
    api = api_on(flavour, bench)
    words = 'Cannot query field "digestAlgorithm" on type "Artifact".'
    bench.rewrite = refusing(words)
    with pytest.raises(Exception, match="digestAlgorithm"):
        await listed(api.artifacts("dataset", "bench/data"))
    assert bench.operations == ["ProjectArtifacts"] * 2
