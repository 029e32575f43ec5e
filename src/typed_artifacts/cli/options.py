"""Options that several commands share."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias, TypeVar

import typer

from typed_artifacts.cli.advice import in_options
from typed_artifacts.cli.completion.names import (
    complete_collection,
    complete_project,
    complete_version,
)
from typed_artifacts.cli.given_paths import given_path
from typed_artifacts.errors import InvalidInput

if TYPE_CHECKING:
    from typed_artifacts import JsonValue

ChoiceT = TypeVar("ChoiceT")

Root: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--root",
        envvar="TYPED_ARTIFACTS_ROOT",
        metavar="DIR",
        help="The same as --registry (older name).",
        parser=given_path,
    ),
]
AsJson: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Write a JSON array instead of a table.")
]
JsonObject: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Write a JSON object instead of a sentence.")
]
Version: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="ARTIFACT",
        help="[[entity/]project/]collection[:alias]",
        autocompletion=complete_version,
    ),
]
Project: TypeAlias = Annotated[
    str,
    typer.Argument(metavar="PROJECT", help="[entity/]project", autocompletion=complete_project),
]
Collection: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="COLLECTION",
        help="[[entity/]project/]collection",
        autocompletion=complete_collection,
    ),
]
Columns: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--columns",
        metavar="NAMES",
        help="Only these columns, separated by commas; versions have metadata.KEY, too.",
    ),
]
AsCsv: TypeAlias = Annotated[bool, typer.Option("--csv", help="Write CSV, with a header.")]
Quiet: TypeAlias = Annotated[
    bool, typer.Option("--quiet", "-q", help="Write only names, one per line.")
]
Limit: TypeAlias = Annotated[
    int | None,
    typer.Option("--limit", min=1, metavar="N", help="Stop after N items; default: all."),
]
PerPage: TypeAlias = Annotated[
    int, typer.Option("--per-page", min=1, metavar="N", help="The number of items per request.")
]
Order: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--order", metavar="FIELD", help="Sort by this field; -FIELD sorts in descending order."
    ),
]

Include: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--include",
        metavar="PATTERN",
        help="Only files that match, as in a .gitignore; repeatable.",
    ),
]
Exclude: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="PATTERN", help="Leave out files that match; repeatable."),
]
Folder: TypeAlias = Annotated[
    Path | None,
    typer.Argument(
        metavar="FOLDER",
        help="The folder; default: ./artifacts/collection:version.",
        parser=given_path,
    ),
]
Workers: TypeAlias = Annotated[
    int,
    typer.Option("--workers", min=1, metavar="N", help="The maximum number of files at a time."),
]
Yes: TypeAlias = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def parsed_object(text: str | None, option: str, example: str) -> dict[str, JsonValue] | None:
    """An option's JSON object; ``None`` without the option.

    Args:
        text: what was given.
        option: the option's name.
        example: an object such as is meant.

    Raises:
        BadParameter: it is no JSON, or no object.
    """
    if text is None:
        return None
    try:
        found: JsonValue = json.loads(text)
    except json.JSONDecodeError as error:
        raise typer.BadParameter(f"{option} is no JSON: {error}.") from error
    except ValueError as error:  # Python's limit of the digits of an integer
        raise typer.BadParameter(f"{option} has an integer of too many digits.") from error
    except RecursionError as error:
        raise typer.BadParameter(f"{option} is nested too deeply.") from error
    if not isinstance(found, dict):
        raise typer.BadParameter(f"{option} must be a JSON object, such as {example}.")
    return found


def choice(check: Callable[[str], ChoiceT], text: str) -> ChoiceT:
    """An option's value that is one of a few, as the library checks it.

    Raises:
        BadParameter: it is none of them.
    """
    try:
        return check(text)
    except InvalidInput as error:
        raise typer.BadParameter(in_options(str(error))) from error
