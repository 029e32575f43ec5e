"""Errors of the embedded registry. Over GraphQL their text is the message of the error."""

from ..errors import ArtifactsError, InvalidInput, NotFoundError, PermissionDenied

__all__ = [
    "AlreadyMoved",
    "FileDamaged",
    "OperationStopped",
    "RegistryError",
    "RegistryForbidden",
    "RegistryNotFound",
    "RegistryRefused",
    "RegistryStorageError",
    "RegistryTooLarge",
    "forked_inside",
    "inside_a_batch",
]


class RegistryError(ArtifactsError):
    """Root of everything that the registry raises on purpose."""


class RegistryRefused(RegistryError, InvalidInput):
    """The request breaks a rule: a bad name, a reserved type, a filter that makes no sense."""


class AlreadyMoved(RegistryRefused):
    """A registry is to be moved to where it was moved before."""


class RegistryNotFound(RegistryError, NotFoundError):
    """Something that the request names does not exist."""


class RegistryForbidden(RegistryError, PermissionDenied):
    """Something that the user may read but not change."""


class OperationStopped(BaseException):  # an Exception would become the error of a single field
    """An operation asks for more than it may; it ends as a whole."""


class RegistryStorageError(RegistryError):
    """The disk or the database refuses.

    `full` says whether that is for want of space, `busy` whether it may go well a moment later.
    """

    def __init__(self, message: str, *, full: bool = False, busy: bool = False) -> None:
        super().__init__(message)
        self.full = full
        self.busy = busy


class FileDamaged(RegistryStorageError):
    """A stored file is not there, or not what it was."""


class RegistryTooLarge(RegistryStorageError):
    """A file is larger than the registry takes."""


def forked_inside(registry: str) -> RegistryStorageError:
    """The error for a child process that was forked where its parent uses the database."""
    return RegistryStorageError(
        f"The registry in {registry} cannot be used in this process, which was forked in the "
        "middle of a change or of a long look at it (a batch, for one). Fork before it or after "
        "it, or start the process in another way."
    )


def inside_a_batch(registry: str) -> RegistryRefused:
    """The error for what would wait for a batch that waits for it."""
    return RegistryRefused(
        f"This is inside of a batch of the registry in {registry}: only that Registry can "
        "write there until it ends; an Api cannot."
    )
