"""A registry that several users share: ann's projects and registries, and those of her team."""

import json
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import sqlalchemy as sa

from typed_artifacts.local import Registry, StoredVersion
from typed_artifacts.local.database import tables as t
from typed_artifacts.local.database.ids import global_id
from typed_artifacts.local.http.transports import LocalTransport
from typed_artifacts.local.service import Service

# Each place has one collection `c` with one version, aliased `best`, and a portfolio `p` with it.
PLACES = {
    "ann/private": "PRIVATE",
    "ann/shown": "USER_READ",
    "ann/opened": "USER_WRITE",
    "ann/unknown": "FROM_THE_FUTURE",
    "acme/team": "PRIVATE",
    "acme/kept": "RESTRICTED",
    "acme/read": "ENTITY_READ",
    "ann-org/wandb-registry-models": "PRIVATE",
    "ann-org/wandb-registry-old": "USER_READ",
    "ann-org/wandb-registry-closed": "RESTRICTED",
}
USERS = ("ann", "bob", "cat", "eve")
# ann and bob are the team acme; cat is a member of two projects.
GRANTS = {
    ("cat", "ann/private"): "viewer",
    ("cat", "ann-org/wandb-registry-closed"): "member",
    ("bob", "acme/kept"): "admin",
}


@dataclass
class World:
    """The registry, and a client for each user."""

    registry: Registry
    versions: dict[str, StoredVersion] = field(default_factory=dict[str, StoredVersion])
    clients: dict[str, httpx.Client] = field(default_factory=dict[str, httpx.Client])
    keys: dict[str, str] = field(default_factory=dict[str, str])

    def send(self, user: str, query: str, **variables: object) -> dict[str, Any]:
        """What the server answers, errors included."""
        content = json.dumps({"query": query, "variables": variables})
        reply = self.clients[user].post("/graphql", content=content)
        assert reply.status_code == 200, reply.text
        body: dict[str, Any] = reply.json()
        return body

    def add_user(self, name: str) -> None:
        """A user with a key, and a client of theirs."""
        self._let_in(name, self.registry.add_key(name))

    def _let_in(self, name: str, key: str) -> None:
        self.keys[name] = key
        self.clients[name] = httpx.Client(
            transport=LocalTransport(Service(self.registry.store)),
            base_url="http://localhost",
            auth=("api", key),
        )

    def copied(self, registry: Registry) -> "World":
        """The same in a copy of the registry."""
        world = World(registry, self.versions)
        for name, key in self.keys.items():
            world._let_in(name, key)
        return world

    def id_of(self, kind: str, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> str:
        """The global id of the row that fits."""
        statement = sa.select(table.c.id).where(*conditions)
        with self.registry.store.read() as connection:
            return global_id(kind, connection.execute(statement).scalar_one())

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything in the database, to see whether something changed."""
        with self.registry.store.read() as connection:
            return {
                table.name: [tuple(row) for row in connection.execute(sa.select(table))]
                for table in t.metadata.sorted_tables
            }


def build(registry: Registry) -> World:
    world = World(registry)
    for user in USERS:
        world.add_user(user)
    registry.team("acme", ["ann", "bob"])
    for place, access in PLACES.items():
        files = {"data.txt": f"what is in {place}"}
        registry.run(f"{place}/run")
        version = registry.log_version(
            f"{place}/c", type="dataset", files=files, aliases=["best"], run=f"{place}/run"
        )
        registry.link(version, f"{place}/p", aliases=["best"])
        registry.use(f"{place}/run", version)
        world.versions[place] = version
        _open(registry, place, access)
    for (user, place), role in GRANTS.items():
        _grant(registry, user, place, role)
    return world


class Template:
    """The registry that `build` makes, made once; each copy may be changed."""

    def __init__(self, folder: Path) -> None:
        self._root = folder / "registry"
        with Registry(self._root) as registry:
            self._world = build(registry)

    @contextmanager
    def copied(self) -> Generator[World]:
        """A copy, for as long as the block lasts."""
        with TemporaryDirectory() as folder:
            root = shutil.copytree(self._root, Path(folder) / "registry")
            with Registry(root) as registry:
                yield self._world.copied(registry)


def _project(place: str) -> sa.Select[tuple[int]]:
    entity, _, name = place.partition("/")
    return (
        sa.select(t.projects.c.id)
        .join(t.entities, t.entities.c.id == t.projects.c.entity_id)
        .where(t.entities.c.name == entity, t.projects.c.name == name)
    )


def _open(registry: Registry, place: str, access: str) -> None:
    with registry.store.write() as connection:
        statement = sa.update(t.projects).where(t.projects.c.id.in_(_project(place)))
        connection.execute(statement.values(access=access))


def _grant(registry: Registry, user: str, place: str, role: str) -> None:
    with registry.store.write() as connection:
        key = connection.execute(_project(place)).scalar_one()
        values = {"project_id": key, "user_id": registry.user(user), "role": role}
        connection.execute(sa.insert(t.project_members).values(**values))
