"""The ``files=`` argument of a new version: a folder, a file, several, or a mapping.

Or where they stay: a reference.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from io import FileIO, UnsupportedOperation
from os import PathLike
from pathlib import Path, PurePath
from typing import Protocol, TypeAlias, TypeGuard

from ..._environment.paths import user_path
from ..._transfer import ManifestEntry
from ..._transfer.disk.disk_errors import is_folder, status_of
from ..._transfer.references.reference import Reference
from ..._values.guards import is_text
from ..._values.uris import is_uri
from ...errors import InvalidInput


class BinaryReadable(Protocol):
    """A file that is open in binary mode, a ``BytesIO``, or whatever else gives bytes."""

    def read(self, size: int = -1, /) -> bytes:
        """All bytes from here on."""
        ...


class StoredFile(Protocol):
    """A file of a version, of either flavour."""

    @property
    def name(self) -> str: ...
    @property
    def digest(self) -> str | None: ...


FileContent: TypeAlias = (
    str | PathLike[str] | bytes | bytearray | memoryview | BinaryReadable | Reference
)
"""The path of a file, or its bytes, or something to read them from, or where they stay."""

Files: TypeAlias = (
    str
    | PathLike[str]
    | Reference
    | Iterable[str | PathLike[str]]
    | Mapping[str, FileContent]
    | Mapping[Path, FileContent]
)
"""A folder, one file, several files, a reference, or names with a content each."""

NamedContent: TypeAlias = Path | bytes | Reference
"""The path of a file, its bytes, or where they stay."""

NamedFiles: TypeAlias = Path | Mapping[str, NamedContent]
"""A folder, or names with a content each; ``""`` for a reference that keeps its own names."""

_TAKEN = (
    "it must be a folder, a file, several files, a reference, or a mapping of names to paths, "
    'bytes, references or files that are open in binary mode, such as {"weights.bin": b"..."}'
)
_TAKEN_AS_CONTENT = "it must be a path, bytes, a reference or a file that is open in binary mode"


def named_files(files: object) -> NamedFiles:
    """A folder as it is; anything else as names with contents. Reads what is open.

    Args:
        files: ``Files``, if the caller's code was checked.

    Raises:
        InvalidInput: there is no such file or folder, or it is nothing that can be logged.
        ArtifactsError: a path may not be looked at.
    """
    if isinstance(files, Mapping):
        return _of_mapping(files)  # pyright: ignore[reportUnknownArgumentType]  # of anything
    if (reference := _reference(files)) is not None:
        return {"": reference}
    if _is_path(files):
        path = _path(files, "files")
        if (status := status_of(path)) is None:
            raise InvalidInput(f"There is no file or folder {str(path)!r}.", subject=str(path))
        return path if stat.S_ISDIR(status.st_mode) else {path.name: path}
    if _is_bytes(files) or _is_open(files) or not isinstance(files, Iterable):
        raise InvalidInput(f"files is {_described(files)}; {_TAKEN}.")
    return _of_list(files)  # pyright: ignore[reportUnknownArgumentType]  # of anything


def named_content(name: str, content: object) -> NamedContent:
    """A file's path, its bytes or where they stay, for one name of a draft. Reads what is open.

    Raises:
        InvalidInput: there is no such file, or it is nothing that can be logged.
    """
    return _content(content, f"The content of {name!r:.100}")


def is_stored(content: object) -> TypeGuard[ManifestEntry | StoredFile]:
    """Whether a content is a file that some version has."""
    kind = type(content)
    is_file = hasattr(kind, "digest") and hasattr(kind, "storage_path")
    return is_file or isinstance(content, ManifestEntry)


def not_of_edited(content: ManifestEntry | StoredFile, where: str) -> InvalidInput:
    """The error for a file that is not one of a version that is edited."""
    advice = "download it and give its path, or give its bytes: file.read_bytes()"
    if not isinstance(content, ManifestEntry):
        name = content.name
    else:
        name = content.path
        if content.ref is not None:
            advice = "give its Reference"
    return InvalidInput(
        f"{where} is the file {name!r:.100} of a version, and not of one that this edits: "
        f"{advice}.",
        subject=name,
    )


def _of_list(files: Iterable[object]) -> dict[str, NamedContent]:
    found: dict[str, NamedContent] = {}
    for index, each in enumerate(files):
        if (reference := _reference(each)) is not None:
            raise InvalidInput(
                f"files[{index}] is {reference!r} among several files; give a mapping with a name "
                'for each, such as {"train/": Reference(...)}.'
            )
        path = _path(each, f"files[{index}]", "it must be the path of a file")
        if is_folder(path):
            raise InvalidInput(
                f"{str(path)!r} is a folder among several files; give a folder alone, or name the "
                "files in it.",
                subject=str(path),
            )
        if path.name in found:
            raise InvalidInput(
                f"Two of the files are called {path.name!r}: {str(found[path.name])!r} and "
                f"{str(path)!r}; give a mapping with a name for each.",
                subject=path.name,
            )
        found[path.name] = path
    return found


def _of_mapping(files: Mapping[object, object]) -> dict[str, NamedContent]:
    found: dict[str, NamedContent] = {}
    for key, content in files.items():
        name = _name(key)
        if name in found:
            raise InvalidInput(f"files has the name {name!r} twice.", subject=name)
        found[name] = _content(content, f"files[{name!r:.100}]")
    return found


def _name(key: object) -> str:
    name: object = key
    if _is_path(key):
        name = key.as_posix() if isinstance(key, PurePath) else os.fspath(key)
    if not isinstance(name, str):
        raise InvalidInput(f"files has a name that is {_described(name)}; names are strings.")
    return name


def _content(content: object, where: str) -> NamedContent:
    if isinstance(content, bytes):
        return content
    if (reference := _reference(content)) is not None:
        return reference
    if isinstance(content, bytearray | memoryview):
        return bytes(content)  # pyright: ignore[reportUnknownArgumentType]  # a view of anything
    if _is_open(content):
        return _read(content, where)
    if is_stored(content):
        raise not_of_edited(content, where)
    path = _path(content, where, _TAKEN_AS_CONTENT)
    if os.path.lexists(path):
        return path
    if isinstance(content, str):
        raise InvalidInput(
            f"{where} is {content!r:.200}, and there is no such file; for a text, give its bytes: "
            '"...".encode().',
            subject=str(path),
        )
    raise InvalidInput(f"{where} is {str(path)!r:.200}, which does not exist.", subject=str(path))


def _reference(value: object) -> Reference | None:
    """A reference, or a text that is a URI and no path of something that is there."""
    if isinstance(value, Reference):
        return value
    if isinstance(value, str) and is_uri(value) and not os.path.lexists(value):
        return Reference(value)
    return None


def _path(value: object, where: str, taken: str = _TAKEN) -> Path:
    if not _is_path(value):
        raise InvalidInput(f"{where} is {_described(value)}; {taken}.")
    text = os.fspath(value)
    if not is_text(text) or not text:  # it may be bytes
        raise InvalidInput(f"{where} is {value!r:.200}, which is no path.")
    # What is there is meant as it is written, whatever it looks like.
    return Path(text) if os.path.lexists(text) else user_path(text, where)


def _read(stream: BinaryReadable, where: str) -> Path | bytes:
    content: object
    try:
        content = _path_of(stream) or stream.read()
    except UnsupportedOperation as error:
        raise InvalidInput(f'{where} is not open for reading: open(..., "rb").') from error
    except Exception as error:  # closed, or packed and cut off
        raise InvalidInput(f"{where} cannot be read: {error}.") from error
    if isinstance(content, str):
        raise InvalidInput(f'{where} is open as text; open it in binary mode: open(..., "rb").')
    if not isinstance(content, bytes | Path):  # pyright: ignore[reportUnnecessaryIsInstance]  # it may be anything
        raise InvalidInput(f"{where} is {_described(stream)}, and its read() gives no bytes.")
    if content == b"" and (position := _position(stream)):  # what was just written to it, perhaps
        raise InvalidInput(
            f"{where} stands at its end, after {position} bytes: nothing of it would be logged. "
            "Call its seek(0) first."
        )
    return content


def _position(stream: object) -> int:
    """Where a file stands; 0 where it does not tell."""
    try:
        position: object = stream.tell()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]  # it may have it
    except (AttributeError, OSError, ValueError):
        return 0
    return position if isinstance(position, int) else 0


def _path_of(stream: object) -> Path | None:
    """Where an open file is, if nothing of it was read: it is then read from the disk again.

    What only has a file's name, or its descriptor, may give other bytes than the file has: a
    ``GzipFile``, a member of an archive.
    """
    raw: object = getattr(stream, "raw", stream)
    if type(raw) is not FileIO or not isinstance(raw.name, str) or not raw.readable():
        return None
    path = Path(raw.name)
    status = status_of(path)
    same = status is not None and os.path.samestat(status, os.fstat(raw.fileno()))
    return path if same and stream.tell() == 0 else None  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # a file has it


def _is_path(value: object) -> TypeGuard[str | PathLike[str]]:
    return isinstance(value, str | PathLike)


def _is_open(value: object) -> TypeGuard[BinaryReadable]:
    return hasattr(value, "read") and not isinstance(value, type | PathLike)


def _is_bytes(value: object) -> bool:
    return isinstance(value, bytes | bytearray | memoryview)


def _described(value: object) -> str:
    return f"{value!r:.100}" if value is None else f"of type {type(value).__name__}"
