"""References as they are followed: only what is allowed, only the version that was logged."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import httpx
import pytest
from typing_extensions import override

from tests.artifacts.bench import awaitable, tree
from tests.artifacts.wire import Wire
from tests.client.flavours import Flavour
from tests.references.conftest import S3
from tests.references.storage import Azure, Gcs, Web, fsspec, md5_hex, web_server
from tests.reliability.served import KEY, Served, served
from typed_artifacts import (
    Api,
    Artifact,
    AsyncApi,
    IntegrityError,
    InvalidInput,
    NotFoundError,
    PermissionDenied,
    Reference,
    ReferencesNotFollowed,
)
from typed_artifacts.filesystem import ArtifactFileSystem
from typed_artifacts.local import open_local


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    """A server in a process of its own: files are asked for by HTTP."""
    with served(tmp_path_factory.mktemp("served")) as running:
        yield running


def _logged(api: Api, files: object, name: str = "away") -> Artifact:
    made = api.log_artifact(name, type="dataset", files=files)  # type: ignore[arg-type]
    return api.artifact(made.qualified_name)


@pytest.mark.usefixtures("mocks")
def test_every_kind_comes_back(api: Api, bucket: S3, web: Web, tmp_path: Path) -> None:
    bucket.put("p/a", b"s3 a")
    bucket.put("p/b/c", b"s3 c")
    web.files = {"/w": b"web", "/untagged": b"nobody can tell"}
    web.untagged.add("/untagged")
    Gcs.keep("b/k", b"gcs")
    Azure.keep("c/k", b"azure")
    fsspec.filesystem("memory").pipe("/followed/m", b"memory")
    (tmp_path / "local").mkdir()
    (tmp_path / "local" / "x 1%.txt").write_bytes(b"local")
    artifact = _logged(
        api,
        {
            "stored": b"stored",
            "s3/": f"s3://{bucket.name}/p/",
            "w": f"{web.url}/w",
            "u": f"{web.url}/untagged",
            "g": "gs://b/k",
            "z": "az://c/k",
            "m": "memory://followed/m",
            "l/": (tmp_path / "local").as_uri(),
        },
    )
    expected = {
        "stored": b"stored",
        "s3/a": b"s3 a",
        "s3/b/c": b"s3 c",
        "w": b"web",
        "u": b"nobody can tell",
        "g": b"gcs",
        "z": b"azure",
        "m": b"memory",
        "l/x 1%.txt": b"local",
    }
    back = tmp_path / "back"
    planned = artifact.plan_download(back)
    stored = {path for path, entry in artifact.manifest.entries.items() if entry.ref is None}
    assert {entry.path for entry in planned.fetch} == stored
    assert {entry.path for entry in planned.references} == artifact.manifest.entries.keys() - stored
    artifact.download(back, follow_references=True)
    assert tree(back) == expected
    report = artifact.verify(back)
    content = {name for name, shown in report.shown.items() if shown == "content"}
    assert content == {"s3/a", "s3/b/c", "w", "l/x 1%.txt"}
    assert {report.shown[name] for name in ("u", "g", "z", "m")} == {"nothing"}
    asked = artifact.verify(back, follow_references=True).shown
    assert (asked["g"], asked["z"]) == ("same version", "same version")
    assert (asked["u"], asked["m"]) == ("nothing", "nothing")
    web.asked.clear()
    with pytest.warns(ReferencesNotFollowed, match="6 of "):
        artifact.download(back, follow_references={"http"})
    # What is provably there is not fetched.
    assert web.asked == ["/untagged"]


@pytest.mark.usefixtures("mocks")
def test_another_version_is_refused(api: Api, bucket: S3, web: Web, tmp_path: Path) -> None:
    bucket.put("a", b"one")
    web.files["/w"] = b"one"
    local = tmp_path / "local"
    local.write_bytes(b"one")
    uris = [f"s3://{bucket.name}/a", f"{web.url}/w", local.as_uri()]
    artifacts = [_logged(api, {"a": uri}, f"c{n}") for n, uri in enumerate(uris)]
    bucket.put("a", b"two")
    web.files["/w"] = b"two"
    local.write_bytes(b"two")
    for number, artifact in enumerate(artifacts):
        back = tmp_path / f"back{number}"
        with pytest.raises(IntegrityError, match="'a'"):
            artifact.download(back, follow_references=True)
        assert tree(back) == {}
        assert artifact.verify(back, follow_references=True).shown == {"a": "nothing"}


@pytest.mark.usefixtures("mocks")
def test_a_version_that_is_kept_is_fetched(api: Api, versioned: S3, tmp_path: Path) -> None:
    versioned.put("a", b"old")
    Gcs.keep("b/k", b"old")
    Azure.keep("c/k", b"old")
    uris = {"s": f"s3://{versioned.name}/a", "g": "gs://b/k", "z": "az://c/k"}
    artifact = _logged(api, uris)
    versioned.put("a", b"new!")
    Gcs.keep("b/k", b"new!")
    Azure.keep("c/k", b"new!")
    artifact.download(tmp_path / "back", follow_references={"s3", "gs", "az"})
    assert tree(tmp_path / "back") == dict.fromkeys(uris, b"old")


def test_one_file_system_serves_all_objects_of_a_bucket(
    api: Api, bucket: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One was made for each: a hundred objects took a minute, and 1.5 GB of memory."""
    names = [f"p/{number}" for number in range(12)]
    for name in names:
        bucket.put(name, name.encode())
    opened: list[str] = []
    core = fsspec.core
    url_to_fs = core.url_to_fs

    def counted(uri: str, **options: object) -> object:
        opened.append(uri)
        return url_to_fs(uri, **options)

    monkeypatch.setattr(core, "url_to_fs", counted)
    artifact = _logged(api, {name: f"s3://{bucket.name}/{name}" for name in names})
    assert len(opened) == 1
    artifact.download(tmp_path / "back", follow_references=True)
    assert len(opened) == 2
    assert tree(tmp_path / "back") == {name: name.encode() for name in names}
    artifact.verify(tmp_path / "back", follow_references=True)
    assert len(opened) <= 3


