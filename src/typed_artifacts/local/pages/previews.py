"""Previews of files, from their first bytes. Pure.

A preview is text, rows or an image's address; it is never markup.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass

from ..json_values import is_array, is_object, parsed_json
from .texts import indented, shortened, size_text, value_text

MOST_TEXT_BYTES = 256 << 10
MOST_JSON_BYTES = 4 << 20
MOST_IMAGE_BYTES = 32 << 20
MOST_ROWS = 100
MOST_COLUMNS = 40
MOST_CELL = 300
# What browsers show as an image; an SVG in one runs no script.
IMAGE_TYPES = {
    "avif": "image/avif",
    "bmp": "image/bmp",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "svg": "image/svg+xml",
    "webp": "image/webp",
}


@dataclass(frozen=True, slots=True)
class Preview:
    """What is shown of a file, and in words what is not.

    Attributes:
        kind: `text`, `table`, `image` or `none`.
        note: what is left out, or why nothing is shown.
    """

    kind: str
    note: str = ""
    text: str = ""
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


def extension(path: str) -> str:
    """What a file's name ends with, in small letters."""
    return path.rpartition("/")[2].rpartition(".")[2].lower()


def bytes_wanted(path: str, size: int) -> int:
    """How much of a file a preview needs to see."""
    kind = extension(path)
    if kind in IMAGE_TYPES:
        return 0
    if kind == "json" and size <= MOST_JSON_BYTES:
        return size
    return min(size, MOST_TEXT_BYTES)


def preview(path: str, size: int, data: bytes) -> Preview:
    """What to show of a file, given the first `bytes_wanted` bytes of it."""
    if extension(path) in IMAGE_TYPES:
        if size <= MOST_IMAGE_BYTES:
            return Preview("image")
        return Preview("none", f"Images of more than {size_text(MOST_IMAGE_BYTES)} are not shown.")
    if size == 0:
        return Preview("none", "The file is empty.")
    text = _decoded(data, whole=len(data) == size)
    if text is None:
        return Preview("none", "The file is not text, so nothing of it is shown.")
    note = "" if len(data) == size else f"Only the first {size_text(len(data))} are shown."
    return _text(extension(path), text, note)


def _text(kind: str, text: str, note: str) -> Preview:
    if kind in ("csv", "tsv"):
        return _delimited(text, "," if kind == "csv" else "\t", note)
    if kind == "json" and not note:
        return _json(text)
    return Preview("text", note, text)


def _decoded(data: bytes, *, whole: bool) -> str | None:
    """Text, if it is; a file that is cut may end within a character."""
    if b"\0" in data:
        return None
    for end in range(1 if whole else 4):
        try:
            return data[: len(data) - end].decode("utf-8-sig")
        except UnicodeDecodeError:
            continue
    return None


def _delimited(text: str, delimiter: str, note: str) -> Preview:
    # A file that is cut ends within a line; what is left of that line is no row.
    lines = text.splitlines()[:-1] if note else text.splitlines()
    try:
        rows = list(csv.reader(lines[: MOST_ROWS + 1], delimiter=delimiter))
    except csv.Error:
        return Preview("text", note, text)
    if not rows:
        return Preview("text", note, text)
    more = bool(note) or len(lines) > len(rows)
    return _table(rows[0], rows[1:], more_rows=more)


def _json(text: str) -> Preview:
    try:
        found = parsed_json(text)
    except ValueError as error:
        return Preview("text", f"This is not JSON: {error}.", shortened(text, MOST_TEXT_BYTES))
    if is_object(found) and is_array(found.get("columns")) and is_array(found.get("data")):
        return _logged_table(found)
    written = indented(found, MOST_TEXT_BYTES)
    if len(written) <= MOST_TEXT_BYTES:
        return Preview("text", "", written)
    note = f"Only the first {size_text(MOST_TEXT_BYTES)} are shown."
    return Preview("text", note, written[:MOST_TEXT_BYTES])


def _logged_table(found: dict[str, object]) -> Preview:
    """A table as the official client logs one: `{"columns": […], "data": [[…], …]}`."""
    columns, data = found["columns"], found["data"]
    names = [value_text(name) for name in columns] if is_array(columns) else []
    listed = data if is_array(data) else []
    rows = [[value_text(cell) for cell in row] for row in listed[:MOST_ROWS] if is_array(row)]
    return _table(names, rows, more_rows=len(listed) > MOST_ROWS)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, more_rows: bool) -> Preview:
    notes: list[str] = []
    if more_rows:
        notes.append(f"Only the first {len(rows)} rows are shown.")
    if len(columns) > MOST_COLUMNS:
        notes.append(f"Only the first {MOST_COLUMNS} of {len(columns)} columns are shown.")
    names = [shortened(name, MOST_CELL) for name in columns[:MOST_COLUMNS]]
    cut = [[shortened(cell, MOST_CELL) for cell in row[:MOST_COLUMNS]] for row in rows]
    return Preview("table", " ".join(notes), columns=names, rows=cut)
