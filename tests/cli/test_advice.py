"""What a message of the library advises in Python, the command advises in its own options."""

from __future__ import annotations

import os
import re
import warnings
from pathlib import Path

import pytest
from typer.testing import CliRunner

from typed_artifacts import Api, Artifact, ArtifactsError, Reference
from typed_artifacts._domain.downloads.entries import warnings_of
from typed_artifacts._transfer import DownloadReport
from typed_artifacts.cli.app import app
from typed_artifacts.local import Registry

# An argument of Python: a name before an equals sign, a call, a mapping.
PYTHON = re.compile(r"(?<![-\w=/?&])[a-z_]{2,}=(?!=)|\w\(\)|\{'|\bis datetime\.|\bapi\.\w+\(")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("advice")
    (folder / "data").mkdir()
    (folder / "data" / "a.txt").write_text("a")
    (folder / "loop").mkdir()
    (folder / "loop" / "above").symlink_to(folder / "loop", target_is_directory=True)
    (folder / "plan").write_text('{"format": 0}\n')
    with Registry(folder / "shelf") as registry:
        registry.log_version("me/demo/notes", type="dataset", files={"a.txt": "a"}, aliases=["x"])
    with Api.local(folder / "shelf") as api:
        files = {"r": Reference((folder / "data").as_uri())}
        api.log_artifact("me/demo/refs", type="dataset", files=files)
    return folder


def run(shelf: Path, line: str, **environment: str) -> tuple[int, str]:
    """The exit code of a command in the folder, and what it says on the standard error."""
    where = {} if "--base-url" in line else {"TYPED_ARTIFACTS_ROOT": str(shelf / "shelf")}
    words = [word.replace("''", "") for word in line.format(shelf=shelf).split()]
    before = Path.cwd()
    os.chdir(shelf)
    try:
        done = CliRunner().invoke(app, words, env=where | environment)
    finally:
        os.chdir(before)
    return done.exit_code, done.stderr


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("download me/demo/refs {shelf}/out1", 0, "--follow-references fetches them, or --follow "),
        ("download me/demo/refs {shelf}/out2 --follow ''", 1, "--follow takes a scheme or a URI"),
        ("download me/demo/notes {shelf}/out4 --link x", 2, "--link is 'x'; it must be one of"),
        ("download me/demo/notes {shelf}/out5 --link hard", 0, "--link hard has no effect: it"),
        ("download me/demo/notes {shelf}/out4 --include ''", 1, "--include is [''], and holds no"),
        ("download me/demo/notes {shelf}/out4 --exclude !", 1, "A pattern of --exclude is none"),
        ("download me/demo/notes {shelf}/out4 --include x", 1, "file that --include and --exclude"),
        ("delete me/demo/notes:v0 --yes", 1, "; --delete-aliases deletes it with them."),
        ("versions me/demo/notes --order +", 1, "--order is '+'; it must be"),
        ("collections me/demo ''", 1, "TYPE is empty; name one, or leave it out."),
        ("registries ''", 1, "ORG is empty; name one, or leave it out."),
        ("log me/demo/notes data --type dataset --storage-region ''", 1, "--storage-region is ''"),
        ("log me/demo/x data --type t --storage-region x", 1, "; leave --storage-region out, or"),
        ("log me/demo/x data --type t --include x", 1, ": --include and --exclude leave none of"),
        ("log me/demo/x loop --type t", 1, " Leave it out with --exclude, or remove it."),
        ("log me/demo/x http://127.0.0.1:9/ --type t", 1, "; give a URI that ends with one."),
        ("copy me/demo/notes:v0 me/other/ --all", 1, ", and --all says which: give one of the two"),
        ("copy me/demo/notes:v0 me/other/ --version v0", 1, ", and --version says which: give"),
        ("copy me/demo/notes me/other/ --to-url x", 1, "'x' is not an http(s) address; give some"),
        ("prune me/demo --pace 0", 2, "'--pace': 0 is no number of versions per second"),
        ("prune me/demo --pace nan", 2, "'--pace': nan is no number of versions per"),
        ("prune me/demo --ttl 0s", 2, "--ttl is '0s'; it must be"),
        ("prune me/demo --ttl 100000w", 2, "--ttl is '100000w'; it must be"),
        ("prune me/demo --older-than 0d", 2, "--older-than is '0d'; it must be"),
        ("prune --apply plan", 1, "its first line is not that of `typed-artifacts prune --plan`."),
        ("whoami --base-url https://wandb.ai", 1, "; programs ask 'https://"),
        ("whoami --base-url http://u:p@127.0.0.1", 1, "; give the key in WANDB_API_KEY."),
        ("whoami --base-url http://example.org", 1, "or insist with TYPED_ARTIFACTS_ALLOW_HTTP=1."),
        ("doctor x", 2, "'x' is not an http(s) address; give something like "),
        ("serve --root new --issuer-key data/a.txt", 1, "--issuer-key is no public key as PEM"),
        (
            "registry migrate --root shelf --to postgresql+psycopg://x",
            1,
            ": name a folder, or --files.",
        ),
    ],
)
def test_advice_names_the_option(shelf: Path, line: str, code: int, words: str) -> None:
    found = run(shelf, line, WANDB_API_KEY="k" * 40)
    assert (found[0], words in found[1]) == (code, True), found
    said = re.sub(r"(TYPED_ARTIFACTS|WANDB)_\w+=\S+", "", found[1])
    assert not PYTHON.search(said), said


