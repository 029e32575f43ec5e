"""Values as they are shown in the errors about them."""

from __future__ import annotations


def shown(value: object, limit: int | None = None) -> str:
    """A value as ``repr`` shows it, or its type where that fails.

    It does for integers of more than 4,300 digits, for what holds one, and for objects whose own
    ``__repr__`` fails.

    Args:
        value: any value, of a caller whose code no type checker has seen.
        limit: the characters that are shown of it.
    """
    try:
        return repr(value)[:limit]
    except Exception:  # noqa: BLE001 -- the error about the value is what matters
        return f"<{type(value).__name__}>"
