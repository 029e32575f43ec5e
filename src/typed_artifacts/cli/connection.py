"""Opens the `Api` that a command works on: a server, or an embedded registry."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from typed_artifacts.cli.failures import reported
from typed_artifacts.cli.servers import Server, chosen_server
from typed_artifacts.errors import InvalidInput

if TYPE_CHECKING:
    from typed_artifacts import Api, RetryPolicy


@contextmanager
def opened(root: Path | None) -> Generator[Api]:
    """Open the server that the environment names, or the embedded registry in a folder.

    What goes wrong inside is reported as one line, and the command leaves with exit code 1.
    """
    from typed_artifacts import RetryPolicy  # `--help` needs no client

    with reported():
        # A person waits at the terminal: fewer retries than in a pipeline.
        patience = RetryPolicy(tries=4)
        with connected(chosen_server(), root, retry=patience) as api:
            yield api


def connected(
    server: Server, root: Path | None, *, retry: RetryPolicy, timeout: float | None = None
) -> Api:
    """The ``Api`` of the given server, or else of the registry in a folder.

    Args:
        server: what the options say.
        root: the folder that an option or the environment names.
        retry: how patiently a server is asked.
        timeout: seconds that a request to a server may take.

    Raises:
        InvalidInput: there is no registry in the folder.
    """
    from typed_artifacts import Api  # `--help` needs no client

    # A given address takes precedence over the registry of the environment.
    folder = server.registry or (root if server.base_url is None else None)
    if folder is not None:
        return Api.local(registry_folder(folder), entity=server.entity, project=server.project)
    return Api(
        base_url=server.base_url,
        entity=server.entity,
        project=server.project,
        timeout=timeout,
        retry=retry,
    )


def registry_folder(root: Path) -> Path:
    """The folder of a registry that is there: ``Api.local`` would make one.

    Raises:
        InvalidInput: there is none.
    """
    from typed_artifacts._environment.paths import user_path
    from typed_artifacts._environment.registry_folder import has_database

    folder = user_path(root, "The folder of a registry")
    if not has_database(folder):
        raise InvalidInput(
            f"There is no registry in {folder}; name the folder that "
            "`typed-artifacts serve --registry` or `Api.local` was given."
        )
    return folder
