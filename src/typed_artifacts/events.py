"""The events that a transfer reports to a callable given as ``progress=``.

For example, the files of a download as they come:

    def show(event: TransferEvent) -> None:
        if isinstance(event, FileDone):
            print(event.path, event.size)

    artifact.download(progress=show)
"""

from __future__ import annotations

from ._transfer.events import (
    Advanced,
    FileDone,
    Finished,
    OnEvent,
    Retried,
    Skipped,
    Started,
    TransferEvent,
)

__all__ = [
    "Advanced",
    "FileDone",
    "Finished",
    "OnEvent",
    "Retried",
    "Skipped",
    "Started",
    "TransferEvent",
]
