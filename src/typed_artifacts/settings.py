"""Where the server is and who asks: arguments, ``WANDB_*`` variables, netrc, the settings file.

Everything here is read, nothing is written, and no request is sent. Precedence, highest first:
an argument, the environment, (for the key: netrc), the settings files, the default.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_BASE_URL = "https://api.forge.coreweave.com"
DEFAULT_PROJECT = "uncategorized"
DEFAULT_TIMEOUT = 19.0

# The former home of the hosted service: its netrc entry still opens the present one.
_FORMER_HOST = "api.wandb.ai"
_ALLOW_HTTP = "TYPED_ARTIFACTS_ALLOW_HTTP"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a client needs to know before its first request; the key stays out of the ``repr``."""

    base_url: str
    api_key: str | None = field(repr=False)
    entity: str | None
    project: str
    timeout: float
    """Seconds that one request may take."""
    verify_tls: bool = True
    proxies: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    app_url: str = ""
    """Where a person looks at things in a browser; derived from the base URL unless given."""
    cache_dir: Path | None = None
    """A folder for verified file contents, shared between downloads; ``None`` means no cache."""
    artifact_dir: Path | None = None
    """Where ``Artifact.download()`` puts things when it is given no root."""


def resolve(
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    entity: str | None = None,
    project: str | None = None,
    timeout: float | None = None,
    allow_http: bool = False,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Settle every setting from arguments, then the environment, then files.

    Args:
        base_url: the server, such as ``https://api.wandb.ai``.
        api_key: the key; better given by the environment or netrc.
        entity: the default user or team; without one the server is asked, when it matters.
        project: the default project.
        timeout: seconds that one request may take.
        allow_http: send the key over plain http to a host that is not this machine.
        environ: used in place of ``os.environ``.

    Raises:
        InvalidInput: a setting is malformed, or the key would travel unencrypted.
    """
    env = os.environ if environ is None else environ
    stored = _settings_files(env)
    url = _checked_url(
        base_url or env.get("WANDB_BASE_URL") or stored.get("base_url") or DEFAULT_BASE_URL
    )
    key = (
        api_key
        or env.get("WANDB_API_KEY")
        or _netrc_key(url, env)
        or (stored.get("api_key") if stored.get("base_url", url).rstrip("/") == url else None)
    )
    if key is not None:
        _check_key(key)
        _check_encrypted(url, allow_http or env.get(_ALLOW_HTTP, "") not in {"", "0", "false"})
    return Settings(
        base_url=url,
        api_key=key,
        entity=entity or env.get("WANDB_ENTITY") or stored.get("entity") or None,
        project=project or env.get("WANDB_PROJECT") or stored.get("project") or DEFAULT_PROJECT,
        timeout=_checked_timeout(timeout, env),
        verify_tls=env.get("WANDB_INSECURE_DISABLE_SSL", "") in {"", "0", "false"},
        proxies=_json_strings(env, "WANDB__PROXIES"),
        headers=_json_strings(env, "WANDB_X_EXTRA_HTTP_HEADERS"),
        app_url=env.get("WANDB_APP_URL") or _app_url(url),
        cache_dir=_folder(env, "WANDB_CACHE_DIR"),
        artifact_dir=_folder(env, "WANDB_ARTIFACT_DIR"),
    )


def is_loopback(url: str) -> bool:
    """Whether a URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")


def _checked_url(url: str) -> str:
    url = url.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidInput(f"The base URL {url!r} cannot be read: {error}.") from error
    if parts.scheme not in {"http", "https"} or not host:
        raise InvalidInput(
            f"The base URL {url!r} is not an http(s) address; "
            f"give something like {DEFAULT_BASE_URL!r} in base_url= or WANDB_BASE_URL."
        )
    if parts.username or parts.password:
        raise InvalidInput(
            "The base URL holds a user or a password; give the key in api_key= or WANDB_API_KEY."
        )
    return url


def _check_key(key: str) -> None:
    if not key.isascii() or not key.isprintable() or " " in key:
        raise InvalidInput(
            "The API key holds characters that no key has (spaces, line ends or non-ASCII); "
            "copy it again from your settings page."
        )


def _check_encrypted(url: str, allowed: bool) -> None:
    if url.startswith("https:") or is_loopback(url) or allowed:
        return
    raise InvalidInput(
        f"The API key would travel unencrypted to {url}. Use https, "
        f"or insist with allow_http=True or {_ALLOW_HTTP}=1."
    )


def _checked_timeout(timeout: float | None, env: Mapping[str, str]) -> float:
    given = timeout if timeout is not None else env.get("WANDB_HTTP_TIMEOUT") or DEFAULT_TIMEOUT
    try:
        seconds = float(given)
    except ValueError as error:
        raise InvalidInput(f"WANDB_HTTP_TIMEOUT is {given!r}, not a number of seconds.") from error
    if not 0 < seconds < float("inf"):
        raise InvalidInput(f"The timeout is {given!r}; it must be a positive number of seconds.")
    return seconds


def _json_strings(env: Mapping[str, str], name: str) -> dict[str, str]:
    text = env.get(name)
    if not text:
        return {}
    try:
        value: object = json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"{name} is not JSON: {error}.") from error
    if not isinstance(value, dict):
        raise InvalidInput(f"{name} must be a JSON object of strings.")
    return {str(key): str(item) for key, item in value.items()}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # JSON


def _folder(env: Mapping[str, str], name: str) -> Path | None:
    given = env.get(name)
    return Path(given).expanduser() if given else None


def _app_url(url: str) -> str:
    for hosted, app in (
        (_FORMER_HOST, "wandb.ai"),
        ("api.forge.coreweave.com", "forge.coreweave.com"),
    ):
        if urlsplit(url).hostname == hosted:
            return f"https://{app}"
    return url


def _settings_files(env: Mapping[str, str]) -> dict[str, str]:
    folder = env.get("WANDB_CONFIG_DIR")
    home = _home(env)
    found: dict[str, str] = {}
    paths = [Path(folder) / "settings"] if folder else []
    if not folder and home is not None:
        paths = [home / ".config" / "wandb" / "settings"]
    for path in [*paths, Path("wandb") / "settings"]:
        found |= _read_settings(path)
    return found


def _read_settings(path: Path) -> dict[str, str]:
    from configparser import ConfigParser, Error

    if not path.is_file():
        return {}
    parser = ConfigParser(interpolation=None)
    try:
        parser.read(path, encoding="utf-8")
    except (Error, OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"The settings file {path} cannot be read: {error}") from error
    return dict(parser["default"]) if parser.has_section("default") else {}


def _home(env: Mapping[str, str]) -> Path | None:
    home = env.get("HOME") or env.get("USERPROFILE")
    return Path(home) if home else None


def _netrc_key(url: str, env: Mapping[str, str]) -> str | None:
    path = _netrc_path(env)
    if path is None:
        return None
    from netrc import NetrcParseError, netrc

    try:
        hosts = netrc(path).hosts
    except (NetrcParseError, OSError, UnicodeDecodeError):
        return None  # as the official client: a broken netrc is no netrc
    parts = urlsplit(url)
    names = [parts.netloc, parts.hostname]
    if url == DEFAULT_BASE_URL:
        names.append(_FORMER_HOST)
    for name in names:
        if name and name in hosts:
            return hosts[name][2]
    return None


def _netrc_path(env: Mapping[str, str]) -> Path | None:
    if given := env.get("NETRC"):
        path = Path(given).expanduser()
        return path if path.is_file() else None
    home = _home(env)
    if home is None:
        return None
    return next((path for name in (".netrc", "_netrc") if (path := home / name).is_file()), None)
