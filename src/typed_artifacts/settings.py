"""Settings of a client, from arguments, ``WANDB_*`` variables, netrc and the settings files.

Nothing is written, and no request is sent. Precedence, highest first: an argument, the environment,
(for the key: netrc), the settings files, the default.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ._environment.access_tokens import is_sendable
from ._environment.files import Stored, netrc_key, netrc_problem, settings_files
from ._environment.hosts import DEFAULT_BASE_URL, api_address, app_address, former_host
from ._environment.json_variables import extra_headers, given_proxies
from ._environment.paths import user_path
from ._environment.proxies import is_loopback_host
from ._environment.variables import Environ, Secret, is_offline, secret
from ._values.arguments import check_flags, check_seconds
from ._values.guards import is_text, plain_text
from .errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Settings", "resolve"]

DEFAULT_PROJECT = "uncategorized"
DEFAULT_TIMEOUT = 19.0

_IDENTITY = "WANDB_IDENTITY_TOKEN_FILE"
_ALLOW_HTTP = "TYPED_ARTIFACTS_ALLOW_HTTP"


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a client. The ``repr`` does not contain the key."""

    base_url: str
    api_key: str | None = field(repr=False)
    entity: str | None
    project: str
    timeout: float
    """Seconds that one request may take."""
    verify_tls: bool = True
    proxies: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    organization: str | None = None
    """The default organization for registries."""
    app_url: str = ""
    """Where a person looks at things in a browser; derived from the base URL unless given."""
    cache_dir: Path | None = None
    """A folder for verified file contents, shared between downloads; ``None`` means no cache."""
    artifact_dir: Path | None = None
    """Where ``Artifact.download()`` puts things when it is given no root."""
    api_key_source: str | None = None
    """Where the key came from: an argument, a variable or a file; ``None`` without a key."""
    token_source: str | None = None
    """Where access tokens come from: an argument or a file; ``None`` where there is a key."""
    identity_token_file: Path | None = None
    """A file with a JWT, which is exchanged for access tokens; ``None`` without one."""
    credentials_file: Path | None = None
    """Where access tokens are kept for other processes; ``None`` for nowhere."""
    offline: bool = False
    """Whether nothing is sent, and what was downloaded is found in the cache folder."""
    netrc_problem: str | None = None
    """A sentence about a netrc that could not be read, where no key was found elsewhere."""

    @property
    def about_key(self) -> str:
        """A sentence that says where the key came from, for error messages."""
        if self.token_source is not None:
            return (
                f"The access token came from {self.token_source}, and not from a key. Does the "
                "server know whom it is for?"
            )
        if self.api_key_source is None:
            problem = "" if self.netrc_problem is None else f" {self.netrc_problem}"
            return (
                f"No key was found.{problem} Set WANDB_API_KEY, pass api_key=, or add the host to "
                "netrc."
            )
        return (
            f"The key came from {self.api_key_source}. Set WANDB_API_KEY or pass api_key= to use "
            "another one."
        )


