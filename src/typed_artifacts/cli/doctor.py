"""`typed-artifacts doctor`: what a server's schema means for each call, before it is needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from typed_artifacts.cli.options import AsJson, Root
from typed_artifacts.cli.output import clean, console, error_line, write_object
from typed_artifacts.errors import ArtifactsError, InvalidInput

if TYPE_CHECKING:
    from typed_artifacts import Api
    from typed_artifacts._domain.doctor import Diagnosis

_MARKS = {"works": "green", "degraded": "yellow", "broken": "red"}


def doctor(
    url: Annotated[
        str | None,
        typer.Argument(help="The server; otherwise the one that the environment names."),
    ] = None,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Ask a server what it has, and tell which calls work, are degraded or broken.

    Sends two queries and no mutation. Exits with 0 where all calls work, with 1 where some are
    degraded, with 2 where some are broken or the server cannot be asked.
    """
    from typed_artifacts._domain.doctor import Health, diagnose, features_of
    from typed_artifacts._domain.introspection import SERVER_TYPES
    from typed_artifacts._requests.operation import NO_VARIABLES

    try:
        with _opened(url, root) as api:
            known = features_of(api.client.queries.server_features())
            found = diagnose(api.client.execute(SERVER_TYPES, NO_VARIABLES, subject="its schema"))
            where = api.client.settings.base_url
    except (ArtifactsError, OSError) as error:
        error_line(str(error))
        raise typer.Exit(Health.BROKEN) from error
    worst = max((item.health for item in found), default=Health.WORKS)
    if as_json:
        write_object(_as_json(where, known, found))
    else:
        _show(where, known, found)
    raise typer.Exit(worst)


def _opened(url: str | None, root: Path | None) -> Api:
    from typed_artifacts import Api, RetryPolicy

    if root is None:
        return Api(base_url=url, retry=RetryPolicy(tries=4))
    if url is not None:
        raise InvalidInput("Give a server or --root, not both.")
    if not (root / "registry.db").is_file():
        raise InvalidInput(f"There is no registry in {root}.")
    return Api.local(root)


def _as_json(
    where: str, features: Mapping[str, bool] | None, found: Iterable[Diagnosis]
) -> dict[str, object]:
    return {
        "server": where,
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


def _show(where: str, features: Mapping[str, bool] | None, found: Iterable[Diagnosis]) -> None:
    from rich.table import Table
    from rich.text import Text

    out = console()
    off = sorted(name for name, on in (features or {}).items() if not on)
    if features is None:
        out.print(Text(f"{where} does not tell its features."))
    else:
        known = f"{len(features) - len(off)} of {len(features)} features"
        out.print(Text(clean(f"{where}: {known}{', without ' + ', '.join(off) if off else ''}")))
    shown = Table(box=None, pad_edge=False)
    for title in ("call", "health", "why"):
        shown.add_column(title, overflow="fold")
    for item in found:
        word = item.health.name.lower()
        why = "\n".join(clean(each.words) for each in item.findings)
        shown.add_row(item.call, Text(word, style=_MARKS[word]), Text(why))
    out.print(shown)
