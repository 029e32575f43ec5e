"""Parses the schema's custom scalars."""

from ariadne import ScalarType

_WIDEST = 1 << 63

int64: ScalarType = ScalarType("Int64")
json_string: ScalarType = ScalarType("JSONString")


@int64.value_parser
def parse_int64(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"Int64 cannot represent {str(value)[:40]!r}: it is a JSON number.")
    if not -_WIDEST <= value < _WIDEST:
        raise ValueError(f"Int64 cannot represent {value}: it has more than 64 bits.")
    return value


@json_string.value_parser
def parse_json_string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("JSONString is JSON inside a string.")
    return value
