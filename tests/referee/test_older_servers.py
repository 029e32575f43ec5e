"""A server that lacks features: what both clients still see, and what docs/upstream.md lists."""

from __future__ import annotations

import pytest

from tests.referee.conftest import FEATURES_OF_THE_SCHEMA, OnOlder
from tests.referee.differences import DIFFERENCES
from tests.referee.evaluating import Json
from tests.referee.test_comparison import raised, same

pytestmark = [pytest.mark.referee, pytest.mark.long]

LACKING = (*FEATURES_OF_THE_SCHEMA, "all")

#: What our client does not see on a server that lacks a feature, and sees on others.
LOST = {
    "ARTIFACT_COLLECTIONS_FILTERING_SORTING": {
        "[c.name for c in project.collections(filters={'name': 'data'})]"
    },
    "ARTIFACT_DIGEST_ALGORITHM": {"artifact.digest_algorithm", "written.digest_algorithm"},
    "ARTIFACT_MEMBERSHIP_IN_LINK_ARTIFACT_RESPONSE": set[str](),
    "TOTAL_COUNT_IN_FILE_CONNECTION": {
        "len(files)",
        "files.length",
        "len(lent.files())",
        "len(artifact.files(names=['readme.txt', 'nothing']))",
        "len(ArtifactFiles(client, artifact, ['readme.txt'], per_page=1))",
    },
}


def listed(lacking: str) -> frozenset[str]:
    """What the page says is different where a feature, or each of them, is lacking."""
    if lacking == "all":
        return frozenset[str]().union(*DIFFERENCES.on_older.values())
    return DIFFERENCES.on_older.get(lacking, frozenset())


@pytest.mark.parametrize("lacking", LACKING)
def test_clients_differ_as_listed(older: OnOlder, lacking: str) -> None:
    official, ours = older.official[lacking], older.ours[lacking]
    assert official.keys() == ours.keys()
    differing = {
        probe
        for probe, there in official.items()
        if not same(there, ours[probe]) and probe not in DIFFERENCES.values
    }
    assert differing == listed(lacking)


@pytest.mark.parametrize("lacking", FEATURES_OF_THE_SCHEMA)
def test_nothing_else_is_lost(older: OnOlder, lacking: str) -> None:
    whole, left = older.ours["nothing"], older.ours[lacking]
    assert {probe for probe in whole if not alike(whole[probe], left[probe])} == LOST[lacking]


def alike(one: Json, other: Json) -> bool:
    """Equal, or the same kind of error: its words name folders and addresses."""
    return one == other or (raised(one) is not None and raised(one) == raised(other))


@pytest.mark.parametrize("lacking", LACKING)
def test_a_link_is_made_and_seen(older: OnOlder, lacking: str) -> None:
    expected = {"value": ["v0", "twin:v1", True, ["latest", "staging"], "v0"]}
    assert older.ours[lacking]["linking"] == older.official[lacking]["linking"] == expected


def test_a_missing_feature_is_said_by_name(older: OnOlder) -> None:
    asked = "[c.name for c in project.collections(filters={'name': 'data'})]"
    refused = older.ours["ARTIFACT_COLLECTIONS_FILTERING_SORTING"][asked]
    assert raised(refused) == "UnsupportedByServer"
    assert raised(older.official["all"][asked]) == "UnsupportedError"
    assert "ARTIFACT_COLLECTIONS_FILTERING_SORTING" in str(refused)
