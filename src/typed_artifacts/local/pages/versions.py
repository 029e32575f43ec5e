"""The page of a version."""

import sqlalchemy as sa

from ..database import tables as t
from ..graph import nodes as n
from ..graph.reads_versions import (
    created_by,
    membership_collection,
    version_memberships,
)
from . import addresses
from .commands import version_commands
from .files import folder_page
from .held_versions import HeldVersion
from .lineage import lineage_of_version
from .page_request import PageRequest
from .rendering import Link, Page
from .texts import json_rows

_FEW_FILES = 20
_DEPTH, _FAR = 2, 6


def version(page_request: PageRequest, at: HeldVersion) -> Page:
    """What is known of a version: its names, files, metadata, lineage, and how to fetch it."""
    found, context = at.version, page_request.context
    maker = created_by(found, context)
    graph = lineage_of_version(page_request, found, _DEPTH)
    values = {
        "at": at,
        "version": found,
        "aliases": [alias.alias for alias in context.membership_aliases.get(at.member.key)],
        "tags": [tag.name for tag in context.version_tags.get(found.key)],
        "made_by": page_request.run_link(maker) if isinstance(maker, n.Run) else None,
        "author": maker.username if isinstance(maker, n.User) else "",
        "metadata": json_rows(found.metadata),
        "files": folder_page(page_request, at.href, found, "", size=_FEW_FILES),
        "graph": graph,
        "homes": _homes(page_request, at),
        "source": page_request.version_link(found),
        "neighbours": _neighbours(page_request, at),
        "commands": version_commands(page_request.request.base_url, at.full_name),
    }
    return Page("version.html", at.name, at.crumbs, values)


def lineage(page_request: PageRequest, at: HeldVersion) -> Page:
    """The same lineage as on the version's page, further on both sides."""
    graph = lineage_of_version(page_request, at.version, _FAR)
    crumbs = [*at.crumbs, Link(at.number, at.href)]
    values = {"at": at, "graph": graph}
    return Page("lineage.html", f"Lineage of {at.name}", crumbs, values)


def _homes(page_request: PageRequest, at: HeldVersion) -> list[tuple[Link, list[str]]]:
    """The collections that hold the version, and its aliases there: links, mostly."""
    rows: list[tuple[Link, list[str]]] = []
    for edge in version_memberships(at.version, page_request.context).edges:
        member = edge.node
        collection = membership_collection(member, page_request.context)
        path = None if collection is None else page_request.path_of(collection.project_key)
        if collection is None or path is None:
            continue
        number = f"v{member.version_index}"
        kind = page_request.type_name(collection)
        href = addresses.version_address(*path, kind, collection.name, number)
        keys = [each.key for each in member.batch]
        aliases = page_request.context.membership_aliases.get(member.key, keys)
        text = "/".join((*path, f"{collection.name}:{number}"))
        rows.append((Link(text, href), [alias.alias for alias in aliases]))
    return rows


def _neighbours(page_request: PageRequest, at: HeldVersion) -> tuple[Link | None, Link | None]:
    """The versions before and after, in the same collection."""
    m = t.memberships.c
    number = at.member.version_index
    found: list[Link | None] = []
    for function, beyond in (
        (sa.func.max, m.version_index < number),
        (sa.func.min, m.version_index > number),
    ):
        statement = sa.select(function(m.version_index)).where(
            m.collection_id == at.collection.key, beyond
        )
        index: int | None = page_request.context.connection.scalar(statement)
        text = f"v{index}"
        href = addresses.version_address(*at.path, at.type, at.collection.name, text)
        found.append(None if index is None else Link(text, href))
    return found[0], found[1]


def selected(page_request: PageRequest, entity: str, project: str) -> str | None:
    """The page that an address of a registry selects; None: it selects nothing.

    Such an address has the path of a collection, and a version, as fields of its query.
    """
    names = page_request.query.get("selectionPath", "").split("/", 2)
    if len(names) != 3 or names[:2] != [entity, project]:
        return None
    collection = page_request.collection(page_request.project(entity, project), names[2])
    address = addresses.collection_address(
        entity, project, page_request.type_name(collection), collection.name
    )
    number = page_request.query.get("version", "")
    return address + addresses.address(number) if number else address
