"""`tag`, `alias`, `link` and `delete`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from typed_artifacts._values.quantities import bytes_text, count_text
from typed_artifacts.cli.completion.names import complete_collection, complete_version
from typed_artifacts.cli.confirmation import confirm
from typed_artifacts.cli.connection import opened
from typed_artifacts.cli.given_paths import given_name
from typed_artifacts.cli.lookup import collection_of
from typed_artifacts.cli.options import JsonObject, Root, Version, Yes
from typed_artifacts.cli.output.json_text import write_object
from typed_artifacts.cli.output.terminal import say
from typed_artifacts.errors import NotFoundError
from typed_artifacts.paths import names_version

if TYPE_CHECKING:
    from typed_artifacts import Artifact

_Either = Annotated[
    str,
    typer.Argument(
        metavar="PATH",
        help="[[entity/]project/]collection for the collection, with :alias for a version.",
        autocompletion=complete_version,
    ),
]
_Type = Annotated[
    str | None,
    typer.Option(
        "--type",
        metavar="TYPE",
        help="Fail if it has another type.",
        callback=given_name,
    ),
]
_Add = Annotated[list[str] | None, typer.Option("--add", metavar="NAME", help="Repeatable.")]
_Remove = Annotated[list[str] | None, typer.Option("--remove", metavar="NAME", help="Repeatable.")]


def tag(
    path: _Either,
    add: _Add = None,
    remove: _Remove = None,
    type_name: _Type = None,
    root: Root = None,
    as_json: JsonObject = False,
) -> None:
    """Add and remove tags of a version or a collection."""
    _check_changes(add, remove, "tag")
    with opened(root) as api:
        version = names_version(path)
        thing = api.artifact(path, type_name) if version else collection_of(api, path, type_name)
        thing.tags = _changed(thing.tags, add, remove, "tag", path)
        thing.save()
        _tell(path, "tags", thing.tags, as_json)


def alias(
    path: Version,
    add: _Add = None,
    remove: _Remove = None,
    root: Root = None,
    as_json: JsonObject = False,
) -> None:
    """Add and remove aliases of a version. An alias of another version moves here."""
    _check_changes(add, remove, "alias")
    with opened(root) as api:
        artifact = api.artifact(path)
        artifact.aliases = _changed(artifact.aliases, add, remove, "alias", path)
        artifact.save()
        _tell(artifact.qualified_name, "aliases", artifact.aliases, as_json)


def link(
    path: Version,
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET",
            help="[[entity/]project/]portfolio, created if new.",
            autocompletion=complete_collection,
        ),
    ],
    aliases: Annotated[
        list[str] | None,
        typer.Option("--alias", "-a", metavar="ALIAS", help="An alias of the link; repeatable."),
    ] = None,
    root: Root = None,
    as_json: JsonObject = False,
) -> None:
    """Link a version into a portfolio or a registry."""
    with opened(root) as api:
        made = api.artifact(path).link(target, aliases)
        _tell(made.qualified_name, "aliases", made.aliases, as_json)


def delete(
    path: _Either,
    yes: Yes = False,
    delete_aliases: Annotated[
        bool, typer.Option("--delete-aliases", help="Delete a version even if it has aliases.")
    ] = False,
    type_name: _Type = None,
    root: Root = None,
) -> None:
    """Delete a version, a link or a whole collection, after asking."""
    with opened(root) as api:
        if names_version(path):
            artifact = api.artifact(path, type_name)
            confirm(f"Delete {_described(artifact)}?", yes)
            artifact.delete(delete_aliases=delete_aliases)
            say(f"Deleted {artifact.qualified_name}.")
            return
        if delete_aliases:
            raise typer.BadParameter(
                f"--delete-aliases is for a version, and {path!r} names a collection, which is "
                "deleted with all its versions and aliases. Leave it out."
            )
        collection = collection_of(api, path, type_name)
        kind = "collection" if collection.is_sequence() else "portfolio"
        path_text = f"{collection.entity}/{collection.project}/{collection.name}"
        versions = count_text(len(collection.artifacts()), "version")
        confirm(f"Delete the {kind} {path_text} with its {versions}?", yes)
        collection.delete()
        say(f"Deleted {path_text}.")


def _check_changes(add: Sequence[str] | None, remove: Sequence[str] | None, noun: str) -> None:
    """Refuse no change at all, and one that undoes another, before anything is asked."""
    if not add and not remove:
        one = "an alias" if noun == "alias" else f"a {noun}"
        raise typer.BadParameter(f"Nothing to do: name {one} to --add or to --remove.")
    if both := next((name for name in remove or () if name in (add or ())), None):
        raise typer.BadParameter(f"The {noun} {both!r} is both to --add and to --remove.")


def _changed(
    there: Sequence[str],
    add: Sequence[str] | None,
    remove: Sequence[str] | None,
    noun: str,
    path: str,
) -> list[str]:
    for name in remove or ():
        if name not in there:
            raise NotFoundError(
                f"{path} has no {noun} {name!r}; it has {', '.join(there) or 'none'}.",
                missing=noun,
                subject=path,
            )
    return [name for name in (*there, *(add or ())) if name not in (remove or ())]


def _described(artifact: Artifact) -> str:
    if artifact.is_link:
        return f"the link {artifact.qualified_name} to {artifact.source_qualified_name}"
    files = count_text(artifact.file_count, "file")
    return f"the version {artifact.qualified_name}, {files}, {bytes_text(artifact.size)}"


def _tell(path: str, key: str, names: Sequence[str], as_json: bool) -> None:
    if as_json:
        write_object({"path": path, key: list(names)})
    else:
        say(f"{path} has the {key} {', '.join(names)}" if names else f"{path} has no {key}")
