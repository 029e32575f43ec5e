"""The same work many times at once, compared with its time alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from .control import forget


async def at_once(
    whole: Callable[[], Awaitable[float]], options: dict[str, str]
) -> dict[str, float]:
    """Run work that returns its seconds a few times alone, then many times at once."""
    await whole()
    forget(options["latency"])
    alone = max([await whole() for _ in range(3)])
    began, worked = time.perf_counter(), time.process_time()
    await asyncio.gather(*(whole() for _ in range(int(options["at_once"]))))
    together = time.perf_counter() - began
    return {"alone": alone, "wall": together, "cpu": time.process_time() - worked}
