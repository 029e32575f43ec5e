"""Builds ``OfflineError``, with the command that fetches what is missing. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._environment.hosts import DEFAULT_BASE_URL
from ..._values.command_lines import quoted, with_variables
from ..._values.quantities import count_text
from ..._values.shown import first_few
from ...errors import OfflineError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta
    from pathlib import Path

    from ...settings import Settings


def not_cached(
    settings: Settings, path: str, names: Sequence[str], root: Path | None = None
) -> OfflineError:
    """The error for files whose content is not in the cache folder.

    Args:
        settings: where that is.
        path: the version's.
        names: of the files.
        root: where they were wanted.
    """
    command = fetch_command(settings, path, root)
    shown = first_few(names, 3, repr)
    count = count_text(len(names), "file")
    return OfflineError(
        f"The client is offline, and the cache folder{named_folder(settings)} lacks {count} of "
        f"{path} ({shown}). Where the server can be reached, `{command}` fetches what is lacking.",
        command=command,
        subject=path,
    )


def fetch_command(settings: Settings, path: str, root: Path | None = None) -> str:
    """The command that brings a version into the cache folder."""
    variables = {"WANDB_MODE": "online", "WANDB_CACHE_DIR": str(settings.cache_dir or "FOLDER")}
    words = ["typed-artifacts", "download", path]
    if root is not None:
        words.append(str(root))
    if settings.base_url != DEFAULT_BASE_URL:
        words += ["--base-url", settings.base_url]
    return with_variables(variables, " ".join(map(quoted, words)))


def named_folder(settings: Settings) -> str:
    """The cache folder, to be put after its name in a sentence."""
    return f" {settings.cache_dir}" if settings.cache_dir else ", as WANDB_CACHE_DIR names none"


def cache_holds(settings: Settings, names: Sequence[str]) -> str:
    """A sentence that lists what the cache folder has instead."""
    shown = first_few(names, 5)
    return f"It has {shown}." if shown else f"It has none of {settings.base_url}."


def rough_age(age: timedelta) -> str:
    """A time span as a person says it: its greatest unit."""
    seconds = age.total_seconds()
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        if seconds >= length:
            return count_text(int(seconds // length), unit)
    return "0 seconds"
