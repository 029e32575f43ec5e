"""The pages of a version's files: folders, previews, contents."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote, urlencode

import sqlalchemy as sa

from ..database import tables as t
from ..database.rows import Row
from ..errors import FileDamaged, RegistryNotFound
from ..graph import nodes as n
from ..graph.paging import PageArguments
from ..graph.reads_versions import list_files
from ..messages import Reply
from ..storage.blobs import Blob
from . import addresses
from .commands import file_commands, version_commands
from .held_versions import HeldVersion
from .page_request import PER_PAGE, PageRequest
from .previews import IMAGE_TYPES, Preview, bytes_wanted, extension, preview
from .rendering import Link, Page

SendFile: TypeAlias = Callable[[str], Reply]
"""Makes a reply of a blob's bytes, given its digest."""

_ROWS_AT_ONCE = 500
# A file is data: whatever it holds, a browser neither runs nor styles anything of it.
_RAW_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cache-control": "private, no-cache",
    "vary": "cookie, authorization",
}


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file in a folder, or a folder, whose size is not known."""

    name: Link
    size: int | None
    is_reference: bool = False


@dataclass(frozen=True, slots=True)
class Folder:
    """Some of what is in a folder of a version; an empty `next`: there is no more."""

    path: str
    rows: list[FileRow]
    next: str


def folder_page(
    page_request: PageRequest,
    page: str,
    version: n.Version,
    path: str,
    *,
    size: int = PER_PAGE,
    after: str = "",
) -> Folder:
    """What is directly in a folder, which is a prefix that ends with `/`, or the empty text.

    Args:
        page_request: who asks.
        page: the address of the version's page.
        version: whose files.
        path: the folder.
        size: how many files and folders at most.
        after: what the page before ended with.
    """
    names: list[str] = []
    known: dict[str, Row] = {}
    cursor = after
    while len(names) <= size:
        rows = _entries(page_request, version, path, cursor)
        for row in rows:
            name, slash, _ = row.path[len(path) :].partition("/")
            each = path + name + slash
            if each not in known:
                known[each] = row
                names.append(each)
        if len(rows) < _ROWS_AT_ONCE:
            break
        cursor = names[-1]
    shown = names[:size]
    cursor = shown[-1] if shown else ""
    next_ = f"{_folder_address(page, path)}?{urlencode({'after': cursor})}"
    listed = [_file_row(page, path, each, known[each]) for each in shown]
    return Folder(path, listed, next_ if len(names) > size else "")


def _entries(page_request: PageRequest, version: n.Version, path: str, after: str) -> list[Row]:
    e = t.entries.c
    statement = sa.select(e.path, e.size, e.blob).where(e.manifest_id == version.manifest_key)
    if path:
        statement = statement.where(e.path >= path, e.path < _behind(path))
    if after.endswith("/"):  # one entry of each folder is enough: skip the rest of it
        statement = statement.where(e.path >= _behind(after))
    elif after:
        statement = statement.where(e.path > after)
    return list(page_request.context.rows(statement.order_by(e.path).limit(_ROWS_AT_ONCE)))


def _behind(folder: str) -> str:
    """The first text that is greater than all paths in a folder, whatever their names are."""
    return folder[:-1] + chr(ord("/") + 1)


def _folder_address(page: str, path: str) -> str:
    return addresses.below(page, "files", path) if path else f"{page}/files"


def _file_row(page: str, folder: str, each: str, row: Row) -> FileRow:
    link = Link(each[len(folder) :], addresses.below(page, "files", each))
    if each.endswith("/"):
        return FileRow(link, None)
    return FileRow(link, int(row.size), row.blob is None)


def files(page_request: PageRequest, at: HeldVersion, path: str) -> Page:
    """A folder, or a file with its preview; a path that ends with `/` is a folder's."""
    if path and not path.endswith("/"):
        return _file(page_request, at, path)
    after = page_request.query.get("after", "")
    folder = folder_page(page_request, at.href, at.version, path, after=after)
    if path and not folder.rows and not after:
        raise RegistryNotFound(f"There is no folder {path!r} in {at.full_name}.")
    values = {
        "at": at,
        "folder": folder,
        "first": _folder_address(at.href, path) if after else "",
        "commands": version_commands(page_request.request.base_url, at.full_name),
    }
    title = path.rstrip("/").rpartition("/")[2] or "Files"
    return Page("files.html", title, _crumbs(at, path), values)


def _crumbs(at: HeldVersion, path: str) -> list[Link]:
    """The way to a file or folder: version, files, and the folders around it."""
    crumbs = [*at.crumbs, Link(at.number, at.href)]
    if not path:
        return crumbs
    crumbs.append(Link("Files", f"{at.href}/files"))
    names = path.rstrip("/").split("/")[:-1]
    for count, name in enumerate(names, 1):
        folder = "/".join(names[:count]) + "/"
        crumbs.append(Link(name, addresses.below(at.href, "files", folder)))
    return crumbs


def _found(page_request: PageRequest, at: HeldVersion, path: str) -> n.File:
    listed = list_files(page_request.context, at.version, PageArguments(1), [path])
    if not listed.edges:
        raise RegistryNotFound(f"There is no file {path!r} in {at.full_name}.")
    return listed.edges[0].node


def _file(page_request: PageRequest, at: HeldVersion, path: str) -> Page:
    file = _found(page_request, at, path)
    shown = None
    if file.blob is not None:
        shown = _preview(page_request, path, file.blob, file.size_bytes)
    reference = file.reference or ""
    values = {
        "at": at,
        "file": file,
        "preview": shown,
        "raw": addresses.below(at.href, "raw", path),
        "reference": reference,
        "followable": reference.startswith(("https://", "http://")),
        "commands": file_commands(page_request.request.base_url, at.full_name, path),
    }
    return Page("file.html", path.rpartition("/")[2], _crumbs(at, path), values)


def _preview(page_request: PageRequest, path: str, md5: str, size: int) -> Preview:
    length = bytes_wanted(path, size)
    pieces = page_request.context.store.blobs.read(Blob(md5, "", size), 0, length)
    try:
        return preview(path, size, b"".join(pieces))
    except FileDamaged as error:
        return Preview("none", str(error))


def raw(page_request: PageRequest, at: HeldVersion, path: str, send: SendFile) -> Reply:
    """The bytes of a file: an image to be shown in a page, anything else to be saved."""
    file = _found(page_request, at, path)
    if file.blob is None:
        raise RegistryNotFound(f"{path!r} is a reference: its bytes are at {file.reference}.")
    reply = send(file.blob)
    name = quote(path.rpartition("/")[2], safe="")
    kind = IMAGE_TYPES.get(extension(path))
    reply.headers.update(_RAW_HEADERS)
    if kind is not None and "show" in page_request.query:
        reply.headers["content-type"] = kind
        reply.headers["content-disposition"] = f"inline; filename*=UTF-8''{name}"
    else:
        reply.headers["content-disposition"] = f"attachment; filename*=UTF-8''{name}"
    return reply
