"""Requests and responses, independent of the web framework."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .errors import RegistryStorageError, RegistryTooLarge

MOST_BODY_BYTES = 16 << 20
# The maximum size of a file: larger than a single PUT to any object store, smaller than disks.
MOST_FILE_BYTES = 64 << 30
# As object stores have it: what is larger comes in parts.
MOST_PUT_BYTES = 5 << 30
JSON = {"content-type": "application/json"}
UNKNOWN_KEY = "The API key is missing or not known to this registry."
TOKEN_PATH = "/oidc/token"  # noqa: S105  (no secret)


@dataclass(frozen=True, slots=True)
class Request:
    """A request, over HTTP or in the same process. `path` is raw: still percent-encoded.

    One that comes `in_process` has no network: whoever sent it reaches nobody else.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    base_url: str
    in_process: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: bytes at once, or a stream of known length."""

    status: int
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes | Iterator[bytes] = b""


def problem(status: int, text: str) -> Reply:
    """A refusal outside GraphQL, in the shape the official client reads."""
    headers = (
        {**JSON, "www-authenticate": 'Basic realm="typed-artifacts"'} if status == 401 else JSON
    )
    return Reply(status, dict(headers), json.dumps({"error": text}).encode())


def declared_length(request: Request) -> int:
    """How many bytes a request says that it has; 0 where it does not say."""
    digits = request.headers.get("content-length", "").lstrip("0")
    if not digits.isascii() or not digits.isdigit():
        return 0
    return int(digits) if len(digits) <= 18 else 10**18


# Responses that any request may get, through no fault of its own.
FAILURES = (OSError, RegistryStorageError)


def failure(error: Exception) -> Reply:
    """A disk or database that refuses, as a reply."""
    if isinstance(error, RegistryTooLarge):
        return problem(413, str(error))
    if isinstance(error, RegistryStorageError):
        return problem(507 if error.full else 503 if error.busy else 500, str(error))
    return problem(500, "The registry cannot reach its files.")
