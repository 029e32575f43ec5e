"""Which file names are allowed below a folder on this system. Pure.

A manifest comes from a server, and its names become paths on this machine. Refused are those that
could leave the folder, also where a file system or a tool takes other characters for ``/`` and
``.``, and those that this system cannot have. Everything else is a name: what only looks like a
separator, or is odd, is one ordinary character.
"""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from .surrogates import HALF_PAIR

PART_PREFIX: Final = ".typed-artifacts-"
PART_SUFFIX: Final = ".part"

TWICE: Final = "is there twice"

_LONGEST_PART: Final = 255  # bytes; the limit of ext4, APFS, NTFS (there in UTF-16 units)
_LONGEST_NAME: Final = 4096  # bytes; PATH_MAX
_SEPARATORS: Final = re.compile(r"[/\\]")
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_WINDOWS_CHARACTERS: Final = re.compile(r'[<>:"|?*\\\x00-\x1f]')
_WINDOWS_DEVICE: Final = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])"
    r" *(?:\.|$)",
    re.IGNORECASE,
)
# Nearly all names: nothing but these, and each part beginning with neither dot nor space.
_PLAIN: Final = re.compile(
    r"(?:[A-Za-z0-9_\-+=@,][A-Za-z0-9_\-+=@,.]*/)*[A-Za-z0-9_\-+=@,][A-Za-z0-9_\-+=@,.]*"
)


def why_unsafe(name: str, *, windows: bool = False) -> str | None:
    """Why a name cannot become a path below a folder, or ``None`` if it can.

    Args:
        name: a relative path with ``/`` between its parts.
        windows: whether the path is for Windows, which forbids more.

    Returns:
        The rest of a sentence that begins with the name: ``"is an absolute path"``.
    """
    if len(name) <= _LONGEST_PART and not windows and _PLAIN.fullmatch(name):
        return None
    if not name:
        return "is empty"
    return (
        _bad_text(name)
        or _bad_shape(name, windows)
        or next((why for part in name.split("/") if (why := _bad_part(part, windows))), None)
    )


def _bad_text(name: str) -> str | None:
    try:
        encoded = name.encode()
    except UnicodeEncodeError:
        return HALF_PAIR
    if len(encoded) > _LONGEST_NAME:
        return f"is longer than {_LONGEST_NAME} bytes"
    if "\0" in name:
        return "holds the character U+0000, which no file's name can"
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return f"cannot be written in this system's encoding, {sys.getfilesystemencoding()}"
    return None


def _bad_shape(name: str, windows: bool) -> str | None:
    if _SEPARATORS.match(name):
        return "is an absolute path"
    if (drive := _DRIVE.match(name)) and (windows or _SEPARATORS.match(name, drive.end())):
        return "begins with a drive letter"
    # NFKC: two full-width dots, or one two-dot leader, are still "..".
    for part in _SEPARATORS.split(unicodedata.normalize("NFKC", name)):
        if part == "..":
            return "has the part '..', which leads out of a folder"
    return None


def _bad_part(part: str, windows: bool) -> str | None:
    if not part:
        return "has an empty part"
    if unicodedata.normalize("NFKC", part) == ".":
        return f"has the part {part!r}, which names another folder"
    if len(part.encode()) > _LONGEST_PART:
        return f"has a part longer than {_LONGEST_PART} bytes"
    if is_part_name(part):
        return "has the form of this package's own temporary files"
    return _bad_on_windows(part) if windows else None


def _bad_on_windows(part: str) -> str | None:
    if _WINDOWS_CHARACTERS.search(part):
        return "holds a character that Windows forbids"
    if part.endswith((".", " ")):
        return "has a part that ends in a dot or a space, which Windows drops"
    if _WINDOWS_DEVICE.match(part):
        return "has a part that is a device on Windows"
    return None


def is_part_name(name: str) -> bool:
    """Whether a file's name is that of a temporary file of this package."""
    return name.startswith(PART_PREFIX) and name.endswith(PART_SUFFIX)


def parents(name: str) -> Iterable[str]:
    """The folders above a name, outermost first: ``a/b/c`` gives ``a`` and ``a/b``."""
    end = name.find("/")
    while end >= 0:
        yield name[:end]
        end = name.find("/", end + 1)


def why_overlapping(names: Iterable[str]) -> str | None:
    """Why these names cannot all be files of one folder, or ``None`` if they can.

    Finds a name given twice, and one that is a file here and a folder there.
    """
    files: set[str] = set()
    for name in names:
        if name in files:
            return f"{name!r} {TWICE}"
        files.add(name)
    for name in files:
        for parent in parents(name):
            if parent in files:
                return f"{parent!r} is a file and the folder of {name!r}"
    return None


def overlapping(names: Iterable[str]) -> dict[str, str]:
    """Which of these names cannot be files beside those before them, and why.

    The reasons go on from the name, as those of ``why_unsafe`` do.
    """
    given = list(names)
    known = frozenset(given)
    files: set[str] = set()
    folders: set[str] = set()
    refused: dict[str, str] = {}
    for name in given:
        # Only those that are names as well: a name of four kilobytes may have two thousand.
        above = [parent for parent in parents(name) if parent in known]
        if name in files:
            refused[name] = TWICE
        elif name in folders:
            refused[name] = "is the folder of another file"
        elif in_the_way := files.intersection(above):
            refused[name] = f"needs a folder {in_the_way.pop()!r}, which is a file"
        else:
            files.add(name)
            folders.update(above)
    return refused


def folded(name: str) -> str:
    """The name as a file system sees it that tells neither case nor composition apart."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def may_clash(names: Iterable[str]) -> bool:
    """Whether a file system that folds case or composition takes any of these for one.

    Takes no more memory than the names, which ``clashing`` may take a thousand times.
    """
    # In this order, all that is in one folder, however it is spelt, stands together.
    spellings = sorted((folded(name).replace("/", "\0"), name) for name in names)
    return any(_clash(*pair) for pair in pairwise(spellings))


def _clash(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two names, each after its folded form, are spelt differently where they are one."""
    same = zip(*(each[0].split("\0") for each in (one, other)), strict=False)
    spelt = zip(*(each[1].split("/") for each in (one, other)), strict=False)
    for (first, second), (this, that) in zip(same, spelt, strict=True):
        if first != second:
            return False
        if this != that:
            return True
    return False


def clashing(names: Iterable[str]) -> dict[str, str]:
    """Which names a file system that folds case or composition takes for ones before them.

    Folders count as well: ``Data/a`` and ``data/b`` would end up in one folder.
    """
    first: dict[str, str] = {}
    refused: dict[str, str] = {}
    for name in names:
        spellings = (*parents(name), name)
        for spelt in spellings:
            other = first.get(folded(spelt), spelt)
            if other != spelt:
                differs = "differs" if spelt == name else f"has the folder {spelt!r}, which differs"
                refused[name] = f"{differs} from {other!r} only in case or composition"
                break
        else:
            first.update((folded(spelt), spelt) for spelt in spellings)
    return refused
