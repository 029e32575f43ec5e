"""Reads settings files and netrc."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..errors import InvalidInput
from .paths import user_path
from .variables import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .variables import Environ


class Stored(NamedTuple):
    """Something that a file says.

    Attributes:
        value: what it says.
        source: which file, in words.
        server: the server that the same file names.
    """

    value: Secret
    source: str
    server: str | None = None


def settings_files(env: Environ) -> dict[str, Stored]:
    """What the settings files say: the user's, and over it the folder's own.

    Raises:
        InvalidInput: a file is there and cannot be read.
    """
    folder = env.text("WANDB_CONFIG_DIR")
    home_folder = _home(env)
    found: dict[str, Stored] = {}
    paths = [user_path(folder, "WANDB_CONFIG_DIR") / "settings"] if folder else []
    if not folder and home_folder is not None:
        paths = [home_folder / ".config" / "wandb" / "settings"]
    for path in [*paths, Path("wandb") / "settings"]:
        found |= _read_settings(path)
    return found


def _read_settings(path: Path) -> dict[str, Stored]:
    if not _is_file(path):
        return {}
    from configparser import ConfigParser, Error

    parser = ConfigParser(interpolation=None)
    try:
        parser.read(path, encoding="utf-8")
    except (Error, OSError, UnicodeDecodeError) as error:
        # The parser's own message would quote the line, which may hold a key.
        kind = type(error).__name__
        raise InvalidInput(f"The settings file {path} cannot be read ({kind}).") from None
    if not parser.has_section("default"):
        return {}
    source = f"the settings file {path}"
    section = parser["default"]
    server = section.get("base_url") or None
    return {name: Stored(Secret(value), source, server) for name, value in section.items()}


def _home(env: Environ) -> Path | None:
    home = env.text("HOME") or env.text("USERPROFILE")
    return Path(home) if home else None


def netrc_key(env: Environ, names: Sequence[str]) -> Stored | None:
    """The password of the first of these hosts that netrc knows, or of its ``default`` entry.

    The file is only read.
    """
    path = _existing_netrc(env)
    if path is None:
        return None
    try:
        hosts = read_netrc(path)
    except InvalidInput:
        return None  # as the official client does: a broken netrc counts as none
    for name in (*names, "default"):
        if password := (hosts.get(name) or ("", "", ""))[2]:
            return Stored(Secret(password), f"the netrc file {path}, entry {name}")
    return None


def netrc_problem(env: Environ) -> str | None:
    """A sentence about a netrc that is there and cannot be read; ``None`` for any other."""
    path = _existing_netrc(env)
    if path is not None:
        try:
            read_netrc(path)
        except InvalidInput as error:
            return str(error)
    return None


def read_netrc(path: Path) -> Mapping[str, tuple[str | None, str | None, str | None]]:
    """The login, account and password of each host of a netrc.

    Raises:
        InvalidInput: it is there and cannot be read.
    """
    from netrc import NetrcParseError, netrc

    try:
        return netrc(path).hosts
    except FileNotFoundError:
        return {}
    except (NetrcParseError, OSError, UnicodeDecodeError) as error:
        # The parser's message may quote a password in the wrong place.
        line = getattr(error, "lineno", None)
        at = "" if line is None else f" near line {line}"
        raise InvalidInput(
            f"The netrc file {path} cannot be read{at}: mend it, or name another in NETRC."
        ) from None


def netrc_path(env: Environ) -> Path | None:
    """Where the netrc is, or would be made; ``None`` where there is no home."""
    if given := env.text("NETRC"):
        return user_path(given, "NETRC")
    home_folder = _home(env)
    if home_folder is None:
        return None
    paths = [home_folder / name for name in (".netrc", "_netrc")]
    return next((path for path in paths if _is_file(path)), paths[0])


def _existing_netrc(env: Environ) -> Path | None:
    path = netrc_path(env)
    return path if path is not None and _is_file(path) else None


def _is_file(path: Path) -> bool:
    return os.path.isfile(path)  # noqa: PTH113 -- Path's raises below a folder that is closed to us
