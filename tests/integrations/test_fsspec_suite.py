"""fsspec's own tests for implementations, those of copying files to the disk.

The rest of its suite (put, copy, pipe, opening for writing) writes, which is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import md5
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from typed_artifacts._values.guards import override
from typed_artifacts.filesystem import ArtifactFileSystem
from typed_artifacts.local import Registry

abstract: Any = import_module("fsspec.tests.abstract")

ROOT = "local/suite/files:latest"
SUBFOLDER = ("subfile1", "subfile2", "nesteddir/nestedfile")
TREES: dict[str, dict[str, bytes]] = {
    "bulk": dict.fromkeys(("file1", "file2", *(f"subdir/{sub}" for sub in SUBFOLDER)), b""),
    "globs": dict.fromkeys(
        ("file1", "file2", *(f"subdir{index}/{sub}" for index in (0, 1) for sub in SUBFOLDER)), b""
    ),
    "prefix": {"subdir.txt": b"", "subdir/subfile.txt": b""},
    "hashed": {
        f"{md5(str(number).encode(), usedforsecurity=False).hexdigest()}.txt": f"{number}".encode()
        for number in range(10)
    },
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("suite")
    files = {
        f"{tree}/source/{name}": content
        for tree, names in TREES.items()
        for name, content in names.items()
    }
    files["src/file"] = b""
    with Registry(folder) as registry:
        registry.log_version("local/suite/files", type="dataset", files=files)
    return folder


class Filled(ArtifactFileSystem):
    """One test makes a folder and a file before it copies them; the version has both."""

    def mkdir(self, path: str) -> None:
        assert self._strip_protocol(path) == f"{ROOT}/src"

    @override
    def touch(self, path: str, *_: object, **__: object) -> None:
        assert self._strip_protocol(path) == f"{ROOT}/src/file"


class TestGet(abstract.AbstractFixtures, abstract.AbstractGetTests):  # type: ignore[misc]  # fsspec brings no types
    """Its tests of ``get``. They write their files first; here a version has them."""

    @pytest.fixture
    def fs(self, folder: Path) -> Iterator[Any]:
        fs: Any = Filled(folder)
        yield fs
        fs.close()

    @pytest.fixture
    def fs_path(self) -> str:
        return ROOT

    @pytest.fixture
    def fs_join(self) -> Callable[..., str]:
        return lambda *names: "/".join(map(str, names))

    @pytest.fixture
    def fs_bulk_operations_scenario_0(self) -> str:
        return f"{ROOT}/bulk/source"

    @pytest.fixture
    def fs_glob_edge_cases_files(self) -> str:
        return f"{ROOT}/globs/source"

    @pytest.fixture
    def fs_dir_and_file_with_same_name_prefix(self) -> str:
        return f"{ROOT}/prefix/source"

    @pytest.fixture
    def fs_10_files_with_hashed_names(self) -> str:
        return f"{ROOT}/hashed/source"
