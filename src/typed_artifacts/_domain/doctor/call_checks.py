"""Checks each documented call against a server's schema: works, degraded or broken. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..._operations import catalog
from ..._operations.schema_usage import CALLS
from ..._requests.operation import Operation
from .findings import Finding, Health
from .operation_checks import examine

if TYPE_CHECKING:
    from .introspection import ServerTypes


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """How one documented call fares, with every reason why it does not simply work."""

    call: str
    operations: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def health(self) -> Health:
        """The worst of its findings."""
        return max((item.health for item in self.findings), default=Health.WORKS)


def diagnose(server: ServerTypes) -> list[Diagnosis]:
    """How every documented call fares on a server, in the calls' order."""
    found = {
        it.name: tuple(dict.fromkeys(examine(it.document, it.members, server.schema_)))
        for it in vars(catalog).values()
        if isinstance(it, Operation)
    }
    by_call: dict[str, list[str]] = {}
    for name, calls in CALLS.items():
        for call in calls or (f"Queries ({name})",):
            by_call.setdefault(call, []).append(name)
    return [
        Diagnosis(
            call,
            tuple(operations),
            tuple(dict.fromkeys(item for name in operations for item in found[name])),
        )
        for call, operations in sorted(by_call.items())
    ]
