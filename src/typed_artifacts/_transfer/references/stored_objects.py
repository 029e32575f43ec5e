"""Objects in storage that fsspec can open: listed, described, read.

Its drivers find their own credentials. What they raise becomes an error of this package, without
the secrets that a URI may hold.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, cast, final

from ..._values.uris import scheme_of, shown_uri
from ...errors import (
    ArtifactsError,
    ConnectionFailed,
    ExtraNotInstalled,
    InvalidInput,
    NotFoundError,
    PermissionDenied,
)
from ..http.byte_source import ExchangeError
from .remote_objects import AZURE, GCS, S3, Info

if TYPE_CHECKING:
    from types import ModuleType

    from ..concurrency.cancellation import Cancellation

_VERSIONED: Final = S3 | GCS | AZURE
_BLOCK: Final = 4 << 20
# What stands in front of a version in a URI.
_MARKS: Final = {
    **dict.fromkeys(S3, ("?versionId=",)),
    **dict.fromkeys(GCS, ("#", "?generation=")),
    **dict.fromkeys(AZURE, ("?versionid=",)),
}
_DRIVERS: Final = {
    **dict.fromkeys(S3, "s3fs"),
    **dict.fromkeys(GCS, "gcsfs"),
    **dict.fromkeys(AZURE, "adlfs"),
}


class BinaryStream(Protocol):
    """A file that fsspec has opened."""

    def read(self, size: int = -1, /) -> bytes: ...
    def close(self) -> None: ...


class FileSystem(Protocol):
    """What is used of a file system of fsspec's."""

    def info(self, path: str) -> Info: ...
    def find(self, path: str, *, detail: bool) -> Mapping[str, Info]: ...
    def open(self, path: str, mode: str, **options: object) -> BinaryStream: ...


@final
class Storages:
    """The file systems of one transfer: one for each bucket, for all threads.

    To make one takes a quarter of a second and 14 MB for S3. Whoever else has a driver may mind
    several threads, or say more in a URI: for others there is one for each object.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._opened: dict[tuple[str, bool], FileSystem] = {}

    def open(self, uri: str, *, versions: bool = True) -> tuple[FileSystem, str]:
        """The file system that a URI is in, and its path there.

        Args:
            uri: where something is.
            versions: whether it may name a version.

        Raises:
            ExtraNotInstalled: fsspec, or its driver for that storage, is not installed.
        """
        core = _fsspec(uri)
        scheme, _, rest = uri.partition("://")
        if scheme_of(uri) not in _VERSIONED:
            return _opened(core, uri)
        bucket = f"{scheme}://{rest.partition('/')[0]}/"
        with self._lock:
            if (bucket, versions) not in self._opened:
                address = _address(scheme)
                files, _path = _opened(core, bucket, version_aware=versions, **address)
                self._opened[bucket, versions] = files
        # It has no types.
        return self._opened[bucket, versions], cast("str", core.strip_protocol(uri))


@final
class StoredObject:
    """One object or folder of a storage, at a URI.

    Args:
        uri: where it is.
        storages: the file systems of the transfer.
        version: which version of it, where the storage keeps versions.

    Attributes:
        uri: where it is.
        is_fixed: whether it stays as it is, being one version.

    Raises:
        ExtraNotInstalled: fsspec, or its driver for that storage, is not installed.
        InvalidInput: fsspec does not know the scheme.
    """

    def __init__(self, uri: str, storages: Storages, version: str | None = None) -> None:
        self.uri = uri
        plain = uri if version is None else without_version(uri, version)
        # gcsfs cannot name a version of such objects: it would take "#" or "?" for its mark.
        unsayable = (
            scheme_of(uri) in GCS and version is not None and not {"#", "?"}.isdisjoint(plain)
        )
        with explained(uri, "Opening"):
            self._files, path = storages.open(plain, versions=not unsayable)
        self.is_fixed = version is not None and not unsayable
        self._path = path if version is None or unsayable else _path_of_version(uri, path, version)

    def info(self) -> Info:
        """What the storage says of it: one request, or a few.

        Raises:
            ArtifactsError: it is not there, or the storage refused.
        """
        with explained(self.uri, "Looking up"):
            return self._files.info(self._path)

    def below(self, cancel: Cancellation | None = None) -> Iterator[tuple[str, Info]]:
        """What is below it: names relative to it, and what the storage says of each.

        Raises:
            ArtifactsError: the storage refused.
        """
        with explained(self.uri, "Listing"):
            found = self._files.find(self._path, detail=True)
        start = self._path.rstrip("/") + "/"
        for name, info in sorted(found.items()):
            if cancel is not None:
                cancel.check()
            if info.get("type") != "directory" and not name.endswith("/"):
                yield name.lstrip("/").removeprefix(start.lstrip("/")), info

    def open(self) -> BinaryStream:
        """Open it for reading.

        Raises:
            ArtifactsError: it is not there, or the storage refused.
        """
        with explained(self.uri, "Reading"):
            return self._files.open(self._path, "rb", block_size=_BLOCK)


def _fsspec(uri: str) -> ModuleType:
    try:
        return import_module("fsspec.core")
    except ImportError as error:
        raise ExtraNotInstalled(
            f"{shown_uri(uri)} is opened by fsspec, which is not installed: "
            'pip install "typed-artifacts[fsspec]"'
            f"{_and_driver(uri)}.",
            extra="fsspec",
            package="fsspec",
        ) from error


def _address(scheme: str) -> dict[str, str]:
    """Where S3 is, if not at AWS: the official client's variable, which s3fs does not know."""
    address = os.environ.get("AWS_S3_ENDPOINT_URL")
    return {"endpoint_url": address} if address and scheme in S3 else {}


