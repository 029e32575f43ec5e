"""Maintenance of a registry; each operation may run while the registry is in use."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from ..arguments import check_durations
from ..database.failure_reasons import reason_of
from ..errors import RegistryStorageError
from ..folders import chosen_folder
from ..store import Store
from .backup import Copied, back_up
from .garbage_collection import DAY, Reclaimed, collect_garbage
from .migration import Moved, move
from .statistics import Statistics, statistics
from .verification import Verified, verify

_LONGEST = 10_000_000_000  # seconds, which are some 300 years


class Maintenance:
    """Garbage collection, verification, backup, migration and statistics of a registry."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect_garbage(self, *, dry_run: bool = False, older_than: float = DAY) -> Reclaimed:
        """Remove what no version needs, and free its storage.

        Args:
            dry_run: only count; change nothing.
            older_than: seconds without activity after which an upload counts as abandoned.

        Raises:
            RegistryRefused: `older_than` is not a number, or is more than 300 years.
            RegistryStorageError: the disk or the database failed.
        """
        check_durations(-_LONGEST, _LONGEST, older_than=older_than)
        with self._system_errors():
            return collect_garbage(self._store, dry_run=dry_run, older_than=older_than)

    def verify(self, *, repair: bool = False) -> Verified:
        """Read every file and check every row.

        Args:
            repair: repair what can be computed from other data. The content of a file cannot be:
                log the same content again, or restore it from a backup.

        Raises:
            RegistryStorageError: the disk or the database failed.
        """
        with self._system_errors():
            return verify(self._store, repair=repair)

    def backup(self, target: Path | str) -> Copied:
        """Copy the registry, consistently, into a new folder, which can be opened like it.

        Keys are included; the file `api-key` and the secret that signs file URLs are not.

        Raises:
            RegistryError: the folder is not empty, or cannot be written.
        """
        with self._system_errors():
            return back_up(self._store, chosen_folder(target))

    def move_to(self, target: "Maintenance") -> Moved:
        """Copy everything to another, empty registry, and compare the result.

        Nobody may write to this registry while it runs. This registry is not changed. An
        interrupted call continues when it is called again.

        Args:
            target: the other registry's `maintenance`.

        Raises:
            RegistryRefused: the other registry has other content.
            RegistryError: the result is not the same.
        """
        with self._system_errors():
            return move(self._store, target._store)  # noqa: SLF001 - of the same class

    def statistics(self) -> Statistics:
        """Counts of the registry's contents, and their sizes.

        Raises:
            RegistryStorageError: the disk or the database failed.
        """
        with self._system_errors():
            return statistics(self._store)

    @contextmanager
    def _system_errors(self) -> Generator[None]:
        """Convert errors of the operating system to errors of the registry."""
        try:
            yield
        except OSError as error:
            raise RegistryStorageError(
                f"The registry in {self._store.root} cannot be read: {reason_of(error)}."
            ) from error
