"""One world on one server, and what the official client and ours make of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

import pytest

import typed_artifacts
from tests.referee import our_world
from tests.referee.differences import DIFFERENCES
from tests.referee.evaluating import names_of
from tests.referee.looking import Seen, edit, look, look_finally, move
from tests.referee.members import members_of
from tests.referee.official import run_official
from tests.referee.servers import Served, serving
from tests.referee.world import USER
from typed_artifacts import Api

EXPORTED = {name: getattr(typed_artifacts, name) for name in typed_artifacts.__all__}


class Comparison(NamedTuple):
    """What each client saw of the same world."""

    official: Seen
    ours: Seen


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with the world that the official client logged."""
    home = tmp_path_factory.mktemp("official-home")
    with serving(tmp_path_factory.mktemp("registry")) as server:
        run_official("official_world", server.url, home, str(tmp_path_factory.mktemp("logged")))
        yield server


@pytest.fixture(scope="session")
def comparison(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Comparison]:
    """Both clients log and edit, each its own; then both look at all of it."""
    home, theirs, ours, folder = (
        tmp_path_factory.mktemp(name) for name in ("official-home", "official", "ours", "written")
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WANDB_BASE_URL", served.url)
        patch.setenv("WANDB_API_KEY", USER)
        with Api() as api:
            our_world.log(api, folder)
            names = names_of(api, api.client, EXPORTED, ours)
            edits = edit(names, "ours")
            told = json.loads(run_official("official_look", served.url, home, str(theirs)))
            moves = move(names, (after for _, after in DIFFERENCES.moves))
            seen = Seen(look(names), edits, look_finally(names), moves, members_of(EXPORTED))
        yield Comparison(Seen(**told), seen)
