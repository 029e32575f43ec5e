"""The files with the identity token and with access tokens.

The second is the official client's: ``{"credentials": {<base url>: {"access_token": …,
"expires_at": "YYYY-MM-DD HH:MM:SS"}}}``, with times in UTC.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from .._values.json_values import json_or_none
from ..errors import InvalidInput
from .access_tokens import AccessToken, is_sendable
from .replacing import change_file
from .variables import Secret

if TYPE_CHECKING:
    from pathlib import Path

_LOGGER: Final = logging.getLogger("typed_artifacts")
_TIMES: Final = "%Y-%m-%d %H:%M:%S"
_MOST_BYTES: Final = 1 << 20


def read_identity_token(path: Path) -> Secret:
    """The JWT in a file, without white space around it.

    Raises:
        InvalidInput: it cannot be read, or has none.
    """
    try:
        with path.open("rb") as file:
            token = Secret(file.read(_MOST_BYTES).decode("ascii", "replace").strip())
    except OSError as error:
        raise InvalidInput(
            f"The identity token file {path} cannot be read ({error.strerror}); "
            "WANDB_IDENTITY_TOKEN_FILE must name a file with a JWT.",
            subject=str(path),
        ) from error
    if not is_sendable(token):
        raise InvalidInput(
            f"The identity token file {path} is empty, or has more in it than a JWT.",
            subject=str(path),
        )
    return token


def stored_token(text: str, base_url: str) -> AccessToken | None:
    """The access token for a server in the text of a credentials file; ``None`` for none."""
    entry = _object(_object(json_or_none(text)).get("credentials")).get(base_url)
    token, ends = (_object(entry).get(name) for name in ("access_token", "expires_at"))
    if not is_sendable(token) or not isinstance(token, str) or not isinstance(ends, str):
        return None
    try:
        return AccessToken(Secret(token), datetime.strptime(ends, _TIMES).replace(tzinfo=UTC))
    except ValueError:
        return None


def with_token(text: str, base_url: str, token: AccessToken) -> str:
    """The text of a credentials file, with another access token for a server.

    Raises:
        ValueError: the text is not that of a credentials file.
    """
    content: dict[str, object] = {}
    if text.strip():
        content = _object(json_or_none(text))
        if not content or not isinstance(content.get("credentials", {}), dict):
            raise ValueError("it is not a file of credentials")
    if token.expires_at is None:
        return text
    entry = {"access_token": token.value, "expires_at": token.expires_at.strftime(_TIMES)}
    known = _object(content.get("credentials"))
    return json.dumps({**content, "credentials": {**known, base_url: entry}}, indent=2)


def read_credentials(path: Path, base_url: str) -> AccessToken | None:
    """The access token for a server in a credentials file; ``None`` for none, or no such file."""
    try:
        with path.open(encoding="utf-8") as file:
            return stored_token(Secret(file.read(_MOST_BYTES)), base_url)
    except (OSError, ValueError):
        return None


def keep_credentials(path: Path, base_url: str, token: AccessToken) -> None:
    """Write an access token into a credentials file, where other processes find it.

    If it cannot be stored, other processes fetch it again: that is logged, not an error.
    """
    if token.expires_at is None:
        return
    try:
        change_file(path, lambda text: with_token(Secret(text), base_url, token))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it has something else in it"
        _LOGGER.warning("The access token is not kept in %s: %s.", path, why)


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType]  # JSON
