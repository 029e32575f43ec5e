"""Downloads with faults: right bytes or a clear error, never a wrong file under its name."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import xxhash

from tests.artifacts.bench import DATA, FILES, PROJECT, tree
from tests.artifacts.wire import Wire
from tests.client.taps import Sent
from typed_artifacts import (
    ArtifactsError,
    AsyncApi,
    IntegrityError,
    InvalidInput,
    NamesRefused,
    NotFoundError,
    ServerError,
    TransferEvent,
)
from typed_artifacts.events import Retried
from typed_artifacts.local import Registry

B = FILES["deep/b.bin"]


def instead(leaf: str, *answers: httpx.Response | None) -> Callable[[httpx.Request], Any]:
    """Answers for a file, one after the other, the last for ever; `None`: the server's own."""
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith(leaf):
            return None
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


WRONG = bytes([B[0] ^ 1]) + B[1:]


async def test_wrong_bytes_once_are_fetched_again(
    api: AsyncApi, wire: Wire, tmp_path: Path
) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    wire.on_file = instead("b.bin", httpx.Response(200, content=WRONG), None)
    events: list[TransferEvent] = []
    await artifact.download(tmp_path, progress=events.append)
    assert tree(tmp_path) == FILES
    assert [event.path for event in events if isinstance(event, Retried)] == ["deep/b.bin"]


@pytest.mark.parametrize("body", [WRONG, B[:-1], B + b"!", b"", b"<html>no</html>"])
async def test_wrong_bytes_twice_are_an_error_and_on_no_disk(
    api: AsyncApi, wire: Wire, tmp_path: Path, body: bytes
) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    wire.on_file = instead("b.bin", httpx.Response(200, content=body))
    for _ in range(2):  # the second time as well: nothing was noted as right
        with pytest.raises(IntegrityError, match=r"deep/b\.bin"):
            await artifact.download(tmp_path)
        left = tree(tmp_path)
        assert "deep/b.bin" not in left
        assert all(FILES[name] == content for name, content in left.items())
    wire.on_file = None
    await artifact.download(tmp_path)
    assert tree(tmp_path) == FILES


async def test_an_old_file_stays_when_the_new_one_is_wrong(
    api: AsyncApi, wire: Wire, tmp_path: Path
) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/b.bin").write_bytes(b"mine")
    artifact = await api.artifact(f"{DATA}:v1")
    wire.on_file = instead("b.bin", httpx.Response(200, content=WRONG))
    with pytest.raises(IntegrityError):
        await artifact.download(tmp_path)
    assert (tmp_path / "deep/b.bin").read_bytes() == b"mine"


@pytest.mark.parametrize("status", [400, 401, 403, 410])
async def test_an_expired_url_is_asked_for_again(
    api: AsyncApi, wire: Wire, tmp_path: Path, status: int
) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    await artifact.manifest()
    wire.forget()
    wire.on_file = instead("b.bin", httpx.Response(status), None)
    await artifact.download(tmp_path)
    assert tree(tmp_path) == FILES
    assert wire.operations.count("ArtifactMembershipFileUrls") == 2
    renewed = next(
        sent for sent in reversed(wire.sent) if sent.operation == "ArtifactMembershipFileUrls"
    )
    assert "deep/b.bin" in renewed.variables["names"]


@pytest.mark.parametrize(("status", "kind"), [(404, NotFoundError), (500, ServerError)])
async def test_a_refusal_is_an_error_with_the_name(
    api: AsyncApi, wire: Wire, tmp_path: Path, status: int, kind: type[ArtifactsError]
) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    wire.on_file = instead("b.bin", httpx.Response(status, content=b"no such luck"))
    with pytest.raises(kind, match=r"deep/b\.bin.*no such luck"):
        await artifact.download(tmp_path)
    assert "deep/b.bin" not in tree(tmp_path)


