"""A registry whose rows are in PostgreSQL: made, brought up to this release, or refused."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from tests.postgres.server import Server
from typed_artifacts import Api, ArtifactsError
from typed_artifacts.local import (
    LocalServer,
    Registry,
    RegistryError,
    RegistryRefused,
    RegistryStorageError,
)
from typed_artifacts.local.database.layouts import REVISIONS
from typed_artifacts.local.database.postgresql import checked_url, layout_of
from typed_artifacts.local.store import Store, explained


def _run(url: str, *statements: str) -> None:
    engine = sa.create_engine(checked_url(url))
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def _api(registry: Registry) -> Api:
    server = LocalServer(registry)
    return Api(base_url=server.base_url, api_key=server.api_key, transport=server.transport)


def test_two_registries_have_one_database(empty: str, tmp_path: Path) -> None:
    with (
        Registry(tmp_path, database=empty) as one,
        Registry(tmp_path, database=empty) as other,
    ):
        made = one.log_version("local/p/c", type="dataset", files={"f": "1"}, metadata={"n": 1})
        assert other.log_version("local/p/c", type="dataset", files={"f": "1"}).key == made.key
        assert one.store.secret == other.store.secret
        assert other.maintenance.statistics().versions == 1
        assert other.maintenance.verify().wrong == []
    assert not list(tmp_path.glob("*.db*"))


def test_many_that_open_an_empty_database_make_its_tables_once(empty: str, tmp_path: Path) -> None:
    def opened(number: int) -> bytes:
        with Registry(tmp_path / str(number), database=empty) as registry:
            return registry.store.secret

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(opened, range(6)))) == 1


def test_an_older_one_is_brought_up_to_this_release(empty: str, tmp_path: Path) -> None:
    with Registry(tmp_path, database=empty) as registry:
        registry.log_version("local/p/c", type="dataset", files={"f": "1"})
    now = _layout(empty)
    older = (
        "DROP TABLE settings",
        "DROP TABLE access_tokens",
        "UPDATE alembic_version SET version_num = '0003'",
    )
    _run(empty, *older)
    with Registry(tmp_path, database=empty) as registry:
        assert registry.maintenance.statistics().versions == 1
    assert _layout(empty) == now


def _layout(url: str) -> object:
    engine = sa.create_engine(checked_url(url))
    with engine.connect() as connection:
        found = layout_of(connection)
    engine.dispose()
    return found


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "newer release"),
        ("DROP TABLE aliases", "lacks the table aliases"),
        ("ALTER TABLE versions DROP COLUMN ttl", r"lacks the column versions\.ttl"),
        ("DROP INDEX versions_by_metadata", "lacks the index versions_by_metadata"),
        ("DROP TABLE alembic_version", "another program"),
    ],
)
def test_what_does_not_fit_is_refused(
    database: str, tmp_path: Path, change: str, words: str
) -> None:
    _run(database, change)
    with pytest.raises(RegistryError, match=words):
        Registry(tmp_path, database=database)


def test_a_url_that_is_none_is_refused(tmp_path: Path) -> None:
    for url in ("mysql://x/y", "postgresql://x:1", "postgresql://x:a/y", "nothing", ""):
        with pytest.raises(RegistryRefused, match=r"postgresql\+psycopg://"):
            Registry(tmp_path, database=url)


def test_a_server_that_is_not_there_is_a_sentence_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(RegistryStorageError) as caught:
        Registry(tmp_path, database="postgresql+psycopg://ann:s3cret@127.0.0.1:9/registry")
    assert "the database cannot be reached" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_text_that_postgresql_can_not_hold_is_refused(database: str, tmp_path: Path) -> None:
    with (
        Registry(tmp_path, database=database) as registry,
        pytest.raises(RegistryError, match=r"NUL|u0000"),
    ):
        registry.log_version("local/p/c", type="dataset", files={}, metadata={"n": "\0"})


def test_a_statement_of_another_thread_is_ended(database: str, tmp_path: Path) -> None:
    store = Store(tmp_path, database=database)
    with store.database.reading() as connection:
        store.database.end_at(connection, time.monotonic() + 0.2)
        with pytest.raises(DBAPIError) as caught:
            connection.exec_driver_sql("SELECT pg_sleep(60)")
    assert "takes too long" in str(explained(caught.value))
    store.close()


def test_patterns_mean_what_they_mean_elsewhere(database: str, tmp_path: Path) -> None:
    with Registry(tmp_path, database=database) as registry, _api(registry) as api:
        for text in ("a.b", "axb", "Größe 7", "line\nnext", "(x)"):
            registry.log_version("local/p/c", type="dataset", files={"f": text}, description=text)

        def found(pattern: str) -> list[str]:
            listed = api.artifacts(
                "dataset",
                "local/p/c",
                filters={"description": {"$regex": pattern}},
                order="version_index",
            )
            return [each.description or "" for each in listed]

        assert found(r"a\.b") == ["a.b"]
        assert found(r"^A.B$") == []
        assert found(r"(?i)^A.B$") == ["a.b", "axb"]
        assert found(r"\w+ß\w\s\d\b") == ["Größe 7"]
        assert found(r"line.next") == []
        assert found(r"(?s)line.next") == ["line\nnext"]
        assert found(r"\Q(x)\E") == ["(x)"]
        with pytest.raises(ArtifactsError, match="cannot search for"):
            found(r"\pL")


def test_the_last_revision_is_that_of_a_new_database(
    postgres: Server, empty: str, tmp_path: Path
) -> None:
    Registry(tmp_path, database=empty).close()
    rows = postgres.execute("SELECT version_num FROM alembic_version", empty.rpartition("/")[2])
    assert rows == [(REVISIONS[-1],)]


def test_texts_in_metadata_have_the_order_of_their_characters(
    postgres: Server, tmp_path: Path
) -> None:
    """Whatever the order of the database is, in which `é` comes before `f`, and `B` after `a`."""
    if not postgres.execute("SELECT 1 FROM pg_collation WHERE collprovider = 'i' LIMIT 1"):
        pytest.skip("this PostgreSQL has no order but its own")
    name = "in_order_of_words"
    order = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
    postgres.execute(f"CREATE DATABASE {name} {order}")
    texts = ("a", "B", "é", "f", "z")
    try:
        with Registry(tmp_path, database=postgres.url(name)) as registry:
            for text in texts:
                registry.log_version(
                    "local/p/c", type="t", files={"n": text}, metadata={"s": text, "l": [text]}
                )
            with _api(registry) as api:
                for key in ("metadata.s", "metadata.l"):
                    found = api.artifacts("t", "local/p/c", filters={key: {"$gt": "f"}})
                    assert [each.metadata["s"] for each in found] == ["z", "é"]
    finally:
        postgres.drop(name)
