"""Which names of files are safe below a folder. Pure: no look at any disk.

A manifest comes from a server, and its names become paths on this machine. What could leave the
folder, hide what it is, or fall on another entry is refused as a whole, before anything is
written. What only one system forbids (``:`` on Windows) is refused on that system alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

PART_PREFIX: Final = ".typed-artifacts-"
PART_SUFFIX: Final = ".part"

_LONGEST_PART: Final = 255  # bytes; the limit of ext4, APFS, NTFS (there in UTF-16 units)
_LONGEST_NAME: Final = 4096  # bytes; PATH_MAX
_SEPARATOR_LOOKALIKES: Final = frozenset("\u2044\u2215\u29f8\uff0f\u2216\u29f5\u29f9\ufe68\uff3c")
# Characters that reorder what is shown, or end a line: a name must look like what it is.
_DECEPTIVE: Final = frozenset("\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_WINDOWS_CHARACTERS: Final = frozenset('<>:"|?*')
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
    """Why a name may not become a path below a folder, or ``None`` if it may.

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
        _bad_characters(name)
        or _bad_shape(name)
        or next((why for part in name.split("/") if (why := _bad_part(part, windows))), None)
    )


def _bad_characters(name: str) -> str | None:
    try:
        encoded = name.encode()
    except UnicodeEncodeError:
        return "holds half a surrogate pair, which is no text"
    if len(encoded) > _LONGEST_NAME:
        return f"is longer than {_LONGEST_NAME} bytes"
    if "\\" in name:
        return "holds a backslash, which separates folders on Windows"
    for character in name:
        if unicodedata.category(character) == "Cc" or character in _DECEPTIVE:
            return f"holds the control character U+{ord(character):04X}"
        if character in _SEPARATOR_LOOKALIKES:
            return f"holds U+{ord(character):04X}, which looks like a separator of folders"
    return None


def _bad_shape(name: str) -> str | None:
    if name.startswith("/"):
        return "is an absolute path"
    if _DRIVE.match(name):
        return "begins with a drive letter"
    return None


def _bad_part(part: str, windows: bool) -> str | None:
    if not part:
        return "has an empty part"
    # NFKC: two full-width dots, or one two-dot leader, are still "..".
    if unicodedata.normalize("NFKC", part) in {".", ".."}:
        return f"has the part {part!r}, which names another folder"
    if len(part.encode()) > _LONGEST_PART:
        return f"has a part longer than {_LONGEST_PART} bytes"
    if is_part_name(part):
        return "has the form of this package's own temporary files"
    return _bad_on_windows(part) if windows else None


def _bad_on_windows(part: str) -> str | None:
    if not _WINDOWS_CHARACTERS.isdisjoint(part):
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
            return f"{name!r} is there twice"
        files.add(name)
    for name in files:
        for parent in parents(name):
            if parent in files:
                return f"{parent!r} is a file and the folder of {name!r}"
    return None


def folded(name: str) -> str:
    """The name as a file system sees it that tells neither case nor composition apart."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def why_clashing(names: Iterable[str]) -> str | None:
    """Which two names are one on a file system that folds case or composition, if any are.

    Folders count as well: ``Data/a`` and ``data/b`` would end up in one folder.
    """
    seen: dict[str, str] = {}
    for name in names:
        for spelt in (*parents(name), name):
            other = seen.setdefault(folded(spelt), spelt)
            if other != spelt:
                return f"{other!r} and {spelt!r} differ only in case or composition"
    return None
