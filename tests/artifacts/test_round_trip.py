"""Logging and downloading over HTTP with cuts, many clients, full disks and kills."""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from random import Random

import pytest

from tests.artifacts.bench import names_of, tree
from tests.artifacts.proxy import Proxy
from tests.artifacts.served import RUN_CRAMPED, Served, serving
from tests.client.flavours import Flavour
from typed_artifacts import AsyncApi, IntegrityError, NotFoundError
from typed_artifacts.local import Registry

MIB = 1 << 20
PROJECT = "local/trip"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root = tmp_path_factory.mktemp("served")
    with Registry(root) as registry:
        registry.run(f"{PROJECT}/any")
    with serving(root) as server:
        yield server


@pytest.fixture
def proxy(served: Served) -> Iterator[Proxy]:
    proxy = Proxy(served.port)
    yield proxy
    proxy.close()


@pytest.fixture
async def api(served: Served, flavour: Flavour) -> AsyncIterator[AsyncApi]:
    api = served.api(flavour)
    yield api
    await api.close()


def write(path: Path, size: int, seed: int = 0) -> bytes:
    """Write a file of random bytes, and give its MD5."""
    random, digest = Random(seed), hashlib.md5(usedforsecurity=False)  # noqa: S311
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for start in range(0, size, MIB):
            piece = random.randbytes(min(MIB, size - start))
            digest.update(piece)
            file.write(piece)
    return digest.digest()


def md5_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").digest()


@pytest.mark.long
async def test_hundreds_of_small_files(api: AsyncApi, flavour: Flavour, tmp_path: Path) -> None:
    random = Random(flavour.name)  # noqa: S311
    files = {
        f"{number % 7}/{number}.bin": random.randbytes(random.randrange(400))
        for number in range(400)
    }
    for name, content in files.items():
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    made = await api.log_artifact(
        f"{PROJECT}/small-{flavour.name}", type="dataset", files=tmp_path / "source"
    )
    assert (made.file_count, made.size) == (400, sum(map(len, files.values())))
    await made.download(tmp_path / "back")
    assert tree(tmp_path / "back") == files
    assert await made.files(per_page=200).length() == 400


@pytest.mark.parametrize(
    "size", [24 * MIB + 1, pytest.param(300 * MIB, marks=pytest.mark.soak)], ids=["24", "300"]
)
async def test_a_large_file(api: AsyncApi, flavour: Flavour, tmp_path: Path, size: int) -> None:
    digest = write(tmp_path / "source" / "large.bin", size)
    collection = f"{PROJECT}/large-{flavour.name}-{size}"
    made = await api.log_artifact(collection, type="dataset", files=tmp_path / "source")
    assert made.size == size
    await made.download(tmp_path / "back")
    assert md5_of(tmp_path / "back/large.bin") == digest
    assert [path.name for path in (tmp_path / "back").iterdir()] == ["large.bin"]


async def test_connections_that_are_cut(
    served: Served, flavour: Flavour, proxy: Proxy, tmp_path: Path
) -> None:
    digest = write(tmp_path / "source" / "large.bin", 8 * MIB)
    api = served.api(flavour, proxy.url)
    proxy.cuts = [0]  # the very first answer: nobody knows whether the request arrived
    made = await api.log_artifact(
        f"{PROJECT}/cut-{flavour.name}", type="dataset", files=tmp_path / "source"
    )
    assert made.version == "v0"
    await made.manifest()
    proxy.cuts = [3 * MIB, 2 * MIB, 100_000]
    await made.download(tmp_path / "back")
    assert proxy.cut == 4
    assert md5_of(tmp_path / "back/large.bin") == digest
    proxy.cuts = [MIB]
    assert hashlib.md5(await (await made.files()[0]).read_bytes()).digest() == digest  # noqa: S324
    assert proxy.cut == 5
    await api.close()


