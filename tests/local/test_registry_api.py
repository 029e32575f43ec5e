"""The data API: what it stores, once; what it refuses."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from typed_artifacts import Api, AsyncApi, GraphQLError
from typed_artifacts.local import LocalServer, Registry, RegistryNotFound, RegistryRefused


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "registry")


def _blobs(registry: Registry) -> list[Path]:
    return [path for path in (registry.root / "files").glob("??/*") if path.is_file()]


def test_content_is_stored_once(registry: Registry, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "a.txt").write_text("same")
    (folder / "b.txt").write_text("same")
    first = registry.log_version("me/p/c", type="dataset", files=folder)
    mapped: dict[str, Path | bytes | str] = {"deep/a.txt": b"same", "b.txt": folder / "b.txt"}
    again = registry.log_version("me/p/c", type="dataset", files=mapped, aliases=["x"])
    assert (first.created, again.created) == (True, False)
    assert (again.id, again.path) == (first.id, "me/p/c:v0")
    assert len(_blobs(registry)) == 2  # the content, and the manifest


def test_everything_in_a_batch_is_one_transaction(registry: Registry) -> None:
    def fill() -> None:
        with registry.batch():
            registry.log_version("me/p/c", type="dataset", files={"a": "1"})
            raise KeyError

    with pytest.raises(KeyError):
        fill()
    assert registry.log_version("me/p/c", type="dataset", files={"a": "2"}).index == 0


def test_a_refused_version_inside_a_batch_leaves_the_rest(registry: Registry) -> None:
    with registry.batch():
        registry.log_version("me/p/c", type="dataset", files={"a": "1"})
        with pytest.raises(RegistryRefused):
            registry.log_version("me/p/c", type="model", files={"a": "2"})
        stored = registry.log_version("me/p/c", type="dataset", files={"a": "3"})
    assert stored.version == "v1"


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("p/c", {}),
        ("me/p/c/d", {}),
        ("me/p/" + "x" * 129, {}),
        ("me/p?/c", {}),
        ("me!/p/c", {}),
        ("me/p/c", {"type": "wandb-history"}),
        ("me/p/c", {"type": "job"}),
        ("me/p/run-1", {"type": "run_table"}),
        ("me/p/source-1", {"type": "code"}),
        ("me/p/c", {"type": "a/b"}),
        ("me/p/c", {"aliases": ["v1"]}),
        ("me/p/c", {"aliases": ["a:b"]}),
        ("me/p/c", {"tags": ["-bad-!"]}),
        ("me/p/c", {"files": {"../a": "x"}}),
        ("me/p/c", {"files": {"/a": "x"}}),
        ("me/p/c", {"files": {"a//b": "x"}}),
        ("me/p/c", {"files": Path("/no/such/folder")}),
        ("me/p/c", {"metadata": {str(n): n for n in range(101)}}),
        ("me/p/c", {"ttl": timedelta(seconds=-5)}),
        ("me/p/c", {"ttl": timedelta(milliseconds=500)}),
    ],
)
def test_the_rules_are_those_of_the_server(
    registry: Registry, path: str, more: dict[str, object]
) -> None:
    given: dict[str, object] = {"type": "dataset", "files": {"a": "1"}, **more}
    with pytest.raises(RegistryRefused):
        registry.log_version(path, **given)  # type: ignore[arg-type]  # wrong on purpose
    stored = registry.log_version("me/p/fresh", type="dataset", files={"a": "1"})
    assert stored.index == 0


def test_an_alias_that_is_empty_is_told_in_good_english(registry: Registry) -> None:
    with pytest.raises(RegistryRefused, match=r"^An alias needs a name that is not empty"):
        registry.log_version("me/p/c", type="dataset", files={"a": "1"}, aliases=[" "])
    with pytest.raises(RegistryRefused, match=r"^A project needs a name that is not empty"):
        registry.log_version("me/ /c", type="dataset", files={"a": "1"})


def test_links_and_uses_find_versions_by_path(registry: Registry) -> None:
    for number in range(3):
        registry.log_version(
            "me/p/c", type="dataset", files={"a": str(number)}, aliases=[f"n{number}"]
        )
    assert registry.link("me/p/c:n1", "me/p/port", aliases=["prod"]).path == "me/p/port:v0"
    assert registry.link("me/p/c", "me/p/port").index == 1
    registry.use("me/p/run", "me/p/port:prod")
    with pytest.raises(RegistryNotFound, match="me/p/c:v9"):
        registry.link("me/p/c:v9", "me/p/port")
    with pytest.raises(RegistryRefused, match="portfolio"):
        registry.log_version("me/p/port", type="dataset", files={"a": "z"})


def test_times_are_kept(registry: Registry) -> None:
    when = datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC)
    stored = registry.log_version("me/p/c", type="dataset", files={"a": "1"}, created_at=when)
    with registry.store.read() as connection:
        row = connection.exec_driver_sql("SELECT created_at FROM versions").scalar_one()
    assert (stored.created, row) == (True, "2024-02-03T04:05:06.000000Z")


def test_a_time_of_an_early_year_is_read_as_it_was_given(registry: Registry) -> None:
    when = datetime(1, 2, 3, tzinfo=UTC)
    registry.log_version("me/p/c", type="dataset", files={"a": "1"}, created_at=when)
    with Api.local(registry.root) as api:
        assert api.artifact("me/p/c").created_at == when


def test_a_number_that_is_none_is_refused_by_its_place(registry: Registry) -> None:
    given: Any = {"eval": [{"f1": np.float32("nan")}], "k x": float("-inf")}
    said = r"\AIn metadata, eval\[0\]\.f1 is nan, which JSON has no word for\.\Z"
    with pytest.raises(RegistryRefused, match=said):
        registry.log_version("me/p/c", type="t", files={"a": "1"}, metadata=given)
    given["eval"].clear()
    with pytest.raises(RegistryRefused, match=r'metadata, \["k x"\] is -inf'):
        registry.log_version("me/p/c", type="t", files={"a": "1"}, metadata=given)


def test_a_reference_that_is_no_text_is_refused_by_its_name(registry: Registry) -> None:
    with pytest.raises(RegistryRefused, match=r"references\['a'\] is 's3://b/.udcff'"):
        registry.log_version("me/p/c", type="t", references={"a": "s3://b/\udcff"})


def test_bulk_versions_are_real_ones(registry: Registry) -> None:
    registry.bulk.versions("me/p/c", type="dataset", count=25)
    registry.bulk.versions("me/p/c", type="dataset", count=25)
    assert registry.log_version("me/p/c", type="dataset", files={"a": "1"}).index == 50
    assert registry.link("me/p/c:step-40", "me/p/port").index == 0
    assert registry.link("me/p/c:v49", "me/p/port").index == 1


def test_a_temporary_registry_leaves_nothing(tmp_path: Path) -> None:
    registry = Registry()
    root = registry.root
    registry.log_version("me/p/c", type="dataset", files={"a": "1"})
    assert root.exists()
    registry.close()
    assert not root.exists()
    assert list(tmp_path.iterdir()) == []


def test_text_that_no_file_can_hold_is_refused_by_its_place(registry: Registry) -> None:
    lone = "\ud800"
    with pytest.raises(RegistryRefused, match=r"files\['a'\]"):
        registry.log_version("local/p/c", type="t", files={"a": lone})
    with pytest.raises(RegistryRefused, match="path"):
        registry.log_version(f"local/p/{lone}", type="t", files={"a": "1"})
    with pytest.raises(RegistryRefused, match="user"):
        registry.add_key(lone)


_ITSELF: list[object] = []
_ITSELF.append(_ITSELF)


def _nested(depth: int) -> object:
    found: object = 1
    for _ in range(depth):
        found = [found]
    return found


@pytest.mark.parametrize(
    "value",
    [b"", object(), {(1, 2): 3}, _ITSELF, _nested(3_000), 10**5_000],
    ids=["bytes", "object", "key", "itself", "deep", "digits"],
)
def test_what_json_cannot_say_is_refused_by_its_place(registry: Registry, value: object) -> None:
    given: Any = {"eval": value}
    with pytest.raises(RegistryRefused, match=r"\A(In metadata, eval|metadata is nested)"):
        registry.log_version("me/p/c", type="t", files={"a": "1"}, metadata=given)
    with pytest.raises(RegistryRefused, match=r"\A(In config, eval|config is nested)"):
        registry.run("me/p/r", config=given)
    with pytest.raises(RegistryRefused, match=r"\A(In summary, eval|summary is nested)"):
        registry.run("me/p/r", summary=given)


def test_what_has_a_form_in_json_is_kept_in_it(registry: Registry) -> None:
    given: Any = {"when": datetime(2026, 1, 2, tzinfo=UTC), "where": Path("a/b"), "lr": 0.5}
    kept = {"when": "2026-01-02T00:00:00+00:00", "where": "a/b", "lr": 0.5}
    registry.log_version("me/p/c", type="t", files={"a": "1"}, metadata=given, run="me/p/r")
    registry.run("me/p/r", config=given, summary=given)
    with Api.local(registry.root) as api:
        run = api.run("me/p/r")
        assert (api.artifact("me/p/c:v0").metadata, run.config, run.summary) == (kept, kept, kept)


@pytest.mark.parametrize(("moment", "hours"), [(datetime.min, 14), (datetime.max, -14)])  # noqa: DTZ901 - a zone comes
def test_a_time_that_is_none_in_utc(registry: Registry, moment: datetime, hours: int) -> None:
    zoned = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    with pytest.raises(RegistryRefused, match="created_at"):
        registry.log_version("me/p/c", type="t", files={"a": "1"}, created_at=zoned)


def test_a_path_that_no_system_takes(registry: Registry) -> None:
    with pytest.raises(RegistryRefused, match="null"):
        registry.log_version("me/p/c", type="t", files={"a": Path("a\0b")})


def test_a_name_is_a_file_or_a_reference(registry: Registry) -> None:
    with pytest.raises(RegistryRefused, match="'a' is both a file and a reference"):
        registry.log_version("me/p/c", type="t", files={"a": "1"}, references={"a": "s3://b/k"})


async def test_a_coroutine_writes_nothing_inside_of_a_batch(registry: Registry) -> None:
    with LocalServer(registry) as server:
        api = AsyncApi(
            base_url=server.base_url, api_key=server.api_key, transport=server.async_transport
        )
        with registry.batch():
            registry.log_version("me/p/c", type="t", files={"a": "1"})
            with pytest.raises(GraphQLError, match="inside of a batch of the registry"):
                # It waited for the batch, which waited for it.
                await asyncio.wait_for(
                    api.log_artifact("local/p/c", type="t", files={"a": b"2"}), 30
                )
        await api.log_artifact("local/p/c", type="t", files={"a": b"2"})


def test_an_api_writes_nothing_inside_of_a_batch(registry: Registry) -> None:
    with Api.local(registry.root) as other, LocalServer(registry) as server:
        own = Api(base_url=server.base_url, api_key=server.api_key, transport=server.transport)
        with registry.batch():
            registry.log_version("me/p/c", type="t", files={"a": "1"})
            for api in (other, own):
                assert not api.artifact_exists("me/p/c")
                with pytest.raises(GraphQLError, match="inside of a batch of the registry"):
                    api.log_artifact("local/p/c", type="t", files={"a": b"2"})
        for api in (other, own):
            assert api.artifact_exists("me/p/c")
            api.log_artifact("local/p/c", type="t", files={"a": b"2"})


def test_a_registry_and_its_server_show_their_folder(registry: Registry) -> None:
    with LocalServer(registry) as server:
        assert repr(registry) == f"<Registry {registry.root}>"
        assert repr(server) == f"<LocalServer {registry.root}>"
