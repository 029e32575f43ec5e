"""References whose URIs cannot be parsed: of a user, they are refused; of a server, told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.flavours import Flavour
from tests.client.taps import Tap
from typed_artifacts import (
    ArtifactsError,
    InvalidInput,
    NotFoundError,
    Reference,
    ReferencesNotFollowed,
)
from typed_artifacts.local import LocalServer, open_local

MALFORMED = [
    "http://[::1/x",
    "https://exa\u2100mple.com/x",  # a character that stands for "a/c"
    "http://127.0.0.1:99999/x",
    "file://[/x",
]
# Of another artifact: its id is no hex, or is not there, or its file is not.
LEADING_NOWHERE = ["wandb-artifact://zz/a", "wandb-artifact:///a", "wandb-artifact://41/"]


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    """A registry to which another client has logged what ours refuses."""
    with open_local() as opened:
        for number, uri in enumerate(MALFORMED):
            opened.registry.log_version(
                f"local/refs/c{number}", type="dataset", references={"r": uri}
            )
        for number, uri in enumerate(LEADING_NOWHERE):
            opened.registry.log_version(
                f"local/refs/n{number}", type="dataset", references={"r": uri}
            )
        yield opened


@pytest.mark.parametrize("uri", MALFORMED)
@pytest.mark.parametrize("checksum", [True, False])
async def test_a_user_is_told_before_any_request(
    flavour: Flavour, server: LocalServer, uri: str, checksum: bool
) -> None:
    tap = Tap(server)
    api = flavour.api(tap, api_key=server.api_key)
    with pytest.raises(InvalidInput, match="malformed"):
        Reference(uri, checksum=checksum)
    for files in (uri, {"r": uri}, {"folder/": uri}):
        with pytest.raises(InvalidInput, match="malformed"):
            await api.log_artifact("refs/mine", type="dataset", files=files)
    with pytest.raises(InvalidInput, match="follow_references"):
        await (await api.artifact("refs/c0:v0")).download(follow_references={uri})
    assert set(tap.operations) == {"ArtifactMembership"}


@pytest.mark.parametrize("number", range(len(MALFORMED)))
@pytest.mark.parametrize("followed", [True, {"http", "https", "file"}])
async def test_a_malformed_reference_is_followed_nowhere(
    flavour: Flavour, server: LocalServer, number: int, followed: bool | set[str], tmp_path: Path
) -> None:
    artifact = await flavour.opened(server).artifact(f"refs/c{number}:v0")
    with pytest.raises(ArtifactsError, match="'r'") as caught:
        await artifact.download(tmp_path / "out", follow_references=followed)
    assert not isinstance(caught.value, InvalidInput)
    assert str(caught.value).endswith(".")
    assert not (tmp_path / "out" / "r").exists()


@pytest.mark.parametrize("number", range(len(MALFORMED)))
async def test_a_malformed_reference_is_below_no_root(
    flavour: Flavour, server: LocalServer, number: int, tmp_path: Path
) -> None:
    artifact = await flavour.opened(server).artifact(f"refs/c{number}:v0")
    roots = {"http://host/", "https://host/", "http://127.0.0.1/", "file:///"}
    with pytest.warns(ReferencesNotFollowed, match="'r'"):
        await artifact.download(tmp_path / "out", follow_references=roots)
    report = await artifact.verify(tmp_path / "out", follow_references=True)
    assert report.shown == {"r": "nothing"}


@pytest.mark.parametrize("number", range(len(MALFORMED)))
async def test_a_malformed_reference_is_not_read(
    flavour: Flavour, server: LocalServer, number: int
) -> None:
    artifact = await flavour.opened(server).artifact(f"refs/c{number}:v0")
    (file,) = [each async for each in artifact.files()]
    with pytest.raises(ArtifactsError, match="'r'"):
        await file.read_bytes()


@pytest.mark.parametrize("number", range(len(LEADING_NOWHERE)))
async def test_a_reference_to_no_artifact_is_not_the_callers_mistake(
    flavour: Flavour, server: LocalServer, number: int, tmp_path: Path
) -> None:
    artifact = await flavour.opened(server).artifact(f"refs/n{number}:v0")
    with pytest.raises(NotFoundError, match=r"'r'.*names no file"):
        await artifact.download(tmp_path, follow_references=True)
    report = await artifact.verify(tmp_path, follow_references=True)
    assert report.shown == {"r": "nothing"}
