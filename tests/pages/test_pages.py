"""Every page over HTTP: what it shows, and that the addresses of the client lead to it."""

import shlex
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from typer.testing import CliRunner

from tests.local.processes import Served, serving
from tests.pages.conftest import FILES, MANY, PROJECT, REPORT, Show
from tests.pages.reading import Document
from typed_artifacts import Api
from typed_artifacts.cli.app import app
from typed_artifacts.local import open_local

NET = "/demo/search/artifacts/model/net"
PAGES = {
    "/": "Projects",
    "/demo": "demo",
    "/demo/search": "search",
    "/demo/search/artifacts": "search",
    "/demo/search/artifacts/report": "report",
    REPORT: "report",
    f"{REPORT}/v0": "report:v0",
    f"{REPORT}/published": "report:v0",
    f"{REPORT}/v0/overview": "report:v0",
    f"{REPORT}/v0/lineage": "Lineage of report:v0",
    f"{REPORT}/v0/files": "Files",
    f"{REPORT}/v0/files/data/": "data",
    f"{REPORT}/v0/files/notes.md": "notes.md",
    "/demo/search/runs": "Runs",
    "/demo/search/runs/train": "train finished",
}


@pytest.mark.parametrize(("address", "heading"), PAGES.items())
def test_a_page_has_what_a_reader_needs(show: Show, address: str, heading: str) -> None:
    page = show(address)
    assert page.one("h1") == heading
    assert [each.attributes["id"] for each in page.all("main")] == ["main"]
    assert page.link("Skip to the content") == "#main"
    assert page.all("html")[0].attributes["lang"] == "en"
    levels = [int(each.tag[1]) for each in page.elements if each.tag in ("h1", "h2", "h3")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for table in page.all("table"):
        assert table.text.strip()
    assert len(page.all("table")) == len(page.all("caption"))
    assert all(each.attributes.get("scope") for each in page.all("th"))
    ids = [each.attributes["id"] for each in page.elements if "id" in each.attributes]
    assert len(ids) == len(set(ids))
    labels = {each.attributes.get("aria-labelledby", "") for each in page.elements} - {""}
    assert labels <= set(ids)


def test_links_lead_to_pages(show: Show) -> None:
    left, known = ["/"], set[str]()
    while left and len(known) < 40:
        address = left.pop()
        if address in known or "/raw/" in address:
            continue
        known.add(address)
        for each in show(address).all("a"):
            href = each.attributes["href"]
            if href.startswith("/"):
                left.append(href)


def test_the_addresses_of_the_client_lead_to_pages(served: Served, show: Show) -> None:
    def heading(url: str) -> str:
        assert url.startswith(served.url)
        return show(url.removeprefix(served.url)).one("h1")

    with Api(base_url=served.url, api_key=served.key) as api:
        assert heading(api.artifact(f"{PROJECT}/report:v0").url) == "report:v0"
        assert heading(api.artifact(f"{PROJECT}/many:v7").url) == "many:v7"
        collection = api.artifact_collection("dataset", f"{PROJECT}/many")
        assert heading(collection.url) == "many"
        card = api.artifact_collection("model", "local-org/wandb-registry-model/net")
        assert "/orgs/local-org/registry/model?" in card.url
        assert heading(card.url) == "net"
        run = api.run(f"{PROJECT}/train")
        assert heading(run.url) == "train finished"
        portfolio = api.artifact(f"{PROJECT}/released:production")
        assert "/registry/model?" in portfolio.url
        assert heading(portfolio.url) == "released:v0"
        registered = api.artifact("local-org/wandb-registry-model/net:v0")
        assert "/orgs/" in registered.url
        assert heading(registered.url) == "net:v0"
        registry = urlsplit(registered.url).path
        assert show(registry).one("h1") == "wandb-registry-model"


def test_a_version_shows_all_that_is_known_of_it(show: Show) -> None:
    page = show(f"{REPORT}/v0")
    for text in ("published", "latest", "checked", "What came of it.", "recall", "0.87"):
        assert text in page.text
    assert page.link("evaluate") == "/demo/search/runs/evaluate"
    assert page.link("config.json") == f"{REPORT}/v0/files/config.json"
    assert f"{len(FILES) + 2} files" in page.text
    model = show(f"{NET}/v0")
    assert "demo/search/released:v0" in model.text
    assert model.link("local-org/wandb-registry-model/net:v0").startswith("/local-org/")
    linked = show("/demo/search/artifacts/model/released/v0")
    assert "Linked from" in linked.text
    assert linked.link("net:v0") == f"{NET}/v0"


def test_versions_lead_to_the_ones_beside_them(show: Show) -> None:
    page = show("/demo/search/artifacts/dataset/many/v5")
    assert page.link("← v4").endswith("/many/v4")
    assert page.link("v6 →").endswith("/many/v6")


def test_lineage_is_drawn_and_told(show: Show) -> None:
    page = show(f"{NET}/v0")
    drawn = [each.text.split() for each in page.all("text")]
    assert ["rows:v0"] in drawn
    assert ["run", "·", "train"] in drawn
    assert ["report:v0"] in drawn
    told = page.texts("li")
    assert "version rows:v0 → run train" in told
    assert "run evaluate → version report:v0" in told
    labels = {each.attributes.get("aria-label") for each in page.all("a")}
    assert "version rows:v0, dataset" in labels
    run = show("/demo/search/runs/train")
    assert "training data" in run.text
    assert "0.1" in run.text


def test_many_versions_are_paged(show: Show) -> None:
    address, found, pages = "/demo/search/artifacts/dataset/many", list[str](), 0
    while address:
        page = show(address)
        assert f"{MANY} versions" in page.text
        found += [text for text in page.texts("th") if text.startswith("v")]
        next_ = [each for each in page.all("a") if each.attributes.get("rel") == "next"]
        address = next_[0].attributes["href"] if next_ else ""
        if pages:
            assert page.link("First page") == "/demo/search/artifacts/dataset/many"
        pages += 1
    assert found == [f"v{number}" for number in reversed(range(MANY))]
    assert pages == 3


def test_many_files_are_paged_and_folders_passed_over(show: Show) -> None:
    files = "/demo/search/artifacts/dataset/deep/v0/files"
    assert show(files).texts("th")[2:] == ["a/", "b/", "z.txt"]
    address, found = f"{files}/b/", list[str]()
    while address:
        page = show(address)
        found += page.texts("th")[2:]
        next_ = [each for each in page.all("a") if each.attributes.get("rel") == "next"]
        address = next_[0].attributes["href"] if next_ else ""
    assert found == [f"{n:03d}.txt" for n in range(60)]


def test_a_folder_is_passed_over_whatever_its_names_are(tmp_path: Path) -> None:
    # The greatest of all characters, in more files than are read at once.
    files = {f"a/\U0010ffff\U0010ffff{n}": "x" for n in range(501)} | {"a0": "x", "z": "x"}
    with open_local(tmp_path) as server:
        server.registry.log_version("local/p/c", type="t", files=files)
        with httpx.Client(transport=server.transport, base_url=server.base_url) as client:
            auth = ("api", server.api_key)
            page = Document(client.get("/local/p/artifacts/t/c/v0/files", auth=auth).text)
    assert page.texts("th")[2:] == ["a/", "a0", "z"]


def test_pages_lead_to_no_other_server_however_they_are_addressed(
    browser: httpx.Client, served: Served
) -> None:
    many = "/demo/search/artifacts/dataset/many"
    page = Document(browser.get(httpx.URL(f"{served.url}/{many}")).text)
    [next_] = [each for each in page.all("a") if each.attributes.get("rel") == "next"]
    assert next_.attributes["href"].startswith(f"{many}?after=")


@pytest.mark.parametrize(
    "address",
    [
        "/nobody",
        "/demo/nothing",
        "/demo/search/artifacts/nothing",
        "/demo/search/artifacts/report/nothing",
        f"{REPORT}/v99",
        f"{REPORT}/v0/files/nothing.txt",
        f"{REPORT}/v0/files/nothing/",
        f"{REPORT}/v0/nothing",
        f"{REPORT}/v0/raw/big.bin",
        "/demo/search/runs/nothing",
        "/orgs/local-org/registry/nothing",
        "/demo/search/nothing/at/all",
    ],
)
def test_what_is_not_there_is_said(show: Show, address: str) -> None:
    page = show(address, 404)
    assert page.one("h1") == "Not found"


def test_a_broken_cursor_is_said(show: Show) -> None:
    assert show("/demo/search?after=broken", 400).one("h1") == "Not understood"


@pytest.mark.parametrize("address", ["/%00", "/demo/%00", f"{REPORT}/v0/files/%00", "/demo/%ff"])
def test_an_address_of_no_text_is_no_failure(browser: httpx.Client, address: str) -> None:
    assert browser.get(address).status_code in (400, 404)


def test_another_type_in_the_address_leads_to_the_right_one(browser: httpx.Client) -> None:
    reply = browser.get("/demo/search/artifacts/model/report/v0/files")
    assert (reply.status_code, reply.headers["location"]) == (303, f"{REPORT}/v0/files")


def python_of(page: Document) -> str:
    [found] = [text for text in page.commands() if text.startswith("from typed_artifacts")]
    return found


def test_the_python_of_pages_runs(
    served: Served, show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_API_KEY", served.key)
    monkeypatch.chdir(tmp_path)
    for address in (f"{NET}/v0", f"{NET}/v0/files/w", NET, "/demo/search"):
        names: dict[str, object] = {}
        exec(python_of(show(address)), names)  # noqa: S102  (what a reader would run)
        api = names["api"]
        assert isinstance(api, Api)
        api.close()
    assert (tmp_path / "artifacts" / "net:v0" / "w").read_text(encoding="utf-8") == "1"


def test_the_commands_of_pages_run(
    served: Served, show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_API_KEY", served.key)
    monkeypatch.chdir(tmp_path)
    for address in (f"{NET}/v0", f"{NET}/v0/files/w", NET, "/demo/search"):
        [command] = [text for text in show(address).commands() if text.startswith("typed-")]
        result = CliRunner().invoke(app, shlex.split(command.replace("\\\n", ""))[1:])
        assert result.exit_code == 0, result.output
    assert (tmp_path / "artifacts" / "net:v0" / "w").exists()


def test_the_command_of_a_page_without_projects_logs_a_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.txt").write_text("1")
    with serving(tmp_path / "registry") as served:
        monkeypatch.setenv("WANDB_API_KEY", served.key)
        page = Document(httpx.get(served.url, auth=("api", served.key)).text)
        [command] = page.commands()
        words = shlex.split(command.replace("FOLDER", str(tmp_path / "files")))[1:]
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, result.output
        with Api(base_url=served.url) as api:
            assert api.artifact("demo/notes:v0").file_count == 1