async def test_a_blob_that_rotted_on_the_server(
    api: AsyncApi, served: Served, flavour: Flavour, tmp_path: Path
) -> None:
    write(tmp_path / "source" / "rotten.bin", 100_000, seed=len(flavour.name))
    write(tmp_path / "source" / "good.bin", 1000, seed=5)
    made = await api.log_artifact(
        f"{PROJECT}/rotten-{flavour.name}", type="dataset", files=tmp_path / "source"
    )
    md5 = md5_of(tmp_path / "source/rotten.bin").hex()
    blob = served.root / "files" / md5[:2] / md5
    content = bytearray(blob.read_bytes())
    content[50_000] ^= 1
    blob.write_bytes(content)
    for _ in range(2):
        with pytest.raises(IntegrityError, match=r"rotten\.bin"):
            await made.download(tmp_path / "back", max_workers=1)
        left = tree(tmp_path / "back")
        assert left.keys() <= {"good.bin"}
        assert all(
            content == (tmp_path / "source" / name).read_bytes() for name, content in left.items()
        )
    with pytest.raises(IntegrityError, match=r"rotten\.bin.*missing|missing.*rotten\.bin"):
        await made.verify(tmp_path / "back")


@pytest.mark.long
def test_two_processes_into_one_folder(served: Served, tmp_path: Path) -> None:
    for number in range(40):
        write(tmp_path / "source" / f"{number}.bin", 50_000 * (number % 4), seed=number)
    logging = served.command(
        ["log", f"{PROJECT}/crowd", str(tmp_path / "source"), "--type", "dataset"]
    )
    assert logging.communicate(timeout=60)[1] == ""
    both = [
        served.command(["download", f"{PROJECT}/crowd", str(tmp_path / "back")]) for _ in range(2)
    ]
    for process in both:
        assert process.communicate(timeout=60)[1] == ""
        assert process.returncode == 0
    assert tree(tmp_path / "back") == tree(tmp_path / "source")


@pytest.mark.long
def test_a_full_disk_is_a_clear_error(served: Served, tmp_path: Path) -> None:
    write(tmp_path / "source" / "large.bin", 3 * MIB)
    write(tmp_path / "source" / "small.bin", 1000)
    arguments = ["log", f"{PROJECT}/full", str(tmp_path / "source"), "--type", "dataset"]
    assert served.command(arguments).communicate(timeout=60)[1] == ""
    process = served.command(
        ["download", f"{PROJECT}/full", str(tmp_path / "back")], run=RUN_CRAMPED
    )
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err.startswith(f"typed-artifacts: {PROJECT}/full:v0: Writing 'large.bin'")
    assert err.count("\n") == 1
    left = tree(tmp_path / "back")
    assert left.keys() <= {"small.bin"}
    again = served.command(["download", f"{PROJECT}/full", str(tmp_path / "back")])
    assert again.communicate(timeout=60)[1] == ""
    assert tree(tmp_path / "back") == tree(tmp_path / "source")


@pytest.mark.long
async def test_a_process_that_is_killed_while_it_logs(
    served: Served, flavour: Flavour, proxy: Proxy, tmp_path: Path
) -> None:
    write(tmp_path / "source" / "large.bin", 6 * MIB, seed=len(flavour.name))
    proxy.stop_at = 2 * MIB
    collection = f"{PROJECT}/killed-{flavour.name}"
    process = served.command(
        ["log", collection, str(tmp_path / "source"), "--type", "dataset"], proxy.url
    )
    assert proxy.stopped.wait(60)
    process.kill()
    process.communicate(timeout=60)
    api = served.api(flavour)
    with pytest.raises(NotFoundError):
        await api.artifact(collection)
    assert await names_of(api.artifacts("dataset", collection)) == []
    made = await api.log_artifact(collection, type="dataset", files=tmp_path / "source")
    assert made.version == "v0"
    await made.download(tmp_path / "back")
    assert tree(tmp_path / "back") == tree(tmp_path / "source")
    await api.close()


@pytest.mark.long
def test_a_download_that_is_killed_leaves_no_wrong_file(
    served: Served, proxy: Proxy, tmp_path: Path
) -> None:
    write(tmp_path / "source" / "large.bin", 6 * MIB, seed=9)
    arguments = ["log", f"{PROJECT}/victim", str(tmp_path / "source"), "--type", "dataset"]
    assert served.command(arguments).communicate(timeout=60)[1] == ""
    download = ["download", f"{PROJECT}/victim", str(tmp_path / "back")]
    process = served.command([*download, "--workers", "1"], proxy.url)
    while process.poll() is None and not any((tmp_path / "back").glob(".typed-artifacts-*")):
        time.sleep(0.001)
    process.kill()
    process.communicate(timeout=60)
    if (tmp_path / "back/large.bin").exists():
        assert tree(tmp_path / "back") == tree(tmp_path / "source")
    assert served.command(download).communicate(timeout=60)[1] == ""
    assert tree(tmp_path / "back") == tree(tmp_path / "source")
