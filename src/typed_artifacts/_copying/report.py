"""The report of a copy, by version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .._values.guards import override
from .._values.quantities import bytes_text, count_text


@dataclass(frozen=True, slots=True)
class CopiedVersion:
    """The outcome of copying a version.

    Attributes:
        source: the source version, ``entity/project/collection:v3``.
        destination: the path of the copy.
        outcome: ``copied``; ``there``: the destination had it already; ``linked``: it is a link to
            a copied version, as in the source.
        size: its size in bytes.
        sent: the bytes that were sent, without files that the destination had already.
    """

    source: str
    destination: str
    outcome: Literal["copied", "there", "linked"]
    size: int
    sent: int = 0


@dataclass(frozen=True, slots=True)
class CopyReport:
    """The report of a copy.

    Attributes:
        versions: the versions, in the order in which they were copied.
    """

    versions: tuple[CopiedVersion, ...]

    @property
    def sent(self) -> int:
        """The bytes of files that were sent."""
        return sum(each.sent for each in self.versions)

    @property
    def size(self) -> int:
        """The bytes of all versions, sent or not."""
        return sum(each.size for each in self.versions if each.outcome != "linked")

    def _repr_html_(self) -> str:
        from .showing import report_html

        return report_html(self)

    @override
    def __str__(self) -> str:
        labels = (("copied", "copied"), ("there", "there already"), ("linked", "linked"))
        counts = (
            (sum(1 for each in self.versions if each.outcome == key), label)
            for key, label in labels
        )
        summary = ", ".join(
            f"{count_text(count, 'version')} {label}" for count, label in counts if count
        )
        return f"{summary or 'Nothing to copy'}; {bytes_text(self.sent)} sent."
