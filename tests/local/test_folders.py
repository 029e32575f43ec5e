"""Folders that can and cannot be a registry, with all kinds of names."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from typed_artifacts import Api, ArtifactsError, InvalidInput, NotFoundError
from typed_artifacts.local import Registry, RegistryError, RegistryNotFound, RegistryRefused


def test_there_is_one_tree_of_errors() -> None:
    assert issubclass(RegistryError, ArtifactsError)
    assert issubclass(RegistryRefused, InvalidInput)
    assert issubclass(RegistryNotFound, NotFoundError)
    with Registry() as registry:
        with pytest.raises(InvalidInput):
            registry.log_version("local/p/c", type="dataset", files={"../x": "1"})
        with pytest.raises(NotFoundError):
            registry.describe_collection("local/p/c")
        with pytest.raises(ArtifactsError, match="cannot be read"):
            registry.log_version("l/p/c", type="dataset", files={"a": Path("/no/such/file")})


@pytest.mark.parametrize(
    "folder",
    ["/proc/shelf", "/dev/null", "/dev/null/shelf", "a\0b", "", "x" * 5000, "~nobody-of/x"],
)
def test_what_can_not_be_a_folder_is_refused_in_a_sentence(folder: str) -> None:
    with pytest.raises(ArtifactsError) as refused:
        Api.local(folder)
    assert "\n" not in str(refused.value)


@pytest.mark.skipif(os.name == "nt", reason="the current folder cannot be removed there")
def test_a_current_folder_that_was_removed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(RegistryError, match="the current folder was removed"):
        Registry("shelf")
    with Registry(tmp_path / "shelf"), Registry():
        pass


@pytest.mark.parametrize("blocked", ["files", "registry.db", "url-secret"])
def test_something_else_in_the_place_of_a_part_is_refused(tmp_path: Path, blocked: str) -> None:
    path = tmp_path / blocked
    path.write_text("x") if blocked == "files" else path.mkdir()
    with pytest.raises(ArtifactsError, match="cannot be opened") as caught:
        Api.local(tmp_path)
    assert "--root" not in str(caught.value)  # that is the command's


def test_no_temporary_folder_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/no/such/folder")
    with pytest.raises(ArtifactsError, match="cannot be opened"):
        Api.local()


@pytest.mark.each(2)
@pytest.mark.parametrize(
    "names",
    [
        ("shelf?v=1", "shelf?v=2", "shelf"),
        ("a#b", "a#c", "a"),
        ("a%20b", "a b", "a%b"),
        ("file:x", ":memory:", "x?mode=memory"),
        ("größe", "gr\u00f6\u00dfe\u0301", "名前 'x\" ;"),
    ],
)
def test_a_name_is_a_name(tmp_path: Path, names: tuple[str, ...]) -> None:
    for number, name in enumerate(names):
        with Api.local(tmp_path / name) as api:
            made = api.log_artifact("p/c", type="dataset", files={"a": str(number).encode()})
            assert made.version == "v0"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    for number, name in enumerate(names):
        with Api.local(tmp_path / name) as api:
            api.artifact("p/c:latest").download(tmp_path / f"down{number}")
        assert (tmp_path / f"down{number}" / "a").read_text() == str(number)


def test_a_tilde_is_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    with Api.local("~/reg") as api:
        api.log_artifact("p/c", type="dataset", files={"a": b"1"})
    assert (tmp_path / "home" / "reg" / "registry.db").is_file()
    assert not (tmp_path / "~").exists()


def test_it_stays_where_it_was_when_the_process_goes_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    with Api.local("reg") as api:
        monkeypatch.chdir(tmp_path / "elsewhere")
        api.log_artifact("p/c", type="dataset", files={"a": b"1"})
        assert api.artifact("p/c:v0").version == "v0"
    assert list((tmp_path / "elsewhere").iterdir()) == []


_FORK = """
import os, sys
from typed_artifacts import Api
from typed_artifacts.local import Registry
registry = Registry(sys.argv[1] if len(sys.argv) > 1 else None)
registry.log_version("local/p/c", type="dataset", files={"a": "1"})
child = os.fork()
if child == 0:
    made = registry.log_version("local/p/c", type="dataset", files={"a": "of the child"})
    assert made.index == 1
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
assert (registry.root / "registry.db").is_file()
made = registry.log_version("local/p/c", type="dataset", files={"a": "of the parent"})
assert made.index == 2
assert registry.maintenance.verify().wrong == []
print(registry.root)
"""


@pytest.mark.each(2)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.parametrize("kept", [False, True])
def test_a_child_leaves_the_registry_to_its_parent(tmp_path: Path, kept: bool) -> None:
    command = [sys.executable, "-c", _FORK, *([str(tmp_path / "kept")] if kept else [])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).exists() == kept
