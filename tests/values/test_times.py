"""Times as a server may write them: every one can be listed, shown and edited around."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.artifacts.bench import DATA
from tests.artifacts.wire import Wire
from tests.client.flavours import listed
from tests.client.taps import JsonObject, Sent
from typed_artifacts import AsyncApi
from typed_artifacts.cli.output.texts import show

READ = {
    "2024-01-02T03:04:05Z": datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC),
    "2024-01-02T03:04:05": datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC),
    "2024-01-02T03:04:05.123456789Z": datetime(2024, 1, 2, 3, 4, 5, 123456, tzinfo=UTC),
    "2024-01-02 03:04:05+05:30": datetime(2024, 1, 1, 21, 34, 5, tzinfo=UTC),
    "0001-01-01T00:00:00Z": datetime.min.replace(tzinfo=UTC),
    "9999-12-31T23:59:59-08:00": datetime(
        9999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-8))
    ),
}
EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
UNREADABLE = {
    "10000-01-01T00:00:00Z": LATEST,
    "+020000-01-01T00:00:00Z": LATEST,
    "0000-00-00T00:00:00Z": EARLIEST,
    "-0044-03-15T00:00:00Z": EARLIEST,
    "2024-02-30T00:00:00Z": EARLIEST,
    "yesterday\u202e\n": EARLIEST,
    "": EARLIEST,
}


def _write_times(wire: Wire, text: str) -> None:
    """Have the server write every time like this."""

    def rewrite(_sent: Sent, reply: JsonObject) -> JsonObject:
        changed: JsonObject = _rewritten(reply, text)
        return changed

    wire.rewrite = rewrite


def _rewritten(value: JsonObject, text: str) -> JsonObject:
    def pairs(found: list[tuple[str, object]]) -> dict[str, object]:
        return {key: text if key.endswith("At") and it else it for key, it in found}

    changed: JsonObject = json.loads(json.dumps(value), object_pairs_hook=pairs)
    return changed


@pytest.mark.parametrize(("text", "moment"), READ.items())
async def test_a_time_is_read(api: AsyncApi, wire: Wire, text: str, moment: datetime) -> None:
    _write_times(wire, text)
    (version, _) = await listed(api.artifacts("dataset", DATA))
    assert version.created_at == moment
    assert version.created_at.tzinfo is not None
    assert show(version.created_at)


@pytest.mark.parametrize(("text", "bound"), UNREADABLE.items())
async def test_a_time_that_no_datetime_can_hold_is_shown_and_edited_around(
    api: AsyncApi, wire: Wire, text: str, bound: datetime
) -> None:
    _write_times(wire, text)
    (version, _) = await listed(api.artifacts("dataset", DATA))
    collection = await api.artifact_collection("dataset", DATA)
    for moment in (version.created_at, collection.created_at):
        assert isinstance(moment, datetime)
        assert moment == bound
        assert (str(moment), moment.isoformat()) == (text, text)
        assert show(moment) == show(text)
    assert [str(file.updated_at) async for file in version.files()] == [text] * 4
    version.description = "edited"
    await version.save()
    collection.description = "edited"
    await collection.save()
    await version.delete(delete_aliases=True)
    wire.rewrite = None
    assert (await api.artifact_collection("dataset", DATA)).description == "edited"


async def test_such_a_time_can_be_copied_and_computed_with(api: AsyncApi, wire: Wire) -> None:
    _write_times(wire, "10000-01-01T00:00:00Z")
    moment = (await api.artifact(DATA)).created_at
    for same in (pickle.loads(pickle.dumps(moment)), copy.deepcopy(moment), copy.copy(moment)):  # noqa: S301  # written here
        assert (same, str(same)) == (moment, "10000-01-01T00:00:00Z")
    earlier = moment - timedelta(days=1)
    assert earlier.isoformat() == "9999-12-30T23:59:59.999999+00:00"
    assert earlier < moment
    assert pickle.loads(pickle.dumps(earlier)) == earlier  # noqa: S301  # written here
    assert moment.replace(year=2000).year == 2000
