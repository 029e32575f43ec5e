"""Options that reach the request, the version or the text that they are for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.cli.conftest import Run, command_on
from typed_artifacts import Api, ArtifactDigestAlgorithm
from typed_artifacts.cli.app import app
from typed_artifacts.local import Registry
from typed_artifacts.testing import ArtifactsServer, Requests

DATA = "demo/work/data"


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A registry with a version."""
    folder = tmp_path / "registry"
    with Registry(folder) as registry:
        files = {name: name for name in ("a.txt", "b.txt", "c.bin")}
        registry.log_version(DATA, type="dataset", files=files)
    return folder


@pytest.fixture
def run(shelf: Path) -> Run:
    return command_on(shelf)


@pytest.mark.parametrize(
    ("listing", "operation"),
    [
        ("collections local/p", "ProjectArtifactCollections"),
        ("collections local/p t", "ArtifactTypeArtifactCollections"),
        ("versions local/p/one -t t", "ProjectArtifacts"),
        ("files local/p/one:v0", "ArtifactMembershipFiles"),
    ],
)
def test_a_page_has_as_many_items_as_are_asked_for(
    artifacts_server: ArtifactsServer, artifacts_requests: Requests, listing: str, operation: str
) -> None:
    for number in range(3):
        files = {str(each): str(number) for each in range(3)}
        artifacts_server.registry.log_version("local/p/one", type="t", files=files)
    for name in ("two", "three"):
        artifacts_server.registry.log_version(f"local/p/{name}", type="t", files={"a": "1"})
    for per_page, pages in (([], 1), (["--per-page", "2"], 2)):
        artifacts_requests.clear()
        done = CliRunner().invoke(app, [*listing.split(), *per_page, "-q"])
        assert (done.exit_code, len(done.stdout.splitlines())) == (0, 3)
        assert artifacts_requests.counts[operation] == pages


def test_a_page_has_as_many_registries_as_are_asked_for(
    artifacts_server: ArtifactsServer, artifacts_requests: Requests
) -> None:
    for name in ("one", "two", "three"):
        path = f"local-org/wandb-registry-{name}/c"
        artifacts_server.registry.log_version(path, type="t", files={"a": "1"})
    for per_page, pages in (([], 1), (["--per-page", "2"], 2)):
        artifacts_requests.clear()
        done = CliRunner().invoke(app, ["registries", "local-org", *per_page, "-q"])
        assert (done.exit_code, len(done.stdout.splitlines())) == (0, 3)
        assert artifacts_requests.counts["OrganizationRegistries"] == pages


@pytest.mark.parametrize("more", [["--include", "*.txt"], ["--exclude", "*.bin"]])
def test_nobody_knows_of_how_many_files_a_selection_is(run: Run, more: Sequence[str]) -> None:
    assert run("files", DATA, "--limit", "1")[1].splitlines()[-1] == "the first 1 of 3 files"
    assert run("files", DATA, "--limit", "1", *more)[1].splitlines()[-1] == "the first file"


def test_what_is_logged_has_what_the_options_say(run: Run, shelf: Path, tmp_path: Path) -> None:
    (tmp_path / "w.bin").write_bytes(b"w")
    logged = ("log", "demo/work/w", str(tmp_path / "w.bin"), "--type", "m")
    assert run(*logged, "--ttl-days", "36500", "--digest", "xxh128")[0] == 0
    for days in ("0", "36501"):
        code, out, err = run(*logged, "--ttl-days", days)
        assert (code, out, "'--ttl-days'" in err) == (2, "", True)
    with Api.local(shelf) as api:
        made = api.artifact("demo/work/w:v0")
        assert made.ttl == timedelta(days=36_500)
        assert made.digest_algorithm is ArtifactDigestAlgorithm.MANIFEST_XXH128


def test_the_names_of_wandb_take_the_same_options(run: Run, tmp_path: Path) -> None:
    (tmp_path / "w.bin").write_bytes(b"w")
    put = ("put", str(tmp_path / "w.bin"), "-n", "demo/work/w", "-a", "latest", "-a", "best")
    assert run(*put, "-d", "Words.")[0] == 0
    shown = json.loads(run("show", "demo/work/w:best", "--json")[1])
    assert (shown["type"], shown["description"]) == ("dataset", "Words.")
    assert shown["aliases"] == ["best", "latest"]
    assert run("ls", "demo/work")[1].splitlines()[-1] == "2 collections"


def test_what_is_said_of_what_is_not_there(run: Run) -> None:
    said = run("tag", f"{DATA}:v0", "--remove", "red")
    assert said == (1, "", f"typed-artifacts: {DATA}:v0 has no tag 'red'; it has none.\n")
    assert run("tag", f"{DATA}:v0", "--add", "one", "--add", "two")[0] == 0
    said = run("tag", f"{DATA}:v0", "--remove", "red")
    assert said == (1, "", f"typed-artifacts: {DATA}:v0 has no tag 'red'; it has one, two.\n")
    for verb, noun in (("tag", "a tag"), ("alias", "an alias")):
        assert f"name {noun} to --add or to --remove." in run(verb, f"{DATA}:v0")[2]


def test_one_version_is_counted_as_one(run: Run) -> None:
    assert run("delete", DATA, answer="n\n")[2].startswith(
        f"Delete the collection {DATA} with its 1 version? "
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (f"versions {DATA} --columns", "--columns names none; for the usual ones, leave it out."),
        ("types demo/work --csv --columns", "--columns names none"),
        *(
            (f"{line} --type", "It is empty; for the default, leave the option out.")
            for line in (
                *(f"versions {DATA}", "ls demo/work", f"tag {DATA} --add x", f"delete {DATA} -y"),
                *(f"download {DATA}", f"get {DATA}", "prune demo/work"),
            )
        ),
        ("prune demo/work --collection", "It is empty; for the default, leave the option out."),
    ],
)
def test_an_empty_value_is_not_the_default(run: Run, line: str, words: str) -> None:
    """It was for some, of a variable that is not set."""
    code, out, err = run(*line.split(), "")
    assert (code, out) == (2, "")
    assert words in err


def test_the_registry_that_is_named_goes_before_one_in_the_folder_of_a_download(
    shelf: Path, tmp_path: Path
) -> None:
    """The folder was left out of account: the files went below the current one."""
    Registry(tmp_path / "other").close()
    arguments = ("download", DATA, "--registry", str(shelf), "--root", str(tmp_path / "other"))
    done = CliRunner().invoke(app, arguments)
    assert (done.exit_code, done.stdout) == (0, f"{DATA}:v0 is in {tmp_path / 'other'}\n")
    assert (tmp_path / "other" / "a.txt").read_text() == "a.txt"
