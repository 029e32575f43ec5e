"""A registry with something on every page, served by a process for all tests."""

import json
import struct
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.local.processes import Served, serving
from tests.pages.reading import Document
from typed_artifacts.local import Registry

Show = Callable[..., Document]
PROJECT = "demo/search"
REPORT = "/demo/search/artifacts/report/report"
MANY = 120
FOLDERS = (("a", 520), ("b", 60))  # the first has more than is read at once
# What would be markup, or an attribute's end, if a page let it.
HOSTILE_PROJECT = "demo/<i>p<i>\"'&"
HOSTILE = "\"'><img src=x onerror=alert(1)><!--&amp;{{31*41}}"


def picture() -> bytes:
    """A small image."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        length, check = struct.pack(">I", len(data)), struct.pack(">I", zlib.crc32(kind + data))
        return length + kind + data + check

    rows = b"".join(b"\0" + bytes((0, y * 30, 160)) for y in range(8))
    head = struct.pack(">IIBBBBB", 1, 8, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


FILES: dict[str, bytes | str] = {
    "config.json": '{"layers": 6, "heads": [1, 2]}',
    "data/test/c.txt": "c",
    "data/train/a.txt": "a",
    "data/train/b.txt": "b",
    "empty.txt": "",
    "long.txt": "line\n" * 100_000,
    "notes.md": "# Notes\n\nA <b>text</b>.\n",
    "page.html": "<script>alert(1)</script>",
    "picture.png": picture(),
    "predictions.table.json": json.dumps(
        {"columns": ["id", "what"], "data": [[n, {"<b>": n}] for n in range(130)]}
    ),
    "scores.csv": "query,score\n" + "".join(f"q{n},{n / 10}\n" for n in range(150)),
    "weights.bin": bytes(range(256)),
}


def fill(registry: Registry) -> None:
    """Everything that pages show: runs, links, registries, files of all kinds, many versions."""
    registry.run(f"{PROJECT}/train", job_type="train", config={"lr": 0.1})
    registry.log_version(f"{PROJECT}/rows", type="dataset", files={"r.txt": "1"})
    registry.use(f"{PROJECT}/train", f"{PROJECT}/rows:v0", "training data")
    registry.log_version(
        f"{PROJECT}/net", type="model", files={"w": "1"}, run=f"{PROJECT}/train", aliases=["best"]
    )
    registry.run(f"{PROJECT}/evaluate", job_type="evaluate")
    registry.use(f"{PROJECT}/evaluate", f"{PROJECT}/net:v0")
    registry.log_version(
        f"{PROJECT}/report",
        type="report",
        files=FILES,
        references={"big.bin": "s3://bucket/big.bin", "site": "https://example.org/site"},
        aliases=["published"],
        tags=["checked"],
        metadata={"recall": 0.87, "model": {"name": "net", "sizes": list(range(40))}},
        description="What came of it.",
        run=f"{PROJECT}/evaluate",
    )
    registry.link(f"{PROJECT}/net:v0", f"{PROJECT}/released", aliases=["production"])
    registry.link(f"{PROJECT}/net:v0", "local-org/wandb-registry-model/net")
    registry.bulk.versions(f"{PROJECT}/many", type="dataset", count=MANY)
    files = {f"{folder}/{n:03d}.txt": "x" for folder, count in FOLDERS for n in range(count)}
    registry.log_version(f"{PROJECT}/deep", type="dataset", files=files | {"z.txt": "z"})


def fill_hostile(registry: Registry) -> None:
    """Names and contents that mean harm, wherever a registry takes them."""
    name = HOSTILE.replace("/", "").replace(":", "")
    run = f'{HOSTILE_PROJECT}/r<u>n<u>"&'
    registry.run(run, job_type=HOSTILE, config={HOSTILE: HOSTILE})
    registry.log_version(
        f"{HOSTILE_PROJECT}/{name}",
        type="dataset",
        files={
            f"{HOSTILE}.txt": HOSTILE,
            "x.csv": f"{HOSTILE},2\n1,2\n",
            "x.table.json": json.dumps({"columns": [HOSTILE], "data": [[HOSTILE]]}),
            "x.json": json.dumps({HOSTILE: HOSTILE}),
            "x.svg": "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        },
        references={"r": "javascript:alert(1)", "s": f"https://example.org/{HOSTILE}"},
        aliases=[HOSTILE],
        metadata={HOSTILE: HOSTILE},
        description=HOSTILE,
        run=run,
    )
    registry.describe_collection(f"{HOSTILE_PROJECT}/{name}", description=HOSTILE)


@contextmanager
def serving_pages(root: Path) -> Generator[Served]:
    """A server with something on every page, and the key that a browser signs in with."""
    with Registry(root) as registry, registry.batch():
        fill(registry)
        fill_hostile(registry)
        key = registry.add_key("local")
    with serving(root) as running:
        running.key = key  # a server whose database is shared keeps no key in a file
        yield running


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving_pages(tmp_path_factory.mktemp("pages") / "registry") as running:
        yield running
        complaints = running.errors.read_text(encoding="utf-8")
        assert "Traceback" not in complaints, complaints


@pytest.fixture(scope="session")
def browser(served: Served) -> Iterator[httpx.Client]:
    """Signed in, by the cookie; it follows no redirection."""
    headers = {"accept": "text/html"}
    with httpx.Client(base_url=served.url, headers=headers, timeout=30) as client:
        reply = client.post("/~/sign-in", data={"key": served.key})
        assert reply.status_code == 303
        yield client


@pytest.fixture(scope="session")
def show(browser: httpx.Client) -> Show:
    """Reads a page, which has to be there."""

    def shown(address: str, status: int = 200) -> Document:
        reply = browser.get(address, follow_redirects=True)
        assert reply.status_code == status, reply.text
        return Document(reply.text)

    return shown
