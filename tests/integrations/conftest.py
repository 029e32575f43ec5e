"""A registry whose one version has what the libraries read."""

from __future__ import annotations

import io
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from typed_artifacts.local import Registry

fsspec: Any = import_module("fsspec")
pa: Any = import_module("pyarrow")
pq: Any = import_module("pyarrow.parquet")


def parquet(numbers: range) -> bytes:
    """A Parquet file of numbers and their names, in groups of a thousand rows."""
    buffer = io.BytesIO()
    table = pa.table({"x": list(numbers), "name": [f"number {number}" for number in numbers]})
    pq.write_table(table, buffer, row_group_size=1000)
    return buffer.getvalue()


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two Parquet files, a CSV file and a Zarr array."""
    folder = tmp_path_factory.mktemp("registry")
    array = folder / "numbers.zarr"
    xarray, numpy = import_module("xarray"), import_module("numpy")
    numbers = numpy.arange(12.0).reshape(3, 4)
    xarray.Dataset({"t": (("a", "b"), numbers)}).to_zarr(array, zarr_format=2)
    files: dict[str, bytes] = {
        "train/0.parquet": parquet(range(5000)),
        "train/1.parquet": parquet(range(5000, 9000)),
        "few.csv": b"x,name\n1,one\n2,two\n",
    }
    for path in array.rglob("*"):
        if path.is_file():
            files[path.relative_to(folder).as_posix()] = path.read_bytes()
    with Registry(folder / "registry") as registry:
        registry.log_version("local/demo/numbers", type="dataset", files=files)
    return folder / "registry"


@pytest.fixture
def options(registry: Path) -> Iterator[dict[str, str]]:
    """The storage options that users give to these libraries."""
    yield (chosen := {"registry": str(registry)})
    fsspec.filesystem("wandb-artifact", **chosen).close()


@pytest.fixture
def fs(options: dict[str, str]) -> Any:
    """The file system, for libraries that take one in place of storage options."""
    return fsspec.filesystem("wandb-artifact", **options)
