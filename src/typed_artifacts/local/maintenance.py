"""What keeps a registry well over the years; each may be done while it is in use."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from .arguments import check_durations
from .backup import Copied, back_up
from .errors import RegistryStorageError
from .folders import chosen_folder
from .moving import Moved, move
from .reasons import reason_of
from .reclaiming import DAY, Reclaimed, collect_garbage
from .statistics import Statistics, statistics
from .store import Store
from .verifying import Verified, verify

_LONGEST = 10_000_000_000  # seconds, which are some 300 years


class Maintenance:
    """Garbage collection, verification, backup and figures of one registry."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect_garbage(self, *, dry_run: bool = False, older_than: float = DAY) -> Reclaimed:
        """Removes what no version needs; its space comes back.

        Args:
            dry_run: change nothing, only count.
            older_than: seconds; what was begun and not worked on for so long counts as given up.

        Raises:
            RegistryRefused: `older_than` is no number, or longer than 300 years.
            RegistryStorageError: the disk or the database refuses.
        """
        check_durations(-_LONGEST, _LONGEST, older_than=older_than)
        with self._told():
            return collect_garbage(self._store, dry_run=dry_run, older_than=older_than)

    def verify(self, *, repair: bool = False) -> Verified:
        """Reads every file and compares every row; takes as long as the disk needs.

        Args:
            repair: mend what can be derived from the rest. The content of a file can not be: log
                the same content again, or take it from a backup.

        Raises:
            RegistryStorageError: the disk or the database refuses.
        """
        with self._told():
            return verify(self._store, repair=repair)

    def backup(self, target: Path | str) -> Copied:
        """Copies the registry, as it is at one moment, into a new folder: a registry as well.

        Keys come along; the file `api-key` and the secret that signs file URLs do not.

        Raises:
            RegistryError: the folder is not empty, or can not be written.
        """
        with self._told():
            return back_up(self._store, chosen_folder(target))

    def move_to(self, target: "Maintenance") -> Moved:
        """Copies everything to another registry, which is empty, and compares what is there then.

        Nobody may write to this one meanwhile; it stays as it is. What was interrupted goes on when
        it is called again.

        Args:
            target: the other registry's `maintenance`.

        Raises:
            RegistryRefused: the other registry has something of its own in it.
            RegistryError: what is there afterwards is not the same.
        """
        with self._told():
            return move(self._store, target._store)  # noqa: SLF001 - of the same class

    def statistics(self) -> Statistics:
        """What the registry holds and takes.

        Raises:
            RegistryStorageError: the disk or the database refuses.
        """
        with self._told():
            return statistics(self._store)

    @contextmanager
    def _told(self) -> Generator[None]:
        """Says what the system has against a file, as an error of the registry."""
        try:
            yield
        except OSError as error:
            raise RegistryStorageError(
                f"The registry in {self._store.root} can not be read: {reason_of(error)}."
            ) from error
