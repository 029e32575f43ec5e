"""Artifacts as an fsspec file system, for pandas, pyarrow, DuckDB and others.

    pandas.read_parquet("wandb-artifact://my-team/my-project/mnist:latest/train.parquet")

It uses public names of the client, ``_values``, ``_environment``, and fsspec. ``paths``,
``folders`` and ``ranges`` have no I/O; ``storage_options`` opens the ``AsyncApi``; ``versions``
sends requests; ``file_system`` is the class that fsspec calls. Needs the extra ``fsspec``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._values.lazy_names import imported

try:
    import fsspec  # noqa: F401  # pyright: ignore[reportUnusedImport]  # whether it is there
except ModuleNotFoundError as _error:
    from .._environment.extras import not_installed

    raise not_installed(_error, "The file system of artifacts", "fsspec") from None

if TYPE_CHECKING:
    from .file_system import ArtifactFileSystem
    from .refusals import PathNotFound, WriteRefused

# Imported when they are used: a thread that unpickles a file system imports its module, which waits
# for this package, while the package, imported by another thread, would wait for the module.
_HOME_OF = {
    "ArtifactFileSystem": ".file_system",
    "PathNotFound": ".refusals",
    "WriteRefused": ".refusals",
}

__all__ = ["ArtifactFileSystem", "PathNotFound", "WriteRefused"]

if not TYPE_CHECKING:  # or a misspelt name would type-check

    def __getattr__(name: str) -> object:
        return imported(__name__, _HOME_OF, name)
