"""`Api.local()` makes what is logged to, as `Registry` does; a served registry does not."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

import pytest

from tests.artifacts.served import Served
from tests.artifacts.wire import Wire
from tests.client.flavours import Flavour
from typed_artifacts import Api, AsyncApi, GraphQLError, InvalidInput
from typed_artifacts.local import Registry


async def test_an_entity_that_is_logged_to_is_made(api: AsyncApi) -> None:
    made = await api.log_artifact("me/demo/notes", type="dataset", files={"a.txt": b"1"})
    assert made.qualified_name == "me/demo/notes:v0"
    linked = await made.link("you/shelf/best", aliases=["gold"])
    assert linked.qualified_name == "you/shelf/best:v0"
    found = await api.artifact("you/shelf/best:gold")
    assert await (await found.files()[0]).read_bytes() == b"1"


async def test_what_is_only_read_is_not_made(api: AsyncApi, wire: Wire) -> None:
    assert not await api.artifact_exists("nobody/demo/notes")
    wire.server.registry.team("nobody")  # which would be refused for a user of that name


@pytest.mark.parametrize("entity", ["with space", "a?b", "ünï", ""])
async def test_a_name_that_no_entity_has_is_refused(api: AsyncApi, entity: str) -> None:
    with (
        pytest.raises(ValueError, match="empty part") if not entity else pytest.raises(GraphQLError)
    ):
        await api.log_artifact(f"{entity}/demo/notes", type="dataset", files={"a.txt": b"1"})


async def test_a_served_registry_makes_no_entity_on_the_way(
    served: Served, flavour: Flavour
) -> None:
    api = served.api(flavour)
    with pytest.raises(GraphQLError, match="There is no entity 'me'"):
        await api.log_artifact("me/demo/notes", type="dataset", files={"a.txt": b"1"})
    made = await api.log_artifact("local/demo/notes", type="dataset", files={"a.txt": b"1"})
    with pytest.raises(GraphQLError, match="There is no entity 'you'"):
        await made.link("you/shelf/best")
    await api.close()


class Team(str, Enum):  # noqa: UP042  # an f-string has Team.OURS, and that of a StrEnum ours
    OURS = "ours"
    DEMO = "demo"


def test_an_entity_and_a_project_may_be_members_of_an_enum(tmp_path: Path) -> None:
    with Api.local(tmp_path, entity=Team.OURS, project=Team.DEMO) as api:
        api.log_artifact("notes", type="text", files={"a": b"1"})
        assert repr(api.project("demo", Team.OURS)) == "<Project ours/demo>"
        report = api.copy("notes", "copied", record_origin=True)
        assert report.versions[0].source == "ours/demo/notes:v0"
        assert "ours/demo/notes:v0" in str(api.artifact("copied").metadata)


def test_the_home_and_odd_folders_hold_registries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for root in ("~/shelf", tmp_path / "shelf?v=1", tmp_path / "shelf?v=2#x"):
        with Api.local(root) as api:
            api.log_artifact("demo/notes", type="text", files={"a": str(root).encode()})
    assert {path.name for path in tmp_path.iterdir()} == {"shelf", "shelf?v=1", "shelf?v=2#x"}
    with Api.local(tmp_path / "shelf?v=1") as api:
        assert b"shelf?v=1" in api.artifact("demo/notes").files()[0].read_bytes()


@pytest.mark.parametrize("root", [5, b"shelf", "~nobody-here/x", "a\0b", "", "s3://bucket/shelf"])
def test_what_can_be_no_folder_is_bad_input(
    root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for kind in (Api, AsyncApi):
        with pytest.raises(InvalidInput):
            kind.local(root)
    with pytest.raises(InvalidInput):
        Registry(root)
    assert list(tmp_path.iterdir()) == []


def test_the_entity_of_paths_that_name_none(tmp_path: Path) -> None:
    with Api.local(tmp_path / "shelf", entity="me", project="demo") as api:
        made = api.log_artifact("notes", type="dataset", files={"a.txt": b"1"})
        assert made.qualified_name == "me/demo/notes:v0"
        assert api.default_entity == "me"
    with Api.local(tmp_path / "shelf") as api:
        assert api.default_entity == "local"
        assert api.artifact_exists("me/demo/notes")
