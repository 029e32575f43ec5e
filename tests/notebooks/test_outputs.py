"""What a notebook shows: what is known, escaped, and not one request more than the text sends."""

import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.artifacts.wire import Wire
from tests.client.taps import JsonObject, Sent, connection
from tests.notebooks.conftest import HOSTILE
from tests.pages.reading import Document
from typed_artifacts import ArtifactCollection, AsyncApi, AsyncPaginator, Cache, Client, JsonValue
from typed_artifacts.lineage import Lineage, LineageEdge, LineageRun, LineageVersion


class Shown(Protocol):
    """What a notebook shows as HTML."""

    def _repr_html_(self) -> str: ...


Look = Callable[[Shown], Document]


@pytest.fixture
def look(wire: Wire) -> Look:
    """Reads the output of something; it must send nothing, and hold no markup of others."""

    def looked(thing: Shown) -> Document:
        wire.forget()
        text = thing._repr_html_()
        assert wire.count() == []
        page = Document(f"<body>{text}</body>")
        tags = {each.tag for each in page.elements}
        assert tags <= _TAGS, tags - _TAGS
        assert not [n for each in page.elements for n in each.attributes if n.startswith("on")]
        assert len(page.all("style")) == 1
        return page

    return looked


_TAGS = {
    *("body", "div", "style", "p", "span", "a", "code", "time", "progress"),
    *("table", "thead", "tbody", "tr", "th", "td"),
    *("svg", "g", "title", "rect", "text", "path"),
}


async def test_a_list_shows_what_was_fetched(api: AsyncApi, look: Look) -> None:
    versions = api.artifacts("model", "p/net", per_page=3)
    assert "Nothing is fetched yet" in look(versions).text
    assert (await versions[0]).name == "net:v6"
    page = look(versions)
    assert page.texts("td")[::6] == ["net:v6", "net:v5", "net:v4"]
    assert "good" in page.texts("span")
    assert "The first 3 of 7." in page.text
    assert page.all("a") == []  # a registry in this process has no pages
    assert [each.name async for each in versions][-1] == "net:v0"
    assert "All 7 items." in look(versions).text


def test_names_lead_to_pages(wire: Wire) -> None:
    client = Client("http://127.0.0.1:1", "x" * 40, transport=wire)
    attrs: dict[str, JsonValue] = {"name": "net", "description": "a net", "tags": {"edges": []}}
    collection = ArtifactCollection(client, "e", "p", "net", "model", attrs=attrs)
    page = Document(f"<body>{collection._repr_html_()}</body>")
    assert page.link("e/p/net") == "http://127.0.0.1:1/e/p/artifacts/model/net"
    assert "a net" in page.text
    assert wire.count() == []  # what is absent is not fetched


async def test_a_version_of_an_unknown_type_is_shown_without_a_link(
    api: AsyncApi, wire: Wire, look: Look
) -> None:
    def without_source(_sent: Sent, reply: JsonObject) -> None:
        for edge in connection(reply)["edges"]:
            edge["node"] |= {"artifactType": None, "artifactSequence": None}

    wire.rewrite = without_source
    versions = api.artifacts("model", "p/net", per_page=3)
    newest = await versions[0]
    wire.rewrite = None
    assert "net:v6" in look(newest).text
    assert "net:v6" in look(versions).text


async def test_a_total_that_a_filter_makes_wrong_is_not_shown(api: AsyncApi, look: Look) -> None:
    versions = api.artifacts("model", "p/net", per_page=3, tags="good")
    await versions[0]
    page = look(versions)
    assert "The first 1." in page.text
    assert "7" not in page.texts("p")[-1].replace("net:v", "")


async def test_lists_of_all_kinds(api: AsyncApi, look: Look) -> None:
    version = await api.artifact("p/net:v6")
    run = await api.run("p/train")
    lists: dict[str, AsyncPaginator[Any]] = {
        "dataset": api.artifact_types("p"),
        "net": api.artifact_collections("p", "model"),
        "rows": api.project("p").collections(),
        "00.bin": version.files(),
        "local/p/rows:v0": run.used_artifacts(),
    }
    for expected, listed in lists.items():
        assert "Nothing is fetched yet" in look(listed).text
        await listed[0]
        assert expected in look(listed).texts("td")


async def test_a_list_says_how_its_flavour_goes_on(api: AsyncApi, look: Look) -> None:
    versions = api.artifacts("model", "p/net", per_page=2)
    await versions[0]
    page = look(versions)
    awaited = "AsyncArtifacts" in page.text
    assert ("async for item in _" in page.texts("code")) == awaited
    assert ("await _[2:102]" in page.texts("code")) == awaited


