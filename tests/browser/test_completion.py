"""What jedi completes, as it does in notebooks and many editors, without running the code."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

jedi: Any = import_module("jedi")


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("from typed_artifacts import A", "Api"),
        ("import typed_artifacts\ntyped_artifacts.n", "NotFoundError"),
        ("from typed_artifacts import Api\nApi().art", "artifact_collections"),
        ("from typed_artifacts import Api\nApi().artifact('x').al", "aliases"),
        ("from typed_artifacts import Api\nfor a in Api().artifacts('t', 'x'):\n    a.ta", "tags"),
        ("from typed_artifacts import AsyncApi\nasync def f(api: AsyncApi):\n    api.wh", "whoami"),
        ("from typed_artifacts.local import Registry\nRegistry().log", "log_version"),
    ],
)
def test_it_knows_the_names(code: str, name: str) -> None:
    assert name in {found.name for found in jedi.Script(code).complete()}