def _opened(core: ModuleType, uri: str, **options: bool | str) -> tuple[FileSystem, str]:
    # Earlier listings are not reused: the objects may have changed.
    options |= {"skip_instance_cache": True, "use_listings_cache": False}
    try:
        return cast("tuple[FileSystem, str]", core.url_to_fs(uri, **options))  # it has no types
    except ImportError as error:
        package = _DRIVERS.get(scheme_of(uri))
        advice = f"pip install {package}" if package else str(error)
        raise ExtraNotInstalled(
            f"fsspec needs another package to open {shown_uri(uri)}: {advice}.", package=package
        ) from error


def _and_driver(uri: str) -> str:
    package = _DRIVERS.get(scheme_of(uri))
    return f" {package}" if package else ""


def without_version(uri: str, version: str) -> str:
    """A URI without the version at its end, if it has one."""
    for mark in _MARKS.get(scheme_of(uri), ()):
        uri = uri.removesuffix(f"{mark}{version}")
    return uri


def _path_of_version(uri: str, path: str, version: str) -> str:
    """The path of one version, as the driver of a storage takes it."""
    scheme = scheme_of(uri)
    if scheme in S3:
        return f"{path.partition('?versionId=')[0]}?versionId={version}"
    if scheme in GCS:
        return f"{path}#{version}"
    if scheme in AZURE:
        return f"{path.partition('?versionid=')[0]}?versionid={version}"
    return path


@contextmanager
def explained(uri: str, attempt: str) -> Generator[None]:
    """Turn what a driver raises into an error of this package.

    The driver's error is not chained: it may quote the URI with its password or signature.
    """
    operation = f"{attempt} {shown_uri(uri)}"
    try:
        yield
    except (ArtifactsError, ExchangeError):
        raise
    except FileNotFoundError:
        text = f"{operation} failed: it does not exist, or not any more."
        raise NotFoundError(text, missing="object", subject=shown_uri(uri)) from None
    except PermissionError as error:
        text = f"{operation} was refused ({_kind(error)}): check the credentials that fsspec finds."
        raise PermissionDenied(text, subject=shown_uri(uri)) from None
    except ValueError as error:
        text = f"{operation} failed: fsspec does not take it ({_kind(error)})."
        raise InvalidInput(text, subject=shown_uri(uri)) from None
    except Exception as error:  # noqa: BLE001 -- drivers raise what their SDKs raise
        name = _kind(error)
        text = (
            f"{operation} failed ({name}): check the network, and the credentials that fsspec "
            "finds."
        )
        raise ConnectionFailed(text, subject=shown_uri(uri)) from None


def _kind(error: BaseException) -> str:
    return type(error).__name__
