"""Which files are downloaded, listed, verified and logged: by patterns, as .gitignore has them."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import command_on
from tests.client.flavours import Flavour, listed
from tests.client.taps import Script
from typed_artifacts import (
    AsyncApi,
    IntegrityError,
    InvalidInput,
    NotFoundError,
    RequestEvent,
    async_download_all,
    download_all,
)
from typed_artifacts.local import LocalServer, Registry

FILES = {
    "readme.md": "r",
    "data/train.csv": "train",
    "data/test.csv": "te",
    "data/raw/big.bin": "b" * 100,
    "notes/a.md": "a",
    "notes/.hidden": "h",
}


def build(registry: Registry) -> None:
    registry.log_version("local/p/data", type="dataset", files=FILES)


def tree(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


CHOICES: list[tuple[dict[str, Any], set[str]]] = [
    ({"include": "*.csv"}, {"data/train.csv", "data/test.csv"}),
    ({"include": ["*.md", "/data/raw"]}, {"readme.md", "notes/a.md", "data/raw/big.bin"}),
    ({"exclude": ["data/"]}, {"readme.md", "notes/a.md", "notes/.hidden"}),
    ({"include": "data/**", "exclude": "raw/"}, {"data/train.csv", "data/test.csv"}),
    ({"include": ["*.md", "!notes/*.md"]}, {"readme.md"}),
    ({"exclude": ("*", "!readme.md")}, {"readme.md"}),
    # As in git, a file comes back where its folder is not excluded.
    ({"exclude": ["*", "!*/", "!*.csv"]}, {"data/train.csv", "data/test.csv"}),
    (
        {"exclude": ["/*", "!data/**", "!/data/"]},
        {"data/train.csv", "data/test.csv", "data/raw/big.bin"},
    ),
    (
        {"exclude": ["data/", "!data/train.csv", "!data/raw/"]},
        {"readme.md", "notes/a.md", "notes/.hidden"},
    ),
    # What excludes all that is in a folder does not exclude the folder itself.
    (
        {"exclude": ["data/**", "!data/train.csv", "!data/raw/"]},
        {"readme.md", "data/train.csv", "notes/a.md", "notes/.hidden"},
    ),
    ({"exclude": ["*", "!/data/", "/data/*", "!*.csv"]}, {"data/train.csv", "data/test.csv"}),
    # What takes a folder back says nothing of the files in it.
    (
        {"exclude": ["*.csv", "!/data/"]},
        {"readme.md", "data/raw/big.bin", "notes/a.md", "notes/.hidden"},
    ),
    ({"include": "/*.md"}, {"readme.md"}),
    ({"include": ["# a comment", "", "a.md"]}, {"notes/a.md"}),
]


@pytest.mark.parametrize(("given", "chosen"), CHOICES)
async def test_each_verb_means_the_same(
    api: AsyncApi, here: LocalServer, tmp_path: Path, given: dict[str, Any], chosen: set[str]
) -> None:
    build(here.registry)
    artifact = await api.artifact("p/data")
    folder = await artifact.download(tmp_path / "folder", **given)
    assert tree(folder) == chosen
    report = await artifact.verify(folder, **given)
    assert report.checked == len(chosen)
    files = artifact.files(per_page=2, **given)
    assert {file.name for file in await listed(files)} == chosen
    assert await files.length() == len(chosen)
    plan = await artifact.plan_download(tmp_path / "empty", **given)
    assert {entry.path for entry in plan.fetch} == chosen
    everything = await artifact.download(tmp_path / "everything")
    logged = await api.log_artifact("p/copy", type="dataset", files=everything, **given)
    assert (await logged.manifest()).entries.keys() == chosen
    contents = {name: text.encode() for name, text in FILES.items()}
    again = await api.log_artifact("p/named", type="dataset", files=contents, **given)
    assert (await again.manifest()).entries.keys() == chosen


async def test_all_of_a_listing(
    flavour: Flavour, api: AsyncApi, here: LocalServer, tmp_path: Path
) -> None:
    build(here.registry)
    pager = api.artifacts("dataset", "p/data")
    if flavour.blocking:
        (folder,) = download_all(pager.__dict__["blocking"], tmp_path, include="*.md")
    else:
        (folder,) = await async_download_all(pager, tmp_path, include="*.md")
    assert tree(folder) == {"readme.md", "notes/a.md"}


async def test_a_folder_says_what_is_not_logged(api: AsyncApi, tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / ".git" / "objects").mkdir(parents=True)
    (tmp_path / ".git" / "objects" / "x").symlink_to("nowhere")  # not even looked at
    (tmp_path / ".artifactsignore").write_text("# not these\n.git/\nraw/\n*.md\n!readme.md\n")
    artifact = await api.log_artifact("p/data", type="dataset", files=tmp_path)
    left = {"readme.md", "data/train.csv", "data/test.csv", "notes/.hidden"}
    assert (await artifact.manifest()).entries.keys() == left
    artifact = await api.log_artifact("p/some", type="dataset", files=tmp_path, include="*.md")
    assert (await artifact.manifest()).entries.keys() == {"readme.md"}


async def test_what_a_download_would_do(
    api: AsyncApi,
    here: LocalServer,
    tmp_path: Path,
    sent: list[RequestEvent],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WANDB_CACHE_DIR", str(tmp_path / "cache"))
    build(here.registry)
    artifact = await api.artifact("p/data")
    folder = tmp_path / "folder"
    plan = await artifact.plan_download(folder)
    assert (len(plan.fetch), plan.bytes, plan.keep) == (6, 110, ())
    assert not folder.exists()
    await artifact.download(folder)
    (folder / "readme.md").unlink()
    (folder / "data" / "test.csv").write_text("wrong")
    (folder / "extra").write_text("extra")
    sent.clear()
    plan = await artifact.plan_download(folder)
    assert sent == []
    assert [entry.path for entry in plan.fetch] == ["data/test.csv", "readme.md"]
    assert len(plan.keep) == 4
    assert plan.delete == ("extra",)
    assert str(plan) == f"{folder}: fetch 2 files (3 B), keep 4 files, 1 file unexpected."
    few = await artifact.plan_download(folder, path_prefix="data/", exclude="raw")
    assert ([entry.path for entry in few.fetch], few.delete) == (["data/test.csv"], ())


async def test_what_is_unexpected_is_deleted(
    api: AsyncApi, here: LocalServer, tmp_path: Path
) -> None:
    build(here.registry)
    artifact = await api.artifact("p/data")
    folder = await artifact.download(tmp_path / "folder")
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "x").write_text("x")
    (folder / "data" / "more").write_text("more")
    outside = tmp_path / "outside"
    outside.write_text("stays")
    (folder / "link").symlink_to(outside)
    with pytest.raises(IntegrityError, match="3 unexpected"):
        await artifact.verify(folder)
    report = await artifact.verify(folder, allow_unexpected=True)
    assert report.delete_unexpected() == ("data/more", "deep/er/x", "link")
    assert tree(folder) == set(FILES)
    assert not (folder / "deep").exists()
    assert outside.read_text() == "stays"
    assert (await artifact.verify(folder)).ok
    (folder / "readme.md").unlink()
    with pytest.raises(IntegrityError, match="1 missing"):
        await artifact.verify(folder, allow_unexpected=True)


async def test_nothing_is_selected(api: AsyncApi, here: LocalServer, tmp_path: Path) -> None:
    build(here.registry)
    artifact = await api.artifact("p/data")
    with pytest.raises(NotFoundError, match="no file that include"):
        await artifact.download(tmp_path / "x", include="*.parquet")
    with pytest.raises(NotFoundError, match="no file that include"):
        await artifact.verify(tmp_path, include="*.parquet")
    with pytest.raises(InvalidInput, match="No file is selected"):
        await api.log_artifact("p/x", type="dataset", files={"a": b"1"}, exclude="*")
    assert await listed(artifact.files(include="*.parquet")) == []


@pytest.mark.parametrize("pattern", ["", [], ["  "], 3, [1], b"*", {"a": 1}, "!"])
async def test_what_is_no_pattern(flavour: Flavour, pattern: Any) -> None:  # noqa: ANN401 - the mistake
    silent = Script()
    with pytest.raises(InvalidInput, match="include"):
        await flavour.api(silent).log_artifact(
            "p/x", type="dataset", files={"a": b"1"}, include=pattern
        )
    assert silent.sent == []


def test_in_a_shell(tmp_path: Path) -> None:
    root, folder = tmp_path / "registry", tmp_path / "folder"
    with Registry(root) as registry:
        build(registry)

    run = command_on(root)
    choice = ("--include", "*.csv", "--include", "*.md", "--exclude", "notes/")
    code, out, _ = run("download", "local/p/data", str(folder), *choice, "--dry-run")
    assert (code, out) == (0, f"{folder}: fetch 3 files (8 B), keep 0 files.\n")
    assert not folder.exists()
    assert run("download", "local/p/data", str(folder), *choice)[0] == 0
    assert tree(folder) == {"readme.md", "data/train.csv", "data/test.csv"}
    code, out, _ = run("download", "local/p/data", str(folder), "--dry-run", "--json")
    assert json.loads(out)["bytes"] == 102
    assert run("verify", "local/p/data", str(folder), *choice)[0] == 0
    assert run("verify", "local/p/data", str(folder))[0] == 1
    (folder / "more.csv").write_text("x")
    assert run("verify", "local/p/data", str(folder), *choice)[0] == 1
    code, _, err = run("verify", "local/p/data", str(folder), *choice, "--delete-unexpected")
    assert code == 0
    assert "Deleted 1 unexpected file: more.csv" in err
    code, out, _ = run("files", "local/p/data", *choice, "--json")
    assert [file["name"] for file in json.loads(out)] == [
        "data/test.csv",
        "data/train.csv",
        "readme.md",
    ]
    code, out, _ = run("log", "local/p/again", str(folder), "--type", "t", "--exclude", "*.md")
    assert code == 0
    assert "2 files" in out


async def test_more_patterns_than_one_automaton_holds(
    api: AsyncApi, here: LocalServer, tmp_path: Path
) -> None:
    build(here.registry)
    artifact = await api.artifact("p/data")
    others = [f"/some/other/folder/file-{number:06}.csv" for number in range(2_500)]
    plan = await artifact.plan_download(tmp_path, include=["readme.md", *others, "*.csv"])
    assert {entry.path for entry in plan.fetch} == {
        "readme.md",
        "data/train.csv",
        "data/test.csv",
    }
    with pytest.raises(NotFoundError, match="no file that include"):
        await artifact.plan_download(tmp_path, include="x" * 100_000)


@pytest.mark.skipif(sys.platform != "linux", reason="there a file's name is any bytes")
async def test_names_that_are_no_text_are_selected_by_the_rest_of_them(
    api: AsyncApi, tmp_path: Path
) -> None:
    for name in (b"a\xe9.txt", b"b.txt", b"d\xff/c.txt"):
        file = tmp_path / os.fsdecode(name)
        file.parent.mkdir(exist_ok=True)
        file.write_text("text")
    without: dict[str, Any] = {"exclude": ["a?.txt", "d?/"]}
    choices: list[dict[str, Any]] = [{"include": "*.txt"}, {"exclude": "*.csv"}]
    logged = await api.log_artifact("p/x", type="t", files=tmp_path, **without)
    assert (await logged.manifest()).entries.keys() == {"b.txt"}
    for given in choices:
        with pytest.raises(InvalidInput, match="which is no text; rename the file"):
            await api.log_artifact("p/x", type="t", files=tmp_path, **given)
        with pytest.raises(IntegrityError, match="2 unexpected"):
            await logged.verify(tmp_path, **given)
        assert len((await logged.plan_download(tmp_path, **given)).delete) == 2
    assert (await logged.verify(tmp_path, **without)).ok
    (tmp_path / ".artifactsignore").write_text("a*\nd*\n")
    logged = await api.log_artifact("p/y", type="t", files=tmp_path)
    assert (await logged.manifest()).entries.keys() == {"b.txt"}
