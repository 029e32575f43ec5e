"""Writes a plan as JSON lines, and reads it back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from .._environment.paths import user_path
from .._values.times import as_utc
from ..errors import ArtifactsError, InvalidInput
from .plan import PruneAction, PrunePlan, PruneRow
from .rules import RetentionRules

if TYPE_CHECKING:
    from .._values.json_values import JsonValue

_KIND = "typed-artifacts prune plan"
_FORMAT = 1
_FIELDS = tuple(field.name for field in fields(PruneRow))


def plan_text(plan: PrunePlan) -> str:
    """The plan as text."""
    return "".join(_lines(plan))


def write_plan(plan: PrunePlan, path: Path | str) -> Path:
    """Write a plan to a file.

    Raises:
        ArtifactsError: the file cannot be written.
    """
    target = user_path(path, "The plan's file")
    try:
        with target.open("w", encoding="utf-8", newline="\n") as out:
            out.writelines(_lines(plan))
    except OSError as error:
        raise ArtifactsError(f"The plan could not be written to {target}: {error}.") from error
    return target


def read_plan(source: Path | str) -> PrunePlan:
    """Read a plan from its text, or from a file.

    Raises:
        InvalidInput: it is no plan, or one of a newer release.
    """
    if isinstance(source, str) and source.lstrip().startswith("{"):
        # Not splitlines(): it also splits at U+2028, which a text in JSON may hold.
        return _plan(source.split("\n"), "the text")
    path = user_path(source, "The plan's file")
    try:
        with path.open(encoding="utf-8") as lines:
            return _plan(lines, str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"The plan could not be read from {path}: {error}.") from error


def _lines(plan: PrunePlan) -> Iterator[str]:
    rules = plan.rules
    yield _line(
        {
            "kind": _KIND,
            "format": _FORMAT,
            "id": plan.id,
            "entity": plan.entity,
            "project": plan.project,
            "created_at": plan.created_at.isoformat(),
            "rows": len(plan.rows),
            "rules": asdict(rules)
            | {"older_than": rules.older_than and rules.older_than.total_seconds()},
        }
    )
    for row in plan.rows:
        values = {name: getattr(row, name) for name in _FIELDS}
        yield _line(values)


def _line(values: object) -> str:
    return json.dumps(values, ensure_ascii=False, default=datetime.isoformat) + "\n"


def _plan(lines: Iterator[str] | list[str], where: str) -> PrunePlan:
    parsed = _parsed(lines, where)
    head = next(parsed, None)
    if head is None or head.get("kind") != _KIND:
        raise InvalidInput(
            f"{where} holds no plan: its first line is not that of PrunePlan.to_jsonl()."
        )
    if head.get("format") != _FORMAT:
        raise InvalidInput(f"{where} holds a plan of another release; make it anew.")
    try:
        rows = tuple(_row(values) for values in parsed)
        plan = PrunePlan(
            _text(head["id"]),
            _text(head["entity"]),
            _text(head["project"]),
            _time(head["created_at"]),
            _rules(head["rules"]),
            rows,
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InvalidInput(f"{where} holds a plan that is damaged: {error!r}.") from error
    if len(rows) != head.get("rows"):
        raise InvalidInput(
            f"{where} holds {len(rows):,} of the plan's {head.get('rows')} rows: it was cut off."
        )
    return plan


def _parsed(lines: Iterator[str] | list[str], where: str) -> Iterator[dict[str, JsonValue]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            values: JsonValue = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InvalidInput(f"{where}, line {number}, is no JSON: {error}.") from error
        if not isinstance(values, dict):
            raise InvalidInput(f"{where}, line {number}, is no JSON object.")
        yield values


def _row(values: dict[str, JsonValue]) -> PruneRow:
    updated = values["updated_at"]
    return PruneRow(
        id=_text(values["id"]),
        collection_id=_text(values["collection_id"]),
        collection=_text(values["collection"]),
        type=_text(values["type"]),
        version=_text(values["version"]),
        is_link=_flag(values["is_link"]),
        action=_action(values["action"]),
        reason=_text(values["reason"]),
        size=_number(values["size"]),
        frees=_number(values["frees"]),
        aliases=_texts(values["aliases"]),
        tags=_texts(values["tags"]),
        digest=_text(values["digest"]),
        created_at=_time(values["created_at"]),
        updated_at=None if updated is None else _time(updated),
        ttl=None if values["ttl"] is None else _number(values["ttl"]),
    )


def _action(value: JsonValue) -> PruneAction:
    for action in get_args(PruneAction):
        if value == action:
            found: PruneAction = action
            return found
    raise ValueError(f"unknown action {value!r}")


def _rules(values: JsonValue) -> RetentionRules:
    if not isinstance(values, dict):
        raise TypeError("rules")
    span, filters = values["older_than"], values["filters"]
    if span is not None and not isinstance(span, int | float):
        raise TypeError("older_than")
    return RetentionRules(
        _number(values["keep_last"]),
        _texts(values["keep_aliases"]),
        _texts(values["keep_tags"]),
        _flag(values["keep_used"]),
        None if span is None else timedelta(seconds=span),
        None if filters is None else _text(filters),
    )


def _text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _flag(value: JsonValue) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _time(value: JsonValue) -> datetime:
    return as_utc(datetime.fromisoformat(_text(value)))


def _texts(value: JsonValue) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return tuple(_text(each) for each in value)


def _number(value: JsonValue) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is no whole number")
    return value
