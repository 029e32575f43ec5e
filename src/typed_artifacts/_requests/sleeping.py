"""Waits between requests, sync and async."""

from __future__ import annotations

import time


def sleep_for(seconds: float) -> None:
    """Wait, if there is something to wait for."""
    if seconds > 0:
        time.sleep(seconds)


async def async_sleep_for(seconds: float) -> None:
    """Wait, if there is something to wait for, in whatever event loop runs."""
    from anyio import sleep

    if seconds > 0:
        await sleep(seconds)
