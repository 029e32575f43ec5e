"""Compares two trees of files."""

from __future__ import annotations

import filecmp
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Difference:
    """A file that differs from the generated one."""

    kind: Literal["missing", "not generated", "differs"]
    name: str
    """The path in the tree."""

    @property
    def is_surplus(self) -> bool:
        """Whether the generated tree has no such file."""
        return self.kind == "not generated"


def compared(made: Path, existing: Path) -> list[Difference]:
    """The differences from a generated tree, including missing and surplus files."""
    made_files, existing_files = (_files(tree) for tree in (made, existing))
    return [
        *(Difference("missing", name) for name in sorted(made_files - existing_files)),
        *(Difference("not generated", name) for name in sorted(existing_files - made_files)),
        *(
            Difference("differs", name)
            for name in sorted(made_files & existing_files)
            if not filecmp.cmp(made / name, existing / name, shallow=False)
        ),
    ]


def _files(tree: Path) -> set[str]:
    return {
        path.relative_to(tree).as_posix()
        for path in tree.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