def test_a_note_of_an_error_is_told(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        report = DownloadReport(shelf, (), (), (), (), {"../a": "leads out of the folder"}, 0, 0)
        warnings_of([report], "me/demo/notes:v0", not_fetched=[], skip_refused_names=False)

    monkeypatch.setattr(Artifact, "download", refuse)
    code, said = run(shelf, "download me/demo/notes {shelf}/out3")
    assert code == 1
    assert said.endswith(f" are in {str(shelf)!r}. --skip-refused-names makes this a warning.\n")


def test_offline_it_names_commands(shelf: Path, tmp_path: Path) -> None:
    line = "whoami --base-url http://127.0.0.1:9"
    code, said = run(shelf, line, WANDB_MODE="offline", WANDB_CACHE_DIR=str(tmp_path))
    assert code == 1
    assert "the client is offline (WANDB_MODE)" in said
    assert "with a cache folder: show, files, tree, verify and download of its path." in said
    assert not PYTHON.search(said.replace("WANDB_MODE=offline", ""))


def test_what_was_given_in_vain_is_told_without_python(shelf: Path) -> None:
    code, said = run(shelf, "log me/demo/notes data --type dataset --description x")
    assert (code, said.endswith("and its description did not change.\n")) == (0, True), said


def test_a_name_that_reads_like_an_argument_stays(shelf: Path) -> None:
    code, said = run(shelf, "show me/demo/skip_refused_names=True")
    assert (code, "skip_refused_names=True" in said) == (1, True)


def test_what_is_unexpected_is_deleted_by_the_option_that_is_named(
    shelf: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "more").touch()
    code, said = run(shelf, f"verify me/demo/notes {tmp_path}")
    assert code == 1
    assert said.endswith(" A download leaves what is unexpected; --delete-unexpected deletes it.\n")


def test_one_unexpected_file_is_one(shelf: Path, tmp_path: Path) -> None:
    assert run(shelf, f"download me/demo/notes {tmp_path}")[0] == 0
    (tmp_path / "more").write_text("x")
    code, said = run(shelf, f"verify me/demo/notes {tmp_path} --delete-unexpected")
    assert (code, said) == (0, "typed-artifacts: Deleted 1 unexpected file: more\n")
    assert not (tmp_path / "more").exists()


def test_warnings_are_told_before_an_error_and_those_for_users_alone(
    shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        warnings.warn("for the makers of a library", DeprecationWarning, stacklevel=1)
        warnings.warn("a socket was not closed", ResourceWarning, stacklevel=1)
        warnings.warn("for users", stacklevel=1)
        raise ArtifactsError("It failed.")

    monkeypatch.setattr(Api, "log_artifact", refuse)
    code, said = run(shelf, "log me/demo/x data --type t")
    assert (code, said) == (1, "typed-artifacts: for users\ntyped-artifacts: It failed.\n")
