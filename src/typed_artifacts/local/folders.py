"""The folder of a registry; a temporary one is deleted."""

import os
import shutil
import tempfile
from pathlib import Path

from .._environment.paths import user_path
from .errors import RegistryRefused, RegistryStorageError
from .store import Store

# Another thread may go on writing meanwhile.
_TRIES = 5


def chosen_folder(root: Path | str | None) -> Path:
    """The folder that a registry is to be in, whole; a temporary one for None.

    Raises:
        InvalidInput: it is no path, or one that no folder has.
        RegistryError: there can be no temporary folder.
    """
    if root is None:
        try:
            return Path(tempfile.mkdtemp(prefix="typed-artifacts-"))
        except OSError as error:
            raise RegistryStorageError(f"The registry cannot be opened: {error}.") from error
    if root == "":
        raise RegistryRefused("The folder of a registry needs a name.")
    path = user_path(root, "The folder of a registry")
    try:
        # Whole, so that it stays where it is when the process goes elsewhere; links stay.
        return Path(os.path.abspath(path))  # noqa: PTH100
    except FileNotFoundError as error:
        raise RegistryStorageError(
            f"The registry in {path} cannot be opened: the current folder was removed. Write the "
            "whole path."
        ) from error


def remove_folder(store: Store, root: Path, process: int) -> None:
    """Only in the process that made it: one that was forked has it too, and ends sooner."""
    store.close()
    if os.getpid() != process:
        return
    for _ in range(_TRIES):
        shutil.rmtree(root, ignore_errors=True)
        if not root.exists():
            return
