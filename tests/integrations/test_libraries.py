"""The libraries that people read data with, on versions in a registry."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

pandas: Any = import_module("pandas")
polars: Any = import_module("polars")
duckdb: Any = import_module("duckdb")
dataset: Any = import_module("pyarrow.dataset")
xarray: Any = import_module("xarray")
zarr: Any = import_module("zarr")

PATH = "local/demo/numbers:latest"
URL = f"wandb-artifact://{PATH}"
SUM = sum(range(9000))


def test_pandas(options: dict[str, str]) -> None:
    one = pandas.read_parquet(f"{URL}/train/0.parquet", storage_options=options)
    assert (len(one), one.name[4999]) == (5000, "number 4999")
    both = pandas.read_parquet(f"{URL}/train", columns=["x"], storage_options=options)
    assert both.x.sum() == SUM
    few = pandas.read_csv(f"{URL}/few.csv", storage_options=options)
    assert few.name.tolist() == ["one", "two"]
    with pytest.raises(FileNotFoundError, match=r"There is no wandb-artifact://.*/none\.csv"):
        pandas.read_csv(f"{URL}/none.csv", storage_options=options)
    with pytest.raises(OSError, match="Log a new version: "):
        few.to_csv(f"{URL}/new.csv", storage_options=options)


def test_pyarrow_dataset(fs: Any) -> None:
    found = dataset.dataset(f"{PATH}/train", filesystem=fs, format="parquet")
    assert sorted(found.files) == [f"{PATH}/train/{name}.parquet" for name in (0, 1)]
    chosen = found.to_table(columns=["name"], filter=dataset.field("x") == 5001)
    assert chosen.to_pydict() == {"name": ["number 5001"]}


def test_polars(fs: Any, options: dict[str, str]) -> None:
    files = [fs.open(path) for path in fs.glob(f"{PATH}/train/*.parquet")]
    assert polars.scan_parquet(files).select(polars.col("x").sum()).collect().item() == SUM
    found = dataset.dataset(f"{PATH}/train", filesystem=fs, format="parquet")
    rows = polars.scan_pyarrow_dataset(found).filter(polars.col("x") > 8997).collect()
    assert rows["name"].to_list() == ["number 8998", "number 8999"]
    one = polars.read_parquet(
        f"{URL}/train/1.parquet", storage_options=options, use_pyarrow=True, columns=["x"]
    )
    assert one["x"].to_list() == list(range(5000, 9000))


def test_duckdb(fs: Any) -> None:
    with duckdb.connect() as connection:
        connection.register_filesystem(fs)
        found = connection.sql(f"select count(*), sum(x) from '{URL}/train/*.parquet'")  # noqa: S608
        assert found.fetchall() == [(9000, SUM)]
        few = connection.sql(f"select name from read_csv('{URL}/few.csv') where x = 2")  # noqa: S608
        assert few.fetchall() == [("two",)]


def test_xarray_and_zarr(fs: Any) -> None:
    store = fs.get_mapper(f"{PATH}/numbers.zarr")
    with xarray.open_zarr(store) as found:
        assert found.t.sum().item() == sum(range(12))
        assert found.t[2].values.tolist() == [8.0, 9.0, 10.0, 11.0]
    group = zarr.open_group(f"{URL}/numbers.zarr", mode="r", storage_options=fs.storage_options)
    assert group["t"][1, 1] == 5.0
