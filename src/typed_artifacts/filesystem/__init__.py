"""Artifacts as a file system of fsspec's, for pandas, pyarrow, DuckDB and whatever else takes one.

    pandas.read_parquet("wandb-artifact://my-team/my-project/mnist:latest/train.parquet")

A leaf: it stands on what users import of the client, and on fsspec. ``paths``, ``folders`` and
``ranges`` decide; ``versions`` asks the server; ``file_system`` is what fsspec calls. Needs the
extra ``fsspec``.
"""

try:
    from .file_system import ArtifactFileSystem
    from .refusals import PathNotFound, WriteRefused
except ModuleNotFoundError as _error:
    from .._environment.extras import not_installed

    raise not_installed(_error, "The file system of artifacts", "fsspec") from None

__all__ = ["ArtifactFileSystem", "PathNotFound", "WriteRefused"]
