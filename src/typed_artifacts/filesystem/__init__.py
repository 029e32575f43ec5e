"""Artifacts as an fsspec file system, for pandas, pyarrow, DuckDB and others.

    pandas.read_parquet("wandb-artifact://my-team/my-project/mnist:latest/train.parquet")

It uses only public names of the client, and fsspec. ``paths``, ``folders`` and ``ranges`` have no
I/O; ``storage_options`` opens the ``AsyncApi``; ``versions`` sends requests; ``file_system`` is the
class that fsspec calls. Needs the extra ``fsspec``.
"""

try:
    from .file_system import ArtifactFileSystem
    from .refusals import PathNotFound, WriteRefused
except ModuleNotFoundError as _error:
    from .._environment.extras import not_installed

    raise not_installed(_error, "The file system of artifacts", "fsspec") from None

__all__ = ["ArtifactFileSystem", "PathNotFound", "WriteRefused"]
