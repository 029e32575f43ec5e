"""`typed-artifacts serve`: serves an embedded registry over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from typed_artifacts._environment.paths import user_path
from typed_artifacts.cli.failures import reported
from typed_artifacts.cli.given_paths import given_name, given_path
from typed_artifacts.cli.registry_options import DEFAULT_ROOT, Database, Files, NewRoot, folder_of

if TYPE_CHECKING:
    from typed_artifacts.local import TrustedIssuer

_Host: TypeAlias = Annotated[str, typer.Option(help="The address to listen on.")]
_Port: TypeAlias = Annotated[
    int, typer.Option(min=0, max=65_535, help="The port to listen on; 0: any free port.")
]
_Open: TypeAlias = Annotated[
    bool,
    typer.Option("--open", help="Accept any key as the name of a user (loopback only)."),
]
_Features: TypeAlias = Annotated[
    str, typer.Option(help="all, none, or NAME,NAME: the server features to have.")
]
_AllowHosts: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(help="Another name of the server, behind a proxy; repeatable."),
]
_AllowOrigins: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(help="Allow web pages of this origin, such as https://example.org; repeatable."),
]
_MaxFileSize: TypeAlias = Annotated[
    int, typer.Option(min=1, help="The maximum size of a file, in GiB.")
]
_Regions: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(help="A storage region to accept; its files are stored here, too; repeatable."),
]
_Grace: TypeAlias = Annotated[
    float,
    typer.Option(min=0, max=1_000_000, help="Seconds that running requests may take on shutdown."),
]
_GcEvery: TypeAlias = Annotated[
    float,
    typer.Option(
        "--gc-every",
        min=0,
        max=1_000_000,
        metavar="HOURS",
        help="Collect garbage at this interval; 0: never.",
    ),
]
_IssuerKey: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="A PEM file with a public key: users sign in with tokens signed by it.",
        parser=given_path,
    ),
]
_Issuer: TypeAlias = Annotated[
    str | None,
    typer.Option(help="The required issuer (iss) of these tokens.", callback=given_name),
]
_Audience: TypeAlias = Annotated[
    str | None,
    typer.Option(help="The required audience (aud) of these tokens.", callback=given_name),
]
_IssuerUsers: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(metavar="SUBJECT=USER", help="The user of a token's subject; repeatable."),
]


def serve(
    root: NewRoot = DEFAULT_ROOT,
    database: Database = None,
    files: Files = None,
    host: _Host = "127.0.0.1",
    port: _Port = 8080,
    open_: _Open = False,
    features: _Features = "all",
    allow_host: _AllowHosts = None,
    allow_origin: _AllowOrigins = None,
    max_file_size: _MaxFileSize = 64,
    region: _Regions = None,
    grace: _Grace = 10,
    gc_every: _GcEvery = 0,
    issuer_key: _IssuerKey = None,
    issuer: _Issuer = None,
    audience: _Audience = None,
    issuer_user: _IssuerUsers = None,
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
            issuer=_trusted_issuer(issuer_key, issuer, audience, issuer_user),
        )


def _trusted_issuer(
    key: Path | None, issuer: str | None, audience: str | None, users: list[str] | None
) -> TrustedIssuer | None:
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
    mapping = {subject: user for subject, _, user in pairs}
    if len(mapping) < len(pairs):
        raise typer.BadParameter("--issuer-user names a subject twice.")
    return TrustedIssuer(text, issuer=issuer, audience=audience, users=mapping or None)
