"""Versions with many files: what each file costs the server, by counts and not by time."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from tests.local.processes import Served, serving
from typed_artifacts import Api
from typed_artifacts.local import LocalServer, Registry

COUNT = 600
MEGABYTE = 1 << 20


@contextmanager
def _statements(registry: Registry) -> Generator[list[str]]:
    """The statements that the database is sent meanwhile."""
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    engine = registry.store.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _folder(root: Path, count: int) -> Path:
    for number in range(count):
        path = root / f"part-{number % 10}" / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"%d" % number)
    return root


@pytest.fixture
def api(server: LocalServer) -> Generator[Api]:
    with Api(
        base_url=server.base_url, api_key=server.api_key, transport=server.transport
    ) as opened:
        yield opened


@pytest.mark.long
def test_a_hundred_thousand_files_cost_little_each(
    server: LocalServer, api: Api, tmp_path: Path
) -> None:
    source = _folder(tmp_path / "source", COUNT)
    with _statements(server.registry) as said:
        api.log_artifact("local/p/many", type="dataset", files=source)
    logging = len(said)
    # Begin, files, versions' files and commit of the transaction that keeps an upload; the uploads
    # that come at once share one.
    assert logging < 5 * COUNT
    # Whether the version is still wanted: anew with each of the 256 folders that files come into.
    assert sum(text.startswith("SELECT versions.state") for text in said) <= 256 + 20
    version = api.artifact("local/p/many:latest")
    with _statements(server.registry) as said:
        assert sum(1 for _ in version.files(per_page=200)) == COUNT
    assert len(said) < 60
    with _statements(server.registry) as said:
        version.download(root=tmp_path / "target", skip_cache=True)
    assert len(said) < 120
    assert len(list((tmp_path / "target").rglob("*.txt"))) == COUNT
    with _statements(server.registry) as said:
        assert api.log_artifact("local/p/many", type="dataset", files=source).version == "v0"
    assert len(said) < 60


def _rises(served: Served, source: Path, target: Path) -> int:
    """By how much the most memory that the server ever had rises, in bytes."""
    before = served.memory()
    with Api(base_url=served.url, api_key=served.key) as api:
        api.log_artifact("local/p/many", type="dataset", files=source)
        version = api.artifact("local/p/many:latest")
        assert sum(1 for _ in version.files()) == len(list(source.rglob("*.txt")))
        version.download(root=target, skip_cache=True)
    return served.memory() - before


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
@pytest.mark.soak
def test_many_files_need_no_memory_to_speak_of(tmp_path: Path) -> None:
    with serving(tmp_path / "registry") as served:
        source = _folder(tmp_path / "source", 20_000)
        assert _rises(served, source, tmp_path / "target") < 100 * MEGABYTE
