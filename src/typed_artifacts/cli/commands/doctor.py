"""`typed-artifacts doctor`: checks which calls work with a server's schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from typed_artifacts.cli.connection import registry_folder
from typed_artifacts.cli.failures import error_text
from typed_artifacts.cli.given_paths import was_given
from typed_artifacts.cli.options import Root
from typed_artifacts.cli.output.json_text import write_object
from typed_artifacts.cli.output.tables import Column, write_table
from typed_artifacts.cli.output.terminal import error_line, say
from typed_artifacts.cli.servers import Registry
from typed_artifacts.errors import ArtifactsError

if TYPE_CHECKING:
    from typed_artifacts import Api
    from typed_artifacts._domain.doctor.call_checks import Diagnosis


def doctor(
    ctx: typer.Context,
    url: Annotated[
        str | None,
        typer.Argument(help="The server; default: from the environment."),
    ] = None,
    root: Root = None,
    registry: Registry = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write a JSON object instead of a table.")
    ] = False,
) -> None:
    """Check which calls work on a server, are degraded or broken.

    Sends two queries, or three to an older server, and no mutation. Exits with 0 where all calls
    work, with 1 where some are degraded, with 2 where some are broken or nothing can be asked.
    """
    from typed_artifacts._domain.client.identity import features_of
    from typed_artifacts._domain.doctor.call_checks import diagnose
    from typed_artifacts._domain.doctor.findings import Health
    from typed_artifacts._domain.doctor.introspection import SERVER_TYPES
    from typed_artifacts._requests.operation import NO_VARIABLES

    try:
        with _opened(url, root, registry, ctx) as api:
            known = features_of(api.client.queries.server_features())
            found = diagnose(api.client.execute(SERVER_TYPES, NO_VARIABLES, subject="its schema"))
            base_url = api.client.settings.base_url
    except (ArtifactsError, OSError) as error:
        error_line(error_text(error))
        raise typer.Exit(Health.BROKEN) from error
    worst = max((item.health for item in found), default=Health.WORKS)
    if as_json:
        write_object(_as_json(base_url, known, found))
    else:
        _show(base_url, known, found)
    raise typer.Exit(worst)


def _opened(url: str | None, root: Path | None, registry: Path | None, ctx: typer.Context) -> Api:
    from typed_artifacts import Api, RetryPolicy

    # A given server takes precedence over the registry of the environment.
    folder = root if registry is None else registry
    if folder is None or (url is not None and registry is None and not was_given(ctx, "root")):
        return Api(base_url=url, retry=RetryPolicy(tries=4))
    if url is not None:
        option = "--root" if registry is None else "--registry"
        raise typer.BadParameter(f"Give a server or {option}, not both.")
    return Api.local(registry_folder(folder))


def _as_json(
    base_url: str, features: Mapping[str, bool] | None, found: Iterable[Diagnosis]
) -> dict[str, object]:
    return {
        "server": base_url,
        "features": features,
        "calls": [
            {
                "call": item.call,
                "health": item.health.name.lower(),
                "operations": item.operations,
                "findings": [
                    {"health": each.health.name.lower(), "words": each.words}
                    for each in item.findings
                ],
            }
            for item in found
        ],
    }


def _show(base_url: str, features: Mapping[str, bool] | None, found: Iterable[Diagnosis]) -> None:
    off = sorted(name for name, on in (features or {}).items() if not on)
    if features is None:
        say(f"{base_url} does not tell its features.")
    else:
        known = f"{len(features) - len(off)} of {len(features)} features"
        say(f"{base_url}: {known}{', without ' + ', '.join(off) if off else ''}")
    write_table(
        found,
        [
            Column("call", lambda item: item.call, whole=True),
            Column("health", lambda item: item.health.name.lower(), whole=True),
            Column("why", lambda item: "; ".join(each.words for each in item.findings), rank=1),
        ],
        plain=True,
    )
