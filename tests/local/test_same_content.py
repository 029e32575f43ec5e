"""The same content logged by many at once is one version, which stands for all of them."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.local.wire import Wire, md5, version_digest
from typed_artifacts import Api
from typed_artifacts.local import LocalServer

GOOD = {"a.txt": b"first", "d/b.txt": b"second"}


def test_the_same_content_at_once_is_one_version(wire: Wire) -> None:
    """Everybody is at the commit when the first of them commits."""
    keys = [
        wire.begin(GOOD, aliases=[{"artifactCollectionName": "c", "alias": f"w{n}"}],
                   tags=[{"tagName": f"t{n}"}], clientID=f"client-{n}")
        for n in range(4)
    ]  # fmt: skip
    made = [wire.commit(key) for key in keys]
    assert {each["id"] for each in made} == {keys[0]}
    assert {each["versionIndex"] for each in made} == {0}
    found = wire.found(keys[0])
    assert {each["alias"] for each in found["aliases"]} == {"w0", "w1", "w2", "w3", "latest"}
    assert {each["name"] for each in found["tags"]} == {"t0", "t1", "t2", "t3"}
    for number, key in enumerate(keys):
        assert wire.found(key) == found
        assert wire.commit(key) == made[-1]
        again = wire.create("0" * 32, clientID=f"client-{number}")
        assert again["id"] == keys[0]
        mapped = wire.ask(
            "query($c: ID!) { clientIDMapping(clientID: $c) { serverID } }",
            c=f"client-{number}",
        )
        assert mapped["clientIDMapping"]["serverID"] == keys[0]


def test_every_run_that_logs_the_same_at_once_has_made_it(wire: Wire, server: LocalServer) -> None:
    runs = ("one", "two", "three")
    for run in runs:
        server.registry.run(f"local/p/{run}")
    keys = [wire.begin(GOOD, runName=run, enableDigestDeduplication=True) for run in runs]
    assert {wire.commit(key)["versionIndex"] for key in keys} == {0}
    with Api.local(server.root) as api:
        for run in runs:
            made = api.run(f"local/p/{run}").logged_artifacts()
            assert [each.name for each in made] == ["c:v0"], run


def test_a_run_that_stores_what_is_there_has_logged_it(server: LocalServer) -> None:
    for run in (None, "local/p/later"):
        server.registry.log_version("local/p/c", type="dataset", files=GOOD, run=run)
    with Api.local(server.root) as api:
        made = api.run("local/p/later").logged_artifacts()
        assert [each.qualified_name for each in made] == ["local/p/c:v0"]
        assert len(api.artifacts("dataset", "local/p/c")) == 1


def test_who_wants_a_version_of_its_own_gets_it(wire: Wire) -> None:
    keys = [wire.begin(GOOD, enableDigestDeduplication=False) for _ in range(2)]
    made = [wire.commit(key) for key in keys]
    assert [each["versionIndex"] for each in made] == [0, 1]
    again = wire.create(made[0]["digest"], enableDigestDeduplication=True)
    assert again["id"] == keys[1]  # the newest that has it


@pytest.mark.parametrize(
    ("clients", "contents"), [(6, 4), pytest.param(16, 30, marks=pytest.mark.soak)]
)
def test_many_clients_with_the_same_contents_make_each_once(
    server: LocalServer, clients: int, contents: int
) -> None:
    def log(worker: int) -> None:
        with Api.local(server.root) as api:
            for number in range(contents):
                files = {"n": f"content {number}".encode(), "same": b"in all"}
                made = api.log_artifact(
                    "local/p/many", type="dataset", files=files, aliases=[f"w{worker}-{number}"]
                )
                assert made.file_count == 2

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(log, range(clients)))
    with Api.local(server.root) as api:
        versions = list(api.artifacts("dataset", "local/p/many"))
    assert {found.version for found in versions} == {f"v{number}" for number in range(contents)}
    aliases = {alias for found in versions for alias in found.aliases} - {"latest"}
    assert aliases == {f"w{worker}-{n}" for worker in range(clients) for n in range(contents)}


def test_a_version_that_0_1_0_took_on_trust_stands_for_nothing_else(
    server: LocalServer, wire: Wire
) -> None:
    """Its digest is that of other content, which is logged now."""
    wrong = wire.begin({"a.txt": b"not first"})
    wire.commit(wrong)
    right = version_digest({name: md5(data) for name, data in GOOD.items()})
    with server.registry.store.write() as connection:
        connection.exec_driver_sql("UPDATE versions SET digest = ?", (right,))
    key = wire.begin(GOOD)
    assert wire.commit(key)["versionIndex"] == 1
    assert wire.contents(key) == GOOD
    with server.registry.store.write() as connection:
        statement = "UPDATE versions SET digest = ? WHERE version_index = 1"
        connection.exec_driver_sql(statement, ("0" * 32,))
    made = server.registry.log_version("local/p/c", type="dataset", files=GOOD)
    assert made.index == 2