async def test_a_version(api: AsyncApi, look: Look) -> None:
    version = await api.artifact("p/net:latest")
    page = look(version)
    for text in ("local/p/net:v6", "latest", "good", "25", "model", HOSTILE):
        assert text in page.text, text
    assert "_.files()[:20]" in page.text
    await version.manifest()
    files = look(version)
    assert files.texts("td").count("00.bin") == 1
    assert "24.bin" not in files.text
    assert "… and 5 more" in files.text


async def test_collections_types_and_runs(api: AsyncApi, look: Look) -> None:
    collection = await api.artifact_collection("model", "p/net")
    page = look(collection)
    assert "retrieval" in page.text
    assert HOSTILE in page.text
    assert "_.collections()" in look(await api.artifact_type("model", "p")).text
    run = await api.run("p/train")
    assert "train" in look(run).text
    assert "Config" not in look(run).text
    assert "Summary" not in look(run).text
    await run.summary()
    page = look(run)
    assert page.text.index("Config") < page.text.index(HOSTILE) < page.text.index("Summary")
    assert page.text.index("Summary") < page.text.index("loss")


async def test_a_lineage_is_drawn(api: AsyncApi, look: Look) -> None:
    version = await api.artifact("p/net:v0")
    page = look(await version.lineage())
    assert {"rows:v0", "train", "net:v0"} <= set(page.texts("text"))
    assert "2 versions, 1 run." in page.text


async def test_plans_diffs_and_reports(api: AsyncApi, look: Look, tmp_path: Path) -> None:
    version = await api.artifact("p/net:v6")
    plan = await version.plan_download(tmp_path)
    assert look(plan).texts("td").count("fetch") == 25
    await version.download(tmp_path)
    report = await version.verify(tmp_path)
    assert "25 files right, and nothing else is there." in look(report).text
    (tmp_path / "more").write_text("")
    wrong = look(await version.verify(tmp_path, allow_unexpected=True))
    assert wrong.texts("td") == ["unexpected", "more"]
    assert "25 files right, 1 not." in wrong.text
    diff = look(await version.diff(await api.artifact("p/net:v5")))
    assert diff.texts("td").count("changed") >= 25
    assert "are the same" in look(await version.diff(version)).text
    prune = await api.plan_prune("p", keep_last=1)
    assert "delete" in look(prune).texts("td")
    assert "Nothing is deleted yet" in look(prune).text
    assert "model" in look(await api.usage("p", by="type")).texts("td")
    assert "net" in look(await api.inventory("p")).texts("td")


def test_a_cache_folder(look: Look, tmp_path: Path) -> None:
    assert "0 contents" in look(Cache(tmp_path).contents()).text


def test_a_lineage_with_many_nodes_is_cut(look: Look) -> None:
    root = LineageVersion("v", "e/p/c:v0", "t")
    runs = tuple(LineageRun(f"r{n}", f"e/p/r{n}", HOSTILE, None, None) for n in range(30))
    edges = tuple(LineageEdge("v", run.id, "used") for run in runs)
    page = look(Lineage(root, 1, "down", (root,), runs, edges))
    assert len(page.all("rect")) == 1 + 12
    assert "… and more" in page.texts("text")


def test_a_run_in_a_lineage_has_its_whole_name(look: Look) -> None:
    root = LineageVersion("v", "e/p/c:v0", "t")
    runs = (
        LineageRun("named", "e/p/r1", "sweep/lr-3", "train", None),
        LineageRun("unnamed", "e/p/r2", None, None, None),
    )
    edges = tuple(LineageEdge("v", run.id, "used") for run in runs)
    texts = look(Lineage(root, 1, "down", (root,), runs, edges)).texts("text")
    assert {"c:v0", "sweep/lr-3", "r2"} <= set(texts)


class Display:
    """As IPython shows outputs: it notes what is shown."""

    def __init__(self) -> None:
        self.outputs: list[str] = []

    def display(self, shown: Shown, *, display_id: bool) -> "Display":
        assert display_id
        self.update(shown)
        return self

    def update(self, shown: Shown) -> None:
        self.outputs.append(shown._repr_html_())


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Display:
    """As if a kernel ran this."""
    shown = Display()
    ipython = types.ModuleType("IPython")
    vars(ipython)["get_ipython"] = lambda: types.SimpleNamespace(kernel=object())
    module = types.ModuleType("IPython.display")
    vars(module)["display"] = shown.display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    return shown


async def test_progress_is_a_bar(
    api: AsyncApi, notebook: Display, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    version = await api.artifact("p/net:v6")
    await version.download(tmp_path, progress=True)
    [bar] = Document(f"<body>{notebook.outputs[-1]}</body>").all("progress")
    assert bar.attributes["value"] == bar.attributes["max"] == "25"
    assert capfd.readouterr().err == ""
