"""`typed-artifacts login` and `typed-artifacts whoami`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from typed_artifacts.cli.connection import opened
from typed_artifacts.cli.failures import reported
from typed_artifacts.cli.given_paths import given_name
from typed_artifacts.cli.options import JsonObject, Root
from typed_artifacts.cli.output.json_text import write_object
from typed_artifacts.cli.output.terminal import say
from typed_artifacts.errors import AuthenticationError, InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

    from typed_artifacts import Identity
    from typed_artifacts._environment.variables import Secret

_BEFORE_NETRC = ("WANDB_API_KEY", "WANDB_IDENTITY_TOKEN_FILE")


def whoami(root: Root = None, as_json: JsonObject = False) -> None:
    """Show the user, and the key or token in use. One request."""
    with opened(root) as api:
        found = api.whoami()
    if as_json:
        write_object(_as_json(found))
        return
    on = None if found.features is None else sum(found.features.values())
    features = "not told" if on is None else f"{on} of {len(found.features or ())} on"
    for name, value in (
        ("user", found.user or "not told"),
        ("entity", found.entity or "none"),
        ("teams", ", ".join(found.teams) or "none"),
        ("server", found.server),
        ("source", found.source or "none"),
        ("features", features),
    ):
        say(f"{name + ':':<10}{value}")


def _as_json(found: Identity) -> dict[str, object]:
    return {
        "user": found.user,
        "entity": found.entity,
        "teams": list(found.teams),
        "server": found.server,
        "source": found.source,
        "features": None if found.features is None else dict(found.features),
    }


def login(
    base_url: Annotated[
        str | None,
        typer.Option(
            "--base-url",
            metavar="URL",
            help="The server; default: from the environment.",
            callback=given_name,
        ),
    ] = None,
) -> None:
    """Save an API key for a server in netrc, as `wandb login` does.

    The key is prompted for without being shown, or read from stdin if that is not a terminal.
    It is checked with one request; nothing is written if the server does not know it.
    """
    from typed_artifacts._environment.files import read_netrc
    from typed_artifacts._environment.netrc_entries import write_key

    with reported():
        server = _address(base_url)
    with reported():
        path = _netrc()
        read_netrc(path)  # a key written into a file that cannot be read would never be found
        key = _asked_key()
        user = _checked(server, key)
        write_key(path, urlsplit(server).netloc, key)
        say(f"Logged in to {server} as {user}; the key is in {path}.")
        for name in _BEFORE_NETRC:
            if os.environ.get(name):
                say(f"The variable {name} is set, and goes before netrc.")


def _address(base_url: str | None) -> str:
    """The address of the server, checked before anybody is asked for a key."""
    from typed_artifacts._environment.variables import Secret
    from typed_artifacts.settings import resolve

    return resolve(base_url=base_url, api_key=Secret("0" * 40)).base_url


def _netrc() -> Path:
    from typed_artifacts._environment.files import netrc_path
    from typed_artifacts._environment.variables import Environ

    path = netrc_path(Environ(None))
    if path is None:
        raise InvalidInput("There is no home to keep the key in; name a file in NETRC.")
    return path


def _asked_key() -> Secret:
    """The key, from a prompt or from a pipe."""
    from typed_artifacts._environment.variables import Secret

    if sys.stdin.isatty():
        # `click.prompt` asks for ever if standard input is closed.
        from getpass import getpass

        try:
            key = Secret(getpass("API key: ", sys.stderr).strip())
        except EOFError:
            sys.stderr.write("\n")
            key = Secret("")
    else:
        key = Secret(sys.stdin.read().strip())
    if not key:
        raise InvalidInput("No key was given; nothing was written.")
    return key


def _checked(server: str, key: Secret) -> str | None:
    """Whom the key belongs to. One request."""
    from typed_artifacts import Api, RetryPolicy

    with Api(base_url=server, api_key=key, retry=RetryPolicy(tries=4)) as api:
        try:
            return api.viewer.username
        except AuthenticationError as error:
            reason = f" ({error.server_says})" if error.server_says else ""
            raise AuthenticationError(
                f"{server} does not know this key{reason}; nothing was written."
            ) from error
