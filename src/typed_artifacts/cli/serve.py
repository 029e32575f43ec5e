"""`typed-artifacts serve` and `typed-artifacts key`: the embedded server."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from typed_artifacts._environment.paths import user_path
from typed_artifacts._environment.registry_folder import DATABASE, FILES
from typed_artifacts._transfer.disk.folders import is_folder, status_of
from typed_artifacts.cli.options import Database, Files, reported
from typed_artifacts.errors import InvalidInput

if TYPE_CHECKING:
    from typed_artifacts.local import ApiKey, Registry, TrustedIssuer

key_app: typer.Typer = typer.Typer(
    help="Create, list and revoke the API keys of a registry.", no_args_is_help=True
)

_ROOT = typer.Option("--root", help="The registry's folder; created if it does not exist.")
ExistingRoot: TypeAlias = Annotated[Path, typer.Option("--root", help="The registry's folder.")]
DEFAULT_ROOT = Path("typed-artifacts-registry")


def folder_of(root: Path, database: str | None, files: str | None) -> Path | None:
    """The folder that is meant; none where everything is elsewhere, and none was named."""
    if root == DEFAULT_ROOT and database and files:
        return None
    return user_path(root, "--root")


def existing_folder(root: Path, database: str | None, files: str | None) -> Path | None:
    """The folder that is meant, which holds a registry: `Registry` would make one.

    Raises:
        InvalidInput: it holds none.
    """
    folder = folder_of(root, database, files)
    if folder is not None and database is None and not _is_registry(folder):
        raise InvalidInput(f"There is no registry in {folder}; name its folder with --root.")
    return folder


def _is_registry(folder: Path) -> bool:
    """Whether a folder holds a registry, or what is left of one without its database."""
    return is_folder(folder) and any(
        status_of(folder / name) is not None for name in (DATABASE, FILES)
    )


def serve(
    root: Annotated[Path, _ROOT] = DEFAULT_ROOT,
    database: Database = None,
    files: Files = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="The port to listen on; 0: any free port.")
    ] = 8080,
    open_: Annotated[
        bool,
        typer.Option("--open", help="Accept any key as the name of a user (loopback only)."),
    ] = False,
    features: Annotated[
        str, typer.Option(help="all, none, or NAME,NAME: the server features to have.")
    ] = "all",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="Another name of the server, behind a proxy; repeatable."),
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(
            help="Allow web pages of this origin, such as https://example.org; repeatable."
        ),
    ] = None,
    max_file_size: Annotated[
        int, typer.Option(min=1, help="The maximum size of a file, in GiB.")
    ] = 64,
    region: Annotated[
        list[str] | None,
        typer.Option(
            help="A storage region to accept; its files are stored here, too; repeatable."
        ),
    ] = None,
    grace: Annotated[
        float,
        typer.Option(
            min=0, max=1_000_000, help="Seconds that running requests may take on shutdown."
        ),
    ] = 10,
    gc_every: Annotated[
        float,
        typer.Option(
            "--gc-every",
            min=0,
            max=1_000_000,
            metavar="HOURS",
            help="Collect garbage at this interval; 0: never.",
        ),
    ] = 0,
    issuer_key: Annotated[
        Path | None,
        typer.Option(help="A PEM file with a public key: users sign in with tokens signed by it."),
    ] = None,
    issuer: Annotated[
        str | None, typer.Option(help="The required issuer (iss) of these tokens.")
    ] = None,
    audience: Annotated[
        str | None, typer.Option(help="The required audience (aud) of these tokens.")
    ] = None,
    issuer_user: Annotated[
        list[str] | None,
        typer.Option(metavar="SUBJECT=USER", help="The user of a token's subject; repeatable."),
    ] = None,
) -> None:
    """Serve a registry over HTTP, for this client and the official one."""
    with reported():
        from typed_artifacts.local import serve as serve_registry

        serve_registry(
            folder_of(root, database, files),
            database=database,
            files=files,
            host=host,
            port=port,
            open_=open_,
            features=features,
            allow_hosts=allow_host or (),
            allow_origins=allow_origin or (),
            most_file_bytes=max_file_size << 30,
            regions=region or (),
            grace=grace,
            gc_hours=gc_every,
            issuer=_trusted(issuer_key, issuer, audience, issuer_user),
        )


def _trusted(
    key: Path | None, issuer: str | None, audience: str | None, users: list[str] | None
) -> "TrustedIssuer | None":
    """Whose tokens a server takes, from what was given on the command line."""
    if key is None:
        if issuer or audience or users:
            raise typer.BadParameter("Name the key of the issuer as well: --issuer-key FILE.")
        return None
    from typed_artifacts.local import TrustedIssuer

    pairs = [text.partition("=") for text in users or ()]
    if not all(subject and user for subject, _, user in pairs):
        raise typer.BadParameter("Say --issuer-user SUBJECT=USER.")
    try:
        text = user_path(key, "--issuer-key").read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"The key file {key} cannot be read: {error}.") from error
    mapping = {subject: user for subject, _, user in pairs} or None
    return TrustedIssuer(text, issuer=issuer, audience=audience, users=mapping)


@key_app.command("add")
def add(
    name_of_user: Annotated[
        str | None, typer.Argument(metavar="[USER]", help="The same as --user.")
    ] = None,
    user: Annotated[str | None, typer.Option(help="The user of the key, created if new.")] = None,
    team: Annotated[
        list[str] | None,
        typer.Option(help="A team that the user joins, created if new; repeatable."),
    ] = None,
    root: Annotated[Path, _ROOT] = DEFAULT_ROOT,
    database: Database = None,
    files: Files = None,
    name: Annotated[str, typer.Option(help="A note on what the key is for.")] = "",
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
    key: Annotated[str, typer.Argument(help="The key, or its number in the list.")] = "",
    user: Annotated[str, typer.Option(help="All keys of this user instead.")] = "",
    root: ExistingRoot = DEFAULT_ROOT,
    database: Database = None,
    files: Files = None,
) -> None:
    """Revoke a key, or all keys of a user, immediately, also on running servers."""
    if bool(key) == bool(user):
        raise typer.BadParameter("Say which key: the key or its number, or --user NAME.")
    with opened_registry(root, database, files, existing=True) as registry:
        _print(registry.revoke_keys(key=key, user=user))


def _print(keys: "Iterable[ApiKey]") -> None:
    for key in keys:
        teams = ", ".join(key.teams) or "-"
        typer.echo(f"{key.id}\t{key.user}\t{teams}\t{key.name or '-'}\t{key.created_at}")


@contextmanager
def opened_registry(
    root: Path, database: str | None, files: str | None, *, existing: bool = False
) -> "Generator[Registry]":
    """The registry in a folder; what goes wrong is told as one line."""
    with reported():
        from typed_artifacts.local import Registry

        folder = (existing_folder if existing else folder_of)(root, database, files)
        with Registry(folder, database=database, files=files) as registry:
            yield registry
