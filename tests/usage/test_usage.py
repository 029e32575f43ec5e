"""Storage use of a project, by type, collection, age and tag."""

from __future__ import annotations

import gc
import json
import tracemalloc
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from typer.testing import CliRunner

from tests.client.flavours import Flavour
from tests.client.taps import Script, Tap
from typed_artifacts import Api, AsyncApi, InvalidInput, NotFoundError, Usage, UsageRow
from typed_artifacts._usage.distinct import DistinctDigests
from typed_artifacts.cli.app import app
from typed_artifacts.local import Registry, open_local


def fill(registry: Registry) -> None:
    now = datetime.now(UTC)

    def log(path: str, kind: str, size: int, days: int, *, alias: str = "", tags: str = "") -> None:
        registry.log_version(
            path,
            type=kind,
            files={"a": path[-1] * (size - 1), "b": str(days % 10)},
            created_at=now - timedelta(days=days),
            aliases=alias.split(),
            tags=tags.split(),
        )

    with registry.batch():
        log("local/p/data", "dataset", 1000, 365, alias="old")
        log("local/p/data", "dataset", 2000, 30, tags="gold tin")
        log("local/p/data", "dataset", 3000, 3)
        log("local/p/net", "model", 50_000, 20, tags="gold")
        log("local/p/tiny", "model", 5, 90)
        registry.link("local/p/data:v1", "local/p/shelf")
        registry.link("local/p/net:v0", "local/p/board")


def told(usage: Usage) -> dict[str, tuple[int, ...]]:
    return {
        row.name: (row.bytes, row.versions, row.files, row.links, row.alias_bytes)
        for row in usage.rows
    }


async def test_by_collection_the_biggest_first(api: AsyncApi, registry: Registry, tap: Tap) -> None:
    fill(registry)
    tap.sent.clear()
    usage = await api.usage("p")
    assert tap.operations == ["ProjectHoldings"]
    assert list(told(usage)) == ["net", "data", "tiny", "board", "shelf"]
    assert told(usage) == {
        "net": (50_000, 1, 2, 0, 0),
        "data": (6000, 3, 6, 0, 1000),
        "tiny": (5, 1, 2, 0, 0),
        "board": (0, 0, 0, 1, 0),
        "shelf": (0, 0, 0, 1, 0),
    }
    assert usage.total.name == "local/p"
    assert (usage.total.bytes, usage.total.versions, usage.total.links) == (56_005, 5, 2)
    assert str(usage) == "local/p: 56 kB in 5 versions; net 50 kB, data 6 kB, tiny 5 B."


async def test_by_type_age_and_tag(api: AsyncApi, registry: Registry) -> None:
    fill(registry)
    by_type = told(await api.usage("p", by="type"))
    assert by_type == {"model": (50_005, 2, 4, 1, 0), "dataset": (6000, 3, 6, 1, 1000)}
    by_age = told(await api.usage("p", by="age"))
    assert {name: row[0] for name, row in by_age.items()} == {
        "7 to 30 days": 50_000,
        "under 7 days": 3000,
        "30 to 90 days": 2000,
        "over a year": 1000,
        "90 days to a year": 5,
    }
    tagged = await api.usage("p", by="tag")
    assert {name: row[:2] for name, row in told(tagged).items()} == {
        "gold": (52_000, 2),
        "(no tag)": (4005, 3),
        "tin": (2000, 1),
    }
    assert tagged.total.bytes == 56_005


async def test_the_same_content_counts_once_in_all(
    api: AsyncApi, registry: Registry, tap: Tap
) -> None:
    fill(registry)
    with registry.batch():
        for name in ("copy", "again"):
            files = {"a": "t" * 49_999, "b": "0"}  # those of net
            registry.log_version(f"local/p/{name}", type="model", files=files)
    tap.sent.clear()
    usage = await api.usage("p")
    assert tap.operations == ["ProjectHoldings"]
    assert (usage.total.bytes, usage.unique_bytes) == (156_005, 56_005)
    assert told(usage)["copy"][0] == 50_000
    assert "156 kB in 7 versions, 56 kB with the same content counted once; " in str(usage)


@given(st.lists(st.integers(0, 4000)))
def test_digests_are_known_again(numbers: list[int]) -> None:
    known, model = DistinctDigests(), set[int]()
    for number in [*numbers, *range(1500), *numbers]:
        assert known.add(f"{number:032x}") == (number not in model)
        model.add(number)


async def test_a_request_for_each_hundred_collections(
    api: AsyncApi, registry: Registry, tap: Tap
) -> None:
    with registry.batch():
        for number in range(201):
            registry.log_version(f"local/p/c{number}", type="t", files={"a": str(number)})
    registry.bulk.versions("local/p/long", type="t", count=1200)
    pages: list[int] = []
    tap.sent.clear()
    usage = await api.usage("p", "type", on_page=pages.append)
    assert tap.operations == [*["ProjectHoldings"] * 3, *["CollectionHoldingsBatch"] * 2]
    assert usage.total.versions == pages[-1] == 1401
    assert usage.total.alias_bytes == 10 * 120


async def test_what_cannot_be_told(flavour: Flavour, api: AsyncApi) -> None:
    silent = Script()
    for by in ("size", "", None):
        with pytest.raises(InvalidInput, match="type, collection, age, tag"):
            await flavour.api(silent).usage("p", by)  # type: ignore[arg-type]  # the mistake
    assert silent.sent == []
    with pytest.raises(NotFoundError, match="no project"):
        await api.usage("none")


