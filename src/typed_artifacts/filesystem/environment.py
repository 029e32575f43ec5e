"""The environment variables by which fsspec tells instances apart, as by their options."""

from __future__ import annotations

import os
from typing import Final, final

#: Variables that select the server, the key, and whether requests are sent.
_VARIABLES: Final = (
    "WANDB_BASE_URL",
    "WANDB_API_KEY",
    "WANDB_IDENTITY_TOKEN_FILE",
    "WANDB_CONFIG_DIR",
    "NETRC",
    "WANDB_MODE",
    "WANDB_CACHE_DIR",
)


@final
class Environment:
    """An attribute of a class: the variables as they are when it is read."""

    def __get__(self, instance: object, owner: type) -> tuple[str | None, ...]:
        """Their values."""
        return tuple(os.environ.get(name) for name in _VARIABLES)
