"""`typed-artifacts key`: the API keys of an embedded registry."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from typed_artifacts.cli.output.texts import clean
from typed_artifacts.cli.registry_options import (
    DEFAULT_ROOT,
    Database,
    ExistingRoot,
    Files,
    NewRoot,
    opened_registry,
)

if TYPE_CHECKING:
    from typed_artifacts.local import ApiKey

key_app: typer.Typer = typer.Typer(
    help="Create, list and revoke the API keys of a registry.", no_args_is_help=True
)

_Owner: TypeAlias = Annotated[
    str | None, typer.Argument(metavar="[USER]", help="The same as --user.")
]
_User: TypeAlias = Annotated[str | None, typer.Option(help="The user of the key, created if new.")]
_Teams: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(help="A team that the user joins, created if new; repeatable."),
]
_Note: TypeAlias = Annotated[str, typer.Option(help="A note on what the key is for.")]
_Key: TypeAlias = Annotated[str, typer.Argument(help="The key, or its number in the list.")]
_UserOfAll: TypeAlias = Annotated[str, typer.Option(help="All keys of this user instead.")]


@key_app.command("add")
def add(
    name_of_user: _Owner = None,
    user: _User = None,
    team: _Teams = None,
    root: NewRoot = DEFAULT_ROOT,
    database: Database = None,
    files: Files = None,
    name: _Note = "",
) -> None:
    """Create an API key for a user and print it. It cannot be shown again.

    As soon as two users have keys, each may read and change only their own projects, those of their
    teams, and projects that are open to all users.
    """
    owner = user or name_of_user
    if owner is None or (user and name_of_user):
        raise typer.BadParameter("Say once whose key it is: --user NAME.")
    with opened_registry(root, database, files) as registry:
        typer.echo(registry.add_key(owner, name=name, teams=team or ()))


@key_app.command("list")
def list_(
    root: ExistingRoot = DEFAULT_ROOT,
    database: Database = None,
    files: Files = None,
) -> None:
    """List the keys: number, user, teams, note, creation time. Keys are not shown."""
    with opened_registry(root, database, files, existing=True) as registry:
        _print(registry.list_keys())


@key_app.command("revoke")
def revoke(
    key: _Key = "",
    user: _UserOfAll = "",
    root: ExistingRoot = DEFAULT_ROOT,
    database: Database = None,
    files: Files = None,
) -> None:
    """Revoke a key, or all keys of a user, immediately, also on running servers."""
    if bool(key) == bool(user):
        raise typer.BadParameter("Say which key: the key or its number, or --user NAME.")
    with opened_registry(root, database, files, existing=True) as registry:
        _print(registry.revoke_keys(key=key, user=user))


def _print(keys: Iterable[ApiKey]) -> None:
    for key in keys:
        teams = ", ".join(key.teams) or "-"
        cells = (str(key.id), key.user, teams, key.name or "-", str(key.created_at))
        typer.echo("\t".join(map(clean, cells)))
