"""What is imported when: nothing before its first use."""

import subprocess
import sys

import pytest

import typed_artifacts

HEAVY = "httpx pydantic tenacity xxhash graphql ariadne sqlalchemy starlette typer rich asyncio"

PROGRAMS = {
    "import": ("import typed_artifacts", HEAVY),
    "names": (
        "from typed_artifacts import Api, ArtifactCollection, NotFoundError",
        "httpx pydantic",
    ),
    "client": ("from typed_artifacts import Client\nClient(api_key='k' * 40)", "httpx pydantic"),
    "api": (
        "from typed_artifacts import Api\n"
        "with Api(api_key='k' * 40, entity='e', project='p') as api:\n"
        "    api.artifacts('dataset', 'c', tags='x')\n"
        "    api.artifact_types()",
        "httpx pydantic ariadne sqlalchemy starlette",
    ),
    "async": (
        "from typed_artifacts import AsyncApi\n"
        "AsyncApi(api_key='k' * 40, entity='e').artifact_collections('p', 't')",
        "httpx pydantic",
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_nothing_heavy_is_loaded_before_it_is_used(name: str) -> None:
    program, heavy = PROGRAMS[name]
    program += f"\nimport sys\nprint(*set({heavy.split()!r}) & sys.modules.keys())"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.split() == []


def test_a_model_is_loaded_with_its_operation() -> None:
    program = """
import json, sys, httpx
from typed_artifacts import Api
reply = {"data": {"project": {"artifactTypes": {"edges": [], "pageInfo": {
    "endCursor": None, "hasNextPage": False}}}}}
transport = httpx.MockTransport(lambda request: httpx.Response(200, json=reply))
with Api(api_key="k" * 40, entity="e", project="p", transport=transport) as api:
    assert list(api.artifact_types()) == []
print(*sorted(name for name in sys.modules if name.startswith("typed_artifacts._graphql.")))
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = {name.removeprefix("typed_artifacts._graphql.") for name in ran.stdout.split()}
    assert "project_artifact_types" in loaded
    assert not loaded & {"save_artifact_sequence", "project_artifacts", "run", "input_types"}


def test_the_public_names_are_sorted_and_there() -> None:
    names = typed_artifacts.__all__
    assert sorted(names, key=_sorting) == names
    assert len(set(names)) == len(names)
    for name in names:
        assert getattr(typed_artifacts, name) is not None
    assert set(names) <= set(dir(typed_artifacts))


def _sorting(name: str) -> tuple[bool, bool, str]:
    """Constants, then classes, then the rest: as the linter sorts them."""
    return not name.isupper(), not name[0].isupper(), name


def test_nothing_public_is_left_out() -> None:
    documented = (
        "Api Client Queries ArtifactTypes ArtifactType ArtifactCollections ArtifactCollection "
        "ProjectArtifactCollections Artifacts RunArtifacts ArtifactFiles Artifact File Run Project"
    )
    for name in documented.split():
        assert {name, f"Async{name}"} <= set(typed_artifacts.__all__)
    for name in typed_artifacts.errors.__all__:
        if name != "GraphQLErrorItem":
            assert name in typed_artifacts.__all__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Artefact'"):
        _ = typed_artifacts.Artefact  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]  # on purpose
