"""Errors of the embedded registry. Over GraphQL their text is the message of the error."""

__all__ = [
    "OperationStopped",
    "RegistryError",
    "RegistryForbidden",
    "RegistryNotFound",
    "RegistryRefused",
    "RegistryStorageError",
    "RegistryTooLarge",
]


class RegistryError(Exception):
    """Root of everything that the registry raises on purpose."""


class RegistryRefused(RegistryError, ValueError):
    """The request breaks a rule: a bad name, a reserved type, a filter that makes no sense."""


class RegistryNotFound(RegistryError, LookupError):
    """Something that the request names does not exist."""


class RegistryForbidden(RegistryError, PermissionError):
    """Something that the user may read but not change."""


class OperationStopped(BaseException):  # an Exception would become the error of a single field
    """An operation asks for more than it may; it ends as a whole."""


class RegistryStorageError(RegistryError):
    """The disk does not take a file. `full` says whether that is for want of space."""

    def __init__(self, message: str, *, full: bool) -> None:
        super().__init__(message)
        self.full = full


class RegistryTooLarge(RegistryStorageError):
    """A file is larger than the registry takes."""

    def __init__(self, message: str) -> None:
        super().__init__(message, full=False)
