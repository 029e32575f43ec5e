"""Displays differences, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .._values.quantities import bytes_text, count_text
from .._values.uris import shown_uri

if TYPE_CHECKING:
    from .._values.json_values import JsonValue
    from ..manifests import ManifestEntry
    from .differences import EntryChange, ManifestDiff, NameChanges


_SIGNS = {"-": "removed", "+": "added", "!": "changed", ">": "renamed", "?": "unclear"}


def diff_text(diff: ManifestDiff) -> str:
    """A line for each difference, and one that sums up."""
    if not diff:
        return f"{diff.before} and {diff.after} are the same."
    return "\n".join([f"--- {diff.before}", f"+++ {diff.after}", *_lines(diff), _summary(diff)])


def _lines(diff: ManifestDiff) -> Iterator[str]:
    yield from (f"- {entry.path}  {_size(entry)}" for entry in diff.removed)
    yield from (f"+ {entry.path}  {_size(entry)}" for entry in diff.added)
    for each in diff.changed:
        yield f"! {each.after.path}  {_size(each.before)} -> {_size(each.after)}"
    yield from (f"> {each.before.path} -> {each.after.path}" for each in diff.renamed)
    for each in diff.unclear:
        yield f"? {each.after.path}  the same size, hashed in different ways"
    for key, change in diff.metadata.items():
        yield f"! metadata.{key}: {_json(change.before)} -> {_json(change.after)}"
    for kind, names in (("alias", diff.aliases), ("tag", diff.tags)):
        yield from (f"- {kind} {name}" for name in names.removed)
        yield from (f"+ {kind} {name}" for name in names.added)


def diff_html(diff: ManifestDiff) -> str:
    """A row for each difference, for a notebook."""
    from .._html.markup import output, paragraph, table

    if not diff:
        return output("ManifestDiff", diff.before, paragraph(diff_text(diff)))
    rows = [(_SIGNS[line[0]], line[2:]) for line in _lines(diff)]
    parts = [paragraph(_summary(diff)), table(("change", "of"), rows)]
    return output("ManifestDiff", f"{diff.before} → {diff.after}", *parts)


def _summary(diff: ManifestDiff) -> str:
    counts = (
        ("added", len(diff.added)),
        ("removed", len(diff.removed)),
        ("changed", len(diff.changed)),
        ("renamed", len(diff.renamed)),
        ("unclear", len(diff.unclear)),
    )
    changes = ", ".join(
        f"{count_text(count, 'file')} {change}" for change, count in counts if count
    )
    return (
        f"{changes or 'the same files'}; {bytes_text(diff.added_bytes)} more, "
        f"{bytes_text(diff.removed_bytes)} less"
    )


def diff_values(diff: ManifestDiff) -> dict[str, JsonValue]:
    """The difference as JSON has it."""
    return {
        "before": diff.before,
        "after": diff.after,
        "differ": bool(diff),
        "added": [_entry(entry) for entry in diff.added],
        "removed": [_entry(entry) for entry in diff.removed],
        "changed": [_change(each) for each in diff.changed],
        "renamed": [_change(each) for each in diff.renamed],
        "unclear": [_change(each) for each in diff.unclear],
        "added_bytes": diff.added_bytes,
        "removed_bytes": diff.removed_bytes,
        "metadata": {
            key: {"before": change.before, "after": change.after}
            for key, change in diff.metadata.items()
        },
        "aliases": _names(diff.aliases),
        "tags": _names(diff.tags),
    }


def _entry(entry: ManifestEntry) -> dict[str, JsonValue]:
    found: dict[str, JsonValue] = {
        "path": entry.path,
        "size": entry.size,
        "digest": entry.digest,
    }
    return found if entry.ref is None else found | {"ref": entry.ref}


def _change(change: EntryChange) -> dict[str, JsonValue]:
    return {"before": _entry(change.before), "after": _entry(change.after)}


def _names(names: NameChanges) -> dict[str, JsonValue]:
    return {"added": list(names.added), "removed": list(names.removed)}


def _size(entry: ManifestEntry) -> str:
    if entry.ref is not None:
        return shown_uri(entry.ref)
    return "" if entry.size is None else bytes_text(entry.size)


def _json(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False)