def resolve(
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    entity: str | None = None,
    project: str | None = None,
    timeout: float | None = None,
    allow_http: bool = False,
    has_token: bool = False,
    offline: bool | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Determine all settings from arguments, then the environment, then files.

    Args:
        base_url: the server, such as ``https://api.wandb.ai``.
        api_key: the key; preferably given by the environment or netrc.
        entity: the default user or team; without one, the server is asked when it is needed.
        project: the default project.
        timeout: seconds that one request may take.
        allow_http: allow sending the key over plain http to another machine.
        has_token: whether access tokens are used instead of a key.
        offline: whether to send nothing; otherwise as ``WANDB_MODE`` says.
        environ: used instead of ``os.environ``.

    Raises:
        InvalidInput: a setting is malformed, key and token are both given, or either would be sent
            unencrypted.
    """
    base_url, entity, project = _plain_texts(base_url=base_url, entity=entity, project=project)
    check_flags(allow_http=allow_http)
    # Tracebacks show local variables: from here on, a value that may be a key is a Secret.
    api_key, env = secret(api_key), Environ(environ)
    stored = settings_files(env)

    def chosen(given: str | None, variable: str, name: str) -> str | None:
        return given or env.text(variable) or _stored_text(stored, name) or None

    if base_url is None:  # an empty one is refused: a key that is for another server would go there
        base_url = chosen(None, "WANDB_BASE_URL", "base_url") or DEFAULT_BASE_URL
    url = _checked_url(base_url)
    identity = _identity_token_file(env, api_key, has_token=has_token)
    has_token |= identity is not None
    found = None if has_token else _found_key(api_key, env, url, stored)
    key = None if found is None else found.value
    headers = extra_headers(env)
    if found is not None:
        _check_key(found)
    if key is not None or has_token or headers:
        _check_encrypted(url, allow_http or env.is_on(_ALLOW_HTTP))
    return Settings(
        base_url=url,
        api_key=key,
        entity=chosen(entity, "WANDB_ENTITY", "entity"),
        project=chosen(project, "WANDB_PROJECT", "project") or DEFAULT_PROJECT,
        timeout=_checked_timeout(timeout, env),
        verify_tls=not env.is_on("WANDB_INSECURE_DISABLE_SSL"),
        proxies=given_proxies(env),
        headers=headers,
        organization=chosen(None, "WANDB_ORGANIZATION", "organization"),
        app_url=_given_app_url(env) or app_address(url),
        cache_dir=_path(env, "WANDB_CACHE_DIR"),
        artifact_dir=_path(env, "WANDB_ARTIFACT_DIR"),
        api_key_source=None if found is None else found.source,
        token_source=_token_source(identity) if has_token else None,
        identity_token_file=identity,
        credentials_file=_path(env, "WANDB_CREDENTIALS_FILE"),
        offline=is_offline(offline, env),
        netrc_problem=None if has_token or found is not None else netrc_problem(env),
    )


def _stored_text(stored: Mapping[str, Stored], name: str) -> str | None:
    """What a settings file says, which is no secret and is shown in errors."""
    return plain_text(stored[name].value) if name in stored else None


def _identity_token_file(env: Environ, api_key: Secret | None, *, has_token: bool) -> Path | None:
    """The file with an identity token, unless a key or token is given as an argument."""
    if api_key and has_token:
        raise InvalidInput("api_key and token are both given; give one of them.")
    if api_key or has_token:
        return None
    given = _path(env, _IDENTITY)
    if given is not None and env.get("WANDB_API_KEY"):
        raise InvalidInput(
            f"WANDB_API_KEY and {_IDENTITY} are both set; unset the one that is not to be used."
        )
    return given


def _token_source(identity: Path | None) -> str:
    if identity is None:
        return "the argument token"
    return f"the identity token file {identity} of the variable {_IDENTITY}"


def _found_key(
    given: Secret | None, env: Environ, url: str, stored: Mapping[str, Stored]
) -> Stored | None:
    if given:
        return Stored(given, "the argument api_key")
    if variable := env.get("WANDB_API_KEY"):
        return Stored(variable, "the variable WANDB_API_KEY")
    if found := netrc_key(env, _netrc_names(url)):
        return found
    found = stored.get("api_key")
    if found is None or not found.value:
        return None
    # A file that names a server has the key of that server, whatever other files name.
    server = found.server or _stored_text(stored, "base_url")
    return None if server and server.strip().rstrip("/") != url else found


def _netrc_names(url: str) -> list[str]:
    """The names that a netrc entry for a URL's host may have."""
    parts, former = urlsplit(url), former_host(url)
    return [parts.netloc, parts.hostname or "", *([former] if former else [])]


def is_loopback(url: str) -> bool:
    """Whether a URL's host is this machine."""
    return is_loopback_host(urlsplit(url).hostname or "")


def _plain_texts(**given: str | None) -> Iterator[str | None]:
    for name, value in given.items():
        if value is not None and not is_text(value):
            raise InvalidInput(f"{name} is of type {type(value).__name__}; it must be a string.")
        yield plain_text(value)


def _checked_url(url: str) -> str:
    url = url.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidInput(f"The base URL {url!r} cannot be read: {error}.") from error
    if parts.username or parts.password:
        raise InvalidInput(
            "The base URL holds a user or a password; give the key in api_key= or WANDB_API_KEY."
        )
    if parts.scheme not in {"http", "https"} or not host:
        raise InvalidInput(
            f"The base URL {url!r} is not an http(s) address; "
            f"give something like {DEFAULT_BASE_URL!r} in base_url= or WANDB_BASE_URL."
        )
    if "?" in url or "#" in url:
        raise InvalidInput(f"The base URL {url!r} has a query or a fragment; leave it out.")
    # Schemes and hosts are case-insensitive; the result is compared with other addresses.
    return api_address(url.replace(url.partition("://")[0], parts.scheme, 1))


def _given_app_url(env: Environ) -> str | None:
    """The given address of the web pages, if any."""
    if (given := env.text("WANDB_APP_URL")) is None:
        return None
    url = given.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        readable = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        readable = False
    if not readable:
        raise InvalidInput(f"WANDB_APP_URL is {given!r:.200}; it must be an http(s) address.")
    return url


def _check_key(found: Stored) -> None:
    if not is_sendable(found.value):
        raise InvalidInput(
            f"The API key of {found.source} holds characters that no key has (spaces, line ends "
            "or non-ASCII); copy it again from your settings page."
        )


def _check_encrypted(url: str, allowed: bool) -> None:
    if url.startswith("https:") or is_loopback(url) or allowed:
        return
    raise InvalidInput(
        f"The API key or token would travel unencrypted to {url}. Use https, "
        f"or insist with allow_http=True or {_ALLOW_HTTP}=1."
    )


def _checked_timeout(timeout: float | None, env: Environ) -> float:
    if timeout is not None:
        return check_seconds(timeout, "timeout")
    return check_seconds(env.text("WANDB_HTTP_TIMEOUT") or DEFAULT_TIMEOUT, "WANDB_HTTP_TIMEOUT")


def _path(env: Environ, name: str) -> Path | None:
    given = env.text(name)
    return user_path(given, name) if given else None
