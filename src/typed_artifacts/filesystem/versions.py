"""The versions that a file system has looked up, with their files and URLs."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final, final
from weakref import WeakKeyDictionary

from .. import AsyncApi, AsyncArtifact, AsyncFile, ManifestEntry, NamesRefused
from ..errors import InvalidInput
from .folders import Folders, is_plain
from .paths import VersionPath, with_alias
from .refusals import PathNotFound, file_not_found_errors, missing, not_a_file

Info = dict[str, object]

_NAMES_OF_ONE_REQUEST: Final = 1000


@final
class FoundVersion:
    """A version, what it consists of, and those of its files that were asked for.

    Args:
        artifact: the version.
        entries: its manifest's entries.
    """

    def __init__(self, artifact: AsyncArtifact, entries: Mapping[str, ManifestEntry]) -> None:
        self.artifact = artifact
        self.entries = {name: entry for name, entry in entries.items() if is_plain(name)}
        if len(self.entries) < len(entries):
            warnings.warn(
                f"{artifact.qualified_name} has {len(entries) - len(self.entries)} entries whose "
                "names are not paths below a folder; they are left out.",
                NamesRefused,
                stacklevel=2,
            )
        self.folders = Folders(self.entries)
        self._files: dict[str, AsyncFile] = {}

    def info(self, path: VersionPath) -> Info:
        """What fsspec is told of a file or folder.

        Raises:
            PathNotFound: the version does not have it.
        """
        entry = self.entries.get(path.inside)
        if entry is None and path.inside not in self.folders:
            raise missing(path.joined(path.inside))
        about: Info = {
            "name": path.joined(path.inside),
            "size": 0 if entry is None else entry.size,
            "type": "directory" if entry is None else "file",
            "version": self.artifact.version,
            "created": self.artifact.created_at,
            "mtime": self.artifact.created_at.timestamp(),
        }
        if entry is not None:
            # Named as in s3fs: other packages use it to tell contents apart.
            about["ETag"] = about["digest"] = entry.digest
            if entry.ref is not None:
                about["ref"] = entry.ref
        return about

    def listing(self, path: VersionPath) -> list[Info]:
        """What is in a folder; for a file, the file alone."""
        if path.inside in self.entries or path.inside not in self.folders:
            return [self.info(path)]
        inside = self.folders.inside(path.inside)
        return [self.info(VersionPath(path.version, name)) for name in sorted(inside)]

    async def fetch_files(self, names: Iterable[str]) -> None:
        """Ask for the URLs of files. One request for each thousand that are not known."""
        wanted = [name for name in names if name in self.entries and name not in self._files]
        for start in range(0, len(wanted), _NAMES_OF_ONE_REQUEST):
            batch = wanted[start : start + _NAMES_OF_ONE_REQUEST]
            with file_not_found_errors(self.artifact.qualified_name):
                async for file in self.artifact.files(batch, per_page=len(batch)):
                    self._files[file.name] = file

    async def file(self, path: VersionPath) -> AsyncFile:
        """A file that can be read. One request where its URL is not known.

        Raises:
            PathNotFound: the version has no such file.
        """
        name = path.inside
        if name not in self.entries:
            location = path.joined(name)
            raise not_a_file(location) if name in self.folders else missing(location)
        if name not in self._files:
            await self.fetch_files([name])
        return self._files[name]


@final
class Versions:
    """The versions that were found; each alias means one of them, until it is forgotten.

    Args:
        api: sends the requests.
    """

    def __init__(self, api: AsyncApi) -> None:
        self._api = api
        self._found: dict[str, FoundVersion] = {}
        # An instance may serve one event loop after another, which leave tasks that never end.
        self._locks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = (
            WeakKeyDictionary()
        )

    async def find(self, version: str) -> FoundVersion:
        """A version by its path. Three requests the first time: itself, its manifest's URL and it.

        Raises:
            PathNotFound: there is none.
        """
        version = with_alias(version)
        known = self._found.get(version)
        if known is not None:
            return known
        async with self._locks.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            # Kept among those of before, which are no more if one is forgotten meanwhile.
            found = self._found
            known = found.get(version)
            if known is None:
                found[version] = known = await self._ask(version, found)
            return known

    def forget(self, version: str | None = None) -> None:
        """Forget a version, so that it is looked up at its next use; without a path, all."""
        kept = {} if version is None else self._found.copy()
        if version is not None:
            kept.pop(with_alias(version), None)
        self._found = kept

    async def _ask(self, version: str, found: dict[str, FoundVersion]) -> FoundVersion:
        with file_not_found_errors(version):
            artifact = await self._api.artifact(version)
            # The files may be known through another alias of the same version.
            if (known := found.get(artifact.qualified_name)) is not None:
                return known
            manifest = await artifact.manifest()
        made = found[artifact.qualified_name] = FoundVersion(artifact, manifest.entries)
        return made

    async def fetch_files(self, paths: Sequence[VersionPath]) -> None:
        """Ask for the URLs of many files at once; what cannot exist is told when it is read."""
        wanted: dict[str, list[str]] = {}
        for path in paths:
            wanted.setdefault(path.version, []).append(path.inside)
        for version, names in wanted.items():
            with suppress(PathNotFound, InvalidInput):
                await (await self.find(version)).fetch_files(names)
