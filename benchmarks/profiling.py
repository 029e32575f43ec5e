"""The CPU time of each part of some work, in all threads, with CPython's profiler."""

from __future__ import annotations

import cProfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable

#: The first that is in the name of a function's file names its part. What is written in C counts
#: for the function that called it.
_PARTS = (
    ("/urllib3/", "HTTP: urllib3"),
    ("urllib3_source.py", "HTTP: urllib3"),
    ("/email/", "HTTP: the standard library"),
    ("/http/client.py", "HTTP: the standard library"),
    ("/socket.py", "HTTP: the standard library"),
    ("/httpcore/", "HTTP: httpx"),
    ("/httpx/", "HTTP: httpx"),
    ("/h11/", "HTTP: httpx"),
    ("/tenacity/", "retries"),
    ("retry.py", "retries"),
    ("/pydantic/", "models"),
    ("/_graphql/", "models"),
    ("importlib", "imports"),
    ("<string>", "imports"),
    ("/dataclasses.py", "imports"),
    ("digests.py", "hashing"),
    ("hashing.py", "hashing"),
    ("checks.py", "hashing"),
    ("checksum_cache.py", "hashing"),
    ("partial_files.py", "files and folders"),
    ("folders.py", "files and folders"),
    ("local_files.py", "files and folders"),
    ("folder_files.py", "files and folders"),
    ("/_requests/", "requests and replies"),
    ("/_transfer/", "plans, threads and bytes"),
    ("/_domain/", "pages and items"),
    ("/_sync/", "pages and items"),
    ("/typed_artifacts/", "the rest of the package"),
)


def profile(work: Callable[[], object]) -> dict[str, float]:
    """Run the work. Returns part → seconds of CPU under the profiler."""
    profiles = [cProfile.Profile(time.thread_time)]
    plain = threading.Thread.run

    def profiled(thread: threading.Thread) -> None:
        own = cProfile.Profile(time.thread_time)
        own.enable()
        try:
            plain(thread)
        finally:
            own.disable()
            profiles.append(own)

    threading.Thread.run = profiled  # type: ignore[method-assign, assignment]  # to see every thread
    profiles[0].enable()
    try:
        work()
    finally:
        profiles[0].disable()
        threading.Thread.run = plain  # type: ignore[method-assign]
    found = defaultdict[str, float](float)
    for each in profiles:
        for entry in each.getstats():
            if not isinstance(entry.code, str):
                inside = [
                    call.inlinetime for call in entry.calls or () if isinstance(call.code, str)
                ]
                found[_part(entry.code.co_filename)] += entry.inlinetime + sum(inside)
    return dict(found)


def _part(file: str) -> str:
    return next((part for mark, part in _PARTS if mark in file), "everything else")
