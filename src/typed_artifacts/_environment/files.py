"""What the user has stored: settings files and netrc. Read, never written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InvalidInput
from .variables import Secret, secret

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .variables import Environ


def settings_files(env: Environ) -> dict[str, Secret]:
    """What the settings files say: the user's, and over it the folder's own.

    Raises:
        InvalidInput: a file is there and cannot be read.
    """
    folder = env.text("WANDB_CONFIG_DIR")
    home = _home(env)
    found: dict[str, Secret] = {}
    paths = [Path(folder) / "settings"] if folder else []
    if not folder and home is not None:
        paths = [home / ".config" / "wandb" / "settings"]
    for path in [*paths, Path("wandb") / "settings"]:
        found |= _read_settings(path)
    return found


def _read_settings(path: Path) -> dict[str, Secret]:
    if not path.is_file():
        return {}
    from configparser import ConfigParser, Error

    parser = ConfigParser(interpolation=None)
    try:
        parser.read(path, encoding="utf-8")
    except (Error, OSError, UnicodeDecodeError) as error:
        # The reader's own words quote the lines that it stumbled over.
        kind = type(error).__name__
        raise InvalidInput(f"The settings file {path} cannot be read ({kind}).") from None
    if not parser.has_section("default"):
        return {}
    return {name: Secret(value) for name, value in parser["default"].items()}


def _home(env: Environ) -> Path | None:
    home = env.text("HOME") or env.text("USERPROFILE")
    return Path(home) if home else None


def netrc_key(env: Environ, names: Sequence[str]) -> Secret | None:
    """The password of the first of these hosts that netrc knows; the file is only read."""
    path = _netrc_path(env)
    if path is None:
        return None
    from netrc import NetrcParseError, netrc

    try:
        hosts = netrc(path).hosts
    except (NetrcParseError, OSError, UnicodeDecodeError):
        return None  # as the official client: a broken netrc is no netrc
    return next((secret(hosts[name][2]) for name in names if name in hosts), None)


def _netrc_path(env: Environ) -> Path | None:
    if given := env.text("NETRC"):
        path = Path(given).expanduser()
        return path if path.is_file() else None
    home = _home(env)
    if home is None:
        return None
    return next((path for name in (".netrc", "_netrc") if (path := home / name).is_file()), None)
