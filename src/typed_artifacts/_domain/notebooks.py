"""Displays the documented classes in notebooks.

No request: what was not fetched is not shown, and it is said what fetches it. What may be typed for
that begins with ``_``, the last output of a notebook.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from .._html.markup import (
    MOST_ROWS,
    Html,
    Size,
    aliases,
    code,
    facts,
    json_cell,
    link,
    output,
    paragraph,
    table,
    tags,
)
from .._values.quantities import count_text
from ..errors import ArtifactsError

if TYPE_CHECKING:
    from .._transfer import Manifest
    from .lists.page_buffer import Buffer
    from .lists.pages import ItemT

_FEW_FILES = 20
# Attribute → the heading of its column.
_HEAD: Final = {
    "name": "Name",
    "qualified_name": "Version",
    "type": "Type",
    "aliases": "Aliases",
    "tags": "Tags",
    "description": "Description",
    "visibility": "Visibility",
    "created_at": "Created",
    "file_count": "Files",
    "size": "Size",
    "mimetype": "Type",
    "digest": "Digest",
}
# List → attributes of its items that need no request.
_COLUMNS: Final = {
    "ArtifactTypes": "name",
    "ArtifactCollections": "name tags description created_at",
    "ProjectArtifactCollections": "name type tags description created_at",
    "RegistryCollections": "name type tags description created_at",
    "Registries": "name description visibility created_at",
    "Artifacts": "name aliases tags created_at file_count size",
    "RegistryVersions": "qualified_name type aliases tags created_at size",
    "RunArtifacts": "qualified_name type aliases created_at size",
    "ArtifactFiles": "name size mimetype digest",
}
# Attribute → the fields that it is read from, where their names differ. Reading tags starts an
# edit, because the list may be changed in place; that needs all fields that can be edited.
_FIELDS: Final = {
    "type": ("default_artifact_type",),
    "size": ("size_bytes",),
    "visibility": ("access",),
    "tags": ("tags", "typename__", "description", "default_artifact_type"),
}
_IN_PROCESS = "http://localhost/"  # without a port: see local/http/transports.py
_PAGES = ("Artifact", "ArtifactCollection", "Run")


def list_html(listing: object, subject: str, buffer: Buffer[ItemT], *, filtered: bool) -> str:
    """A list: the items that were fetched, as far as one looks at them, and how to go on.

    Args:
        listing: the list.
        subject: what it lists, in words.
        buffer: its pages so far.
        filtered: whether a filter is the client's, so that the server's total says nothing.
    """
    kind = type(listing).__name__
    columns = _COLUMNS.get(kind.removeprefix("Async"), "name").split()
    items = buffer.items[:MOST_ROWS]
    rows = [[_cell(item, column) for column in columns] for item in items]
    body = [table([_HEAD[column] for column in columns], rows)] if rows else []
    total = len(buffer.items) if buffer.complete else buffer.known_total(filtered=filtered)
    return output(kind, subject, *body, _onward(kind, len(items), total, buffer))


def _onward(kind: str, shown: int, total: int | None, buffer: Buffer[ItemT]) -> Html:
    """How many there are, and what gives the others."""
    loop = "async for item in _" if kind.startswith("Async") else "for item in _"
    if not buffer.fetched:
        return paragraph("Nothing is fetched yet: ", code(loop), " fetches a page at a time.")
    known = "" if total is None else f" of {total:,}"
    if buffer.complete and shown == len(buffer.items):
        return paragraph(f"All {count_text(shown, 'item')}.")
    slice_ = f"{'await ' if kind.startswith('Async') else ''}_[{shown}:{shown + MOST_ROWS}]"
    return paragraph(
        f"The first {shown:,}{known}. ", code(loop), " gives all, ", code(slice_), " the next."
    )


def _cell(item: object, attribute: str) -> object:
    """An attribute of an item as its cell; nothing where only a request would tell _."""
    value = _known(item, getattr(item, "_attrs", None), attribute)
    if (
        attribute in ("name", "qualified_name")
        and type(item).__name__.removeprefix("Async") in _PAGES
    ):
        return link(value, _page_of(item))
    if attribute == "size":
        return Size(value) if isinstance(value, int) else ""
    if attribute == "aliases":
        return aliases(_names(value))
    return tags(_names(value)) if attribute == "tags" else value


def _known(thing: object, attrs: object, attribute: str) -> object:
    """The value of an attribute; ``None`` where it was not fetched."""
    absent: frozenset[str] = getattr(attrs, "__absent__", frozenset())
    if attrs is None or not absent.isdisjoint((attribute, *_FIELDS.get(attribute, ()))):
        return None
    try:
        value: object = getattr(thing, attribute)
    except ArtifactsError:  # the other attributes can still be shown
        return None
    return value


def _page_of(thing: object) -> str:
    """The address of its page; none where the registry is in this process and has no pages."""
    try:
        address = str(getattr(thing, "url", ""))
    except ArtifactsError:  # it needs what was not fetched
        return ""
    return "" if address.startswith(_IN_PROCESS) else address


def _names(value: object) -> Sequence[str]:
    return [str(each) for each in value] if isinstance(value, list) else ()  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # names


def artifact_html(artifact: object, name: str, attrs: object, manifest: Manifest | None) -> str:
    """A version: its names and facts, its metadata, and its files where they were fetched.

    Args:
        artifact: the version.
        name: what it is called.
        attrs: what the server said of it; ``None``: it was not asked yet.
        manifest: its files, if they were fetched.
    """
    kind = type(artifact).__name__
    if attrs is None:
        return output(kind, name, _not_loaded())

    def known(attribute: str) -> object:
        return _known(artifact, attrs, attribute)

    count, size = known("file_count"), known("size")
    attributes: dict[str, object] = {
        "Type": known("type"),
        "Created": known("created_at"),
        "Files": count,
        "Size": Size(size) if isinstance(size, int) else None,
        "Digest": known("digest"),
        "Linked from": known("source_qualified_name") if known("is_link") else None,
    }
    return output(
        kind,
        link(name, _page_of(artifact)),
        _chips(known("aliases"), known("tags")),
        _description(known("description")),
        facts(attributes),
        _metadata(known("metadata")),
        _files(manifest, kind),
        _lineage_hint(kind),
    )


def _not_loaded() -> Html:
    return paragraph("Not fetched yet: ", code("await _.load()"), " does, in one request.")


def _chips(names: object, marks: object) -> Html:
    chips = aliases(_names(names)) + tags(_names(marks))
    return Html(f"<p>{chips}</p>" if chips else "")


def _description(text: object) -> Html:
    return paragraph(text) if text else Html("")


def _metadata(value: object) -> Html:
    if not isinstance(value, Mapping) or not value:
        return Html("")
    pairs = {str(key): json_cell(each) for key, each in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # JSON
    return Html(f"{paragraph('Metadata')}{facts(pairs)}")


def _files(manifest: Manifest | None, kind: str) -> Html:
    if manifest is None:
        wait = "await " if kind.startswith("Async") else ""
        return paragraph("Its files: ", code(f"{wait}_.files()[:{_FEW_FILES}]"))
    entries = list(manifest.entries.values())
    rows = [[each.path, Size(each.size or 0)] for each in entries[:_FEW_FILES]]
    more = len(entries) - len(rows)
    rest = paragraph(f"… and {more:,} more in ", code("_.manifest")) if more else ""
    return Html(f"{table(['File', 'Size'], rows)}{rest}")


def _lineage_hint(kind: str) -> Html:
    call = "_.lineage()"
    return paragraph(
        "Where it comes from: ", code(f"await {call}" if kind[:5] == "Async" else call)
    )


def collection_html(collection: object, title: str, attrs: object) -> str:
    """A collection: its facts, and how to list its versions."""
    kind = type(collection).__name__
    if attrs is None:
        return output(kind, title, _not_loaded())
    attributes = {
        "Type": _known(collection, attrs, "type"),
        "Created": _known(collection, attrs, "created_at"),
        "Updated": _known(collection, attrs, "updated_at"),
    }
    return output(
        kind,
        link(title, _page_of(collection)),
        _chips(None, _known(collection, attrs, "tags")),
        _description(_known(collection, attrs, "description")),
        facts(attributes),
        paragraph("Its versions: ", code("_.artifacts()")),
    )


def run_html(
    run: object, title: str, attrs: object, details: Mapping[str, Mapping[str, object]]
) -> str:
    """A run: its facts, and its configuration and summary where they were fetched."""
    kind = type(run).__name__
    if attrs is None:
        return output(kind, title, _not_loaded())

    def known(attribute: str) -> object:
        return _known(run, attrs, attribute)

    attributes = {
        "Name": known("name"),
        "Job type": known("job_type"),
        "Group": known("group"),
        "Created": known("created_at"),
        "Description": known("description"),
    }
    values = [
        Html(f"{paragraph(name)}{facts({key: json_cell(each) for key, each in found.items()})}")
        for name, found in details.items()
        if found
    ]
    return output(
        kind,
        link(title, _page_of(run)),
        _chips(None, known("tags")),
        facts(attributes),
        *values,
        paragraph(
            "What it used and made: ",
            code("_.used_artifacts()"),
            " ",
            code("_.logged_artifacts()"),
        ),
    )


def type_html(kind: object, title: str) -> str:
    """A type, and how to list its collections."""
    return output(
        type(kind).__name__, title, paragraph("Its collections: ", code("_.collections()"))
    )


def inventory_html(project: str, rows: Sequence[tuple[str, str, int, int]]) -> str:
    """What a project consists of: type, collection, versions and bytes of each."""
    listed = [(kind, name, count, Size(size)) for kind, name, count, size in rows]
    head = ("Type", "Collection", "Versions", "Size")
    body = [table(head, listed)] if rows else [paragraph("It has no collections.")]
    return output("Inventory", project, *body)
