"""Shell completion with names from the server; on any error, no names.

Names are kept for seconds in the cache folder that `WANDB_CACHE_DIR` names, and nowhere without it.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from typed_artifacts.cli.servers import server_of

if TYPE_CHECKING:
    from typed_artifacts import Api

_KEPT_SECONDS = 10
_PATIENCE = 2.0  # seconds: the user waits for a completion
_NEWEST = 50
# What a shell would take for more than a part of a name, some even where a word is completed.
_SPECIAL = re.compile(r"""^[-=~]|["'`$\\;&|<>(){}\[\]*?!#]""")


def complete_project(ctx: typer.Context, incomplete: str) -> list[str]:
    """`[entity/]project`."""
    return _completions(ctx, incomplete, projects)


def complete_collection(ctx: typer.Context, incomplete: str) -> list[str]:
    """`[[entity/]project/]collection`."""
    return _completions(ctx, incomplete, collections)


def complete_version(ctx: typer.Context, incomplete: str) -> list[str]:
    """`[[entity/]project/]collection[:alias]`."""
    return _completions(ctx, incomplete, versions)


def complete_type(ctx: typer.Context, incomplete: str) -> list[str]:
    """An artifact type of the project that the command names before."""
    # After an option without its value, click leaves the arguments in ctx.args.
    given = ctx.params.get("project") or next(iter(ctx.args), None)
    path = str(given or ctx.params.get("default_project") or "")

    def of_project(api: Api, _: str) -> list[str]:
        return types(api, path)

    return _completions(ctx, incomplete, of_project)


def projects(api: Api, word: str) -> list[str]:
    """The projects of an entity, as a path that is begun names them."""
    entity, slash, _ = word.rpartition("/")
    owner = entity or api.default_entity
    found = api.client.queries.existing_names(entity=owner, project="", projects=True).entity
    edges = [] if found is None or found.projects is None else found.projects.edges
    return [f"{entity}{slash}{edge.node.name}" for edge in edges if edge.node is not None]


def types(api: Api, path: str) -> list[str]:
    """The artifact types of a project."""
    entity, project = _owner(api, path)
    found = api.client.queries.existing_names(entity=entity, project=project, types=True).project
    edges = [] if found is None or found.artifact_types is None else found.artifact_types.edges
    return [edge.node.name for edge in edges if edge.node is not None]


def collections(api: Api, word: str) -> list[str]:
    """The collections of a project; with less than two slashes also projects, to go on from."""
    path, slash, _ = word.rpartition("/")
    entity, project = _owner(api, path)
    found = api.client.queries.existing_names(
        entity=entity, project=project, collections=True
    ).project
    connection = None if found is None else found.artifact_collections
    edges = [] if connection is None else connection.edges
    names = [f"{path}{slash}{edge.node.name}" for edge in edges if edge.node is not None]
    if path.count("/"):
        return names
    return [*names, *(f"{name}/" for name in projects(api, word))]


def versions(api: Api, word: str) -> list[str]:
    """The aliases and the newest versions of a collection; before the colon, collections."""
    path, colon, _ = word.partition(":")
    if not colon:
        return collections(api, word)
    project_path, _, name = path.rpartition("/")
    entity, project = _owner(api, project_path)
    queries = api.client.queries
    found = queries.existing_names(
        entity=entity, project=project, collection=name, aliases=True
    ).project
    collection = None if found is None else found.artifact_collection
    if collection is None:
        return []
    known = [edge.node.alias for edge in collection.aliases.edges if edge.node is not None]
    inventory = queries.collection_inventory(id=collection.id, per_page=_NEWEST).artifact_collection
    listed = [] if inventory is None or inventory.artifacts is None else inventory.artifacts.edges
    return [f"{path}:{each}" for each in [*known, *(edge.version for edge in listed)]]


def _owner(api: Api, path: str) -> tuple[str, str]:
    """The entity and the project that a path of at most these two names."""
    entity, _, project = path.strip("/").rpartition("/")
    return entity or api.default_entity, project or api.client.settings.project


def _completions(
    ctx: typer.Context, word: str, list_names: Callable[[Api, str], Sequence[str]]
) -> list[str]:
    """The words that begin as the one that is completed."""
    try:
        begun = word[: max(word.rfind("/"), word.rfind(":")) + 1]
        path = _cache_path(ctx, list_names.__name__, begun)
        found = _read_cache(path)
        if found is None:
            with _opened(ctx) as api:
                found = sorted({*list_names(api, begun)})
            _write_cache(path, found)
    except Exception:  # noqa: BLE001 -- a shell must get names or nothing, and never a traceback
        return []
    return [each for each in found if each.startswith(word) and _is_word(each)]


def _is_word(name: str) -> bool:
    """Whether a shell takes a name as it is: whoever may name something could run a command."""
    return name.isprintable() and _SPECIAL.search(name) is None


def _opened(ctx: typer.Context) -> Api:
    """The server that the words before the completed one name, or the environment."""
    from typed_artifacts import NO_RETRIES
    from typed_artifacts.cli.connection import connected

    root = ctx.params.get("root")
    return connected(server_of(ctx.params), root, retry=NO_RETRIES, timeout=_PATIENCE)


def _cache_path(ctx: typer.Context, listing: str, begun: str) -> Path | None:
    """Where the names of a question are kept; the key and the server are part of its name."""
    folder = os.environ.get("WANDB_CACHE_DIR")
    if not folder:
        return None
    options = [ctx.params.get(name) for name in ("registry", "root", "base_url", "entity")]
    arguments = [ctx.params.get("default_project"), ctx.params.get("project"), *ctx.args]
    variables = [
        os.environ.get(f"WANDB_{name}") for name in ("BASE_URL", "API_KEY", "ENTITY", "PROJECT")
    ]
    key = json.dumps([*map(str, [*options, *arguments, *variables]), os.getcwd(), listing, begun])  # noqa: PTH109 -- text
    return Path(folder) / "typed-artifacts" / "names" / sha256(key.encode()).hexdigest()[:32]


def _read_cache(path: Path | None) -> list[str] | None:
    if path is None:
        return None
    with suppress(OSError, ValueError):
        if 0 <= time.time() - path.stat().st_mtime < _KEPT_SECONDS:
            return [str(each) for each in json.loads(path.read_text(encoding="utf-8"))]
        path.unlink()
    return None


def _write_cache(path: Path | None, names: Sequence[str]) -> None:
    if path is None:
        return
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        part.touch(mode=0o600)
        part.write_text(json.dumps(list(names)), encoding="utf-8")
        part.replace(path)
