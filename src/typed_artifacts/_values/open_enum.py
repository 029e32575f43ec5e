"""Enums that keep unknown values of newer servers."""

from __future__ import annotations

from enum import Enum

from .guards import override


class OpenEnum(str, Enum):  # noqa: UP042 - a StrEnum cannot take a member at run time
    """An enum of strings that accepts unknown values.

    A newer server may send a value that this release does not know. It becomes a new member
    (``ArtifactState("ARCHIVED").value == "ARCHIVED"``), which is equal to its string.
    """

    @classmethod
    @override
    def _missing_(cls, value: object) -> OpenEnum | None:
        if not isinstance(value, str):
            return None
        known = cls._value2member_map_.get(value)
        if isinstance(known, cls):
            return known
        member = str.__new__(cls, value)
        member._name_ = value
        member._value_ = value
        # setdefault: two threads that see the same new value get the same member.
        return cls._value2member_map_.setdefault(value, member)  # type: ignore[return-value]  # typeshed: values are Enum

    @override
    def __str__(self) -> str:
        return str(self.value)
