"""Attributes that send a request: properties in sync classes, methods in async ones."""

from __future__ import annotations

from typing import TypeVar

MethodT = TypeVar("MethodT")


def async_property(method: MethodT) -> MethodT:
    """Mark a coroutine method without arguments that is a property of the blocking flavour."""
    return method
