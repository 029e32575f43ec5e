"""The key that must not appear anywhere, and whether a text contains it."""

import base64
from typing import Final

KEY: Final = "5ecre7" * 7
TOKEN: Final = base64.b64encode(f"api:{KEY}".encode()).decode()
_SECRETS = (KEY, TOKEN, KEY[:20], TOKEN[8:24])


def leaks(text: str) -> list[str]:
    """What a text has of the key."""
    return [secret for secret in _SECRETS if secret in text]
