"""`tree`: shows a project, a collection or a version as a tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text
from rich.tree import Tree

from typed_artifacts._values.quantities import bytes_text, count_text
from typed_artifacts.cli.completion.names import complete_version
from typed_artifacts.cli.connection import opened
from typed_artifacts.cli.lookup import collection_of
from typed_artifacts.cli.options import JsonObject, Root
from typed_artifacts.cli.output.json_text import write_object
from typed_artifacts.cli.output.terminal import console
from typed_artifacts.cli.output.texts import clean
from typed_artifacts.errors import InvalidInput
from typed_artifacts.paths import names_version, parse_collection

if TYPE_CHECKING:
    from typed_artifacts import Api, Inventory, JsonValue

_FULL = 2  # slashes in entity/project/collection


@dataclass(slots=True)
class Branch:
    """A line of the tree, and what is below it.

    Attributes:
        name: what it is called.
        size: the bytes of it and all that is below it; ``None`` where they do not add up.
        note: what else is told of it.
        below: what is below it, by name.
    """

    name: str
    size: int | None = None
    note: str = ""
    below: dict[str, Branch] = field(default_factory=dict[str, "Branch"])

    def add(self, branch: Branch) -> Branch:
        """Put a branch below it."""
        self.below[branch.name] = branch
        return branch

    def to_dict(self) -> dict[str, JsonValue]:
        """The same as JSON has it; what a line does not have is left out."""
        found: dict[str, JsonValue] = {"name": self.name}
        if self.size is not None:
            found["size"] = self.size
        if self.note:
            found["note"] = self.note
        if self.below:
            found["children"] = [branch.to_dict() for branch in self.below.values()]
        return found


def tree(
    path: Annotated[
        str,
        typer.Argument(
            metavar="PATH",
            help="[entity/]project, entity/project/collection, or a version with its :alias",
            autocompletion=complete_version,
        ),
    ],
    depth: Annotated[
        int | None, typer.Option("--depth", min=1, metavar="N", help="Show at most N levels.")
    ] = None,
    root: Root = None,
    as_json: JsonObject = False,
) -> None:
    """Show what is in a project, a collection or a version, as a tree."""
    with opened(root) as api:
        found = _read(api, path)
        _cut(found, depth)
        if as_json:
            write_object(found.to_dict())
        else:
            console().print(_drawn(found))


def _read(api: Api, path: str) -> Branch:
    if _is_version(path):
        artifact = api.artifact(path)
        sizes = ((name, entry.size or 0) for name, entry in artifact.manifest.entries.items())
        return folders(artifact.qualified_name, sizes)
    if _is_collection(path):
        return _versions(api, path)
    return of_project(api.inventory(path))


def _is_version(path: str) -> bool:
    try:
        return names_version(path)
    except InvalidInput:  # the next parser reports what is wrong with it
        return False


def _is_collection(path: str) -> bool:
    if "://" not in path:
        return path.rstrip("/").count("/") == _FULL
    try:
        parse_collection(path, entity=None, project="any")
    except InvalidInput:  # the address of a project, or of nothing that is known
        return False
    return True


def _versions(api: Api, path: str) -> Branch:
    """A collection with its versions, the newest first."""
    found = collection_of(api, path)
    top = Branch(f"{found.entity}/{found.project}/{found.name}", 0, found.type)
    for artifact in found.artifacts(per_page=200):
        names = [*artifact.aliases, *(f"#{tag}" for tag in artifact.tags)]
        top.add(Branch(artifact.version, artifact.size, ", ".join(names)))
        top.size = (top.size or 0) + artifact.size
    return top


def of_project(inventory: Inventory) -> Branch:
    """A project: its types, their collections, and how many versions these have."""
    top = Branch(f"{inventory.entity}/{inventory.project}", inventory.size)
    for kind in inventory.types:
        below = top.add(Branch(kind.name))
        for collection in kind.collections:
            noun = "version" if collection.is_sequence else "link"
            note = count_text(len(collection.versions), noun)
            if collection.versions:
                note += f", newest {collection.versions[0].version}"
            below.add(Branch(collection.name, collection.size, note))
    return top


def folders(name: str, sizes: Iterable[tuple[str, int]]) -> Branch:
    """A version: its folders and files, each folder with the bytes of all that is in it.

    Args:
        name: the version's.
        sizes: each file's path and bytes.
    """
    top = Branch(name, 0)
    for path, size in sorted(sizes):
        branch = top
        branch.size = (branch.size or 0) + size
        for part in path.split("/"):
            branch = branch.below.get(part) or branch.add(Branch(part, 0))
            branch.size = (branch.size or 0) + size
    return top


def _cut(branch: Branch, depth: int | None) -> None:
    """Leave out what is deeper, and say how much that is."""
    if depth is None:
        return
    if depth == 0 and branch.below:
        count = sum(1 for _ in _leaves(branch))
        branch.note = ", ".join(filter(None, (branch.note, f"{count:,} inside")))
        branch.below.clear()
    for below in branch.below.values():
        _cut(below, depth - 1)


def _leaves(branch: Branch) -> Iterator[Branch]:
    for below in branch.below.values():
        if below.below:
            yield from _leaves(below)
        else:
            yield below


def _drawn(branch: Branch) -> Tree:
    top = Tree(_line(branch), guide_style="dim")
    _draw(branch, top)
    return top


def _draw(branch: Branch, into: Tree) -> None:
    for below in branch.below.values():
        _draw(below, into.add(_line(below)))


def _line(branch: Branch) -> Text:
    name = Text(clean(branch.name), style="bold" if branch.below else "")
    size = "" if branch.size is None else bytes_text(branch.size)
    detail = "  ".join(filter(None, (size, clean(branch.note))))
    return name.append(f"  {detail}" if detail else "", style="not bold dim")
