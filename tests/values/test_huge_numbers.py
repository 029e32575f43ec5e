"""Integers of more digits than Python writes, as arguments: errors of this package name them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from typed_artifacts import Api, Cache, InvalidInput, Reference, RetryPolicy

HUGE: Any = 10**5000


def _saved(api: Api, attribute: str, value: object) -> None:
    artifact = api.log_artifact("c", type="t", files={"a": b"1"})
    setattr(artifact, attribute, value)
    artifact.save()


def _versions(api: Api, **options: Any) -> list[object]:  # noqa: ANN401 -- of the wrong type
    return list(api.artifacts("t", "c", **options))


CALLS: dict[str, Callable[[Api], object]] = {
    "metadata": lambda api: _saved(api, "metadata", {"x": [HUGE]}),
    "tags": lambda api: _saved(api, "tags", [HUGE]),
    "aliases": lambda api: _saved(api, "aliases", HUGE),
    "description": lambda api: _saved(api, "description", HUGE),
    "ttl": lambda api: _saved(api, "ttl", HUGE),
    "filter": lambda api: _versions(api, filters={"metadata.x": {"$gt": HUGE}}),
    "filter key": lambda api: _versions(api, filters={HUGE: 1}),
    "no filter": lambda api: _versions(api, filters=HUGE),
    "order": lambda api: _versions(api, order=HUGE),
    "tag filter": lambda api: _versions(api, tags=[HUGE]),
    "per_page": lambda api: _versions(api, per_page=[HUGE]),
    "keep_last": lambda api: api.plan_prune("c", keep_last=-HUGE),
    "tries": lambda _: RetryPolicy(tries=-HUGE),
    "first_wait": lambda _: RetryPolicy(first_wait=HUGE),
    "max_objects": lambda _: Reference("s3://bucket/key", max_objects=-HUGE),
    "prune": lambda _: Cache(Path()).prune(-HUGE),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_number_of_thousands_of_digits_is_refused_in_a_sentence(
    call: Callable[[Api], object],
) -> None:
    """The error about it could not be written, and Python's own was raised."""
    with Api.local(project="p") as api, pytest.raises(InvalidInput) as caught:
        call(api)
    assert "set_int_max_str_digits" not in str(caught.value)
    assert len(str(caught.value)) < 300