@pytest.mark.long
def test_memory_does_not_grow() -> None:
    def peak(count: int) -> int:
        with open_local() as server:
            server.registry.bulk.versions("local/p/long", type="t", count=count)
            with Api(
                base_url="http://localhost", api_key=server.api_key, transport=server.transport
            ) as api:
                pages: list[int] = []

                def note(_: int) -> None:
                    gc.collect()  # what is only waiting to be collected is not held
                    pages.append(tracemalloc.get_traced_memory()[0])

                api.usage("local/p")  # what is loaded once is loaded
                gc.collect()
                gc.freeze()  # what other tests hold need not be looked through
                tracemalloc.start()
                api.usage("local/p", on_page=note)
                tracemalloc.stop()
                gc.unfreeze()
        return max(pages)

    # A version takes some 2 kB while its page is there; 2,000 more would be 4 MB.
    assert peak(4000) < peak(2000) + 2_000_000


def test_in_a_shell(tmp_path: Path) -> None:
    root = tmp_path / "registry"
    with Registry(root) as registry:
        fill(registry)
    run = CliRunner().invoke(app, ["du", "local/p", "--root", str(root), "--by", "type"])
    assert run.exit_code == 0
    lines = run.stdout.splitlines()
    assert any("model" in line and "50 kB" in line for line in lines)
    assert any("total" in line and "56 kB" in line for line in lines)
    run = CliRunner().invoke(app, ["du", "local/p", "--root", str(root), "--json"])
    told = json.loads(run.stdout)
    assert told["total"]["bytes"] == told["total"]["unique_bytes"] == 56_005
    assert [row["name"] for row in told["rows"]] == ["net", "data", "tiny", "board", "shelf"]
    run = CliRunner().invoke(app, ["du", "local/p", "--root", str(root), "--by", "colour"])
    assert run.exit_code == 2
    assert "not by 'colour'" in run.stderr


async def test_it_can_be_printed(api: AsyncApi, registry: Registry) -> None:
    fill(registry)
    out = Console(width=100, record=True)
    out.print(await api.usage("p"))
    assert "shelf" in out.export_text()


async def test_a_link_to_another_project_takes_no_storage(
    api: AsyncApi, registry: Registry
) -> None:
    fill(registry)
    registry.log_version("local/q/far", type="model", files={"a": "elsewhere"})
    registry.link("local/q/far:v0", "local/p/board")
    usage = await api.usage("p")
    assert (usage.total.bytes, usage.unique_bytes) == (56_005, 56_005)


@pytest.mark.parametrize("by", ["type", "collection"])
async def test_a_collection_without_versions_is_a_row(
    api: AsyncApi, registry: Registry, by: Literal["type", "collection"]
) -> None:
    registry.log_version("local/p/empty", type="empty", files={"a": "1"})
    await (await api.artifact("p/empty")).delete(delete_aliases=True)
    assert told(await api.usage("p", by)) == {"empty": (0, 0, 0, 0, 0)}


async def test_an_age_of_almost_three_months_and_rows_of_the_same_size(
    api: AsyncApi, registry: Registry
) -> None:
    def log(name: str, content: str) -> None:
        created = datetime.now(UTC) - timedelta(days=89)
        registry.log_version(f"local/p/{name}", type="t", files={"a": content}, created_at=created)

    with registry.batch():
        for name, content in (("b", "1234"), ("c", "56"), ("c", "78"), ("a", "5678")):
            log(name, content)
    assert list(told(await api.usage("p"))) == ["c", "a", "b"]
    assert list(told(await api.usage("p", "age"))) == ["30 to 90 days"]


def test_a_name_is_text_in_a_printed_table() -> None:
    row = UsageRow("[red]a\x1b[2Jb", 1_000, 2, 3, 4, 0)
    total = UsageRow("e/p", 5_000, 6, 7, 8, 0)
    usage = Usage("e", "p", "collection", (row,), total, 5_000)
    out = StringIO()
    Console(file=out, width=100).print(usage)
    assert "\x1b" not in out.getvalue()
    assert "[red]a" in out.getvalue()
    footer = out.getvalue().splitlines()[-2]
    assert [cell.strip() for cell in footer.split("│")[1:-1]] == [
        "total",
        "5 kB",
        "6",
        "7",
        "8",
        "-",
    ]


@pytest.mark.parametrize("width", [20, 40, 60])
def test_names_are_whole_at_any_width(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    with Registry(tmp_path / "registry") as registry:
        for name in ("tokenized-one", "tokenized-two"):
            registry.log_version(f"local/p/{name}", type="dataset", files={"a": name})
    monkeypatch.setenv("COLUMNS", str(width))
    run = CliRunner().invoke(app, ["du", "local/p", "--root", str(tmp_path / "registry")])
    assert run.exit_code == 0
    assert "tokenized-one" in run.stdout
    assert "tokenized-two" in run.stdout
    assert "total" in run.stdout
    table = [line for line in run.stdout.splitlines() if not line.startswith("local/p:")]
    assert max(len(line) for line in table) <= width
    assert "--json has all of it" in " ".join(run.stdout.split())
