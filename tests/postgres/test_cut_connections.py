"""Connections that the database ends in the middle of a request: it is restarted, or fails over."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from tests.postgres.server import Server
from typed_artifacts import Api, RequestEvent, RetryPolicy, ServerError
from typed_artifacts.local import LocalServer, Registry

PATH = "local/p/c"


class _Team:
    """A registry in PostgreSQL, a client of it, and what that was answered."""

    def __init__(self, registry: Registry, postgres: Server) -> None:
        self._engine = registry.store.engine
        self._postgres = postgres
        server = LocalServer(registry)
        self.statuses: list[int | None] = []
        self.api = Api(
            base_url=server.base_url,
            api_key=server.api_key,
            transport=server.transport,
            retry=RetryPolicy(first_wait=0.01),
            on_request=self._note,
        )

    def _note(self, sent: RequestEvent) -> None:
        self.statuses.append(sent.status)

    @contextmanager
    def cut(self, moment: str, marked: str) -> Generator[None]:
        """Has the database end the connection that runs the first statement with this in it."""
        self.statuses.clear()
        done: list[str] = []

        def end(connection: sa.Connection, _cursor: object, statement: str, *_: object) -> None:
            if done or marked not in statement:
                return
            done.append(statement)
            driver: Any = connection.connection.driver_connection
            number = int(driver.info.backend_pid)
            self._postgres.execute(f"SELECT pg_terminate_backend({number})")
            alive = f"SELECT 1 FROM pg_stat_activity WHERE pid = {number}"  # noqa: S608 - a number
            while self._postgres.execute(alive):
                pass

        event.listen(self._engine, f"{moment}_cursor_execute", end)
        yield
        event.remove(self._engine, f"{moment}_cursor_execute", end)
        assert done


@pytest.fixture
def team(database: str, postgres: Server, tmp_path: Path) -> Iterator[_Team]:
    with Registry(tmp_path, database=database) as registry:
        made = _Team(registry, postgres)
        made.api.log_artifact(PATH, type="dataset", files={"a": b"1"})
        yield made
        assert registry.maintenance.verify().wrong == []


def test_a_query_is_sent_again(team: _Team) -> None:
    with team.cut("before", "FROM memberships"):
        assert [found.version for found in team.api.artifacts("dataset", PATH)] == ["v0"]
    assert team.statuses == [503, 200]


def test_several_questions_of_one_request_are_sent_again(team: _Team) -> None:
    asked = team.api.artifact_collections("local/p", "dataset")[:]
    with team.cut("before", "FROM aliases"):
        assert list(team.api.aliases_of(asked).values()) == [["latest"]]
    assert team.statuses == [503, 200]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("marked", ["INSERT INTO versions", "INSERT INTO memberships", "drafts"])
def test_a_step_of_a_log_is_sent_again(team: _Team, moment: str, marked: str) -> None:
    with team.cut(moment, marked):
        made = team.api.log_artifact(PATH, type="dataset", files={"a": b"2"})
    assert made.version == "v1"
    assert team.statuses.count(503) == 1


def test_an_edit_is_a_server_error_and_changes_nothing(team: _Team) -> None:
    found = team.api.artifact(f"{PATH}:v0")
    found.tags.append("mine")
    with team.cut("after", "UPDATE versions"), pytest.raises(ServerError, match="503"):
        found.save()
    assert team.api.artifact(f"{PATH}:v0").tags == []
    found.save()
    assert team.api.artifact(f"{PATH}:v0").tags == ["mine"]


def test_what_was_read_before_is_right(team: _Team) -> None:
    with team.cut("after", "FROM entities"):
        assert team.api.viewer.username == "local"
    assert team.statuses == [200]