async def test_an_error_of_a_file_names_its_version(
    api: AsyncApi, wire: Wire, tmp_path: Path
) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    file = await artifact.files(names=["deep/b.bin"])[0]
    for answer in (httpx.Response(403, content=b"no"), httpx.Response(200, content=WRONG)):
        wire.on_file = instead("b.bin", answer)
        with pytest.raises(ArtifactsError, match=rf"^{DATA}:v1: .*deep/b\.bin"):
            await artifact.download(tmp_path)
        with pytest.raises(ArtifactsError, match=rf"^{DATA}:v1: .*deep/b\.bin"):
            await file.download(tmp_path)
        with pytest.raises(ArtifactsError, match=rf"^{DATA}:v1: .*deep/b\.bin"):
            await file.read_bytes()


async def test_a_file_without_a_url_is_named(api: AsyncApi, wire: Wire, tmp_path: Path) -> None:
    artifact = await api.artifact(f"{DATA}:v1")

    def drop(sent: Sent, reply: dict[str, Any]) -> None:
        if sent.operation == "ArtifactMembershipFileUrls":
            files = reply["data"]["project"]["artifactCollectionMembership"]["files"]
            files["edges"] = [edge for edge in files["edges"] if edge["node"]["name"] != "a.txt"]

    wire.rewrite = drop
    with pytest.raises(NotFoundError, match=r"no URL for 'a\.txt'"):
        await artifact.download(tmp_path)
    assert "a.txt" not in tree(tmp_path)


def _entry(digest: str = "1B2M2Y8AsgTpgAmY7PhCfg==", **more: object) -> dict[str, object]:
    return {"digest": digest, "size": 0, **more}


def _manifest_of(names: list[str]) -> Callable[[httpx.Request], httpx.Response | None]:
    contents = {name: _entry() for name in names}
    manifest = {"version": 1, "storagePolicy": "wandb-storage-policy-v1", "contents": contents}
    return instead(
        "wandb_manifest.json", httpx.Response(200, content=json.dumps(manifest).encode())
    )


@pytest.mark.parametrize(
    "name",
    [
        "../up",
        "a/../../up",
        "/etc/up",
        "C:/up",
        "a\\..\\up",
        "\\\\host\\share",
        "a\0b",
        "..",
        ".",
        "a//b",
        "a/./b",
        "",
        "a/",
        "half\ud800",
        "x" * 256,
        "fine.txt/below",
    ],
    ids=ascii,
)
async def test_a_name_this_system_cannot_have_is_named_when_the_other_files_are_there(
    api: AsyncApi, wire: Wire, tmp_path: Path, name: str
) -> None:
    wire.on_file = _manifest_of(["fine.txt", name, "z.txt"])
    artifact = await api.artifact(f"{DATA}:v1")
    place = tmp_path / "in" / "side"
    with pytest.raises(IntegrityError, match="1 file is refused") as caught:
        await artifact.download(place)
    assert repr(name)[:50] in str(caught.value)
    assert tree(tmp_path) == {"in/side/fine.txt": b"", "in/side/z.txt": b""}
    with pytest.warns(NamesRefused, match="1 file is refused"):
        assert await artifact.download(place, skip_refused_names=True) == place
    with pytest.raises(IntegrityError, match="1 of names that cannot be files here"):
        await artifact.verify(place)


async def test_a_digest_that_is_no_text_is_that_of_no_file(
    api: AsyncApi, wire: Wire, tmp_path: Path
) -> None:
    contents = {"deep/b.bin": {"digest": "a\ud800", "size": len(B)}}
    manifest = json.dumps({"version": 1, "contents": contents}).encode()
    wire.on_file = instead("wandb_manifest.json", httpx.Response(200, content=manifest))
    artifact = await api.artifact(f"{DATA}:v1")
    with pytest.raises(IntegrityError, match=r"'deep/b\.bin'"):
        await artifact.download(tmp_path)
    assert tree(tmp_path) == {}


