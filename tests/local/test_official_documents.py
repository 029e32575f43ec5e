"""Every document that the official client brings is answered, or refused with the reason."""

import importlib

import pytest

from typed_artifacts.local.features import FEATURES
from typed_artifacts.local.graph.documents import prepare
from typed_artifacts.local.graph.schema import executable_schema

pytestmark = pytest.mark.referee

ABOUT_ARTIFACTS = (
    "wandb.sdk.artifacts._generated.operations",
    "wandb.sdk.internal._generated.operations",
)
OTHERS = ("wandb.apis._generated.operations", "wandb.automations._generated.operations")


def _documents(module: str) -> dict[str, str]:
    pytest.importorskip("wandb")
    members = vars(importlib.import_module(module))
    return {
        name: text
        for name, text in members.items()
        if name.endswith("_GQL") and isinstance(text, str)
    }


def _refusals(text: str) -> list[str]:
    schema = executable_schema(frozenset(FEATURES))
    return [error.message for error in prepare(schema, text).errors]


@pytest.mark.parametrize("module", ABOUT_ARTIFACTS)
def test_what_is_about_artifacts_is_answered(module: str) -> None:
    documents = _documents(module)
    assert documents
    refused = {name: said for name, text in documents.items() if (said := _refusals(text))}
    assert refused == {}


@pytest.mark.parametrize("module", OTHERS)
def test_what_is_refused_says_what_this_server_does_not_keep(module: str) -> None:
    unexplained = {
        f"{name}: {said}"
        for name, text in _documents(module).items()
        for said in _refusals(text)
        if "This server keeps artifacts" not in said
    }
    assert unexplained == set()


def test_users_teams_and_projects_are_answered() -> None:
    refused = {name for name, text in _documents(OTHERS[0]).items() if _refusals(text)}
    subjects = ("SWEEP", "AGENT", "API_KEY", "SERVICE_ACCOUNT")
    assert {name for name in refused if not any(each in name for each in subjects)} == set()
