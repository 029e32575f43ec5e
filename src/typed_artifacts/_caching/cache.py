"""`Cache`: lists, prunes and verifies the cache folder."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, final

from .._environment.paths import user_path
from .._environment.variables import Environ
from .._transfer import DigestAlgorithm
from .._transfer.disk.cache import CACHE_FOLDER, content_name
from .._transfer.disk.disk_errors import disk_error
from .._values.guards import is_whole_number, override
from .._values.quantities import parsed_bytes
from .._values.shown import shown
from ..errors import InvalidInput, NotFoundError
from ..paths import parse_artifact
from .choosing import chosen
from .contents import CacheFiles
from .pruning import only_theirs, to_remove, without_content
from .reports import CacheCheck, CacheContents, CachedVersion, CacheRemoval
from .store import MANIFESTS, RecordStore

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from .._transfer import ManifestEntry
    from .pruning import Stored
    from .records import VersionRecord


class _Gone(NamedTuple):
    """What was removed, of contents or of records and manifests."""

    names: tuple[str, ...]
    bytes: int
    in_use: int


@final
class Cache:
    """The cache folder of downloads. Sends no request; safe to use during downloads.

    Args:
        folder: the folder; by default ``WANDB_CACHE_DIR``.

    Raises:
        InvalidInput: no folder is given.
    """

    def __init__(self, folder: Path | str | None = None) -> None:
        named = Environ(None).text("WANDB_CACHE_DIR") if folder is None else folder
        if not named:
            raise InvalidInput("There is no cache folder: name one, or set WANDB_CACHE_DIR.")
        self.folder: Path = user_path(named, "The cache folder")
        self._files = CacheFiles(self.folder / CACHE_FOLDER)
        self._store = RecordStore(self.folder / CACHE_FOLDER)

    def contents(self) -> CacheContents:
        """The contents of the folder: versions, files, bytes.

        Raises:
            ArtifactsError: the folder, or one in it, may not be read.
        """
        stored = {each.name: each for each in self._files.contents()}
        records = self._store.all()
        names = self._contents_by_record()
        others = stored.keys() - {name for wanted in names.values() for name in wanted}
        versions = [self._version(each, stored) for each in records]
        versions.sort(key=lambda each: each.used_at or each.recorded_at, reverse=True)
        return CacheContents(
            versions=tuple(versions),
            files=len(stored),
            bytes=self._bytes(stored.values(), names),
            other_files=len(others),
            other_bytes=sum(stored[name].size for name in others),
        )

    def remove(self, path: str, *, server: str | None = None) -> CacheRemoval:
        """Remove versions, and the contents that no other version in the folder uses.

        Args:
            path: ``entity/project/collection`` for all its versions, or ``…:alias`` for one.
            server: the base URL of their server; by default all servers.

        Raises:
            InvalidInput: the path is malformed.
            NotFoundError: there is no such version in the folder.
            ArtifactsError: the disk failed.
        """
        wanted = parse_artifact(path, entity=None, project="")
        location = wanted.collection.project
        if not location.entity:
            raise InvalidInput(f"{path!r} does not say whose it is: entity/project/collection.")
        location_key = (location.entity, location.project, wanted.collection.collection)
        records = self._store.all()
        existing = [
            each
            for each in records
            if location_key in {each.location, (each.organization, *each.location[1:])}
            and server in {None, each.server}
        ]
        if wanted.alias is not None:
            servers = {each.server for each in existing}
            found = (chosen((r for r in existing if r.server == s), wanted.alias) for s in servers)
            existing = [each for each in found if each is not None]
        if not existing:
            raise NotFoundError(
                f"{path} is not in the cache folder {self.folder}; `typed-artifacts cache ls` says "
                "what is.",
                missing="artifact version",
                subject=path,
            )
        names = [self._store.name_of(each) for each in existing]
        return self._removed(only_theirs(self._contents_by_record(), names), names)

    def clear(self) -> CacheRemoval:
        """Remove everything except what a running download uses.

        Raises:
            ArtifactsError: the disk failed.
        """
        self._files.sweep()
        return self._removed(
            [each.name for each in self._files.contents()], self._contents_by_record()
        )

    def prune(self, to: int | str) -> CacheRemoval:
        """Remove what has not been used for longest, until the folder has at most a given size.

        Contents are removed one by one, and a version when none of its contents is left.

        Args:
            to: the size in bytes, or as a text such as "10GB".

        Raises:
            InvalidInput: it is not a size.
            ArtifactsError: the disk failed.
        """
        most = parsed_bytes(to) if isinstance(to, str) else to
        if not is_whole_number(most) or most < 0:
            raise InvalidInput(f"to is {shown(to, 100)}; it must be a number of bytes, or as 10GB.")
        with self._disk_errors():
            self._files.sweep()
            contents, names = self._files.contents(), self._contents_by_record()
            beside = self._bytes((), names)
            chosen = [each.name for each in to_remove(contents, beside, most)]
            removal = self._remove_contents(chosen)
            remaining = {each.name for each in contents}.difference(removal.names)
            return self._report(removal, self._remove_records(without_content(names, remaining)))

    def verify(self) -> CacheCheck:
        """Hash every content, and remove damaged ones.

        Raises:
            ArtifactsError: the disk failed.
        """
        contents = self._files.contents()
        with self._disk_errors():
            damaged = [each.name for each in contents if not self._files.is_right(each.name)]
            with self._store.changing():
                damaged += self._store.damaged()
                for name in damaged:
                    self._files.remove(name)
        return CacheCheck(len(contents), sum(each.size for each in contents), tuple(damaged))

    def _removed(self, contents: Iterable[str], records: Iterable[str]) -> CacheRemoval:
        with self._disk_errors():
            return self._report(self._remove_contents(contents), self._remove_records(records))

    def _report(self, contents: _Gone, notes: _Gone) -> CacheRemoval:
        return CacheRemoval(
            versions=notes.names,
            files=len(contents.names),
            bytes=contents.bytes + notes.bytes,
            in_use=contents.in_use,
            left=self.contents().bytes,
        )

    def _remove_contents(self, names: Iterable[str]) -> _Gone:
        sizes = self._files.sizes(names)
        removed = tuple(name for name in sorted(sizes) if self._files.remove(name))
        return _Gone(removed, sum(sizes[name] for name in removed), len(sizes) - len(removed))

    def _remove_records(self, names: Iterable[str]) -> _Gone:
        """Remove records, and the manifests that no record names then."""
        removed_names = set(names)
        with self._store.changing():
            known = {self._store.name_of(each): each for each in self._store.all()}
            kept = {
                f"{MANIFESTS}/{record.manifest}.json"
                for name, record in known.items()
                if name not in removed_names
            }
            idle = [name for name in self._store.manifests() if name not in kept]
            sizes = self._files.sizes([*known.keys() & removed_names, *idle])
            for name in sizes:
                self._files.remove(name)
        paths = tuple(sorted(known[name].path for name in sizes if name in known))
        return _Gone(paths, sum(sizes.values()), 0)

    @contextmanager
    def _disk_errors(self) -> Generator[None]:
        """Tell what the disk refuses as an error of this package."""
        try:
            yield
        except OSError as error:
            raise disk_error(error, f"Changing {self.folder}", str(self.folder)) from error

    def _bytes(self, contents: Iterable[Stored], records: Iterable[str]) -> int:
        notes = self._files.sizes([*records, *self._store.manifests()])
        return sum(each.size for each in contents) + sum(notes.values())

    def _entries_of(self, record: VersionRecord) -> list[tuple[str, int]]:
        """Name and size of each content of a version."""
        algorithm = DigestAlgorithm.of(str(record.content.get("digestAlgorithm") or "MD5"))
        manifest = self._store.manifest(record.manifest, algorithm or DigestAlgorithm.MD5)
        entries: Iterable[ManifestEntry] = () if manifest is None else manifest.entries.values()
        stored = ((content_name(each), each.size or 0) for each in entries if each.ref is None)
        return [(name, size) for name, size in stored if name is not None]

    def _contents_by_record(self) -> dict[str, AbstractSet[str]]:
        return {
            self._store.name_of(record): {name for name, _ in self._entries_of(record)}
            for record in self._store.all()
        }

    def _version(self, record: VersionRecord, stored: Mapping[str, Stored]) -> CachedVersion:
        entries = self._entries_of(record)
        cached = [stored[name] for name, _ in entries if name in stored]
        used_at = max((each.used_at for each in cached), default=None)
        return CachedVersion(
            qualified_name=record.path,
            server=record.server,
            type=record.source.type,
            aliases=record.aliases,
            recorded_at=record.recorded_at,
            used_at=None if used_at is None else datetime.fromtimestamp(used_at, UTC),
            file_count=len(entries),
            size=sum(size for _, size in entries),
            cached_count=len(cached),
            cached_size=sum(each.size for each in cached),
        )

    @override
    def __repr__(self) -> str:
        return f"<Cache {self.folder}>"
