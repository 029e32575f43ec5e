"""Type guards for JSON values."""

import json
import re
import sys
from typing import TypeGuard


def is_object(value: object) -> TypeGuard[dict[str, object]]:
    """Whether it is a JSON object: its keys are always texts."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


MOST_VALUES = 1_000_000


def parsed_json(text: str | bytes, most_values: int = MOST_VALUES) -> object:
    """What a client's JSON says.

    Raises:
        ValueError: Something is wrong with it; also that it is too deep, or has more values than
            this: each takes many times the memory of its text, and all others wait meanwhile.
    """
    commas, opened = _counted(text)
    if commas > most_values or opened > most_values // 2:
        raise ValueError(f"it has more than {most_values} values")
    try:
        found: object = json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise
    except ValueError as error:  # Python reads no number of thousands of digits
        raise ValueError("a number in it has too many digits") from error
    return found


_LARGEST = sys.float_info.max
LARGEST = repr(_LARGEST)
_CONSTANTS = {"NaN": None, "Infinity": _LARGEST, "-Infinity": -_LARGEST}


# Of what `json.dumps` writes: a backslash, a surrogate pair, half of one.
_ESCAPED = re.compile(r"(\\\\|\\ud[89ab]..\\ud[c-f]..)|\\ud[89a-f]..")


def plain_json(text: str) -> str:
    """JSON for those who know neither NaN nor infinities, nor a text with half a surrogate pair.

    What is no JSON stays what it is.
    """
    try:
        plain = json.dumps(json.loads(text, parse_constant=_CONSTANTS.get), allow_nan=False)
    except (ValueError, RecursionError):
        return text
    return _ESCAPED.sub(lambda found: found[1] or r"\ufffd", plain)


def _counted(text: str | bytes) -> tuple[int, int]:
    """How many commas there are, and brackets that open. In texts as well: it has to be quick."""
    if isinstance(text, str):
        return text.count(","), text.count("[") + text.count("{")
    return text.count(b","), text.count(b"[") + text.count(b"{")