class Strict(Gcs):
    """Finds a version in a path as gcsfs does: a number after "#", and what follows "?" is lost."""

    objects: ClassVar[dict[str, list[bytes]]] = {}

    def __init__(self, *, version_aware: bool = False, **options: Any) -> None:  # noqa: ANN401 -- as fsspec gives them
        super().__init__(version_aware=True, **options)
        self.is_aware = version_aware

    @override
    def find(self, path: str, *_places: object, **_options: object) -> dict[str, object]:
        return {
            name: self.described(name, len(kept) - 1)
            for name, kept in self.objects.items()
            if name.startswith(f"{path}/")
        }

    @override
    def _version(self, path: str) -> tuple[str, int]:
        found = urlsplit(path)
        if self.is_aware and found.fragment.isdigit():
            if int(found.fragment) > len(self.objects.get(found.path, ())):
                raise FileNotFoundError(path)
            return found.path, int(found.fragment) - 1
        if path not in self.objects:
            raise FileNotFoundError(path)
        return path, len(self.objects[path]) - 1


def test_names_with_what_begins_a_version_are_fetched(api: Api, tmp_path: Path) -> None:
    """The driver was asked for versions of names that were cut there: they did not exist."""
    fsspec.register_implementation("gs", Strict, clobber=True)
    names = ["plain", "a#b", "run#12", "what?x=1", "50%"]
    for name in names:
        Strict.keep(f"b/p/{name}", name.encode())
    artifact = _logged(api, {"d/": "gs://b/p/"})
    artifact.download(tmp_path / "back", follow_references=True)
    assert tree(tmp_path / "back") == {f"d/{name}": name.encode() for name in names}
    shown = artifact.verify(tmp_path / "back", follow_references=True).shown
    assert set(shown.values()) == {"same version"}
    for name in names:
        Strict.keep(f"b/p/{name}", b"new!" + name.encode())
    with pytest.raises(IntegrityError, match="'d/"):
        artifact.download(tmp_path / "other", follow_references=True)
    one = _logged(api, {"one": "gs://b/p/plain#1"}, "one")
    one.download(tmp_path / "one", follow_references=True)
    assert tree(tmp_path / "one") == {"one": b"plain"}


