"""Errors that fsspec and its users expect as an ``OSError``, and their messages.

They are also errors of this package, so either ``except`` catches them.
"""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import NoReturn

from .._values.guards import override
from ..errors import ArtifactsError, InvalidInput, NotFoundError
from .paths import FORM, PROTOCOL

_WRITING = (
    "Artifacts are read-only through fsspec, because a version never changes. Log a new version: "
    'Api().log_artifact("entity/project/collection", type=..., files=...), or from one that is '
    "there: with artifact.edit() as draft: draft[name] = path. "
    "To delete one: artifact.delete()."
)


class _AlsoOSError(ArtifactsError):
    # An OSError is whole only when its `__init__` has run, which pickle skips for the others.
    @override
    def __reduce__(self) -> tuple[Callable[..., ArtifactsError], tuple[object, ...]]:
        return _restored, (type(self), str(self), dict(vars(self)))


class PathNotFound(_AlsoOSError, NotFoundError, FileNotFoundError):
    """There is no such file, folder or version; also a ``FileNotFoundError``."""


class WriteRefused(_AlsoOSError, InvalidInput, io.UnsupportedOperation):
    """The file system is read-only; also an ``OSError``."""


def _restored(
    kind: type[_AlsoOSError], message: str, attributes: dict[str, object]
) -> ArtifactsError:
    error = kind(message)
    error.__dict__.update(attributes)
    return error


def missing(path: str) -> PathNotFound:
    """The error for a path that a version does not have."""
    return PathNotFound(f"There is no {PROTOCOL}://{path}.", subject=path)


def not_a_file(path: str) -> PathNotFound:
    """The error for a folder where a file is wanted."""
    return PathNotFound(f"{PROTOCOL}://{path} is a folder, and no file.", subject=path)


@contextmanager
def file_not_found_errors(subject: str) -> Generator[None]:
    """Turn the errors for what the server does not have into errors for a missing path.

    Args:
        subject: the path that was asked for.

    Raises:
        PathNotFound: in place of a ``NotFoundError``.
    """
    try:
        yield
    except PathNotFound:
        raise
    except NotFoundError as error:
        raise PathNotFound(str(error), missing=error.missing, subject=subject) from error


def not_listed(path: str) -> PathNotFound:
    """The error for a path above a project."""
    shown = f"{path!r}" if path else "The root"
    return PathNotFound(
        f"{shown} cannot be listed: the server lists no projects. Write {PROTOCOL}://{FORM}.",
        subject=path,
    )


def writing(operation: str) -> WriteRefused:
    """The error for a call that would write.

    Args:
        operation: what was attempted, as the beginning of a sentence.
    """
    return WriteRefused(f"{operation} was refused. {_WRITING}")


def refused(verb: str) -> Callable[..., Awaitable[NoReturn]]:
    """A method of the file system that would write, and does not."""

    async def method(_: object, *paths: object, **__: object) -> NoReturn:
        raise writing(f"{verb} of {paths[0]!r}" if paths else verb)

    return method
