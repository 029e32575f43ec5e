"""Displays the contents of a cache folder in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._html.markup import Size, output, paragraph, table
from .._values.quantities import bytes_text, count_text

if TYPE_CHECKING:
    from .reports import CacheContents


def contents_html(contents: CacheContents) -> str:
    """The versions, the last used first, and what the folder takes."""
    rows = [
        (
            each.qualified_name,
            each.used_at,
            each.file_count,
            Size(each.size),
            Size(each.cached_size),
        )
        for each in contents.versions
    ]
    head = ("version", "last used", "files", "size", "in the folder")
    summary = f"{count_text(contents.files, 'content')}, {bytes_text(contents.bytes)}."
    body = [table(head, rows)] if rows else []
    return output("CacheContents", "", paragraph(summary), *body)