@pytest.mark.usefixtures("mocks")
async def test_a_mark_of_a_folder_is_no_file(flavour: Flavour, tmp_path: Path) -> None:
    """Older releases of the official client logged such objects: a download failed at them."""
    Gcs.keep("b/p/x", b"x")
    mark, etag = {"digest": "CAE=", "size": 0}, f"C1/{md5_hex(b'x')[:6]}="
    contents = {
        "p": {**mark, "ref": "gs://b/p"},
        "p/x": {"digest": etag, "size": 1, "ref": "gs://b/p/x"},
        "q": {**mark, "ref": "gs://b/q/"},
    }
    manifest = {"version": 1, "storagePolicy": "wandb-storage-policy-v1", "contents": contents}
    with open_local() as server:
        server.registry.log_version("local/refs/old", type="dataset", files={"a": "1"})
        wire = Wire(server)
        wire.on_file = lambda request: (
            httpx.Response(200, json=manifest) if "manifest" in request.url.path else None
        )
        artifact = await flavour.api(wire, api_key=server.api_key).artifact("refs/old:v0")
        await artifact.download(tmp_path, follow_references=True)
    assert tree(tmp_path) == {"p/x": b"x"}


def test_a_local_file_that_is_gone_or_no_file_any_more(api: Api, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    files = [tmp_path / "data" / name for name in ("gone", "folder", "pipe", "loop")]
    for file in files:
        file.write_bytes(b"1")
        artifact = _logged(api, {"a": file.as_uri(), "b": b"stored"}, file.name)
        file.unlink()
        if file.name == "folder":
            file.mkdir()
        elif file.name == "pipe":
            os.mkfifo(file)
        elif file.name == "loop":
            file.symlink_to(file)
        back = tmp_path / "back" / file.name
        with pytest.raises(NotFoundError, match=f"'a' refers to .*data/{file.name}, ") as caught:
            artifact.download(back, follow_references={"file"})
        assert (caught.value.missing, caught.value.subject) == ("file", "a")
        assert artifact.verify(back, follow_references=True, allow_unexpected=True).shown == {
            "a": "nothing"
        }


@pytest.mark.parametrize("content", [b"two", b"longer than one", b"", b"1"])
async def test_a_local_file_that_was_changed(
    flavour: Flavour, content: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "data"
    file.write_bytes(b"one")
    with open_local() as server:
        api = flavour.api(Wire(server), api_key=server.api_key)
        artifact = await api.log_artifact("p/a", type="t", files={"a": file.as_uri()})
        file.write_bytes(content)
        with pytest.raises(IntegrityError) as caught:
            await artifact.download(tmp_path / "back", follow_references=True)
    assert str(caught.value) == (
        f"local/p/a:v0: {file.as_uri()} is not what 'a' refers to any more: it was changed since "
        "it was logged. Log it anew, or bring the old one back."
    )
    assert tree(tmp_path / "back") == {}


async def test_a_local_file_that_was_logged_without_a_look_at_it(
    flavour: Flavour, tmp_path: Path
) -> None:
    """Its digest is its URI, or the MD5 of that: either says nothing of the content."""
    file = tmp_path / "data"
    file.write_bytes(b"one")
    uri = file.as_uri()
    with open_local() as server:
        api = flavour.api(Wire(server), api_key=server.api_key)
        server.registry.log_version("local/p/r", type="t", references={"a": uri})
        logged = await api.log_artifact(
            "p/l", type="t", files={"a": Reference(uri, checksum=False)}
        )
        file.write_bytes(b"two")
        for number, artifact in enumerate([await api.artifact("p/r:v0"), logged]):
            back = tmp_path / str(number)
            await artifact.download(back, follow_references={"file"})
            assert tree(back) == {"a": b"two"}
            report = await artifact.verify(back, follow_references=True)
            assert report.shown == {"a": "nothing"}


def test_a_pipe_where_a_reference_goes_is_not_waited_for(api: Api, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    artifact = _logged(api, {"a": (tmp_path / "a").as_uri()})
    (tmp_path / "back").mkdir()
    os.mkfifo(tmp_path / "back" / "a")
    assert artifact.verify(tmp_path / "back").shown == {"a": "nothing"}
    with pytest.raises(InvalidInput, match="no regular file"):
        artifact.download(tmp_path / "back", follow_references=True)


def test_only_what_is_allowed(api: Api, web: Web, tmp_path: Path) -> None:
    web.files = {"/data/a": b"a", "/other/b": b"b", "/data2/c": b"c"}
    files = {name: f"{web.url}{path}" for name, path in zip("abc", web.files, strict=True)}
    artifact = _logged(api, files | {"l": Path(__file__).as_uri()})
    with pytest.warns(ReferencesNotFollowed, match="3 of "):
        artifact.download(tmp_path / "one", follow_references={f"{web.url}/data"})
    assert tree(tmp_path / "one") == {"a": b"a"}
    with pytest.warns(ReferencesNotFollowed, match="'l'"):
        artifact.download(tmp_path / "two", follow_references={"http"})
    assert sorted(tree(tmp_path / "two")) == ["a", "b", "c"]
    for wrong in ("s3", {3}, {"no scheme!"}):
        with pytest.raises(InvalidInput, match="follow_references"):
            artifact.download(tmp_path, follow_references=wrong)  # type: ignore[arg-type]


def test_a_root_is_not_escaped(api: Api, web: Web, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "data" / "link").symlink_to(tmp_path / "secret")
    (tmp_path / "data" / "own").write_bytes(b"own")
    root = (tmp_path / "data").as_uri()
    web.files = {"/data/a": b"a", "/secret": b"secret", "/data/%2e%2e/secret": b"secret"}
    web.moved = {"/data/moved": "/secret"}
    references = {
        "own": f"{root}/own",
        "link": f"{root}/link",
        "up": f"{root}/../secret",
        "dots": Reference(f"{web.url}/data/%2e%2e/secret", checksum=False),
    }
    artifact = _logged(api, references)
    with pytest.warns(ReferencesNotFollowed, match="3 of "):
        artifact.download(tmp_path / "back", follow_references={root, f"{web.url}/data"})
    assert tree(tmp_path / "back") == {"own": b"own"}
    moved = _logged(api, {"m": Reference(f"{web.url}/data/moved", checksum=False)}, "moved")
    with pytest.raises(PermissionDenied, match="does not allow"):
        moved.download(tmp_path / "moved", follow_references={f"{web.url}/data"})
    assert tree(tmp_path / "moved") == {}
    moved.download(tmp_path / "moved", follow_references={"http"})
    assert tree(tmp_path / "moved") == {"m": b"secret"}


def test_a_root_is_no_prefix_of_a_name(api: Api, bucket: S3, tmp_path: Path) -> None:
    """``data?x`` was taken for ``data`` with a query, and ``data%2Fy`` for what is in ``data``."""
    keys = ("data/own", "data?x", "data#x", "data%2Fy")
    for key in keys:
        bucket.put(key, key.encode())
    artifact = _logged(api, {f"f{at}": f"s3://{bucket.name}/{key}" for at, key in enumerate(keys)})
    with pytest.warns(ReferencesNotFollowed, match="3 of "):
        artifact.download(tmp_path, follow_references={f"s3://{bucket.name}/data"})
    assert tree(tmp_path) == {"f0": b"data/own"}


@pytest.mark.parametrize("given", [None, httpx.HTTPTransport()])
def test_a_password_is_for_its_own_host(
    server: Served, web: Web, tmp_path: Path, given: httpx.HTTPTransport | None
) -> None:
    """It was left out, and the files of such a server could not be had."""
    with web_server() as elsewhere:
        web.files = {"/w": b"web"}
        elsewhere.files = {"/away": b"away"}
        away = elsewhere.url.replace("127.0.0.1", "localhost")
        web.moved = {"/moved": "/w", "/whole": f"{web.url}/w", "/there": f"{away}/away"}
        mine = web.url.replace("//", "//me:p%20%C3%A4@")
        basic = f"Basic {base64.b64encode('me:p ä'.encode()).decode()}"
        paths = ("w", "moved", "whole", "there")
        expected = {"w": b"web", "moved": b"web", "whole": b"web", "there": b"away"}
        files = {path: f"{mine}/{path}" for path in paths}
        with Api(base_url=server.url, api_key=KEY, transport=given, project=tmp_path.name) as api:
            artifact = _logged(api, files)
            artifact.download(tmp_path / "back", follow_references=True)
        assert tree(tmp_path / "back") == expected
        assert set(web.authorized) == {basic}
        assert set(elsewhere.authorized) == {None}


def test_one_file_of_an_embedded_registry_is_fetched_from_elsewhere(
    api: Api, web: Web, tmp_path: Path
) -> None:
    """The embedded server was asked for it, which refused: "The API key is missing"."""
    web.files = {"/w": b"web"}
    file = _logged(api, {"w": f"{web.url}/w", "own": b"own"}).files(names=["w"])[0]
    assert file.read_bytes() == b"web"
    with file.open() as stream:
        assert stream.read() == b"web"
    assert file.download(tmp_path).read_bytes() == b"web"


@pytest.mark.parametrize("given", [None, httpx.HTTPTransport])
def test_one_file_sends_the_password_of_its_reference(
    server: Served,
    flavour: Flavour,
    web: Web,
    tmp_path: Path,
    given: type[httpx.HTTPTransport] | None,
) -> None:
    """A download of the version sent it; a file that was read, opened or downloaded did not."""
    with web_server() as elsewhere:
        web.files, elsewhere.files = {"/w": b"web"}, {"/w": b"web"}
        web.moved = {"/there": f"{elsewhere.url.replace('127.0.0.1', 'localhost')}/w"}
        mine = web.url.replace("//", "//me:p%20%C3%A4@")
        basic = f"Basic {base64.b64encode('me:p ä'.encode()).decode()}"

        async def read(url: str) -> None:
            transport: Any = None
            if given is not None:
                transport = given() if flavour.blocking else httpx.AsyncHTTPTransport()
            async with flavour.over_http(url, KEY, transport=transport) as api:
                files = {name: f"{mine}/{name}" for name in ("w", "there")}
                path = f"local/{tmp_path.name}/away"
                made = await api.log_artifact(path, type="dataset", files=files)
                web.authorized.clear()
                async for file in (await api.artifact(made.qualified_name)).files():
                    assert await file.read_bytes() == b"web"
                    async with awaitable(file.open()) as stream:
                        assert await stream.read() == b"web"
                    assert (await file.download(tmp_path)).read_bytes() == b"web"

        asyncio.run(read(server.url))
        assert web.authorized == [basic] * 6
        assert set(elsewhere.authorized) == {None}


def test_files_of_other_artifacts(api: Api, web: Web, tmp_path: Path) -> None:
    web.files = {"/w": b"web"}
    first = _logged(api, {"deep/a": b"stored", "w": f"{web.url}/w"}, "first")
    hexed = base64.b64decode(first.id).hex()
    second = _logged(
        api,
        {"b": f"wandb-artifact://{hexed}/deep/a", "w": f"wandb-artifact://{hexed}/w"},
        "second",
    )
    second.download(tmp_path / "back", follow_references=True)
    assert tree(tmp_path / "back") == {"b": b"stored", "w": b"web"}
    assert second.verify(tmp_path / "back").shown["b"] == "content"
    with pytest.warns(ReferencesNotFollowed, match="'w'"):
        second.download(tmp_path / "some", follow_references={"wandb-artifact"})
    assert tree(tmp_path / "some") == {"b": b"stored"}


def test_a_circle_is_refused(tmp_path: Path) -> None:
    with open_local() as server:
        first = server.registry.log_version("local/refs/x", type="t", files={"a": b"a"})
        following = f"Artifact:{first.key + 1}"  # the id that the next version will have
        server.registry.log_version(
            "local/refs/loop",
            type="t",
            files={},
            references={"a": f"wandb-artifact://{following.encode().hex()}/a"},
        )
        with Api(
            base_url=server.base_url, api_key=server.api_key, transport=server.transport
        ) as api:
            artifact = api.artifact("local/refs/loop")
            assert base64.b64decode(artifact.id).decode() == following
            with pytest.raises(IntegrityError, match="leads back to itself"):
                artifact.download(tmp_path, follow_references=True)


def test_a_file_by_the_id_of_the_client_that_logs_it(tmp_path: Path) -> None:
    with open_local() as server:
        wire = Wire(server)
        key, url = server.api_key, server.base_url
        with Api(base_url=url, api_key=key, transport=wire, entity="local", project="refs") as api:
            api.log_artifact("x", type="t", files={"a": b"a"})
            client = wire.sent[0].variables["input"]["clientID"]
            server.registry.log_version(
                "local/refs/by-client",
                type="t",
                files={},
                references={"b": f"wandb-client-artifact://{client}/a"},
            )
            api.artifact("by-client").download(tmp_path, follow_references=True)
    assert tree(tmp_path) == {"b": b"a"}


def test_the_async_flavour(web: Web, tmp_path: Path) -> None:
    web.files = {"/a": b"a"}

    async def run() -> str:
        async with AsyncApi.local(project="refs") as api:
            first = await api.log_artifact("one", type="t", files={"a": f"{web.url}/a", "b": b"b"})
            hexed = base64.b64decode(first.id).hex()
            uri = f"wandb-artifact://{hexed}/b"
            made = await api.log_artifact("two", type="t", files={"a": f"{web.url}/a", "b": uri})
            await made.download(tmp_path, follow_references=True)
            return (await made.verify(tmp_path)).shown["a"]

    assert asyncio.run(run()) == "content"
    assert tree(tmp_path) == {"a": b"a", "b": b"b"}


def test_a_page_of_a_size_that_is_not_known_is_read_whole(
    server: Served, web: Web, tmp_path: Path
) -> None:
    """Servers say that it is 0: the file that was opened was empty, and so was the one on disk."""
    web.files = {"/w": b"all of it"}

    async def read(url: str, path: str) -> None:
        async with AsyncApi(base_url=url, api_key=KEY) as api:
            file = await (await api.artifact(path)).files()[0]
            assert await file.read_bytes() == b"all of it"
            async with file.open() as stream:
                assert await stream.read() == b"all of it"
            assert (await file.download(tmp_path / "async")).read_bytes() == b"all of it"

    with Api(base_url=server.url, api_key=KEY) as api:
        made = api.log_artifact(
            "local/p/away", type="dataset", files={"w": Reference(f"{web.url}/w", checksum=False)}
        )
        assert made.manifest.entries["w"].size is None
        file = api.artifact(made.qualified_name).files()[0]
        assert file.read_bytes() == b"all of it"
        with file.open() as stream:
            assert stream.read() == b"all of it"
        assert file.download(tmp_path / "here").read_bytes() == b"all of it"
        asyncio.run(read(server.url, made.qualified_name))
        fs: Any = ArtifactFileSystem(base_url=server.url, api_key=KEY)
        path = f"{made.qualified_name}/w"
        assert fs.cat_file(path) == b"all of it"
        assert fs.cat_file(path, start=0, end=3) == fs.head(path, 3) == b"all"
        assert fs.cat_file(path, start=-2) == b"it"
        fs.close()
