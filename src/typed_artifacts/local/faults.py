"""Errors of the embedded registry. Over GraphQL their text is the message of the error."""

__all__ = ["RegistryError", "RegistryNotFound", "RegistryRefused", "RegistryStorageError"]


class RegistryError(Exception):
    """Root of everything that the registry raises on purpose."""


class RegistryRefused(RegistryError, ValueError):
    """The request breaks a rule: a bad name, a reserved type, a filter that makes no sense."""


class RegistryNotFound(RegistryError, LookupError):
    """Something that the request names does not exist."""


class RegistryStorageError(RegistryError):
    """The disk does not take a file. `full` says whether that is for want of space."""

    def __init__(self, message: str, *, full: bool) -> None:
        super().__init__(message)
        self.full = full
