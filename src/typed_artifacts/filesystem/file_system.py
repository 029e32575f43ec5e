"""The file system that fsspec creates for ``wandb-artifact://``."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Sequence
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import ClassVar, NoReturn

import anyio
from fsspec.asyn import AsyncFileSystem, sync
from fsspec.callbacks import DEFAULT_CALLBACK, Callback

from .. import AsyncApi, AsyncProjectArtifactCollections, AsyncStream
from .._values.guards import override
from .closing import Connections
from .ending import ending_together, join_call
from .environment import Environment
from .opened import OpenedFile
from .paths import PROTOCOL, VersionPath, read_path, read_project
from .ranges import value_per_path
from .reading import (
    MOST_AT_ONCE,
    Writable,
    download_to,
    file_path,
    read_many,
    read_ranges,
    write_to,
)
from .refusals import file_not_found_errors, not_listed, refused, writing
from .storage_options import check_options, opened_api
from .versions import Info, Versions


class ArtifactFileSystem(AsyncFileSystem):
    """Artifacts as a read-only file system: ``wandb-artifact://entity/project/collection:alias/path``.

    A path without an alias names the latest version. Each instance looks an alias up once, so all
    files that it reads come from the same version; fsspec returns the same instance for the same
    options and environment variables. After ``invalidate_cache()``, aliases are looked up again.

    The first use of a version sends three requests (for the version, its manifest's URL and the
    manifest); listing it then sends none. Reading sends one request for the URLs of up to a
    thousand files, and one for each file or range. A file that is read from its first to its last
    byte is verified against its digest; a part of a file cannot be.

    Methods that would write raise ``WriteRefused``, which is also an ``OSError``.

    Args:
        registry: the folder of an embedded registry, instead of a server.
        base_url: the server's address; by default from the environment and files.
        api_key: the key; by default from the environment and files.
        timeout: seconds that one request may take.
        offline: read only from the cache folder.
        api: an ``AsyncApi`` to use instead of all these options; it is not closed.
        asynchronous: whether it is used only in coroutines, by the methods that begin with ``_``.
        loop: the event loop of the blocking methods; by default fsspec's own.
        batch_size: the number of files that are read at the same time; 16 by default.

    Raises:
        InvalidInput: an option is unknown, or two options exclude each other.
        PathNotFound: there is no registry in the folder.
    """

    protocol: ClassVar[str] = PROTOCOL
    _environment: ClassVar[Environment] = Environment()
    _extra_tokenize_attributes: ClassVar[tuple[str, ...]] = ("_environment",)

    def __init__(
        self,
        registry: PathLike[str] | str | None = None,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        timeout: float | None = None,
        offline: bool | None = None,
        api: AsyncApi | None = None,
        asynchronous: bool = False,
        loop: asyncio.AbstractEventLoop | None = None,
        batch_size: int | None = None,
        **options: object,
    ) -> None:
        server = (base_url, api_key, timeout, offline)
        check_options(registry, api, server, options)
        super().__init__(
            asynchronous=asynchronous, loop=loop, batch_size=batch_size or MOST_AT_ONCE, **options
        )
        self._api = api or opened_api(registry, *server)
        self._versions = Versions(self._api)
        self._connections = Connections(self._api if api is None else None)
        if not asynchronous:
            weakref.finalize(self, self._connections.close_at_exit, self.loop)

    def close(self) -> None:
        """Close its connections and its registry; not for an asynchronous instance."""
        sync(self.loop, self.aclose)

    async def aclose(self) -> None:
        """Close its connections and its registry. fsspec then creates a new instance."""
        type(self)._cache.pop(self._fs_token, None)  # noqa: SLF001 -- fsspec's, for its classes
        await self._connections.close()

    @override
    def invalidate_cache(self, path: str | None = None) -> None:
        """Look up aliases again.

        Args:
            path: a path of the version whose alias is looked up again; by default all.
        """
        found = None if path is None else read_path(self._strip_protocol(path))
        self._versions.forget(None if found is None else found.version)
        super().invalidate_cache(path)

    @override
    async def _info(self, path: str, **_: object) -> Info:
        path = self._strip_protocol(path)
        if (found := read_path(path)) is not None:
            return (await self._versions.find(found.version)).info(found)
        await self._collections(path)
        return _folder(path)

    @override
    async def _ls(self, path: str, detail: bool = True, **_: object) -> list[Info] | list[object]:
        path = self._strip_protocol(path)
        if (found := read_path(path)) is not None:
            listing = (await self._versions.find(found.version)).listing(found)
        else:
            listing = [_folder(f"{path}/{name}") for name in await self._collections(path)]
        return listing if detail else [info["name"] for info in listing]

    async def _collections(self, path: str) -> list[str]:
        """The names of a project's collections."""
        if (project := read_project(path)) is None:
            raise not_listed(path)
        with file_not_found_errors(path):
            found = AsyncProjectArtifactCollections(self._api.client, *project)
            return sorted([collection.name async for collection in found])

    @override
    async def _du(
        self,
        path: str,
        total: bool = True,
        maxdepth: int | None = None,
        **options: object,
    ) -> int | dict[str, object]:
        found = await self._find(path, maxdepth, **options)
        sizes = {name: (await self._info(name))["size"] for name in found}
        # The manifest has no size of some references.
        return sum(size for size in sizes.values() if isinstance(size, int)) if total else sizes

    @override
    async def _cat_file(
        self, path: str, start: int | None = None, end: int | None = None, **_: object
    ) -> bytes:
        join_call()
        [content] = await read_ranges(self._versions, self._file(path), [(start, end)])
        return content

    @override
    async def _cat(
        self,
        path: str | list[str],
        recursive: bool = False,
        on_error: str = "raise",
        batch_size: int | None = None,
        **options: object,
    ) -> object:
        await self._fetch_files(path, recursive)
        async with ending_together():
            return await super()._cat(path, recursive, on_error, batch_size, **options)

    @override
    async def _cat_ranges(
        self,
        paths: list[str],
        starts: int | Sequence[int | None] | None,
        ends: int | Sequence[int | None] | None,
        max_gap: int | None = None,  # noqa: ARG002 -- close ranges are joined anyway
        batch_size: int | None = None,
        on_error: str = "return",
        **_: object,
    ) -> list[bytes | Exception]:
        files = [self._strip_protocol(path) for path in paths]
        ranges = list(
            zip(
                value_per_path(starts, paths, "starts"),
                value_per_path(ends, paths, "ends"),
                strict=True,
            )
        )
        found = await read_many(self._versions, files, ranges, batch_size or MOST_AT_ONCE)
        if on_error != "return":
            for content in found:
                if isinstance(content, Exception):
                    raise content
        return found

    @override
    async def _get(
        self,
        rpath: str | list[str],
        lpath: str | list[str],
        recursive: bool = False,
        callback: Callback = DEFAULT_CALLBACK,
        maxdepth: int | None = None,
        **options: object,
    ) -> object:
        await self._fetch_files(rpath, recursive, maxdepth)
        async with ending_together():
            return await super()._get(rpath, lpath, recursive, callback, maxdepth, **options)

    async def _get_file(
        self,
        rpath: str,
        lpath: PathLike[str] | str | Writable,
        callback: Callback = DEFAULT_CALLBACK,
        **_: object,
    ) -> None:
        join_call()
        path = self._file(rpath)
        found = await self._versions.find(path.version)
        if found.info(path)["type"] == "directory":
            if isinstance(lpath, str | PathLike):
                await anyio.Path(lpath).mkdir(parents=True, exist_ok=True)
            return
        file = await found.file(path)
        callback.set_size(file.size)
        with file_not_found_errors(rpath):
            if isinstance(lpath, str | PathLike):
                await download_to(file, Path(lpath))
            else:
                await write_to(file, lpath)
        callback.relative_update(file.size)

    async def _fetch_files(
        self, paths: str | list[str], recursive: bool, maxdepth: int | None = None
    ) -> None:
        """Ask for the URLs of many files at once, before each is read by itself."""
        expanded = await self._expand_path(paths, recursive, maxdepth)
        found = map(read_path, expanded)
        await self._versions.fetch_files([path for path in found if path is not None])

    def _file(self, path: str) -> VersionPath:
        """The path of a file, or of a folder in a version."""
        return file_path(self._strip_protocol(path))

    @override
    def _open(self, path: str, mode: str = "rb", **_: object) -> OpenedFile:
        if mode != "rb":
            raise writing(f"Opening {path!r} with mode {mode!r}")
        stream, size = sync(self.loop, self._stream, path)
        return OpenedFile(self, stream, path, size)

    @override
    async def open_async(self, path: str, mode: str = "rb", **_: object) -> AsyncStream:
        """Open a file for coroutines: ``async with await fs.open_async(path) as file``.

        Args:
            path: the file's path.
            mode: ``"rb"``.

        Raises:
            PathNotFound: there is no such file.
            WriteRefused: the mode is another one.
        """
        if mode != "rb":
            raise writing(f"Opening {path!r} with mode {mode!r}")
        return (await self._stream(path))[0]

    async def _stream(self, path: str) -> tuple[AsyncStream, int | None]:
        found = self._file(path)
        version = await self._versions.find(found.version)
        stream = (await version.file(found)).open()
        self._connections.add(stream)
        return stream, version.entries[found.inside].size

    @override
    def created(self, path: str) -> datetime:
        """The creation time of the path's version."""
        return sync(self.loop, self._created, path)

    @override
    def modified(self, path: str) -> datetime:
        """The creation time of the path's version, whose files never change."""
        return sync(self.loop, self._created, path)

    async def _created(self, path: str) -> datetime:
        found = self._file(path)
        version = await self._versions.find(found.version)
        version.info(found)  # whether it has such a file or folder
        return version.artifact.created_at

    def touch(self, path: str, *_: object, **__: object) -> None:
        """Refused: a version never changes."""
        raise writing(f"touch of {path!r}")

    @override
    def rmdir(self, path: str) -> NoReturn:
        """Refused: a version never changes."""
        raise writing(f"rmdir of {path!r}")

    _put = refused("put")
    _put_file = refused("put_file")
    _pipe = refused("pipe")
    _pipe_file = refused("pipe_file")
    _copy = refused("copy")
    _cp_file = refused("cp_file")
    _mv_file = refused("mv_file")
    _rm = refused("rm")
    _rm_file = refused("rm_file")
    _mkdir = refused("mkdir")
    _makedirs = refused("makedirs")


def _folder(path: str) -> Info:
    return {"name": path, "size": 0, "type": "directory"}
