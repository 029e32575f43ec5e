"""What a piece of JSON is, told to type checkers as well."""

import json
from typing import TypeGuard


def is_object(value: object) -> TypeGuard[dict[str, object]]:
    """Whether it is a JSON object: its keys are always texts."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def parsed_json(text: str | bytes) -> object:
    """What a client's JSON says. Whatever is wrong with it, also how deep it is: ValueError."""
    try:
        found: object = json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    return found
