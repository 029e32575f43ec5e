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
from .asking import Asked
from .commands import version_commands
from .files import folder_page
from .held_versions import HeldVersion
from .lineage import lineage_of_version
from .rendering import Link, Page
from .texts import json_rows

_FEW_FILES = 20
_DEPTH, _FAR = 2, 6


def version(asked: Asked, at: HeldVersion) -> Page:
    """What is known of a version: its names, files, metadata, lineage, and how to fetch it."""
    found, context = at.version, asked.context
    maker = created_by(found, context)
    graph = lineage_of_version(asked, found, _DEPTH)
    values = {
        "at": at,
        "version": found,
        "aliases": [alias.alias for alias in context.membership_aliases.get(at.member.key)],
        "tags": [tag.name for tag in context.version_tags.get(found.key)],
        "made_by": asked.run_link(maker) if isinstance(maker, n.Run) else None,
        "author": maker.username if isinstance(maker, n.User) else "",
        "metadata": json_rows(found.metadata),
        "files": folder_page(asked, at.href, found, "", size=_FEW_FILES),
        "graph": graph,
        "homes": _homes(asked, at),
        "source": asked.version_link(found),
        "neighbours": _neighbours(asked, at),
        "commands": version_commands(asked.request.base_url, at.full_name),
    }
    return Page("version.html", at.name, at.crumbs, values)


def lineage(asked: Asked, at: HeldVersion) -> Page:
    """The same lineage as on the version's page, further on both sides."""
    graph = lineage_of_version(asked, at.version, _FAR)
    crumbs = [*at.crumbs, Link(at.number, at.href)]
    values = {"at": at, "graph": graph}
    return Page("lineage.html", f"Lineage of {at.name}", crumbs, values)


def _homes(asked: Asked, at: HeldVersion) -> list[tuple[Link, list[str]]]:
    """The collections that hold the version, and its aliases there: links, mostly."""
    rows: list[tuple[Link, list[str]]] = []
    for edge in version_memberships(at.version, asked.context).edges:
        member = edge.node
        home = membership_collection(member, asked.context)
        path = None if home is None else asked.path_of(home.project_key)
        if home is None or path is None:
            continue
        number = f"v{member.version_index}"
        kind = asked.type_name(home)
        href = addresses.version_address(*path, kind, home.name, number)
        keys = [each.key for each in member.batch]
        aliases = asked.context.membership_aliases.get(member.key, keys)
        text = "/".join((*path, f"{home.name}:{number}"))
        rows.append((Link(text, href), [alias.alias for alias in aliases]))
    return rows


def _neighbours(asked: Asked, at: HeldVersion) -> tuple[Link | None, Link | None]:
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
        index: int | None = asked.context.connection.scalar(statement)
        text = f"v{index}"
        href = addresses.version_address(*at.path, at.type, at.collection.name, text)
        found.append(None if index is None else Link(text, href))
    return found[0], found[1]


def selected(asked: Asked, entity: str, project: str) -> str | None:
    """The page that an address of a registry selects; None: it selects nothing.

    Such an address has the path of a collection, and a version, as fields of its query.
    """
    names = asked.query.get("selectionPath", "").split("/", 2)
    if len(names) != 3 or names[:2] != [entity, project]:
        return None
    collection = asked.collection(asked.project(entity, project), names[2])
    home = addresses.collection_address(
        entity, project, asked.type_name(collection), collection.name
    )
    number = asked.query.get("version", "")
    return home + addresses.address(number) if number else home