async def test_chosen_files_come_whatever_the_others_are_called(
    api: AsyncApi, wire: Wire, tmp_path: Path
) -> None:
    wire.on_file = _manifest_of(["good/a", "../up"])
    artifact = await api.artifact(f"{DATA}:v1")
    await artifact.download(tmp_path, path_prefix="good/")
    assert tree(tmp_path) == {"good/a": b""}


async def test_a_link_in_the_way_is_not_followed(api: AsyncApi, tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (inside / "deep").symlink_to(outside)
    artifact = await api.artifact(f"{DATA}:v1")
    with pytest.raises(InvalidInput, match="link"):
        await artifact.download(inside)
    assert tree(tmp_path) == {}


async def test_a_manifest_that_is_none_is_a_server_error(
    api: AsyncApi, wire: Wire, tmp_path: Path
) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    for body in (b"<html>", b"[]", b'{"version": 1}', b"\xff"):
        wire.on_file = instead("wandb_manifest.json", httpx.Response(200, content=body))
        with pytest.raises(ArtifactsError, match=r"local/bench/data:v1: .*manifest"):
            await artifact.download(tmp_path)
    wire.on_file = instead("wandb_manifest.json", httpx.Response(404))
    with pytest.raises(NotFoundError, match=r"^local/bench/data:v1: Downloading 'wandb_manifest"):
        await artifact.download(tmp_path)
    assert tree(tmp_path) == {}


async def test_a_root_that_is_a_file_is_refused(api: AsyncApi, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    artifact = await api.artifact(f"{DATA}:v1")
    with pytest.raises(ArtifactsError, match="file"):
        await artifact.download(tmp_path / "file")
    assert tree(tmp_path) == {"file": b"mine"}


async def test_a_version_of_xxh128_is_verified_too(
    api: AsyncApi, wire: Wire, registry: Registry, tmp_path: Path
) -> None:
    registry.log_version(f"{PROJECT}/x", type="dataset", files={"a.bin": b"content"})
    digest = base64.b64encode(xxhash.xxh128_digest(b"content")).decode()

    def newer(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("wandb_manifest.json"):
            return None
        entry = {"digest": digest, "size": 7, "extra": {"alg": "XXH128"}}
        return httpx.Response(
            200, content=json.dumps({"version": 1, "contents": {"a.bin": entry}}).encode()
        )

    wire.on_file = newer
    artifact = await api.artifact(f"{PROJECT}/x")
    await artifact.download(tmp_path)
    assert tree(tmp_path) == {"a.bin": b"content"}
    (tmp_path / "a.bin").write_bytes(b"CONTENT")
    with pytest.raises(IntegrityError, match="1 wrong"):
        await artifact.verify(tmp_path)


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        (httpx.Response(403), "check that this key may read the artifact"),
        (httpx.Response(404), "It may have been moved or deleted: look it up anew"),
        (httpx.Response(408), "Try again later"),
        (httpx.Response(413), "This is larger than the server, or a proxy"),
        (httpx.Response(429, headers={"Retry-After": "0.01"}), "Ask less often, or later, in 1 s"),
        (httpx.Response(503), "Try again later"),
        (httpx.Response(200, content=WRONG), "the stored file is damaged: log it again"),
        (httpx.Response(200, content=B[:-1]), "the stored file is damaged, or a proxy"),
    ],
    ids=lambda value: str(value.status_code) if isinstance(value, httpx.Response) else "",
)
async def test_the_error_of_a_file_says_what_to_do(
    api: AsyncApi, wire: Wire, answer: httpx.Response, advice: str
) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    file = await artifact.files(names=["deep/b.bin"])[0]
    wire.on_file = instead("b.bin", answer)
    with pytest.raises(ArtifactsError) as caught:
        await file.read_bytes()
    assert "deep/b.bin" in str(caught.value)
    assert advice in str(caught.value)


async def test_the_error_of_a_manifest_says_what_to_do(api: AsyncApi, wire: Wire) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    wire.on_file = lambda _request: httpx.Response(200, content=b"{")
    with pytest.raises(ServerError, match=r"manifest cannot be read: .+\. Log the version again"):
        await artifact.manifest()
