"""One world on one server, and what the official client and ours make of it."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

import typed_artifacts
from tests.referee import our_world
from tests.referee.differences import DIFFERENCES
from tests.referee.evaluating import Json, Names, names_of
from tests.referee.looking import Membership, edit, look, look_finally, move
from tests.referee.members import members_of
from tests.referee.official import run_official
from tests.referee.older import look_at_older
from tests.referee.servers import Served, serving
from tests.referee.waiting import waiting, waiting_class
from tests.referee.world import USER
from typed_artifacts import Api, AsyncApi
from typed_artifacts.local.features import FEATURES

EXPORTED = {name: getattr(typed_artifacts, name) for name in typed_artifacts.__all__}


class Comparison(NamedTuple):
    """What each client saw of the same world."""

    official: Membership
    ours: Membership
    ours_async: Membership


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The registry of a server, as both clients left it. Nobody may change it."""
    folder = tmp_path_factory.mktemp("world")
    with serving(folder / "root") as server:
        _both_log(server.url, folder)
    return folder / "root"


def _both_log(url: str, folder: Path, *, registries: bool = True) -> None:
    home, logged, written = (folder / name for name in ("home-to-log", "logged", "written"))
    home.mkdir()
    run_official("official_world", url, home, str(logged), *([] if registries else ["older"]))
    with Api(base_url=url, api_key=USER) as api:
        our_world.log(api, written, registries=registries)


@pytest.fixture(scope="session")
def served(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with the world."""
    root = tmp_path_factory.mktemp("served") / "root"
    shutil.copytree(world, root)
    with serving(root) as server:
        yield server


@pytest.fixture(scope="session")
def comparison(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """Both clients edit, each its own, ours in both flavours; then all look at everything."""
    folder = tmp_path_factory.mktemp("compared")
    home = folder / "home"
    home.mkdir()
    members = members_of(EXPORTED)
    with pytest.MonkeyPatch.context() as patch, asyncio.Runner() as runner:
        patch.setenv("WANDB_BASE_URL", served.url)
        patch.setenv("WANDB_API_KEY", USER)
        with Api() as api:
            names = names_of(api, api.client, EXPORTED, folder / "ours")
            async_names = _async_names(runner, folder / "async")
            edits, async_edits = edit(names, "ours"), edit(async_names, "async")
            told = run_official("official_look", served.url, home, str(folder / "official"))
            moves = move(names, (after for _, after in DIFFERENCES.moves))
            ours = Membership(look(names), edits, look_finally(names), moves, members)
            probes = look(async_names)
            ours_async = Membership(probes, async_edits, look_finally(async_names), moves, members)
            async_names.value("api.close()")
    # The settings of the environment are gone by now: they are for this fixture alone.
    return Comparison(Membership(**json.loads(told)), ours, ours_async)


def _async_names(runner: asyncio.Runner, scratch: Path) -> Names:
    api = waiting(runner, runner.run(_async_api()))
    exported = EXPORTED | {
        name.removeprefix("Async"): waiting_class(runner, one)
        for name, one in EXPORTED.items()
        if name.startswith("Async")
    }
    return names_of(api, api.client, exported, scratch)


async def _async_api() -> AsyncApi:
    return AsyncApi()


#: The features without which a server lacks a member of the schema.
FEATURES_OF_THE_SCHEMA = (
    "ARTIFACT_COLLECTIONS_FILTERING_SORTING",
    "ARTIFACT_DIGEST_ALGORITHM",
    "ARTIFACT_MEMBERSHIP_IN_LINK_ARTIFACT_RESPONSE",
    "TOTAL_COUNT_IN_FILE_CONNECTION",
)


class OnOlder(NamedTuple):
    """What each client saw on servers that lack features, by what they lack."""

    official: dict[str, dict[str, Json]]
    ours: dict[str, dict[str, Json]]


@pytest.fixture(scope="session")
def older(world: Path, tmp_path_factory: pytest.TempPathFactory) -> OnOlder:
    """What both see on servers that have the world and lack a feature.

    On one that lacks all features both have logged the world themselves.
    """
    folder = tmp_path_factory.mktemp("older")
    seen: dict[str, tuple[dict[str, Json], dict[str, Json]]] = {}
    for lacking in FEATURES_OF_THE_SCHEMA:
        with _serving_without(world, lacking, folder / lacking) as url:
            seen[lacking] = _both_look(url, folder / lacking)
    with _serving_without(world, "nothing", folder / "nothing") as url:
        seen["nothing"] = ({}, _we_look(url, folder / "nothing"))
    with serving(folder / "all" / "root", "none") as server:
        _both_log(server.url, folder / "all", registries=False)
        seen["all"] = _both_look(server.url, folder / "all")
    return OnOlder(
        {lacking: official for lacking, (official, _) in seen.items()},
        {lacking: ours for lacking, (_, ours) in seen.items()},
    )


@contextmanager
def _serving_without(world: Path, lacking: str, folder: Path) -> Generator[str]:
    shutil.copytree(world, folder / "root")
    has = ",".join(name for name in FEATURES if name != lacking)
    with serving(folder / "root", has) as server:
        yield server.url


def _both_look(url: str, folder: Path) -> tuple[dict[str, Json], dict[str, Json]]:
    home = folder / "home"
    home.mkdir()
    told = run_official("official_features", url, home, str(folder / "official"))
    return json.loads(told), _we_look(url, folder)


def _we_look(url: str, folder: Path) -> dict[str, Json]:
    with Api(base_url=url, api_key=USER) as api:
        return look_at_older(names_of(api, api.client, EXPORTED, folder / "ours"), "ours")
